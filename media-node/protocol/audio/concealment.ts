import { findPitch, mixed, type PitchMatch } from "./pitch.ts";

/**
 * Packet-loss concealment of the kind of G.711 Appendix I: what is missing is the last pitch period again, two of them after
 * 10 ms and three after 20 ms, so that a long loss does not beep; every seam is overlapped over a quarter of a period; the
 * level falls by 20 % per 10 ms from 10 ms on, to silence at 60 ms; the first real audio fades in over the continuation.
 *
 * Deviates from G.711 Appendix I (which delays all audio by 3.75 ms, to overlap the end of what was received with the start
 * of what replaces it): nothing is delayed; the step between the two, if there is one, is taken out by a ramp of the same
 * length. Lengths are times, so that it works at any rate; losses may begin and end at any sample.
 */
export class Concealment {
  /** False puts silence in place of what is missing, for comparison. */
  readonly #isOn: boolean;
  readonly #minPitch: number;
  readonly #maxPitch: number;
  readonly #matchSamples: number;
  readonly #searchStep: number;
  readonly #tenMs: number;
  /** The newest output, real or not, as it was played. */
  readonly #history: Int16Array;
  /** `#history` at the start of the loss, its end overlapped with what precedes the block. */
  readonly #pitchBuffer: Int16Array;
  /** The end of `#pitchBuffer` before any overlap. */
  readonly #lastQuarter: Int16Array;
  /** What the block before would have played on, while the next one fades in. */
  readonly #oldTail: Int16Array;
  readonly #match: PitchMatch = { lag: 0, similarity: 0 };
  #pitch = 0;
  #quarter = 0;
  #blockLength = 0;
  #blockOffset = 0;
  #tailPosition = 0;
  /** What is missing at the start of the loss for a smooth transition; ramped down to 0. */
  #step = 0;
  #lostSamples = 0;
  /** Samples of the fade-in of real audio, and how many of them are done. */
  #fadeInSamples = 0;
  #fadedInSamples = 0;

  constructor(rateHz: number, isOn = true) {
    this.#isOn = isOn;
    const perMs = rateHz / 1000;
    this.#minPitch = 5 * perMs;
    this.#maxPitch = 15 * perMs;
    this.#matchSamples = 20 * perMs;
    this.#tenMs = 10 * perMs;
    this.#searchStep = Math.max(1, Math.round(rateHz / 4000));
    const quarter = Math.ceil(this.#maxPitch / 4);
    this.#history = new Int16Array(3 * this.#maxPitch + quarter);
    this.#pitchBuffer = new Int16Array(this.#history.length);
    this.#lastQuarter = new Int16Array(quarter);
    this.#oldTail = new Int16Array(quarter);
  }

  /** Whether a loss has lasted so long that it is silence. */
  get hasFaded(): boolean {
    return this.#lostSamples >= 6 * this.#tenMs;
  }

  /** Nothing has been heard: what is missing next is silence. */
  forget(): void {
    this.#history.fill(0);
    this.#lostSamples = 0;
    this.#fadedInSamples = 0;
  }

  /** Writes what stands in for missing audio to `frame[from, to)`. */
  conceal(frame: Int16Array, from: number, to: number): void {
    if (!this.#isOn) {
      frame.fill(0, from, to);
      return;
    }
    if (this.#lostSamples === 0 || this.#fadedInSamples > 0) this.#begin();
    for (let i = from; i < to; i++) frame[i] = this.#next();
    this.#remember(frame, from, to);
  }

  /** Takes real audio in `frame[from, to)`; after a loss its beginning is overlapped with the continuation, in place. */
  hear(frame: Int16Array, from: number, to: number): void {
    if (!this.#isOn) return;
    if (this.#lostSamples > 0) this.#fadeIn(frame, from, to);
    this.#remember(frame, from, to);
  }

  #fadeIn(frame: Int16Array, from: number, to: number): void {
    if (this.#fadedInSamples === 0) {
      // G.711 Appendix I: 4 ms longer for every 10 ms of loss, at most 10 ms.
      const tens = Math.floor((this.#lostSamples - 1) / this.#tenMs);
      this.#fadeInSamples = Math.min(this.#tenMs, this.#quarter + tens * 0.4 * this.#tenMs);
    }
    for (let i = from; i < to && this.#fadedInSamples < this.#fadeInSamples; i++) {
      this.#fadedInSamples += 1;
      const weight = this.#fadedInSamples / (this.#fadeInSamples + 1);
      frame[i] = mixed(this.#next(), frame[i] ?? 0, weight);
    }
    if (this.#fadedInSamples < this.#fadeInSamples) return;
    this.#lostSamples = 0;
    this.#fadedInSamples = 0;
  }

  #remember(frame: Int16Array, from: number, to: number): void {
    const history = this.#history;
    const count = Math.min(to - from, history.length);
    history.copyWithin(0, count);
    const start = history.length - count;
    for (let i = 0; i < count; i++) history[start + i] = frame[to - count + i] ?? 0;
  }

  #begin(): void {
    const { length } = this.#history;
    this.#pitchBuffer.set(this.#history);
    // A coarse pass over all lags and samples, and a fine one beside the best.
    const step = this.#searchStep;
    this.#findPitch(this.#minPitch, this.#maxPitch, step);
    const { lag } = this.#match;
    const shortest = Math.max(this.#minPitch, lag - step + 1);
    this.#findPitch(shortest, Math.min(this.#maxPitch, lag + step - 1), 1);
    this.#pitch = this.#match.lag;
    this.#quarter = this.#pitch >> 2;
    for (let i = 0; i < this.#quarter; i++) {
      this.#lastQuarter[i] = this.#pitchBuffer[length - this.#quarter + i] ?? 0;
    }
    this.#step =
      (this.#pitchBuffer[length - 1] ?? 0) - (this.#pitchBuffer[length - 1 - this.#pitch] ?? 0);
    this.#lostSamples = 0;
    this.#fadedInSamples = 0;
    this.#blockLength = this.#pitch;
    this.#blockOffset = 0;
    this.#tailPosition = this.#quarter;
    this.#overlapEnd();
  }

  #findPitch(minLag: number, maxLag: number, step: number): void {
    const from = this.#pitchBuffer.length - this.#matchSamples;
    const length = this.#matchSamples;
    findPitch(this.#pitchBuffer, from, length, -1, minLag, maxLag, step, step, this.#match);
  }

  /** The end of the block runs into what precedes its beginning, so that it can be repeated. */
  #overlapEnd(): void {
    const buffer = this.#pitchBuffer;
    const quarter = this.#quarter;
    const end = buffer.length - quarter;
    const before = buffer.length - this.#blockLength - quarter;
    for (let i = 0; i < quarter; i++) {
      const weight = (i + 1) / (quarter + 1);
      buffer[end + i] = mixed(this.#lastQuarter[i] ?? 0, buffer[before + i] ?? 0, weight);
    }
  }

  /** One period more, from the same place in the period; the old block plays on underneath for a quarter of it. */
  #lengthen(): void {
    for (let i = 0; i < this.#quarter; i++) this.#oldTail[i] = this.#nextOfBlock();
    this.#blockOffset = (this.#blockOffset - this.#quarter + 4 * this.#pitch) % this.#pitch;
    this.#blockLength += this.#pitch;
    this.#tailPosition = 0;
    this.#overlapEnd();
  }

  #nextOfBlock(): number {
    const buffer = this.#pitchBuffer;
    const sample = buffer[buffer.length - this.#blockLength + this.#blockOffset] ?? 0;
    this.#blockOffset += 1;
    if (this.#blockOffset === this.#blockLength) this.#blockOffset = 0;
    return sample;
  }

  #next(): number {
    const lost = this.#lostSamples;
    const tenMs = this.#tenMs;
    this.#lostSamples += 1;
    if (lost >= 6 * tenMs) return 0;
    if (lost === tenMs || lost === 2 * tenMs) this.#lengthen();
    let sample = this.#nextOfBlock();
    if (this.#tailPosition < this.#quarter) {
      const weight = (this.#tailPosition + 1) / (this.#quarter + 1);
      sample = mixed(this.#oldTail[this.#tailPosition] ?? 0, sample, weight);
      this.#tailPosition += 1;
    }
    if (lost < this.#quarter) sample += this.#step * (1 - (lost + 1) / (this.#quarter + 1));
    const gain = lost < tenMs ? 1 : 1 - (lost - tenMs) / (5 * tenMs);
    return Math.max(-32_768, Math.min(32_767, Math.round(sample * gain)));
  }
}
