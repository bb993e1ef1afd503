import type { ApiScope } from "../../schema/contracts/api-scopes.ts";

/** What a request needs: one scope; `any` is every key that is valid. */
export type RequiredScope = ApiScope | "any";

interface ScopeRule {
  /** A path and all below it; `*` is any one segment. */
  readonly path: string;
  /** Of GET and HEAD. */
  readonly read: RequiredScope;
  /** Of every other method. */
  readonly write: RequiredScope;
}

/**
 * The scope of every path behind an API key, here and nowhere else. The first rule that fits counts. A
 * path without one is for keys with every scope only.
 */
const SCOPE_RULES: readonly ScopeRule[] = [
  { path: "/v1/session", read: "any", write: "any" },
  { path: "/v1/api-keys/self", read: "any", write: "keys:admin" },
  both("/v1/api-keys", "keys:admin"),

  both("/v1/convai/phone-numbers/*/sip-messages", "sip:read"),
  both("/v1/convai/conversations/*/sip-messages", "sip:read"),
  both("/v1/calls/*/sip-messages", "sip:read"),
  both("/v1/conversations/*/pcap", "sip:read"),
  both("/v1/convai/conversations/*/audio", "recordings:read"),
  both("/v1/conversations/*/recording", "recordings:read"),
  both("/v1/calls/*/recording", "recordings:read"),

  resource("/v1/convai/phone-numbers", "numbers"),
  resource("/v1/convai/v2/phone-numbers", "numbers"),
  resource("/v1/phone-numbers", "numbers"),
  both("/v1/provider-presets", "numbers:read"),
  both("/v1/network-readers", "numbers:read"),
  both("/v1/rejected-attempts", "numbers:read"),
  // A question, though it is posted.
  both("/v1/route-tests", "numbers:read"),
  both("/v1/providers", "numbers:read"),
  both("/v1/trunk-forms", "numbers:read"),
  resource("/v1/trunk-tests", "trunks"),
  resource("/v1/trunks", "trunks"),

  resource("/v1/convai/agents", "agents"),
  resource("/v1/agents", "agents"),

  { path: "/v1/convai/sip-trunk", read: "calls:read", write: "calls:create" },
  { path: "/v1/convai/batch-calling", read: "calls:read", write: "calls:create" },
  { path: "/v1/batch-calls", read: "calls:read", write: "calls:create" },
  // What it gives begins a conversation.
  both("/v1/convai/conversation", "calls:create"),
  { path: "/v1/convai/conversations", read: "calls:read", write: "calls:delete" },
  { path: "/v1/convai/tags", read: "calls:read", write: "calls:delete" },
  { path: "/v1/conversations", read: "calls:read", write: "calls:delete" },
  { path: "/v1/calls/*", read: "calls:read", write: "calls:control" },
  { path: "/v1/calls", read: "calls:read", write: "calls:create" },
  both("/v1/test-calls", "calls:create"),
  both("/v1/convai/analytics", "calls:read"),

  resource("/v1/convai/settings", "settings"),
  resource("/v1/workspace/webhooks", "webhooks"),
  resource("/v1/workspaces", "settings"),
  resource("/v1/webhook-endpoints", "webhooks"),
  resource("/v1/webhook-deliveries", "webhooks"),
  resource("/v1/events", "webhooks"),

  { path: "/v1/nodes", read: "nodes:read", write: "nodes:admin" },
  { path: "/v1/regions", read: "nodes:read", write: "nodes:admin" },
  both("/v1/usage", "usage:read"),
  both("/v1/limits", "usage:read"),
  both("/v1/audit-log", "audit:read"),
];

/** Null: only keys with every scope may. */
export function requiredScope(method: string, path: string): RequiredScope | null {
  const segments = path.split("/");
  const rule = SCOPE_RULES.find((candidate) => covers(candidate.path.split("/"), segments));
  if (rule === undefined) return null;
  return method === "GET" || method === "HEAD" ? rule.read : rule.write;
}

function covers(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.every((segment, at) =>
    segment === "*" ? (segments[at] ?? "") !== "" : segment === segments[at],
  );
}

function both(path: string, scope: RequiredScope): ScopeRule {
  return { path, read: scope, write: scope };
}

function resource(
  path: string,
  name: "numbers" | "trunks" | "agents" | "settings" | "webhooks",
): ScopeRule {
  return { path, read: `${name}:read`, write: `${name}:write` };
}
