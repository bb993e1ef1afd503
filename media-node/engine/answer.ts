import type { SipResponse } from "../protocol/sip/message.ts";
import type { EngineClock, EngineTimer } from "./clock.ts";
import type { UnacknowledgedAnswer } from "./dialog.ts";
import { type SipTimers, transactionTimeoutMs } from "./timers.ts";

export interface AnswerDeps {
  readonly response: SipResponse;
  readonly cseq: number;
  readonly transactionId: string;
  readonly send: (response: SipResponse) => void;
  readonly clock: EngineClock;
  readonly timers: SipTimers;
  readonly onAcknowledged: () => void;
  /** No ACK for 64*T1: the session is to be ended. */
  readonly onTimeout: () => void;
}

/**
 * RFC 3261 §13.3.1.4: a 2xx to INVITE is repeated from T1 to T2 until its ACK arrives, over reliable transports too,
 * because a hop on the way may be unreliable.
 */
export function repeatUntilAcknowledged(deps: AnswerDeps): UnacknowledgedAnswer {
  const { clock, timers } = deps;
  let isOver = false;
  let repeat: EngineTimer | null = null;
  const stop = (): void => {
    isOver = true;
    repeat?.cancel();
    timeout.cancel();
  };
  const timeout = clock.after(transactionTimeoutMs(timers), () => {
    if (isOver) return;
    stop();
    deps.onTimeout();
  });
  const schedule = (intervalMs: number): void => {
    repeat = clock.after(intervalMs, () => {
      if (isOver) return;
      deps.send(deps.response);
      schedule(Math.min(2 * intervalMs, timers.t2Ms));
    });
  };
  schedule(timers.t1Ms);
  return {
    cseq: deps.cseq,
    transactionId: deps.transactionId,
    acknowledged(): void {
      if (isOver) return;
      stop();
      deps.onAcknowledged();
    },
    abandon: stop,
  };
}
