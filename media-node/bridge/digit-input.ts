import type { DigitInputSettings, DigitSequence } from "../call/agent-ports.ts";
import type { Clock } from "../call/ports.ts";

/** Which way a key came: events in RTP, or INFO. */
type DigitSource = "rtp" | "info";

/** More keys than any account number has. */
const MAX_DIGITS = 50;
/** A peer that sends each key both ways has both here within this time. */
const SAME_KEY_MS = 400;

interface DigitInput extends Disposable {
  press(source: DigitSource, digit: string, durationMs: number): void;
}

/** Tells each key once, whichever way and how often it came, and whole sequences where they are wanted. */
export function createDigitInput(
  settings: DigitInputSettings | null,
  clock: Clock,
  report: {
    pressed(digit: string, durationMs: number): void;
    completed(sequence: DigitSequence): void;
  },
): DigitInput {
  let collected = "";
  let timer: Disposable | null = null;
  let last: { source: DigitSource; digit: string; atMs: number } | null = null;

  function complete(endedBy: DigitSequence["endedBy"]): void {
    timer?.[Symbol.dispose]();
    timer = null;
    const digits = collected;
    collected = "";
    report.completed({ digits, endedBy });
  }

  function collect(digit: string, { timeoutMs, hashTerminator }: DigitInputSettings): void {
    if (hashTerminator && digit === "#") {
      complete("terminator");
      return;
    }
    collected += digit;
    if (collected.length === MAX_DIGITS) {
      complete("length");
      return;
    }
    timer?.[Symbol.dispose]();
    timer = clock.after(timeoutMs, () => complete("timeout"));
  }

  return {
    press(source, digit, durationMs) {
      const atMs = clock.monotonicMs();
      const isRepeat =
        last !== null &&
        last.source !== source &&
        last.digit === digit &&
        atMs - last.atMs < SAME_KEY_MS;
      // The pair is used up: the next press of the same key counts again.
      last = isRepeat ? null : { source, digit, atMs };
      if (isRepeat) return;
      report.pressed(digit, durationMs);
      if (settings !== null) collect(digit, settings);
    },
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      timer = null;
    },
  };
}
