import { FRAME_MS } from "./media-session.ts";

/** Ticks of the wheel: a second. */
const WINDOW_TICKS = 50;
/** An agent that is so far ahead does not speak in real time. What is queued of a turn that has ended is gone before a window is over. */
const REAL_TIME_MS = 1_000;
/** Of 16 bits: what is quieter than -40 dBov is a pause. */
const QUIET_PEAK = 328;
/** Of a pause a frame is left out at most this often: its rhythm stays. */
const CUT_EVERY_MS = 100;

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
  #quietMs = 0;

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

  /** A frame is to be sent: whether the next one takes its place because it is part of a pause and there is one too many. */
  leavesOut(frame: Int16Array, frameMs: number): boolean {
    if (this.excessMs(frameMs) < Math.max(FRAME_MS, frameMs) || !isPause(frame)) return false;
    this.#quietMs += frameMs;
    if (this.#quietMs < CUT_EVERY_MS) return false;
    this.#quietMs = 0;
    this.#leastMs -= frameMs;
    this.#leastBeforeMs -= frameMs;
    return true;
  }

  /** How much has waited all the time, for a second or two, behind a frame of this length. */
  excessMs(frameMs: number): number {
    if (Math.max(this.#greatestMs, this.#greatestBeforeMs) >= REAL_TIME_MS) return 0;
    return Math.max(0, Math.min(this.#leastMs, this.#leastBeforeMs) - frameMs);
  }
}

function isPause(frame: Int16Array): boolean {
  for (let i = 0; i < frame.length; i++) {
    const sample = frame[i] ?? 0;
    if (sample > QUIET_PEAK || sample < -QUIET_PEAK) return false;
  }
  return true;
}
