import {
  type AudioModule,
  audioModule,
  INPUT_AT,
  OUTPUT_AT,
  type PlacedFilter,
} from "./audio-module.ts";

/** Input that is taken at once: what it makes at six times the rate fits the module's memory. */
const CHUNK_SAMPLES = 960;

/**
 * Changes the sample rate of one stream, in pieces of any length: what comes out is the same however it was cut. What it
 * passes, stops and delays is in docs/design/media.md.
 */
export class Resampler {
  readonly fromHz: number;
  readonly toHz: number;
  readonly #module: AudioModule = audioModule();
  readonly #filter: PlacedFilter;
  readonly #history: Int16Array;
  /** Where the next output sample stands, in phases from the next input sample on. */
  #position = 0;

  /** @throws RangeError for rates that are not whole or whose ratio has no room for its filter. */
  constructor(fromHz: number, toHz: number) {
    this.fromHz = fromHz;
    this.toHz = toHz;
    this.#filter = this.#module.filter(fromHz, toHz);
    this.#history = new Int16Array(this.#filter.tapsPerPhase - 1);
  }

  /** How many samples the next `samples` make. */
  outputSamples(samples: number): number {
    const { phases, step } = this.#filter;
    return Math.max(0, Math.ceil((samples * phases - this.#position) / step));
  }

  /** The first `samples` of `pcm` into the start of `output`; returns how many it made. */
  process(pcm: Int16Array, samples: number, output: Int16Array): number {
    let made = 0;
    for (let at = 0; at < samples; at += CHUNK_SAMPLES) {
      made += this.#chunk(pcm, at, Math.min(CHUNK_SAMPLES, samples - at), output, made);
    }
    return made;
  }

  #chunk(pcm: Int16Array, at: number, count: number, output: Int16Array, outputAt: number): number {
    const { samples, exports } = this.#module;
    const { phases, step, tapsAt, tapsPerPhase } = this.#filter;
    const history = this.#history;
    const input = INPUT_AT / 2;
    samples.set(history, input - history.length);
    for (let i = 0; i < count; i++) samples[input + i] = pcm[at + i] ?? 0;
    const made = this.outputSamples(count);
    this.#position = exports.resample(
      tapsAt,
      tapsPerPhase,
      phases,
      step,
      this.#position,
      INPUT_AT,
      count,
      OUTPUT_AT,
    );
    const kept = input + count - history.length;
    for (let i = 0; i < history.length; i++) history[i] = samples[kept + i] ?? 0;
    for (let i = 0; i < made; i++) output[outputAt + i] = samples[OUTPUT_AT / 2 + i] ?? 0;
    return made;
  }
}
