import { RateConverter } from "./rate-converter.ts";

/** What is queued in ordinary turns of an agent fits into this; more makes the ring larger. */
const FIRST_RING_SAMPLES = 8_192;

/** A mark closes a section: the audio that was queued since the mark before it, or since what was queued was last dropped. */
interface QueuedMark {
  readonly name: string;
  fromSample: number;
  atSample: number;
}

interface EndedMark {
  readonly name: string;
  /** Of its section, what has left. */
  readonly playedSamples: number;
}

/**
 * Audio that waits for its turn on the wire, and the marks in it, in a ring that grows to the audio that is queued: however
 * an agent cuts its audio into messages, a frame costs the same. Positions count samples since the session began.
 */
export class PlayoutQueue {
  #maxSamples: number;
  #ring = new Int16Array(FIRST_RING_SAMPLES);
  /** Where the next sample to leave stands. */
  #first = 0;
  #queued = 0;
  #left = 0;
  readonly #marks: QueuedMark[] = [];
  /** Where the section of the next mark begins. */
  #sectionFrom = 0;

  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  get queuedSamples(): number {
    return this.#queued;
  }

  /** Copies the audio; false, and nothing taken, when it does not fit. */
  push(pcm: Int16Array): boolean {
    if (this.#queued + pcm.length > this.#maxSamples) return false;
    if (this.#queued + pcm.length > this.#ring.length) this.#grow(this.#queued + pcm.length);
    const ring = this.#ring;
    let position = (this.#first + this.#queued) % ring.length;
    for (let i = 0; i < pcm.length; i++) {
      ring[position] = pcm[i] ?? 0;
      position += 1;
      if (position === ring.length) position = 0;
    }
    this.#queued += pcm.length;
    return true;
  }

  #grow(samples: number): void {
    let size = this.#ring.length;
    while (size < samples) size *= 2;
    const ring = new Int16Array(Math.min(size, this.#maxSamples));
    const untilEnd = this.#ring.subarray(this.#first);
    ring.set(untilEnd);
    ring.set(this.#ring.subarray(0, this.#first), untilEnd.length);
    this.#ring = ring;
    this.#first = 0;
  }

  /** Fills `frame` from the queue, with silence behind its end. Returns the samples that were queued. */
  read(frame: Int16Array): number {
    const ring = this.#ring;
    const filled = Math.min(this.#queued, frame.length);
    let position = this.#first;
    for (let i = 0; i < filled; i++) {
      frame[i] = ring[position] ?? 0;
      position += 1;
      if (position === ring.length) position = 0;
    }
    this.#first = position;
    frame.fill(0, filled);
    this.#queued -= filled;
    this.#left += filled;
    return filled;
  }

  mark(name: string): void {
    const atSample = this.#left + this.#queued;
    this.#marks.push({ name, fromSample: this.#sectionFrom, atSample });
    this.#sectionFrom = atSample;
  }

  /** The oldest mark whose audio has left, taken out; null when there is none. */
  takeReachedMark(): EndedMark | null {
    const mark = this.#marks[0];
    if (mark === undefined || mark.atSample > this.#left) return null;
    this.#marks.shift();
    return { name: mark.name, playedSamples: mark.atSample - mark.fromSample };
  }

  /** Another sample rate from here on: audio and marks keep their times. For a new codec, not for every packet. */
  changeRate(fromHz: number, toHz: number): void {
    const waiting = new Int16Array(this.#queued);
    this.read(waiting);
    this.#left -= waiting.length;
    const moved = (sample: number): number =>
      this.#left + Math.round(((sample - this.#left) * toHz) / fromHz);
    for (const mark of this.#marks) {
      mark.fromSample = moved(mark.fromSample);
      mark.atSample = moved(mark.atSample);
    }
    this.#sectionFrom = moved(this.#sectionFrom);
    this.#maxSamples = Math.round((this.#maxSamples * toHz) / fromHz);
    this.push(new RateConverter().convert(waiting, fromHz, toHz));
  }

  /** Drops the audio and returns the marks that had not been reached, in order. */
  clear(): EndedMark[] {
    this.#queued = 0;
    this.#sectionFrom = this.#left;
    return this.#marks.splice(0).map(({ name, fromSample }) => ({
      name,
      playedSamples: Math.max(0, this.#left - fromSample),
    }));
  }
}
