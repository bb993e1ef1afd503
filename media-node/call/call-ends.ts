/**
 * The one table that ends every call. A row is the metric label, the reason in the record and the
 * webhook, and the heading in docs/call-ends.md; `sipStatus` is what a refused INVITE is answered.
 */
interface CallEndRow {
  /** Whose side it is, as far as the node can tell. */
  readonly blame: "none" | "caller" | "customer" | "agent" | "carrier" | "platform" | "unknown";
  /** Status of the final response, or null for a call that was answered. */
  readonly sipStatus: number | null;
  /** One sentence for the record's `termination_reason`. */
  readonly reason: string;
}

export const CALL_ENDS = {
  caller_hung_up: { blame: "none", sipStatus: null, reason: "The caller hung up." },
  agent_hung_up: { blame: "none", sipStatus: null, reason: "The agent ended the call." },
  cancelled: { blame: "none", sipStatus: 487, reason: "The caller gave up before the answer." },
  agent_lost: { blame: "agent", sipStatus: null, reason: "The agent's connection was lost." },
  agent_unavailable: { blame: "agent", sipStatus: 480, reason: "The agent could not be reached." },
  no_agent_assigned: {
    blame: "customer",
    sipStatus: 480,
    reason: "No agent is assigned to the number.",
  },
  number_unknown: {
    blame: "customer",
    sipStatus: 404,
    reason: "The dialled number is not imported in this region.",
  },
  number_ambiguous: {
    blame: "customer",
    sipStatus: 404,
    reason: "Several trunks match the dialled number and source.",
  },
  source_unknown: {
    blame: "customer",
    sipStatus: 403,
    reason: "The source address is not known to any trunk.",
  },
  source_not_allowed: {
    blame: "customer",
    sipStatus: 403,
    reason: "The source address is not in the trunk's allowed_addresses.",
  },
  caller_not_allowed: {
    blame: "customer",
    sipStatus: 403,
    reason: "The caller is not in the trunk's allowed_numbers.",
  },
  digest_required: {
    blame: "customer",
    sipStatus: 403,
    reason: "The trunk has credentials, and digest authentication of callers is not available yet.",
  },
  malformed_request: { blame: "carrier", sipStatus: 400, reason: "The request was malformed." },
  registration_not_supported: {
    blame: "customer",
    sipStatus: 405,
    reason: "Trunks are static: REGISTER is not accepted.",
  },
  encryption_required: {
    blame: "customer",
    sipStatus: 488,
    reason: "The number requires SRTP and the offer has none.",
  },
  encryption_not_accepted: {
    blame: "customer",
    sipStatus: 488,
    reason: "The offer is SRTP and the trunk has media encryption disabled.",
  },
  no_common_crypto: {
    blame: "customer",
    sipStatus: 488,
    reason: "No crypto suite of the offer is supported.",
  },
  no_common_codec: {
    blame: "customer",
    sipStatus: 488,
    reason: "No codec of the offer is supported.",
  },
  no_audio: { blame: "carrier", sipStatus: 488, reason: "The offer has no usable audio line." },
  media_timeout: { blame: "unknown", sipStatus: null, reason: "No media arrived for too long." },
  max_duration: {
    blame: "none",
    sipStatus: null,
    reason: "The call reached the agent's maximum duration.",
  },
  ack_timeout: { blame: "carrier", sipStatus: null, reason: "The answer was never acknowledged." },
  signalling_lost: {
    blame: "platform",
    sipStatus: null,
    reason: "The SIP engine lost the dialog.",
  },
  node_draining: { blame: "platform", sipStatus: 503, reason: "The node is draining." },
  node_not_ready: { blame: "platform", sipStatus: 503, reason: "The node has no routing table." },
  node_shutdown: { blame: "platform", sipStatus: null, reason: "The node was stopped." },
  ports_exhausted: { blame: "platform", sipStatus: 503, reason: "No RTP port is free." },
  internal_error: { blame: "platform", sipStatus: 500, reason: "The node failed." },
} as const satisfies Record<string, CallEndRow>;

export type CallEndCode = keyof typeof CALL_ENDS;
