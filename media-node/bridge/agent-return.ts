import type { AgentConnection, Resumption } from "../call/agent-ports.ts";
import type { Clock } from "../call/ports.ts";
import { pause } from "./pause.ts";

/** How long a caller waits for an agent whose connection is lost. */
const AWAY_MS = 5_000;
/** Pauses between attempts: the first is made at once. An agent that is back waits for the last at most. */
const PAUSES_MS = [100, 200, 400] as const;
/** Of one attempt, for its handshake: one that leads nowhere must not use up the rest. */
const HANDSHAKE_MS = 1_000;
/** An agent that is lost again within this time was not really back: its next absence is the same one. */
const PROVEN_MS = 2_000;
/** Of one call: an agent that comes and goes all the time is not there. */
const MAX_RETURNS = 10;

type Returned =
  | { readonly kind: "back"; readonly agent: AgentConnection; readonly resumption: Resumption }
  | { readonly kind: "gone"; readonly detail: string }
  /** Nobody waits for it any more. */
  | { readonly kind: "given_up" };

type Reconnect = (
  resumption: Resumption,
  signal: AbortSignal,
  handshakeMs: number,
) => Promise<AgentConnection>;

/** Brings a lost agent back to its call: attempts, their pauses and their bounds. */
export class AgentReturn {
  readonly #clock: Clock;
  readonly #connect: Reconnect;
  readonly #over = new AbortController();
  #returns = 0;
  #attempts = 0;
  /** Of the present absence, or the last one. */
  #lostAtMs = Number.NEGATIVE_INFINITY;
  #backAtMs = Number.NEGATIVE_INFINITY;
  isUnderWay = false;

  constructor(clock: Clock, connect: Reconnect) {
    this.#clock = clock;
    this.#connect = connect;
  }

  /** Whether an agent that is lost now is given another chance. */
  isWorthWhile(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#backAtMs >= PROVEN_MS) {
      this.#lostAtMs = nowMs;
      this.#attempts = 0;
    }
    return this.#returns < MAX_RETURNS && nowMs - this.#lostAtMs < AWAY_MS;
  }

  /** After `isWorthWhile`. Never rejects. */
  async attempt(lastMark: () => string | null): Promise<Returned> {
    this.isUnderWay = true;
    try {
      return await this.#tryAgain(lastMark);
    } finally {
      this.isUnderWay = false;
    }
  }

  /** The call is over, or the agent's part in it. */
  giveUp(): void {
    this.#over.abort();
  }

  async #tryAgain(lastMark: () => string | null): Promise<Returned> {
    let detail = "";
    while (!this.#over.signal.aborted) {
      await this.#pause();
      const leftMs = this.#lostAtMs + AWAY_MS - this.#clock.monotonicMs();
      if (leftMs <= 0) return { kind: "gone", detail };
      if (this.#over.signal.aborted) break;
      this.#attempts += 1;
      const resumption = {
        count: this.#returns + 1,
        awayMs: this.#clock.monotonicMs() - this.#lostAtMs,
        lastMark: lastMark(),
      };
      try {
        const agent = await this.#connectWithin(leftMs, resumption);
        if (this.#over.signal.aborted) {
          await agent[Symbol.asyncDispose]();
          break;
        }
        this.#returns += 1;
        this.#backAtMs = this.#clock.monotonicMs();
        const awayMs = this.#backAtMs - this.#lostAtMs;
        return { kind: "back", agent, resumption: { ...resumption, awayMs } };
      } catch (fault) {
        detail = fault instanceof Error ? fault.message : "the connection failed";
      }
    }
    return { kind: "given_up" };
  }

  async #connectWithin(leftMs: number, resumption: Resumption): Promise<AgentConnection> {
    const late = new AbortController();
    using _late = this.#clock.after(leftMs, () => late.abort(new DOMException("", "TimeoutError")));
    const signal = AbortSignal.any([this.#over.signal, late.signal]);
    return await this.#connect(resumption, signal, Math.min(HANDSHAKE_MS, leftMs));
  }

  async #pause(): Promise<void> {
    if (this.#attempts === 0) return;
    const last = Math.min(this.#attempts, PAUSES_MS.length) - 1;
    await pause(PAUSES_MS[last] ?? 0, this.#clock, this.#over.signal);
  }
}
