import type { Writable } from "node:stream";
import type { Turns } from "./turns.ts";

/** How long what is in no hurry waits for company. */
const PATIENCE_MS = 10;

/** Not the clock of the protocol's timers: a test that stops it still wants its messages. */
const afterDelay = (delayMs: number, run: () => void): unknown => setTimeout(run, delayMs);

/** When one stream is written to: at the end of a turn of the engine's thread. One write at a time. */
export class WritePace {
  readonly #turns: Turns;
  readonly #after: typeof afterDelay;
  #due: "soon" | "later" | null = null;

  constructor(turns: Turns, after = afterDelay) {
    this.#turns = turns;
    this.#after = after;
  }

  soon(write: () => void): void {
    if (this.#due === "soon") return;
    this.#due = "soon";
    this.#turns.atEnd(() => this.#run(write));
  }

  /** For what is in no hurry: with the next write, else by itself. */
  later(write: () => void): void {
    if (this.#due !== null) return;
    this.#due = "later";
    this.#after(PATIENCE_MS, () => this.#run(write));
  }

  #run(write: () => void): void {
    // Of two that were asked for the first one has written it all.
    if (this.#due === null) return;
    this.#due = null;
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
