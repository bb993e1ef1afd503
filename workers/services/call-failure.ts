import type { CallInitiationFailure } from "../../schema/contracts/webhook.ts";

/** Calls that never were answered, in the vendor's words. */

/** What is known of why; all null: the call was given up without a response of the other side. */
export interface FailureFacts {
  /** The other side's last response. */
  readonly sipStatus: number | null;
  readonly sipReason: string | null;
  /** A row of the node's CALL_ENDS, or of the control plane's own. */
  readonly endCode: string | null;
}

/** What to do about ends that the trunk's settings are the cure for. */
const HINTS: ReadonlyMap<string, string> = new Map([
  [
    "transport_unavailable",
    "the nodes of this region have no UDP port; set the trunk's transport to tls, tcp or auto",
  ],
]);

/** `INVITE failed: sip status: 486: Busy here (SIP 486)`, or our own reason without a refusal. */
export function failureMessage(facts: FailureFacts): string {
  const { endCode, sipReason, sipStatus } = facts;
  if (sipStatus === null || sipStatus < 300) {
    const limit = endCode === null ? undefined : LIMIT_ENDS.get(endCode);
    if (limit !== undefined) return `The call was not placed: ${limit} (${endCode}).`;
    const hint = endCode === null ? undefined : HINTS.get(endCode);
    return `INVITE failed: ${endCode ?? "unknown"}${hint === undefined ? "" : `: ${hint}`}`;
  }
  const phrase = sipReason === null || sipReason === "" ? "" : ` ${sipReason}`;
  return `INVITE failed: sip status: ${sipStatus}:${phrase} (SIP ${sipStatus})`;
}

/** Limits that stood in the way before anything was dialled. */
const LIMIT_ENDS: ReadonlyMap<string, string> = new Map([
  ["workspace_limit", "the workspace has as many calls as it may have at a time"],
  ["agent_limit", "the agent has as many calls as it may have at a time"],
  ["daily_limit", "the agent has had all the calls that it may have today"],
  ["trunk_rate_limit", "the trunk has had as many new calls as it may have in a second"],
  ["limit_undecided", "whether a limit allows it could not be found out"],
]);

type FailureReason = CallInitiationFailure["data"]["failure_reason"];

const REASONS: ReadonlyMap<number, FailureReason> = new Map([
  [486, "busy"],
  [600, "busy"],
  [408, "no-answer"],
  [480, "no-answer"],
  [487, "no-answer"],
]);

/** The node gave up ringing itself. */
const NO_ANSWER_ENDS: ReadonlySet<string> = new Set(["no_answer"]);

function failureReason(facts: FailureFacts): FailureReason {
  const { endCode, sipStatus } = facts;
  if (endCode !== null && NO_ANSWER_ENDS.has(endCode)) return "no-answer";
  return (sipStatus === null ? undefined : REASONS.get(sipStatus)) ?? "unknown";
}

/** The nearest code of Twirp, which the vendor's engine speaks. */
function twirpCode(sipStatus: number): string {
  switch (sipStatus) {
    case 400:
    case 415:
    case 420:
    case 488:
    case 606:
      return "invalid_argument";
    case 401:
    case 407:
      return "unauthenticated";
    case 403:
    case 603:
      return "permission_denied";
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
      return "not_found";
    case 408:
    case 480:
    case 486:
    case 487:
    case 503:
    case 600:
      return "unavailable";
    case 501:
      return "unimplemented";
    case 504:
      return "deadline_exceeded";
    default:
      return sipStatus >= 500 ? "internal" : "unknown";
  }
}

/** Shown for a call that has no final response: nobody answered in time, or we failed before. */
const STATUS_OF_NO_ANSWER = 408;
const STATUS_WITHOUT_RESPONSE = 500;

/**
 * The response that refused the call; without one the status of its end, or the nearest that stands for a call that
 * was given up in time (408) or could not be placed (500).
 */
export function failureStatus(facts: FailureFacts & { readonly endStatus: number | null }): number {
  const { endStatus, sipStatus } = facts;
  if (sipStatus !== null && sipStatus >= 300) return sipStatus;
  if (endStatus !== null) return endStatus;
  return failureReason(facts) === "no-answer" ? STATUS_OF_NO_ANSWER : STATUS_WITHOUT_RESPONSE;
}

interface FailedCall extends FailureFacts {
  readonly agentId: string;
  readonly conversationId: string;
  readonly fromNumber: string;
  readonly toNumber: string;
  readonly callSid: string;
  /** A sentence, for when no response tells it. */
  readonly reason: string;
  /** The status that stands for the end itself, when no response does. */
  readonly endStatus: number | null;
}

/** The body of `call_initiation_failure`. */
export function callInitiationFailure(call: FailedCall, nowMs: number): string {
  const isRefused = call.sipStatus !== null && call.sipStatus >= 300;
  const status = failureStatus(call);
  const body: CallInitiationFailure = {
    type: "call_initiation_failure",
    event_timestamp: Math.floor(nowMs / 1_000),
    data: {
      agent_id: call.agentId,
      conversation_id: call.conversationId,
      failure_reason: failureReason(call),
      metadata: {
        type: "sip",
        body: {
          from_number: call.fromNumber,
          to_number: call.toNumber,
          sip_status_code: status,
          error_reason: isRefused ? failureMessage(call) : `INVITE failed: ${call.reason}`,
          call_sid: call.callSid,
          ...(isRefused ? { sip_status: call.sipReason ?? "" } : {}),
          twirp_code: twirpCode(status),
        },
      },
    },
  };
  return JSON.stringify(body);
}
