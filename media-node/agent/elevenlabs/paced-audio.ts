/** What the call is given ahead of time: less than it queues, so that nothing is dropped there. */
const AHEAD_MS = 20_000;
/** What may wait here beside that; of linear PCM at 16 kHz two minutes. */
const MAX_WAITING_BYTES = 4_194_304;

interface Waiting {
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
}

/** An agent's audio, which comes as fast as it is made, on its way to a call that queues 30 seconds of it. */
export class PacedAudio {
  readonly #play: (pcm: Int16Array, sampleRateHz: number) => void;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** When what was passed on will have been heard. */
  #heardAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(play: (pcm: Int16Array, sampleRateHz: number) => void) {
    this.#play = play;
  }

  /** False when there is no room for it. */
  push(pcm: Int16Array, sampleRateHz: number): boolean {
    if (this.#waiting.length === 0 && this.#hasRoom()) {
      this.#pass({ pcm, sampleRateHz });
      return true;
    }
    if (this.#waitingBytes + pcm.byteLength > MAX_WAITING_BYTES) return false;
    this.#waiting.push({ pcm, sampleRateHz });
    this.#waitingBytes += pcm.byteLength;
    this.#wait();
    return true;
  }

  /** What the call has of it is dropped by whoever calls this. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#heardAtMs = 0;
  }

  /** Passes on all that waits: nothing comes after it. */
  flush(): void {
    for (const waiting of this.#waiting.splice(0)) this.#pass(waiting);
    this.clear();
  }

  #hasRoom(): boolean {
    return this.#heardAtMs - performance.now() < AHEAD_MS;
  }

  #pass({ pcm, sampleRateHz }: Waiting): void {
    const durationMs = (pcm.length * 1_000) / sampleRateHz;
    this.#heardAtMs = Math.max(this.#heardAtMs, performance.now()) + durationMs;
    this.#play(pcm, sampleRateHz);
  }

  #wait(): void {
    const delayMs = this.#heardAtMs - AHEAD_MS - performance.now();
    this.#timer ??= setTimeout(() => this.#passMore(), Math.max(1, delayMs)).unref();
  }

  #passMore(): void {
    this.#timer = undefined;
    while (this.#hasRoom()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#waitingBytes -= next.pcm.byteLength;
      this.#pass(next);
    }
    this.#wait();
  }
}
