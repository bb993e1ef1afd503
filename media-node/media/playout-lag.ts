import { FRAME_MS } from "./media-session.ts";

/** Ticks of the wheel: a second. */
const WINDOW_TICKS = 50;
/** An agent that is so far ahead does not speak in real time. What is queued of a turn that has ended is gone before a window is over. */
const REAL_TIME_MS = 1_000;
/** Of 16 bits: what is quieter than -40 dBov is a pause. */
const QUIET_PEAK = 328;

/**
 * How late an agent is heard that speaks in real time. A frame of it that comes after its turn is heard in the next one, and
 * so is all that follows: without a pause to catch up in, every hitch of the agent, the network or this process would stay
 * until the end of the call.
 */
export class PlayoutLag {
  #ticks = 0;
  #leastMs = Number.POSITIVE_INFINITY;
  #greatestMs = 0;
  /** Of the window before; 0 and so without meaning in the first. */
  #leastBeforeMs = 0;
  #greatestBeforeMs = 0;

  /** `queuedMs` is what waits when a frame is due. */
  observe(queuedMs: number): void {
    if (queuedMs < this.#leastMs) this.#leastMs = queuedMs;
    if (queuedMs > this.#greatestMs) this.#greatestMs = queuedMs;
    this.#ticks += 1;
    if (this.#ticks < WINDOW_TICKS) return;
    this.#leastBeforeMs = this.#leastMs;
    this.#greatestBeforeMs = this.#greatestMs;
    this.#ticks = 0;
    this.#leastMs = Number.POSITIVE_INFINITY;
    this.#greatestMs = 0;
  }

  /** How much has waited all the time, for a second or two, behind a frame of this length. */
  excessMs(frameMs: number): number {
    if (Math.max(this.#greatestMs, this.#greatestBeforeMs) >= REAL_TIME_MS) return 0;
    return Math.max(0, Math.min(this.#leastMs, this.#leastBeforeMs) - frameMs);
  }

  /** So much of it has been left out. */
  reduce(byMs: number): void {
    this.#leastMs -= byMs;
    this.#leastBeforeMs -= byMs;
  }
}

/** What can be left out unheard while there are `FRAME_MS` or more too many. */
export function isPause(frame: Int16Array): boolean {
  for (let i = 0; i < frame.length; i++) {
    const sample = frame[i] ?? 0;
    if (sample > QUIET_PEAK || sample < -QUIET_PEAK) return false;
  }
  return true;
}

/** Less than a frame is no lag: it is how the agent's clock and the wheel's happen to lie. */
export const LEAST_LAG_MS = FRAME_MS;
