import type { Writable } from "node:stream";
import type { EngineClock } from "./clock.ts";

/**
 * How long after a write the next one waits for company. A write that wakes the reader for one message costs as much
 * as treating the message; whoever has been silent waits for nothing.
 */
const INTERVAL_MS = 2;

/** Not the clock of the protocol's timers: wall time may jump, and a test that stops it still wants its messages. */
const monotonic: Pick<EngineClock, "nowMs"> & { after(delayMs: number, run: () => void): unknown } =
  { nowMs: () => performance.now(), after: (delayMs, run) => setTimeout(run, delayMs) };

/** When one stream is written to: at the end of a turn of the event loop, and not again for 2 ms. */
export class WritePace {
  readonly #clock: typeof monotonic;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: typeof monotonic = monotonic) {
    this.#clock = clock;
  }

  soon(write: () => void): void {
    const run = (): void => {
      this.#lastAtMs = this.#clock.nowMs();
      write();
    };
    const waitMs = this.#lastAtMs + INTERVAL_MS - this.#clock.nowMs();
    if (waitMs <= 0) setImmediate(run);
    else this.#clock.after(waitMs, run);
  }
}

/** What has been written by then leaves in one system call: the answers to a busy peer go together. */
export function writeSoon(stream: Writable, bytes: Uint8Array, pace: WritePace): void {
  if (stream.writableCorked === 0) {
    stream.cork();
    pace.soon(() => stream.uncork());
  }
  stream.write(bytes);
}
