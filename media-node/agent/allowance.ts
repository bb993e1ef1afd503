/** Messages and bytes of an agent, of all kinds: a burst, and what comes back of it each second. */
const MESSAGES = { burst: 10_000, perSecond: 1_000 };
/** At 8 kHz 16 times real time, after 15 times as much as can be queued; at 48 kHz still nearly 3 times each. */
const BYTES = { burst: 8_388_608, perSecond: 262_144 };

/**
 * What one agent may send: far more than any conversation has, and little enough that no agent takes the
 * thread from the calls that share it.
 */
export class Allowance {
  #messages = MESSAGES.burst;
  #bytes = BYTES.burst;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** False when the message is more than what is left. */
  take(bytes: number, nowMs: number): boolean {
    const seconds = (nowMs - this.#atMs) / 1000;
    this.#atMs = nowMs;
    this.#messages = Math.min(MESSAGES.burst, this.#messages + seconds * MESSAGES.perSecond) - 1;
    this.#bytes = Math.min(BYTES.burst, this.#bytes + seconds * BYTES.perSecond) - bytes;
    return this.#messages >= 0 && this.#bytes >= 0;
  }
}
