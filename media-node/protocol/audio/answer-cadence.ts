import { VOICEMAIL_RULES as RULES } from "./voicemail-rules.ts";

const FRAME_MS = 20;
/** The time over which the line's noise is the least that was heard. */
const NOISE_FRAMES = 50;
/** A click or a cough is forgotten after so long a pause. */
const FORGETTING_MS = 400;

const QUIET_POWER = 32_768 ** 2 * 10 ** (RULES.quietDbfs / 10);
const NOISE_RATIO = 10 ** (RULES.aboveNoiseDb / 10);
const STEADY_RATIO = 10 ** (RULES.steadyDb / 10);

/**
 * When somebody speaks and when they pause, frame by frame of 20 ms: by energy against the line's noise. Pure, and allocates
 * nothing after it is made.
 */
export class AnswerCadence {
  readonly #noise = new Float64Array(NOISE_FRAMES).fill(Number.POSITIVE_INFINITY);
  #frames = 0;
  #beganAtMs = -1;
  #endedAtMs = -1;
  #speechMs = 0;
  #loudest = 0;
  #softest = Number.POSITIVE_INFINITY;

  /** The greeting so far: from the first word to the end of the last; 0 while nobody has spoken. */
  get greetingMs(): number {
    return this.#beganAtMs < 0 ? 0 : this.#endedAtMs - this.#beganAtMs;
  }

  /** What of the greeting is speech, its short pauses left out. */
  get speechMs(): number {
    return this.#speechMs;
  }

  /** Since the last word; 0 while nobody has spoken. */
  get pauseMs(): number {
    return this.#beganAtMs < 0 ? 0 : this.#frames * FRAME_MS - this.#endedAtMs;
  }

  /** What was heard has the level of noise, which is the same all the time. */
  get isSteady(): boolean {
    const isLong = this.#speechMs >= RULES.leastSteadyMs;
    return isLong && this.#loudest < this.#softest * STEADY_RATIO;
  }

  /** The mean square of the next frame; a tone is no speech. */
  step(power: number, isTone: boolean): void {
    const noise = this.#noise;
    noise[this.#frames % NOISE_FRAMES] = power;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < NOISE_FRAMES; i += 1) least = Math.min(least, noise[i] ?? 0);
    this.#frames += 1;
    if (!isTone && power > Math.max(QUIET_POWER, least * NOISE_RATIO)) this.#speech(power);
    else if (this.#speechMs < RULES.leastSpeechMs && this.pauseMs >= FORGETTING_MS) this.forget();
  }

  /** What was heard was no greeting. */
  forget(): void {
    this.#beganAtMs = -1;
    this.#speechMs = 0;
    this.#loudest = 0;
    this.#softest = Number.POSITIVE_INFINITY;
  }

  #speech(power: number): void {
    const nowMs = this.#frames * FRAME_MS;
    const isFirst = this.#beganAtMs < 0;
    if (isFirst) this.#beganAtMs = nowMs - FRAME_MS;
    this.#endedAtMs = nowMs;
    this.#speechMs += FRAME_MS;
    // The first frame may have begun in the middle.
    if (isFirst) return;
    this.#loudest = Math.max(this.#loudest, power);
    this.#softest = Math.min(this.#softest, power);
  }
}
