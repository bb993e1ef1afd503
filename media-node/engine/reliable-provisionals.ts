import { randomInt } from "node:crypto";
import type { SipResponse } from "../protocol/sip/message.ts";
import type { EngineClock, EngineTimer } from "./clock.ts";
import { type SipTimers, transactionTimeoutMs } from "./timers.ts";

export interface ReliableDeps {
  readonly clock: EngineClock;
  readonly timers: SipTimers;
  readonly send: (response: SipResponse) => void;
  /** No PRACK for 64*T1. */
  readonly onTimeout: () => void;
}

/** RFC 3262 §3: the reliable provisional responses to one INVITE, one at a time, each repeated until its PRACK. */
export class ReliableProvisionals {
  readonly #deps: ReliableDeps;
  /** RFC 3262 §3: "between 1 and 2**31 - 1". */
  #lastRseq = randomInt(1, 2 ** 30);
  #openRseq: number | null = null;
  #repeat: EngineTimer | null = null;
  #giveUp: EngineTimer | null = null;
  /** What waits for the PRACK: later reliable ones, and the 2xx. */
  #held: (() => void)[] = [];

  constructor(deps: ReliableDeps) {
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#openRseq !== null;
  }

  nextRseq(): number {
    this.#lastRseq += 1;
    return this.#lastRseq;
  }

  /** Sends the response, or holds it until what is open has its PRACK. */
  send(rseq: number, response: SipResponse): void {
    this.whenAcknowledged(() => {
      const { clock, timers } = this.#deps;
      this.#openRseq = rseq;
      this.#deps.send(response);
      this.#repeatAfter(timers.t1Ms, response);
      this.#giveUp = clock.after(transactionTimeoutMs(timers), this.#deps.onTimeout);
    });
  }

  whenAcknowledged(run: () => void): void {
    if (this.isOpen) this.#held.push(run);
    else run();
  }

  isAwaiting(rseq: number): boolean {
    return this.#openRseq === rseq;
  }

  acknowledge(): void {
    this.#close();
    while (!this.isOpen) {
      const next = this.#held.shift();
      if (next === undefined) return;
      next();
    }
  }

  /** The INVITE has its final response: nothing is repeated or sent any more. */
  stop(): void {
    this.#held = [];
    this.#close();
  }

  #close(): void {
    this.#openRseq = null;
    this.#repeat?.cancel();
    this.#giveUp?.cancel();
  }

  /** RFC 3262 §3: from T1 on, doubled each time and, unlike a 2xx, never capped at T2. */
  #repeatAfter(intervalMs: number, response: SipResponse): void {
    this.#repeat = this.#deps.clock.after(intervalMs, () => {
      this.#deps.send(response);
      this.#repeatAfter(2 * intervalMs, response);
    });
  }
}

/** RFC 3262 §7.2: `RAck: <RSeq> <CSeq number> <method>`; null when malformed. */
export function parseRack(
  value: string | null,
): { rseq: number; cseq: number; method: string } | null {
  const match = /^(\d{1,10})\s+(\d{1,10})\s+(\S+)$/.exec(value ?? "");
  if (match === null) return null;
  return { rseq: Number(match[1]), cseq: Number(match[2]), method: match[3] ?? "" };
}
