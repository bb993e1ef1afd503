import type { Writable } from "node:stream";
import type { EngineClock } from "./clock.ts";

/**
 * How long after a write the next one waits for company. A write that wakes the reader for one message costs as much
 * as treating the message; whoever has been silent waits for nothing.
 */
const INTERVAL_MS = 2;
/** How long what is in no hurry waits for company. */
const PATIENCE_MS = 10;

/** Not the clock of the protocol's timers: wall time may jump, and a test that stops it still wants its messages. */
const monotonic: Pick<EngineClock, "nowMs"> & { after(delayMs: number, run: () => void): unknown } =
  { nowMs: () => performance.now(), after: (delayMs, run) => setTimeout(run, delayMs) };

/** When one stream is written to: at the end of a turn of the event loop, and not again for 2 ms. One write at a time. */
export class WritePace {
  readonly #clock: typeof monotonic;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #due: "soon" | "later" | null = null;

  constructor(clock: typeof monotonic = monotonic) {
    this.#clock = clock;
  }

  soon(write: () => void): void {
    if (this.#due === "soon") return;
    this.#due = "soon";
    const waitMs = this.#lastAtMs + INTERVAL_MS - this.#clock.nowMs();
    if (waitMs <= 0) setImmediate(() => this.#run(write));
    else this.#clock.after(waitMs, () => this.#run(write));
  }

  /** For what is in no hurry: with the next write, else by itself. */
  later(write: () => void): void {
    if (this.#due !== null) return;
    this.#due = "later";
    this.#clock.after(PATIENCE_MS, () => this.#run(write));
  }

  #run(write: () => void): void {
    // Of two that were asked for the first one has written it all.
    if (this.#due === null) return;
    this.#due = null;
    this.#lastAtMs = this.#clock.nowMs();
    write();
  }
}

/** What has been written by then leaves in one system call: the answers to a busy peer go together. */
export function writeSoon(
  stream: Writable,
  bytes: Uint8Array,
  pace: WritePace,
  isInNoHurry = false,
): void {
  if (stream.writableCorked === 0) stream.cork();
  const uncork = (): void => stream.uncork();
  if (isInNoHurry) pace.later(uncork);
  else pace.soon(uncork);
  stream.write(bytes);
}
