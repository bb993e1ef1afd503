/** How far intervals are from what they should be, in bins of 0.1 ms. */
class JitterHistogram {
  readonly #bins = new Uint32Array(2_000);
  #count = 0;

  add(deviationMs: number): void {
    const bin = Math.min(this.#bins.length - 1, Math.floor(Math.abs(deviationMs) * 10));
    this.#bins[bin] = (this.#bins[bin] ?? 0) + 1;
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** Null of nothing. */
  percentileMs(percent: number): number | null {
    if (this.#count === 0) return null;
    let left = Math.ceil((this.#count * percent) / 100);
    for (const [bin, count] of this.#bins.entries()) {
      left -= count;
      if (left <= 0) return (bin + 1) / 10;
    }
    return this.#bins.length / 10;
  }
}

/** Of packets that callers got, and of a bare timer of the callers' own process beside it. */
interface JitterPair {
  readonly packets: JitterHistogram;
  readonly timer: JitterHistogram;
}

const PARTS = 4;

/** Jitter in each quarter of a run; what is measured meanwhile can be left out. */
export class RunJitter {
  readonly quarters: readonly JitterPair[] = Array.from({ length: PARTS }, () => ({
    packets: new JitterHistogram(),
    timer: new JitterHistogram(),
  }));
  #fromMs = Number.POSITIVE_INFINITY;
  #durationMs = 1;
  #deafUntilMs = 0;

  begin(nowMs: number, durationMs: number): void {
    this.#fromMs = nowMs;
    this.#durationMs = durationMs;
  }

  /** What comes until then says nothing: the processes were stopped to be measured. */
  skipUntil(ms: number): void {
    this.#deafUntilMs = ms;
  }

  /** Where to add what happens now, or null. */
  at(nowMs: number): JitterPair | null {
    if (nowMs < this.#deafUntilMs) return null;
    const part = Math.floor(((nowMs - this.#fromMs) / this.#durationMs) * PARTS);
    return this.quarters[part] ?? null;
  }
}
