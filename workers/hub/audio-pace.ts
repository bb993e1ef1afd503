/** Of the samples' rate and size: what a second of audio has. */
interface Pace {
  readonly bytesPerSecond: number;
  /** What may come at once. */
  readonly burstMs: number;
}

/**
 * Lets audio pass as fast as it is spoken. What was held up somewhere and comes all at once would be heard that much late for
 * the rest of the call: beyond the burst it is dropped.
 */
export class AudioPace {
  readonly #pace: Pace;
  #owedBytes = 0;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Whether a message of this size may go on now. */
  admits(bytes: number, nowMs: number): boolean {
    const { bytesPerSecond, burstMs } = this.#pace;
    const spoken = ((nowMs - this.#atMs) * bytesPerSecond) / 1000;
    this.#atMs = nowMs;
    this.#owedBytes = Math.max(0, this.#owedBytes - spoken);
    if (this.#owedBytes + bytes > (burstMs * bytesPerSecond) / 1000) return false;
    this.#owedBytes += bytes;
    return true;
  }
}

/** Messages on their way to somebody who says how many have come: more than `limit` are not sent. */
export class InFlight {
  readonly #limit: number;
  #sent = 0;
  #heard = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether one more may be sent; counts it. */
  admits(): boolean {
    if (this.#sent - this.#heard >= this.#limit) return false;
    this.#sent += 1;
    return true;
  }

  heard(messages: number): void {
    this.#heard = Math.min(this.#sent, Math.max(this.#heard, messages));
  }
}
