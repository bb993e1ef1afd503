import { findPitch, type Loudness, measureLoudness, mixed, type PitchMatch } from "./pitch.ts";

/**
 * Makes audio a little shorter or longer without a click: one pitch period is cut out or put in, overlapped, and only where
 * the audio repeats itself or is as good as silent. How clocks that differ are kept together.
 */
export class TimeStretcher {
  readonly #perMs: number;
  readonly #frameSamples: number;
  readonly #match: PitchMatch = { lag: 0, similarity: 0 };
  readonly #loudness: Loudness = { meanSquare: 0, peakSquare: 0 };
  /** The usual mean square of what was heard: what is far below it is a pause. */
  #level = 0;

  constructor(rateHz: number, frameSamples: number) {
    this.#perMs = rateHz / 1000;
    this.#frameSamples = frameSamples;
  }

  /** The most samples behind the frame that `shorten` may look at. */
  get lookAheadSamples(): number {
    return MAX_LAG_MS * this.#perMs;
  }

  /** Takes note of how loud the audio is; called with each frame that is played. */
  hear(frame: Int16Array): void {
    measureLoudness(frame, this.#frameSamples, this.#loudness);
    const square = this.#loudness.meanSquare;
    // Speech is what counts, not the pauses in it: quick to rise, slow to fall.
    this.#level += (square - this.#level) / (square > this.#level ? 8 : 500);
  }

  /**
   * Fills `frame` from `samples`, which holds a frame and at least `maxLag` samples behind it. Returns how many samples more
   * than a frame that took; 0, and nothing written, when there is no good place: none where the audio is as like itself as
   * `leastSimilarity` (1 is the same), and no pause.
   */
  shorten(samples: Int16Array, maxLag: number, leastSimilarity: number, frame: Int16Array): number {
    const overlap = OVERLAP_MS * this.#perMs;
    const longest = Math.min(maxLag, this.lookAheadSamples);
    const lag = this.#findLag(samples, overlap, longest, leastSimilarity);
    if (lag === 0) return 0;
    for (let i = 0; i < overlap; i++) {
      const weight = (i + 1) / (overlap + 1);
      frame[i] = mixed(samples[i] ?? 0, samples[i + lag] ?? 0, weight);
    }
    for (let i = overlap; i < this.#frameSamples; i++) frame[i] = samples[i + lag] ?? 0;
    return lag;
  }

  /** Fills `frame` from `samples`, a frame. Returns how many samples fewer than a frame that took; 0 as above. */
  lengthen(
    samples: Int16Array,
    maxLag: number,
    leastSimilarity: number,
    frame: Int16Array,
  ): number {
    const overlap = OVERLAP_MS * this.#perMs;
    const longest = Math.min(maxLag, this.#frameSamples - overlap);
    const lag = this.#findLag(samples, overlap, longest, leastSimilarity);
    if (lag === 0) return 0;
    for (let i = 0; i < lag; i++) frame[i] = samples[i] ?? 0;
    for (let i = 0; i < overlap; i++) {
      const weight = (i + 1) / (overlap + 1);
      frame[lag + i] = mixed(samples[lag + i] ?? 0, samples[i] ?? 0, weight);
    }
    for (let i = lag + overlap; i < this.#frameSamples; i++) frame[i] = samples[i - lag] ?? 0;
    return lag;
  }

  #findLag(samples: Int16Array, overlap: number, maxLag: number, leastSimilarity: number): number {
    const minLag = MIN_LAG_MS * this.#perMs;
    // Lags are whole ticks of the RTP clock of 8 kHz, also at 16 kHz.
    const unit = this.#perMs / 8;
    const longest = Math.floor(maxLag / unit) * unit;
    if (longest < minLag) return 0;
    if (this.#isPause(samples, overlap + longest)) return longest;
    findPitch(samples, 0, overlap, 1, minLag, longest, unit, 2 * unit, this.#match);
    return this.#match.similarity >= leastSimilarity ? this.#match.lag : 0;
  }

  /** Quiet from end to end: a click, or the edge of a word, would be cut through. */
  #isPause(samples: Int16Array, length: number): boolean {
    const loudness = this.#loudness;
    measureLoudness(samples, length, loudness);
    const most = Math.max(SILENT_SQUARE, this.#level * PAUSE_RATIO);
    return loudness.meanSquare <= most && loudness.peakSquare <= most * PAUSE_PEAK_RATIO;
  }
}

const MIN_LAG_MS = 2.5;
const MAX_LAG_MS = 15;
const OVERLAP_MS = 8;
/** Mean square of digital silence and its neighbours. */
const SILENT_SQUARE = 400;
/** 20 dB below the usual. */
const PAUSE_RATIO = 0.01;
/** Noise has peaks of four times its root mean square. */
const PAUSE_PEAK_RATIO = 16;
