import { z } from "zod";

/** What an API key may do, as `resource:verb`. */
export const API_SCOPES = {
  "numbers:read": "Read phone numbers, their trunks, rejected attempts and route tests.",
  "numbers:write": "Import, change and delete phone numbers and their trunks.",
  "trunks:read": "Read trunk tests.",
  "trunks:write":
    "Run trunk tests, which send requests to a carrier. One with an INVITE needs `calls:create` too.",
  "agents:read": "Read agents and their audio files.",
  "agents:write": "Make, change and delete agents and their audio files.",
  "calls:read": "Read live calls, conversations, transcripts, quality and batch calls.",
  "calls:create": "Place outbound and batch calls, which cost money, and test calls.",
  "calls:control": "Hang up, transfer, and dial keys in live calls.",
  "calls:delete": "Erase conversations.",
  "sip:read": "Read raw SIP messages, which show who calls whom.",
  "recordings:read": "Read recordings.",
  "settings:read": "Read the workspace and its settings.",
  "settings:write": "Change the workspace's settings.",
  "webhooks:read":
    "Read events, webhook endpoints and deliveries, which hold what was said in calls.",
  "webhooks:write": "Make, change, test and delete webhook endpoints; deliver again.",
  "nodes:read": "Read regions and nodes.",
  "nodes:admin": "Drain nodes. Only in a workspace that operates them.",
  "usage:read": "Read usage and limits.",
  "audit:read": "Read and verify the audit log.",
  "keys:admin": "Make, change, rotate and revoke API keys.",
} as const satisfies Record<string, string>;

export type ApiScope = keyof typeof API_SCOPES;

/** Stands for every scope, those of later versions too. */
export const EVERY_SCOPE = "*";

export function apiScopeSchema() {
  // The keys of the table, which zod wants as a tuple.
  return z.enum(Object.keys(API_SCOPES) as [ApiScope, ...ApiScope[]]);
}
