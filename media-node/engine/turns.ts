/**
 * The turns of the engine's thread: from something that arrived to all that it caused having been written. A thread that
 * is woken for each message spends more on waking, and on waking its readers, than on the message. So what is written
 * in one turn leaves at its end, and a thread that is woken all the time takes its turns at intervals: what arrives
 * between two of them is read together.
 */
export interface Turns {
  /** Runs `write` once everything that this turn found has been treated. */
  atEnd(write: () => void): void;
}

/** Between two turns of a busy thread. A message waits for half of it on the average. */
const INTERVAL_MS = 10;
/** Turns that may follow each other at once: a few calls in a row wait for nothing. */
const BURST = 32;

export class EngineTurns implements Turns {
  readonly #pause: ((ms: number) => void) | null;
  readonly #nowMs: () => number;
  #writes: (() => void)[] = [];
  /** Turns that may still follow at once. One more comes with each interval. */
  #credit = BURST;
  #countedAtMs: number;

  /** `pause` stops the thread for so many milliseconds; without it a turn follows whenever something arrives. */
  constructor(pause: ((ms: number) => void) | null, nowMs = () => performance.now()) {
    this.#pause = pause;
    this.#nowMs = nowMs;
    this.#countedAtMs = nowMs();
  }

  atEnd(write: () => void): void {
    if (this.#writes.push(write) === 1) setImmediate(this.#end);
  }

  readonly #end = (): void => {
    const writes = this.#writes;
    this.#writes = [];
    for (const write of writes) write();
    if (this.#pause === null) return;
    const nowMs = this.#nowMs();
    const earned = (nowMs - this.#countedAtMs) / INTERVAL_MS;
    this.#countedAtMs = nowMs;
    this.#credit = Math.min(BURST, this.#credit + earned) - 1;
    if (this.#credit < 0) this.#pause(-this.#credit * INTERVAL_MS);
  };
}

const NEVER = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Stops this thread, which is nobody's main one. What arrives meanwhile waits in the system's buffers. */
export function pauseThread(ms: number): void {
  Atomics.wait(NEVER, 0, 0, ms);
}
