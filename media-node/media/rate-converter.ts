import { Resampler } from "./resampler.ts";

/** Audio on its way from one side to another whose sample rates may differ, and may change on the way. */
export class RateConverter {
  #resampler: Resampler | null = null;
  #output = new Int16Array(0);

  /** The audio at `toHz`: itself where the rates are equal, else an array that the next call writes again. */
  convert(pcm: Int16Array, fromHz: number, toHz: number): Int16Array {
    if (fromHz === toHz) {
      this.#resampler = null;
      return pcm;
    }
    const resampler = this.#between(fromHz, toHz);
    const samples = resampler.outputSamples(pcm.length);
    // Frames have one length, so that this allocates with the first of them only.
    if (this.#output.length !== samples) this.#output = new Int16Array(samples);
    resampler.process(pcm, pcm.length, this.#output);
    return this.#output;
  }

  #between(fromHz: number, toHz: number): Resampler {
    const current = this.#resampler;
    if (current?.fromHz === fromHz && current.toHz === toHz) return current;
    this.#resampler = new Resampler(fromHz, toHz);
    return this.#resampler;
  }
}
