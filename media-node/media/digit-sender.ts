import { dtmfFrequencies, fillDtmf } from "../protocol/audio/dtmf.ts";
import {
  type TelephoneEventPacket,
  telephoneEventPackets,
} from "../protocol/telephone-event/sender.ts";
import { FRAME_MS } from "./media-session.ts";

/** `auto`: telephone events where they are negotiated, else tones in the audio. */
export type DigitMode = "auto" | "in_band";

/** What became of one request to send digits, once the last of them has left or was dropped. */
export interface DigitsOutcome {
  readonly digits: string;
  readonly outcome: "sent" | "dropped";
}

type Step =
  | { readonly kind: "digit"; readonly digit: string; readonly mode: DigitMode }
  | { readonly kind: "pause"; readonly frames: number }
  | { readonly kind: "end"; readonly digits: string };

/** Digits and pauses: `w` is half a second, `W` a whole one. */
const DIGITS = /^[0-9A-Da-d*#wW]+$/;
const PAUSE_FRAMES: Readonly<Record<string, number>> = { w: 500 / FRAME_MS, W: 1_000 / FRAME_MS };
const MAX_STEPS = 128;
const DIGIT_MS = 120;
/** Frames of audio between two digits, so that a receiver hears two. */
const BETWEEN_FRAMES = 4;

/** Keys on their way out, one after the other, in place of audio while they last. */
export class DigitSender {
  readonly #steps: Step[] = [];
  readonly #outcomes: DigitsOutcome[] = [];
  #event: readonly TelephoneEventPacket[] = [];
  #eventPosition = 0;
  #tone: readonly [number, number] | null = null;
  #toneMs = 0;
  #pauseFrames = 0;

  /** False, and nothing taken, for what is no digit and when too many are waiting. */
  push(digits: string, mode: DigitMode): boolean {
    if (!DIGITS.test(digits) || this.#steps.length + digits.length + 1 > MAX_STEPS) return false;
    for (const character of digits) {
      const frames = PAUSE_FRAMES[character];
      if (frames === undefined) this.#steps.push({ kind: "digit", digit: character, mode });
      else this.#steps.push({ kind: "pause", frames });
    }
    this.#steps.push({ kind: "end", digits });
    return true;
  }

  /** Drops everything that has not left. */
  clear(): void {
    for (const step of this.#steps.splice(0)) {
      if (step.kind === "end") this.#outcomes.push({ digits: step.digits, outcome: "dropped" });
    }
    this.#event = [];
    this.#eventPosition = 0;
    this.#tone = null;
    this.#pauseFrames = 0;
  }

  takeOutcome(): DigitsOutcome | null {
    return this.#outcomes.shift() ?? null;
  }

  /** Begins what is next. Called before each packet is made, with the frames of 20 ms that it will hold. */
  advance(hasEvents: boolean, frames: number): void {
    if (this.#steps.length === 0 || this.#isBusy()) return;
    if (this.#pauseFrames > 0) {
      this.#pauseFrames -= frames;
      if (this.#pauseFrames > 0) return;
    }
    for (;;) {
      const step = this.#steps.shift();
      if (step === undefined) return;
      if (step.kind === "end") {
        this.#outcomes.push({ digits: step.digits, outcome: "sent" });
        continue;
      }
      if (step.kind === "pause") this.#pauseFrames = step.frames;
      else this.#begin(step.digit, hasEvents && step.mode === "auto");
      return;
    }
  }

  #begin(digit: string, asEvent: boolean): void {
    this.#pauseFrames = BETWEEN_FRAMES + 1;
    if (asEvent) {
      this.#event = telephoneEventPackets(digit, DIGIT_MS, FRAME_MS) ?? [];
      this.#eventPosition = 0;
      return;
    }
    this.#tone = dtmfFrequencies(digit);
    this.#toneMs = 0;
  }

  #isBusy(): boolean {
    return this.#tone !== null || this.#eventPosition < this.#event.length;
  }

  /** The next packet of the key that is being sent as an event; null when none is. */
  takeEventPacket(): TelephoneEventPacket | null {
    const packet = this.#event[this.#eventPosition];
    if (packet === undefined) return null;
    this.#eventPosition += 1;
    return packet;
  }

  /** Fills the frame with the tone of the key that is being sent in band; false when none is. */
  fillTone(frame: Int16Array, rateHz: number): boolean {
    if (this.#tone === null) return false;
    const [lowHz, highHz] = this.#tone;
    const perMs = rateHz / 1_000;
    fillDtmf(frame, rateHz, lowHz, highHz, this.#toneMs * perMs, DIGIT_MS * perMs);
    this.#toneMs += frame.length / perMs;
    if (this.#toneMs >= DIGIT_MS) this.#tone = null;
    return true;
  }
}
