import { AnswerCadence } from "./answer-cadence.ts";
import { BEEP_RATE_HZ, BeepDetector } from "./beep-detector.ts";
import { VOICEMAIL_RULES as RULES } from "./voicemail-rules.ts";

/** Who has answered: docs/design/voicemail-detection.md has the rules and what they are worth. */
export type VoicemailVerdict = "human" | "machine" | "machine_beep" | "unknown";

/** What the verdict was made by. */
export type VoicemailCause =
  | "short_greeting"
  | "long_greeting"
  | "beep"
  | "network_announcement"
  | "no_speech"
  | "undecided";

const FRAME_MS = 20;
const FRAME_SAMPLES = (FRAME_MS * BEEP_RATE_HZ) / 1_000;

/** What of a greeting in front of a tone is the tone's own beginning. */
const VOWEL_MS = 150;

/** A half-band low-pass (maximally flat, 7 taps), for a wideband frame on its way to 8 kHz. */
const MIDDLE_TAP = 16 / 32;
const NEAR_TAP = 9 / 32;
const FAR_TAP = -1 / 32;
const TAPS_BEFORE = 6;

/** How sure a verdict is. A person's greeting is less sure the longer it is. */
const CONFIDENCE = {
  shortestGreeting: 0.95,
  longestGreeting: 0.6,
  shortGreetingMs: 1_000,
  longGreeting: 0.8,
  beep: 0.98,
  announcement: 0.95,
} as const;

/**
 * Decides who has answered, from the answer on, frame by frame of 20 ms at 8 or 16 kHz, as the jitter buffer gives them. Pure,
 * and allocates nothing after it is made.
 */
export class VoicemailDetector {
  readonly #timeoutMs: number;
  readonly #cadence = new AnswerCadence();
  readonly #beeps = new BeepDetector();
  readonly #narrow = new Float64Array(FRAME_SAMPLES);
  readonly #wide = new Float64Array(TAPS_BEFORE + 2 * FRAME_SAMPLES);
  #elapsedMs = 0;
  #verdict: VoicemailVerdict | null = null;
  #cause: VoicemailCause = "undecided";
  #confidence = 0;
  #isGreetingOver = false;

  /** `timeoutMs`: what is not decided by then is `unknown`. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Null while it is not decided. A beep may still change it from `machine` or `unknown`. */
  get verdict(): VoicemailVerdict | null {
    return this.#verdict;
  }

  get cause(): VoicemailCause {
    return this.#cause;
  }

  /** 0 to 1. */
  get confidence(): number {
    return this.#confidence;
  }

  /** Audio that has been heard. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** The end of the beep, in milliseconds of audio; -1 without one. */
  get beepEndedAtMs(): number {
    return this.#beeps.beepEndedAtMs;
  }

  /** A machine has been silent for long after its greeting, and no beep came. */
  get isGreetingOver(): boolean {
    return this.#isGreetingOver;
  }

  /** Whether anything more can be heard that matters. */
  get isDone(): boolean {
    return (
      this.#verdict === "human" ||
      this.#verdict === "machine_beep" ||
      this.#cause === "network_announcement"
    );
  }

  /** The next frame; true when verdict or `isGreetingOver` are others than before. */
  step(frame: Int16Array): boolean {
    if (this.isDone) return false;
    this.#elapsedMs += FRAME_MS;
    const power = this.#take(frame);
    this.#beeps.step(this.#narrow);
    const { toneMs } = this.#beeps;
    // Its beginning passed for a vowel.
    if (toneMs > 0 && this.#cadence.greetingMs <= toneMs + VOWEL_MS) this.#cadence.forget();
    this.#cadence.step(power, toneMs > 0);
    if (this.#beeps.beepEndedAtMs >= 0) {
      return this.#decide("machine_beep", "beep", CONFIDENCE.beep);
    }
    if (this.#beeps.isAnnouncement) {
      return this.#decide("machine", "network_announcement", CONFIDENCE.announcement);
    }
    return this.#verdict === null ? this.#judge() : this.#awaitEnd();
  }

  /** No more time: what is not decided is `unknown`. True when it was not. */
  expire(): boolean {
    if (this.#verdict !== null) return false;
    const cause = this.#cadence.greetingMs === 0 ? "no_speech" : "undecided";
    return this.#decide("unknown", cause, 0);
  }

  #judge(): boolean {
    const cadence = this.#cadence;
    const { greetingMs, pauseMs, speechMs } = cadence;
    if (pauseMs >= RULES.pauseMs && !this.#beeps.isPending) {
      if (!cadence.isSteady) {
        return this.#decide("human", "short_greeting", personConfidence(greetingMs));
      }
      cadence.forget();
    } else if (
      greetingMs >= RULES.longGreetingMs &&
      speechMs >= RULES.leastSpeechPart * greetingMs
    ) {
      return this.#decide("machine", "long_greeting", CONFIDENCE.longGreeting);
    }
    const isSilent = cadence.greetingMs === 0 && this.#elapsedMs >= RULES.noSpeechMs;
    return isSilent || this.#elapsedMs >= this.#timeoutMs ? this.expire() : false;
  }

  #awaitEnd(): boolean {
    if (this.#isGreetingOver || this.#verdict !== "machine") return false;
    if (this.#cadence.pauseMs < RULES.greetingEndMs || this.#beeps.isPending) return false;
    this.#isGreetingOver = true;
    return true;
  }

  #decide(verdict: VoicemailVerdict, cause: VoicemailCause, confidence: number): true {
    this.#verdict = verdict;
    this.#cause = cause;
    this.#confidence = confidence;
    return true;
  }

  /** The frame at 8 kHz, and its mean square. */
  #take(frame: Int16Array): number {
    const narrow = this.#narrow;
    if (frame.length === 2 * FRAME_SAMPLES) this.#halve(frame);
    else for (let i = 0; i < FRAME_SAMPLES; i += 1) narrow[i] = frame[i] ?? 0;
    let energy = 0;
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      const sample = narrow[i] ?? 0;
      energy += sample * sample;
    }
    return energy / FRAME_SAMPLES;
  }

  #halve(frame: Int16Array): void {
    const wide = this.#wide;
    wide.copyWithin(0, 2 * FRAME_SAMPLES);
    for (let i = 0; i < 2 * FRAME_SAMPLES; i += 1) wide[TAPS_BEFORE + i] = frame[i] ?? 0;
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      const at = 2 * i;
      this.#narrow[i] =
        FAR_TAP * ((wide[at] ?? 0) + (wide[at + 6] ?? 0)) +
        NEAR_TAP * ((wide[at + 2] ?? 0) + (wide[at + 4] ?? 0)) +
        MIDDLE_TAP * (wide[at + 3] ?? 0);
    }
  }
}

function personConfidence(greetingMs: number): number {
  const { longestGreeting, shortGreetingMs, shortestGreeting } = CONFIDENCE;
  const part = (greetingMs - shortGreetingMs) / (RULES.longGreetingMs - shortGreetingMs);
  const confidence =
    shortestGreeting - (shortestGreeting - longestGreeting) * Math.min(1, Math.max(0, part));
  return Math.round(confidence * 100) / 100;
}
