import { CALL_ENDS, type CallEndCode } from "./call-ends.ts";
import { CallFault } from "./faults.ts";
import type { CallMediaEvents } from "./media-ports.ts";
import type { CallLogger, SipReason } from "./ports.ts";

/** The one end of a call: the first reason wins, later ones are logged. */
export interface CallEnding {
  /** Null while nothing has ended the call. */
  readonly code: CallEndCode | null;
  /** What was said of it, for the log. */
  readonly detail: string;
  /** Aborted with the first reason. */
  readonly signal: AbortSignal;
  /** Aborted when a second reason comes: nothing is worth waiting for any more. */
  readonly hurried: AbortSignal;
  readonly ended: Promise<CallEndCode>;
  end(code: CallEndCode, detail: string): void;
}

export function createCallEnding(logger: CallLogger, callId: string): CallEnding {
  const first = Promise.withResolvers<CallEndCode>();
  const ended = new AbortController();
  const hurried = new AbortController();
  let code: CallEndCode | null = null;
  let said = "";
  return {
    get code() {
      return code;
    },
    get detail() {
      return said;
    },
    signal: ended.signal,
    hurried: hurried.signal,
    ended: first.promise,
    end(reason, detail) {
      if (code !== null) {
        logger.info("call_end_ignored", { callId, code: reason, detail, endedBy: code });
        hurried.abort();
        return;
      }
      code = reason;
      said = detail;
      first.resolve(reason);
      ended.abort();
    },
  };
}

/** Who deals with an agent whose connection is lost. */
interface AgentWatch {
  away(detail: string): void;
  back(back: { readonly count: number; readonly awayMs: number }): void;
  /** For good. */
  lost(detail: string): void;
}

export interface WatchedMedia extends CallMediaEvents {
  /** From now on: until then the loss of the agent is the end of the call. */
  watchAgent(watch: AgentWatch): void;
}

/** What media can end a call with. */
export function endedByMedia({ end }: Pick<CallEnding, "end">): WatchedMedia {
  let watch: AgentWatch | null = null;
  return {
    agentHungUp: (reason) => end("agent_hung_up", reason),
    agentAway: (detail) => watch?.away(detail),
    agentBack: (back) => watch?.back(back),
    agentLost(detail) {
      if (watch === null) end("agent_lost", detail);
      else watch.lost(detail);
    },
    lost: (detail) => end("media_lost", detail),
    failed: (detail) => end("internal_error", detail),
    watchAgent(watching) {
      watch = watching;
    },
  };
}

/** The row that a failure stands for. */
export function endCodeOf(fault: unknown): CallEndCode {
  return fault instanceof CallFault ? fault.code : "internal_error";
}

/** The row that an INVITE is refused with, where the reason is one that ends answered calls. */
export function refusalOf(code: CallEndCode): CallEndCode {
  switch (code) {
    case "agent_lost":
    case "agent_hung_up":
      return "agent_unavailable";
    case "node_shutdown":
      return "node_draining";
    default:
      return code;
  }
}

/** RFC 3326: what our BYE says of the end. A SIP status, because that is what `SIP;cause=` takes. */
export function byeReason(code: CallEndCode): SipReason {
  const { sipStatus, reason } = CALL_ENDS[code];
  return { cause: ANSWERED_CALL_CAUSES[code] ?? sipStatus ?? 200, text: reason };
}

const ANSWERED_CALL_CAUSES: Partial<Record<CallEndCode, number>> = {
  agent_lost: 480,
  media_timeout: 408,
  hung_up_by_api: 200,
  queue_timeout: 486,
  node_shutdown: 503,
};

/** Calls back when the signal aborts, at once if it has; disposing forgets it. */
export function whenAborted(signal: AbortSignal, aborted: () => void): Disposable {
  if (signal.aborted) aborted();
  else signal.addEventListener("abort", aborted, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", aborted) };
}
