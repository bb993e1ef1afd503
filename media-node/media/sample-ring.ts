/** What a sample of the ring is. */
const EMPTY = 0;
export const AUDIO = 1;
export const SILENCE = 2;

/**
 * Samples between the one that is played next and the newest, by position on a time line of our own that never jumps. Cells
 * behind `playAt` are always empty.
 */
export class SampleRing {
  readonly #mask: number;
  readonly #samples: Int16Array;
  readonly #kinds: Uint8Array;
  /** The next sample to play, and the one behind the newest. */
  playAt = 0;
  end = 0;

  /** `size` is a power of two. */
  constructor(size: number) {
    this.#mask = size - 1;
    this.#samples = new Int16Array(size);
    this.#kinds = new Uint8Array(size);
  }

  /** Samples between what is played next and the newest. */
  get depth(): number {
    return Math.max(0, this.end - this.playAt);
  }

  /** Of the next sample to play; `EMPTY` when there is nothing at all. */
  get nextKind(): number {
    return this.playAt < this.end ? (this.#kinds[this.playAt & this.#mask] ?? EMPTY) : EMPTY;
  }

  /** Whether a packet that ends here is within the ring. */
  holds(end: number): boolean {
    return end <= this.playAt + this.#mask;
  }

  /** Everything goes; the next sample to play is this one. */
  clear(playAt: number): void {
    this.#kinds.fill(EMPTY);
    this.playAt = playAt;
    this.end = playAt;
  }

  /** Nothing is left, and the next sample to play is this one. */
  moveTo(playAt: number): void {
    this.playAt = playAt;
    this.end = playAt;
  }

  /** Puts in what of the packet has not been played and is not there. */
  put(pcm: Int16Array, position: number, length: number): void {
    const samples = this.#samples;
    const kinds = this.#kinds;
    const mask = this.#mask;
    const end = position + length;
    let at = Math.max(position, this.playAt);
    // Up to the newest there may be something already; behind it there is nothing.
    for (; at < end && at < this.end; at++) {
      const cell = at & mask;
      if (kinds[cell] === AUDIO) continue;
      samples[cell] = pcm[at - position] ?? 0;
      kinds[cell] = AUDIO;
    }
    this.#mark(at, end, AUDIO);
    for (; at < end; at++) samples[at & mask] = pcm[at - position] ?? 0;
    if (end > this.end) this.end = end;
  }

  /** What is before `position` and behind everything else is silence. */
  fillSilence(position: number): void {
    this.#mark(Math.max(this.end, this.playAt), position, SILENCE);
  }

  #mark(from: number, to: number, kind: number): void {
    if (to <= from) return;
    const first = from & this.#mask;
    const last = first + to - from;
    this.#kinds.fill(kind, first, last);
    if (last > this.#mask + 1) this.#kinds.fill(kind, 0, last - this.#mask - 1);
  }

  /** How many samples from the next one on are of its kind; `most` when there is nothing at all. */
  run(most: number): number {
    const left = this.end - this.playAt;
    if (left <= 0) return most;
    const kinds = this.#kinds;
    const mask = this.#mask;
    const first = this.playAt;
    const kind = kinds[first & mask];
    const limit = Math.min(most, left);
    let count = 1;
    while (count < limit && kinds[(first + count) & mask] === kind) count += 1;
    return count;
  }

  /** Copies the next `count` samples to `target`, from `offset` on, and leaves them there. */
  peek(target: Int16Array, offset: number, count: number): void {
    const samples = this.#samples;
    const mask = this.#mask;
    const first = this.playAt;
    for (let i = 0; i < count; i++) target[offset + i] = samples[(first + i) & mask] ?? 0;
  }

  /** These have been played, or will not be. */
  release(count: number): void {
    this.#mark(this.playAt, this.playAt + count, EMPTY);
    this.playAt += count;
  }
}
