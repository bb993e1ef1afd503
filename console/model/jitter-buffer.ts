/** Sizes in samples. */
interface Sizes {
  /** Is waited for before anything is heard, and after it has run dry. */
  readonly target: number;
  /** More than this is late: the oldest goes, down to the target. */
  readonly most: number;
}

/** Audio between when it comes and when it is heard: late rather than broken, but never later than `most`. */
export class JitterBuffer {
  readonly #sizes: Sizes;
  readonly #samples: Float32Array;
  #start = 0;
  #length = 0;
  #isPlaying = false;

  constructor(sizes: Sizes) {
    this.#sizes = sizes;
    this.#samples = new Float32Array(sizes.most);
  }

  /** Samples that wait. */
  get length(): number {
    return this.#length;
  }

  push(samples: Float32Array): void {
    const { most, target } = this.#sizes;
    // Of more than there is room for only the newest counts.
    const fresh = samples.length > most ? samples.subarray(samples.length - most) : samples;
    if (this.#length + fresh.length > most) {
      this.#drop(Math.min(this.#length, this.#length + fresh.length - target));
    }
    for (const sample of fresh) {
      this.#samples[(this.#start + this.#length) % most] = sample;
      this.#length += 1;
    }
    if (this.#length >= target) this.#isPlaying = true;
  }

  /** Fills `out`: with silence where there is nothing yet, or no more. */
  pull(out: Float32Array): void {
    out.fill(0);
    if (!this.#isPlaying) return;
    const count = Math.min(out.length, this.#length);
    for (let at = 0; at < count; at += 1) {
      out[at] = this.#samples[(this.#start + at) % this.#sizes.most] ?? 0;
    }
    this.#drop(count);
    if (count < out.length) this.#isPlaying = false;
  }

  #drop(count: number): void {
    this.#start = (this.#start + count) % this.#sizes.most;
    this.#length -= count;
  }
}
