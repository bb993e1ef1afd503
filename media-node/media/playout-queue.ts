/** Audio that waits for its turn on the wire, and the marks in it. Positions count samples since the session began. */
export class PlayoutQueue {
  readonly #maxSamples: number;
  readonly #chunks: Int16Array[] = [];
  /** Samples of the first chunk that have left. */
  #chunkOffset = 0;
  #queued = 0;
  #left = 0;
  readonly #marks: { readonly name: string; readonly atSample: number }[] = [];

  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  get queuedSamples(): number {
    return this.#queued;
  }

  /** Copies the audio; false, and nothing taken, when it does not fit. */
  push(pcm: Int16Array): boolean {
    if (this.#queued + pcm.length > this.#maxSamples) return false;
    if (pcm.length > 0) this.#chunks.push(pcm.slice());
    this.#queued += pcm.length;
    return true;
  }

  /** Fills `frame` from the queue, with silence behind its end. Returns the samples that were queued. */
  read(frame: Int16Array): number {
    let filled = 0;
    while (filled < frame.length) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const count = Math.min(chunk.length - this.#chunkOffset, frame.length - filled);
      frame.set(chunk.subarray(this.#chunkOffset, this.#chunkOffset + count), filled);
      filled += count;
      this.#chunkOffset += count;
      if (this.#chunkOffset === chunk.length) {
        this.#chunks.shift();
        this.#chunkOffset = 0;
      }
    }
    frame.fill(0, filled);
    this.#queued -= filled;
    this.#left += filled;
    return filled;
  }

  mark(name: string): void {
    this.#marks.push({ name, atSample: this.#left + this.#queued });
  }

  /** The oldest mark whose audio has left, taken out; null when there is none. */
  takeReachedMark(): string | null {
    const mark = this.#marks[0];
    if (mark === undefined || mark.atSample > this.#left) return null;
    this.#marks.shift();
    return mark.name;
  }

  /** Drops the audio and returns the names of the marks that had not been reached, in order. */
  clear(): string[] {
    this.#chunks.length = 0;
    this.#chunkOffset = 0;
    this.#queued = 0;
    return this.#marks.splice(0).map(({ name }) => name);
  }
}
