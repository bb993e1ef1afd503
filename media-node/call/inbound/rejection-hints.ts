import type { CallEndCode } from "../call-ends.ts";
import type { RouteQuery } from "../ports.ts";

type Signalled = Pick<RouteQuery, "sourceAddress" | "requestUser" | "fromUser">;

const HINTS: Partial<Record<CallEndCode, (query: Signalled) => string>> = {
  source_unknown: ({ sourceAddress }) =>
    `Add ${sourceAddress} to allowed_addresses of the number's inbound trunk.`,
  source_not_allowed: ({ sourceAddress }) =>
    `Add ${sourceAddress} to allowed_addresses of the number's inbound trunk.`,
  number_unknown: ({ requestUser }) =>
    requestUser === ""
      ? "Dial a number: the Request-URI has no user part."
      : `Import ${requestUser} as a phone number with an inbound trunk, or dial one that is imported.`,
  number_ambiguous: () =>
    "Dial the workspace's own host name, or give the trunks allowed_addresses that do not overlap.",
  caller_not_allowed: ({ fromUser }) =>
    fromUser === ""
      ? "Send the caller's number in From, or leave allowed_numbers of the inbound trunk empty."
      : `Add ${fromUser} to allowed_numbers of the inbound trunk, or leave the list empty.`,
  digest_rejected: () =>
    "Let the PBX answer the challenge with the user name and password of the inbound trunk's credentials.",
  digest_throttled: ({ sourceAddress }) =>
    `Wait some minutes after the many wrong passwords from ${sourceAddress}, then send the right one.`,
  workspace_limit: () =>
    "Wait for a call of the workspace to end, or ask the operator for a higher concurrency_limit.",
  agent_limit: () =>
    "Wait for a call of the agent to end, raise its call_limits.agent_concurrency_limit, or enable its queueing_config.",
  daily_limit: () => "Wait for the next day (UTC), or raise call_limits.daily_limit of the agent.",
  trunk_rate_limit: () =>
    "Send fewer calls a second, or raise calls_per_second of the inbound trunk.",
  limit_undecided: () =>
    "Send the call again: for a moment nobody could be asked whether there is a place.",
  precall_failed: () => "Mend the agent's pre-call webhook, or set its on_failure to continue.",
  no_agent_assigned: () => "Assign an agent to the number.",
  agent_unavailable: () => "Check that the agent's URL can be reached and accepts the connection.",
  encryption_required: () =>
    "Offer RTP/SAVP with a=crypto, or set media_encryption of the inbound trunk to allowed.",
  encryption_not_accepted: () =>
    "Offer RTP/AVP, or set media_encryption of the inbound trunk to allowed.",
  no_common_crypto: () => "Offer a=crypto with AES_CM_128_HMAC_SHA1_80.",
  no_common_codec: () =>
    "Offer one of the trunk's enabled_codecs: PCMU is payload type 0, PCMA 8, G722 9.",
  no_audio: () => "Offer an audio line with a port and an address.",
};

/** What would let such a call through, for the tenant to read; null when there is nothing for it to change. */
export function rejectionHint(code: CallEndCode, query: Signalled): string | null {
  return HINTS[code]?.(query) ?? null;
}
