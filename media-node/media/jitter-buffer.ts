import {
  type Concealment,
  concealFrame,
  createConcealment,
  rememberFrame,
} from "../protocol/audio/concealment.ts";
import { FRAME_MS, FRAME_TICKS } from "./media-session.ts";

/** What became of a packet. */
export const INSERTED = 0;
export const INSERTED_LATE = 1;
export const INSERTED_DUPLICATE = 2;

/** What a frame is. */
export const FRAME_NONE = 0;
export const FRAME_PLAYED = 1;
export const FRAME_CONCEALED = 2;

/** 1.024 s at 16 kHz; a power of two. */
const RING_SAMPLES = 16_384;
const RING_MASK = RING_SAMPLES - 1;
/** 40 ms wait before the first frame of a run. */
const START_FRAMES = 2;
/** With nothing left for this long, the next packet begins a new run. */
const IDLE_FRAMES = 3;
/** Above this depth an extra frame leaves per tick, until the lower depth is reached. */
const DRAIN_ABOVE_FRAMES = 7;
const DRAIN_UNTIL_FRAMES = 3;

/**
 * Received audio in a ring by RTP timestamp: order, duplicates and packet length take care of themselves. A hole with audio
 * behind it is a loss: it is concealed and time goes on. With nothing behind it the buffer has run dry: a frame is concealed
 * and time stands still, so that late audio is heard later instead of never.
 */
export class JitterBuffer {
  readonly #samples = new Int16Array(RING_SAMPLES);
  readonly #isFilled = new Uint8Array(RING_SAMPLES);
  readonly #concealment: Concealment;
  readonly #frameSamples: number;
  readonly #samplesPerTick: number;
  #isStarted = false;
  #hasPlayed = false;
  /** Of the next sample to play, and of the one behind the newest: timestamps in samples. */
  #playAt = 0;
  #end = 0;
  #framesToWait = 0;
  #dryFrames = 0;
  #isDraining = false;

  constructor({ sampleRateHz }: { readonly sampleRateHz: number }) {
    this.#frameSamples = (sampleRateHz * FRAME_MS) / 1_000;
    this.#samplesPerTick = this.#frameSamples / FRAME_TICKS;
    this.#concealment = createConcealment(this.#frameSamples);
  }

  /** How long audio waits before it is played. */
  get delayMs(): number {
    return START_FRAMES * FRAME_MS;
  }

  /** Samples between what is played next and the newest. */
  get depthSamples(): number {
    return this.#isStarted ? Math.max(0, (this.#end - this.#playAt) | 0) : 0;
  }

  /** A new source or a jump of its clock: what is buffered no longer fits what comes. */
  reset(): void {
    this.#isStarted = false;
    this.#isFilled.fill(0);
  }

  insert(pcm: Int16Array, length: number, rtpTimestamp: number): number {
    const at = (rtpTimestamp * this.#samplesPerTick) >>> 0;
    let offset = (at - this.#playAt) | 0;
    const isNewRun =
      !this.#isStarted ||
      offset > RING_SAMPLES - length ||
      offset < -RING_SAMPLES ||
      (this.#dryFrames >= IDLE_FRAMES && offset >= 0);
    if (isNewRun) {
      this.#begin(at);
      offset = 0;
    }
    if (offset + length <= 0) return INSERTED_LATE;
    const skip = offset < 0 ? -offset : 0;
    if (this.#isFilled[(at + skip) & RING_MASK] === 1) return INSERTED_DUPLICATE;
    for (let i = skip; i < length; i++) {
      const position = (at + i) & RING_MASK;
      this.#samples[position] = pcm[i] ?? 0;
      this.#isFilled[position] = 1;
    }
    const end = (at + length) >>> 0;
    if (((end - this.#end) | 0) > 0) this.#end = end;
    return INSERTED;
  }

  #begin(at: number): void {
    this.#isFilled.fill(0);
    this.#isStarted = true;
    this.#playAt = at;
    this.#end = at;
    this.#framesToWait = START_FRAMES;
    this.#dryFrames = 0;
    this.#isDraining = false;
  }

  /** The next 20 ms into `frame`. `FRAME_NONE`, and nothing written, before the first run has begun to play. */
  read(frame: Int16Array): number {
    if (!this.#isStarted || this.#framesToWait > 0) {
      if (this.#framesToWait > 0) this.#framesToWait -= 1;
      if (!this.#hasPlayed) return FRAME_NONE;
      concealFrame(this.#concealment, frame);
      return FRAME_CONCEALED;
    }
    if (((this.#end - this.#playAt) | 0) < this.#frameSamples) {
      this.#dryFrames += 1;
      concealFrame(this.#concealment, frame);
      return FRAME_CONCEALED;
    }
    this.#dryFrames = 0;
    this.#hasPlayed = true;
    return this.#play(frame);
  }

  #play(frame: Int16Array): number {
    let filled = 0;
    for (let i = 0; i < this.#frameSamples; i++) {
      filled += this.#isFilled[(this.#playAt + i) & RING_MASK] ?? 0;
    }
    if (filled < this.#frameSamples) concealFrame(this.#concealment, frame);
    for (let i = 0; i < this.#frameSamples; i++) {
      const position = (this.#playAt + i) & RING_MASK;
      if (this.#isFilled[position] === 1) frame[i] = this.#samples[position] ?? 0;
      this.#isFilled[position] = 0;
    }
    this.#playAt = (this.#playAt + this.#frameSamples) >>> 0;
    if (filled < this.#frameSamples) return FRAME_CONCEALED;
    rememberFrame(this.#concealment, frame);
    return FRAME_PLAYED;
  }

  /** True while more has piled up than the delay is meant to be (a stall of ours, or a fast clock of the peer's). */
  hasExcess(): boolean {
    const depth = this.depthSamples;
    if (this.#framesToWait > 0) return false;
    if (depth > DRAIN_ABOVE_FRAMES * this.#frameSamples) this.#isDraining = true;
    else if (depth <= DRAIN_UNTIL_FRAMES * this.#frameSamples) this.#isDraining = false;
    return this.#isDraining;
  }
}
