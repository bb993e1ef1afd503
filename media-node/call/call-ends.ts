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

/** Of calls that we place: before the answer what is said of the INVITE, after it what ends the call. */
export const OUTBOUND_ENDS = {
  callee_hung_up: { blame: "none", sipStatus: null, reason: "The called side hung up." },
  voicemail_detected: {
    blame: "none",
    sipStatus: null,
    reason: "A machine answered, and the agent's settings end such calls.",
  },
  busy: { blame: "none", sipStatus: null, reason: "The called side is busy." },
  no_answer: { blame: "none", sipStatus: null, reason: "Nobody answered in time." },
  declined: { blame: "none", sipStatus: null, reason: "The called side declined the call." },
  order_cancelled: { blame: "none", sipStatus: null, reason: "The client cancelled the call." },
  callee_unknown: {
    blame: "customer",
    sipStatus: null,
    reason: "The carrier does not know the called number.",
  },
  carrier_refused: { blame: "customer", sipStatus: null, reason: "The carrier refused the call." },
  carrier_auth_failed: {
    blame: "customer",
    sipStatus: null,
    reason: "The carrier did not accept the trunk's credentials.",
  },
  carrier_media_refused: {
    blame: "customer",
    sipStatus: null,
    reason: "The carrier accepts none of the media that was offered.",
  },
  redirected: {
    blame: "customer",
    sipStatus: null,
    reason: "The carrier redirected the call, and redirections are not followed.",
  },
  carrier_unavailable: {
    blame: "carrier",
    sipStatus: null,
    reason: "The carrier takes no calls at present.",
  },
  carrier_failed: { blame: "carrier", sipStatus: null, reason: "The carrier failed." },
  carrier_not_found: {
    blame: "customer",
    sipStatus: null,
    reason: "The trunk's address leads to no server.",
  },
  carrier_unreachable: {
    blame: "carrier",
    sipStatus: null,
    reason: "No server of the trunk's address takes a connection.",
  },
  carrier_tls_failed: {
    blame: "carrier",
    sipStatus: null,
    reason: "The carrier's certificate or TLS handshake was not accepted.",
  },
  carrier_address_refused: {
    blame: "customer",
    sipStatus: null,
    reason: "The trunk's address is not public.",
  },
  no_response: { blame: "carrier", sipStatus: null, reason: "The carrier did not respond." },
  answer_downgraded: {
    blame: "carrier",
    sipStatus: null,
    reason: "The answer lacks the encryption that was offered.",
  },
  answer_unusable: {
    blame: "carrier",
    sipStatus: null,
    reason: "The answer has no media that was offered.",
  },
  no_outbound_trunk: {
    blame: "customer",
    sipStatus: null,
    reason: "The number has no outbound trunk.",
  },
  callee_not_dialable: {
    blame: "customer",
    sipStatus: null,
    reason: "The called number cannot stand in a SIP URI.",
  },
  trunk_insecure: {
    blame: "customer",
    sipStatus: null,
    reason: "The trunk requires media encryption, and its transport would show the keys.",
  },
  transport_unavailable: {
    blame: "platform",
    sipStatus: null,
    reason: "The node does not speak the trunk's transport.",
  },
  credentials_unavailable: {
    blame: "platform",
    sipStatus: null,
    reason: "The trunk's password could not be opened.",
  },
  order_expired: {
    blame: "platform",
    sipStatus: null,
    reason: "The order came too late to be dialled.",
  },
  order_not_kept: {
    blame: "platform",
    sipStatus: null,
    reason: "The node could not write the order to disk.",
  },
  node_restarted: {
    blame: "platform",
    sipStatus: null,
    reason: "The node stopped during the call.",
  },
  outcome_unknown: {
    blame: "platform",
    sipStatus: null,
    reason: "The node stopped while it dialled.",
  },
} as const satisfies Record<string, CallEndRow>;

export const CALL_ENDS = {
  caller_hung_up: { blame: "none", sipStatus: null, reason: "The caller hung up." },
  agent_hung_up: { blame: "none", sipStatus: null, reason: "The agent ended the call." },
  transferred: { blame: "none", sipStatus: null, reason: "The call was transferred." },
  hung_up_by_api: {
    blame: "none",
    sipStatus: 603,
    reason: "The call was ended through the API.",
  },
  cancelled: { blame: "none", sipStatus: 487, reason: "The caller gave up before the answer." },
  agent_lost: { blame: "agent", sipStatus: null, reason: "The agent's connection was lost." },
  agent_unavailable: { blame: "agent", sipStatus: 480, reason: "The agent could not be reached." },
  no_agent_assigned: {
    blame: "customer",
    sipStatus: 480,
    reason: "No agent is assigned to the number.",
  },
  precall_rejected: {
    blame: "customer",
    sipStatus: 603,
    reason: "The pre-call webhook rejected the call.",
  },
  precall_failed: {
    blame: "customer",
    sipStatus: 603,
    reason: "The pre-call webhook gave no usable answer.",
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
  digest_rejected: {
    blame: "customer",
    sipStatus: 403,
    reason: "The caller did not prove the trunk's user name and password.",
  },
  digest_throttled: {
    blame: "customer",
    sipStatus: 403,
    reason: "Too many wrong passwords came from the source or for the user name.",
  },
  trunk_rate_limit: {
    blame: "customer",
    sipStatus: 486,
    reason: "The trunk had more new calls a second than its calls_per_second.",
  },
  workspace_limit: {
    blame: "customer",
    sipStatus: 486,
    reason: "The workspace had as many calls as it may have at a time.",
  },
  agent_limit: {
    blame: "customer",
    sipStatus: 486,
    reason: "The agent had as many calls as its agent_concurrency_limit.",
  },
  daily_limit: {
    blame: "customer",
    sipStatus: 486,
    reason: "The agent had as many calls today as its daily_limit.",
  },
  limit_undecided: {
    blame: "platform",
    sipStatus: 486,
    reason: "Whether a limit is reached could not be told: the region's hub did not answer.",
  },
  queue_timeout: {
    blame: "customer",
    sipStatus: null,
    reason: "No agent was free within the queue's wait_timeout_seconds.",
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
  media_lost: {
    blame: "platform",
    sipStatus: 500,
    reason: "The node lost the media of the call.",
  },
  max_duration: {
    blame: "none",
    sipStatus: null,
    reason: "The call reached the agent's maximum duration.",
  },
  silence_timeout: {
    blame: "none",
    sipStatus: null,
    reason: "Neither side spoke for the agent's silence_end_call_timeout.",
  },
  ack_timeout: { blame: "carrier", sipStatus: null, reason: "The answer was never acknowledged." },
  signalling_lost: {
    blame: "platform",
    sipStatus: null,
    reason: "The SIP engine lost the dialog.",
  },
  node_lost: {
    blame: "platform",
    sipStatus: null,
    reason: "The node that had the call was lost.",
  },
  node_draining: { blame: "platform", sipStatus: 503, reason: "The node is draining." },
  node_not_ready: { blame: "platform", sipStatus: 503, reason: "The node has no routing table." },
  node_shutdown: { blame: "platform", sipStatus: null, reason: "The node was stopped." },
  ports_exhausted: { blame: "platform", sipStatus: 503, reason: "No RTP port is free." },
  internal_error: { blame: "platform", sipStatus: 500, reason: "The node failed." },
  ...OUTBOUND_ENDS,
} as const satisfies Record<string, CallEndRow>;

export type CallEndCode = keyof typeof CALL_ENDS;
