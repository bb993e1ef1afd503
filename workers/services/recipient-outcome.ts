/** What a call has come to, as far as its batch has to know. */
export interface CallOutcome {
  readonly isAnswered: boolean;
  /** A machine has answered, and the call was ended for it or left a message. */
  readonly isVoicemail: boolean;
  /** A row of the node's CALL_ENDS, or of the control plane's own. */
  readonly endCode: string;
  /** No node has taken the order: what the nodes refused it for is `endCode`. */
  readonly isUntaken: boolean;
}

/** What becomes of the recipient: a status of the API, or `not_placed`: no INVITE has left, and another order calls. */
export type RecipientOutcome = "completed" | "failed" | "voicemail" | "not_placed";

/** Ends before the INVITE, of orders that a node has taken: a limit was reached, or it was too late. */
const BEFORE_INVITE: ReadonlySet<string> = new Set([
  "workspace_limit",
  "agent_limit",
  "daily_limit",
  "trunk_rate_limit",
  "limit_undecided",
  "order_expired",
]);

/** Why no node has taken an order, where that may be another a moment later. */
const UNTAKEN: ReadonlySet<string> = new Set([
  ...BEFORE_INVITE,
  "no_node_available",
  "link_lost",
  "node_silent",
  "node_draining",
  "node_not_ready",
  "ports_exhausted",
  "order_not_kept",
]);

/** The one mapping from a call's outcome to its recipient. */
export function recipientOutcome(outcome: CallOutcome): RecipientOutcome {
  const { endCode, isAnswered, isUntaken, isVoicemail } = outcome;
  if (isAnswered) return isVoicemail ? "voicemail" : "completed";
  return (isUntaken ? UNTAKEN : BEFORE_INVITE).has(endCode) ? "not_placed" : "failed";
}
