import type { AudioTap } from "../media/audio-tap.ts";
import { RateConverter } from "../media/rate-converter.ts";
import { CHANNELS, createPageRing, PAGE_MS, type PageRing } from "./page-ring.ts";

/** Audio follows what came before it while the clock agrees to this; else the clock is right. */
const TOLERANCE_MS = 15;
/** Audio is written this long after its RTP at the latest: what the jitter buffer holds at most, and a stall. */
const SETTLE_MS = 1_500;
/** What is beyond the page that the present is in. */
const AHEAD_MS = 1_000;

/** Where the next sample of a channel goes, since the beginning, and its rate. */
interface Channel {
  readonly offset: 0 | 1;
  readonly converter: RateConverter;
  cursor: number;
}

/** A page that is as it will stay. */
export interface SettledPage {
  /** Which one in the ring. */
  readonly slot: number;
  /** Samples of each channel. */
  readonly samples: number;
}

/**
 * The two sides of a call on one time line: left what was heard, right what was sent, silence where there is nothing. What a
 * side gives is laid down one after the other, as long as that agrees with the clock within 15 ms; where it does not, it goes
 * where the clock says. The packet path writes into the ring and nothing else.
 */
export class StereoCapture implements AudioTap {
  readonly ring: PageRing;
  readonly #startMs: number;
  readonly #samplesPerMs: number;
  readonly #left: Channel = { offset: 0, converter: new RateConverter(), cursor: 0 };
  readonly #right: Channel = { offset: 1, converter: new RateConverter(), cursor: 0 };
  /** Pages that were given away, and those of them that came back: between the two they are not ours. */
  #taken = 0;
  #returned = 0;
  #hasOverrun = false;

  /** @param startMs where the time line begins, in monotonic milliseconds */
  constructor(sampleRateHz: number, startMs: number) {
    this.ring = createPageRing(sampleRateHz);
    this.#startMs = startMs;
    this.#samplesPerMs = sampleRateHz / 1_000;
  }

  /** The ring is full: whoever writes is too slow, and what comes now is lost. */
  get hasOverrun(): boolean {
    return this.#hasOverrun;
  }

  received(frame: Int16Array, sampleRateHz: number, atMs: number): void {
    this.#lay(this.#left, frame, sampleRateHz, atMs);
  }

  sent(frame: Int16Array, sampleRateHz: number, atMs: number): void {
    this.#lay(this.#right, frame, sampleRateHz, atMs);
  }

  #lay(channel: Channel, frame: Int16Array, sampleRateHz: number, atMs: number): void {
    const { pages, pageSamples, sampleRateHz: ownRateHz } = this.ring;
    const pcm = channel.converter.convert(frame, sampleRateHz, ownRateHz);
    const due = Math.round((atMs - this.#startMs) * this.#samplesPerMs);
    if (Math.abs(due - channel.cursor) > TOLERANCE_MS * this.#samplesPerMs) channel.cursor = due;
    const first = this.#taken * pageSamples;
    const end = (this.#returned + pages.length) * pageSamples;
    const stop = Math.min(pcm.length, end - channel.cursor);
    if (stop < pcm.length) this.#hasOverrun = true;
    let at = Math.max(0, first - channel.cursor);
    while (at < stop) {
      const position = channel.cursor + at;
      const number = Math.floor(position / pageSamples);
      const inPage = position - number * pageSamples;
      const page = pages[number % pages.length];
      if (page === undefined) break;
      const run = Math.min(stop - at, pageSamples - inPage);
      let to = inPage * CHANNELS + channel.offset;
      for (let i = 0; i < run; i++) {
        page[to] = pcm[at + i] ?? 0;
        to += CHANNELS;
      }
      at += run;
    }
    channel.cursor += pcm.length;
  }

  /** The oldest page to which nothing will be added any more; null when there is none yet. It is not written to until `giveBack`. */
  takeSettled(nowMs: number): SettledPage | null {
    const elapsedMs = nowMs - this.#startMs;
    const { length } = this.ring.pages;
    if (elapsedMs > (this.#returned + length) * PAGE_MS - AHEAD_MS) this.#hasOverrun = true;
    if (elapsedMs < (this.#taken + 1) * PAGE_MS + SETTLE_MS) return null;
    return this.#take(this.ring.pageSamples);
  }

  /** The same of a recording that has ended at `endMs`: the last page may be a part of one. */
  takeRest(endMs: number): SettledPage | null {
    const { pageSamples } = this.ring;
    const total = Math.max(0, Math.round((endMs - this.#startMs) * this.#samplesPerMs));
    const left = total - this.#taken * pageSamples;
    return left <= 0 ? null : this.#take(Math.min(left, pageSamples));
  }

  #take(samples: number): SettledPage {
    const slot = this.#taken % this.ring.pages.length;
    this.#taken += 1;
    return { slot, samples };
  }

  /** The oldest page that was taken is silent again and free. */
  giveBack(): void {
    this.#returned += 1;
  }
}
