/** Zero crossings of the kernel at each side: enough that what would fold back is 50 dB below. */
const CROSSINGS = 8;
/** Of the kernel's table, between two zero crossings. */
const STEPS = 512;

/**
 * Samples of one rate as samples of another, in order and across calls: a windowed sinc, cut off at half the lower rate so
 * that nothing of the higher one folds back.
 */
export class Resampler {
  readonly #step: number;
  readonly #scale: number;
  readonly #half: number;
  readonly #kernel: Float32Array;
  #history: Float32Array;
  /** Of the next output, in input samples from the beginning of the history. */
  #position: number;

  constructor(fromHz: number, toHz: number) {
    this.#step = fromHz / toHz;
    this.#scale = Math.min(1, toHz / fromHz);
    this.#half = Math.ceil(CROSSINGS / this.#scale);
    this.#kernel = kernelTable();
    this.#history = new Float32Array(this.#half);
    this.#position = this.#half;
  }

  /** What can be told by now; the rest comes with the next call. */
  push(input: Float32Array): Float32Array {
    const joined = new Float32Array(this.#history.length + input.length);
    joined.set(this.#history);
    joined.set(input, this.#history.length);
    const end = joined.length - this.#half;
    const count = Math.max(0, Math.ceil((end - this.#position) / this.#step));
    const output = new Float32Array(count);
    for (let at = 0; at < count; at += 1) {
      output[at] = this.#sample(joined, this.#position);
      this.#position += this.#step;
    }
    const used = Math.min(joined.length, Math.max(0, Math.floor(this.#position) - this.#half));
    this.#history = joined.slice(used);
    this.#position -= used;
    return output;
  }

  #sample(samples: Float32Array, position: number): number {
    const first = Math.max(0, Math.ceil(position - this.#half));
    const last = Math.min(samples.length - 1, Math.floor(position + this.#half));
    let sum = 0;
    for (let index = first; index <= last; index += 1) {
      const distance = Math.round(Math.abs(position - index) * this.#scale * STEPS);
      sum += (samples[index] ?? 0) * (this.#kernel[distance] ?? 0);
    }
    return sum * this.#scale;
  }
}

/** One side of sinc under a Hann window. */
function kernelTable(): Float32Array {
  const table = new Float32Array(CROSSINGS * STEPS + 1);
  for (let at = 0; at < table.length; at += 1) {
    const x = (Math.PI * at) / STEPS;
    const window = 0.5 + 0.5 * Math.cos(x / CROSSINGS);
    table[at] = at === 0 ? 1 : (Math.sin(x) / x) * window;
  }
  return table;
}
