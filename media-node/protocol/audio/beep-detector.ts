import { hasSpecialInformation, isCallProgress, isDigit, type PastTone } from "./known-tones.ts";
import { findPeaks, PairSpectrum, type TonePeaks, WINDOW_SAMPLES } from "./spectrum.ts";
import { VOICEMAIL_RULES as RULES } from "./voicemail-rules.ts";

/** Of the audio that is looked at. */
export const BEEP_RATE_HZ = 8_000;
/** What is judged at once. */
const BLOCK_MS = 10;
const BLOCK_SAMPLES = (BEEP_RATE_HZ * BLOCK_MS) / 1_000;
const FRAME_SAMPLES = 2 * BLOCK_SAMPLES;
/** The band whose power a tone must have most of. */
const BAND_FROM_HZ = 200;
const BAND_TO_HZ = 3_400;

/** A lost packet in a tone, and what is heard of it in a window. */
const MOST_MISSED = 8;
/** So many windows in a row that have another tone: it has changed. */
const CHANGED = 3;
/** A click in the silence after a beep. */
const MOST_LOUD = 3;
/** So long is a tone and no vowel: whoever counts speech leaves it out. */
const NO_VOWEL = 15;
/** So long may be the beginning of a beep. */
const PENDING = 4;
/** Rising and falling windows at either end, which are only partly the tone. */
const EDGE = 2;
/** What comes before a tone is so many blocks before the end of its first window, and as many as are kept. */
const BEFORE_FROM = 5;
const BEFORE_TO = 13;
const BEFORE_PART = 0.05;
/** The part of a tone's windows that must be steady: the others may hold a lost packet. */
const STEADY_PART = 0.8;
/** The noise that is allowed to tones that nothing is known of what followed them. */
const PAST_NOISE = 0.02;
/** A tone so short and so steady is part of a melody. */
const MELODY_MS = 180;

const LONGEST = RULES.longestBeepMs / BLOCK_MS + 1;
const LEAST_POWER = powerOf(RULES.leastToneDbfs);
const AFTER_RATIO = 10 ** (-RULES.afterBeepDb / 10);
const STEADY_RATIO = 10 ** (RULES.steadyToneDb / 10);
const SHORT_STEADY_RATIO = 10 ** (RULES.shortSteadyToneDb / 10);
/** Within which a window still belongs to the tone: level, and frequency. */
const SAME_RATIO = 4;
const SAME_HZ_PART = 0.02;
const SAME_HZ = 14;

/**
 * Finds a machine's beep in a stream of 8 kHz, frame by frame of 20 ms: one or two steady tones, then silence. Pure, and
 * allocates nothing after it is made.
 */
export class BeepDetector {
  readonly #samples = new Float64Array(WINDOW_SAMPLES + BLOCK_SAMPLES);
  readonly #spectrum = new PairSpectrum();
  readonly #peaks: TonePeaks = { firstHz: 0, secondHz: 0, tonePower: 0, bandPower: 0 };
  /** Of each window of the present tone: frequency, power of the tone and of all that was heard. */
  readonly #hz = new Float64Array(LONGEST);
  readonly #power = new Float64Array(LONGEST);
  readonly #band = new Float64Array(LONGEST);
  /** The last three, the newest last. */
  readonly #past: readonly [PastTone, PastTone, PastTone] = [noTone(), noTone(), noTone()];
  /** Mean squares of the last blocks. */
  readonly #recent = new Float64Array(BEFORE_TO);
  #blocks = 0;
  #powerBefore = 0;
  #firstHz = 0;
  #secondHz = 0;
  #level = 0;
  /** Windows that have the tone; 0: there is none. And those that have its second part. */
  #windows = 0;
  #secondWindows = 0;
  #lastAtBlock = 0;
  #missed = 0;
  #quietBlocks = 0;
  #quietPower = 0;
  #loudBlocks = 0;
  #nextHz = 0;
  #nextWindows = 0;
  #beepEndedAtMs = -1;
  #isAnnouncement = false;

  /** The end of the newest beep, in milliseconds of the stream; -1: none has been heard. */
  get beepEndedAtMs(): number {
    return this.#beepEndedAtMs;
  }

  /** The three tones that go before an announcement of the network have been heard (ITU-T E.180). */
  get isAnnouncement(): boolean {
    return this.#isAnnouncement;
  }

  /** How long the tone lasts that is on the line, if it is longer than a vowel; else 0. */
  get toneMs(): number {
    return this.#windows >= NO_VOWEL && this.#missed <= MOST_MISSED ? this.#windows * BLOCK_MS : 0;
  }

  /** Something that may yet be a beep has been heard, and what follows it is waited for. */
  get isPending(): boolean {
    return this.#windows >= PENDING;
  }

  /** The next 160 samples. */
  step(frame: ArrayLike<number>): void {
    const samples = this.#samples;
    samples.copyWithin(0, FRAME_SAMPLES);
    const at = samples.length - FRAME_SAMPLES;
    let early = 0;
    let late = 0;
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      const sample = frame[i] ?? 0;
      samples[at + i] = sample;
      if (i < BLOCK_SAMPLES) early += sample * sample;
      else late += sample * sample;
    }
    early /= BLOCK_SAMPLES;
    late /= BLOCK_SAMPLES;
    // Silence outside a tone, which is most of what is heard after a greeting, costs no spectrum.
    const isWorthIt = Math.max(early, late) > LEAST_POWER / 4;
    if (isWorthIt) this.#spectrum.measure(samples, 0, BLOCK_SAMPLES);
    this.#block(isWorthIt ? this.#spectrum.earlier : null, early);
    this.#block(isWorthIt ? this.#spectrum.later : null, late);
  }

  #block(spectrum: Float64Array | null, blockPower: number): void {
    this.#blocks += 1;
    this.#recent[this.#blocks % BEFORE_TO] = blockPower;
    const isTonal = spectrum !== null && this.#look(spectrum);
    if (this.#windows === 0) {
      if (isTonal) this.#begin(1);
      return;
    }
    if (isTonal && this.#missed <= MOST_MISSED && this.#isSame()) {
      this.#go();
      return;
    }
    this.#missed += 1;
    if (isTonal) this.#other();
    else this.#nextWindows = 0;
    if (this.#nextWindows >= CHANGED) {
      this.#finish();
      this.#begin(CHANGED);
      return;
    }
    this.#silence(blockPower);
  }

  /** Whether the window is a tone and nothing else; its peaks are kept. */
  #look(spectrum: Float64Array): boolean {
    const peaks = this.#peaks;
    findPeaks(spectrum, BEEP_RATE_HZ, BAND_FROM_HZ, BAND_TO_HZ, peaks);
    if (peaks.tonePower < LEAST_POWER || peaks.tonePower < RULES.purity * peaks.bandPower) {
      return false;
    }
    return isInRange(peaks.firstHz) && (peaks.secondHz === 0 || isInRange(peaks.secondHz));
  }

  #isSame(): boolean {
    const { firstHz, secondHz, tonePower } = this.#peaks;
    if (tonePower > SAME_RATIO * this.#level && this.#windows > EDGE) return false;
    if (tonePower < this.#level / SAME_RATIO) return false;
    // The two of a dual tone may change places in strength.
    if (isNear(firstHz, this.#firstHz)) return true;
    return secondHz > 0 && isNear(secondHz, this.#firstHz) && isNear(firstHz, this.#secondHz);
  }

  #begin(windows: number): void {
    const { bandPower, firstHz, secondHz, tonePower } = this.#peaks;
    this.#firstHz = firstHz;
    this.#secondHz = secondHz;
    this.#level = tonePower;
    this.#windows = windows;
    this.#secondWindows = secondHz > 0 ? windows : 0;
    this.#hz.fill(firstHz, 0, windows);
    this.#power.fill(tonePower, 0, windows);
    this.#band.fill(bandPower, 0, windows);
    this.#powerBefore = 0;
    for (let before = BEFORE_FROM; before < BEFORE_TO; before += 1) {
      const power = this.#recent[(this.#blocks + BEFORE_TO - before) % BEFORE_TO] ?? 0;
      this.#powerBefore = Math.max(this.#powerBefore, power);
    }
    this.#wait();
  }

  /** The tone lasts: what comes after it has not begun. */
  #wait(): void {
    this.#lastAtBlock = this.#blocks;
    this.#missed = 0;
    this.#quietBlocks = 0;
    this.#quietPower = 0;
    this.#loudBlocks = 0;
    this.#nextWindows = 0;
  }

  #go(): void {
    const { bandPower, firstHz, secondHz, tonePower } = this.#peaks;
    const isSwapped = !isNear(firstHz, this.#firstHz);
    const windows = Math.min(LONGEST - 1, this.#windows + this.#missed);
    this.#power.fill(0, this.#windows, windows);
    this.#hz[windows] = isSwapped ? secondHz : firstHz;
    this.#power[windows] = tonePower;
    this.#band[windows] = bandPower;
    this.#windows = windows + 1;
    const weight = tonePower > this.#level ? 0.5 : 0.1;
    this.#level += weight * (tonePower - this.#level);
    const settling = 1 / Math.min(8, this.#windows);
    this.#firstHz += settling * ((isSwapped ? secondHz : firstHz) - this.#firstHz);
    if (secondHz > 0) {
      this.#secondWindows += 1;
      const other = isSwapped ? firstHz : secondHz;
      if (this.#secondHz === 0) this.#secondHz = other;
      else this.#secondHz += settling * (other - this.#secondHz);
    }
    this.#wait();
  }

  /** A window with another tone. */
  #other(): void {
    const { firstHz } = this.#peaks;
    this.#nextWindows = isNear(firstHz, this.#nextHz) ? this.#nextWindows + 1 : 1;
    this.#nextHz = firstHz;
  }

  /** What comes after a tone: silence long enough makes it a beep, if it is one. */
  #silence(blockPower: number): void {
    if (blockPower <= this.#level * AFTER_RATIO) {
      this.#quietBlocks += 1;
      this.#quietPower += blockPower;
    } else if (this.#missed > EDGE) this.#loudBlocks += 1;
    if (this.#loudBlocks > MOST_LOUD && this.#missed > MOST_MISSED) {
      this.#finish();
      this.#windows = 0;
      return;
    }
    if (this.#quietBlocks * BLOCK_MS < this.#silenceNeededMs()) return;
    if (this.#isBeep()) this.#beepEndedAtMs = this.#lastAtBlock * BLOCK_MS;
    this.#finish();
    this.#windows = 0;
  }

  #silenceNeededMs(): number {
    if (this.#couldBeProgress()) return RULES.afterProgressMs;
    return this.#couldBeVowel() ? RULES.afterShortMs : RULES.afterBeepMs;
  }

  #couldBeVowel(): boolean {
    return this.#windows * BLOCK_MS < RULES.longestVowelMs;
  }

  #couldBeProgress(): boolean {
    return isCallProgress(this.#firstHz, 0, 0);
  }

  /** The second of two tones; 0 when most windows have one only. */
  #steadySecondHz(): number {
    return this.#secondWindows > this.#windows / 2 ? this.#secondHz : 0;
  }

  #isBeep(): boolean {
    const firstHz = this.#firstHz;
    const secondHz = this.#steadySecondHz();
    const durationMs = this.#windows * BLOCK_MS;
    if (durationMs < RULES.shortestBeepMs || durationMs > RULES.longestBeepMs) return false;
    const noise = this.#quietPower / Math.max(1, this.#quietBlocks);
    if (!this.#isSteady(noise)) return false;
    if (isDigit(firstHz, secondHz) || isCallProgress(firstHz, secondHz, durationMs)) return false;
    if (this.#couldBeVowel() && (isVoice(firstHz, secondHz) || this.#isInWord(noise))) return false;
    return !this.#isMelody();
  }

  /**
   * Of the windows that are wholly the tone, most have its frequency and its level, and what they have beside it is hardly more
   * than the noise that follows.
   */
  #isSteady(noise: number): boolean {
    const from = Math.min(EDGE, (this.#windows - 1) >> 1);
    const to = this.#windows - from;
    let sum = 0;
    let heard = 0;
    for (let i = from; i < to; i += 1) {
      const power = this.#power[i] ?? 0;
      sum += power;
      if (power > 0) heard += 1;
    }
    const mean = sum / Math.max(1, heard);
    // What may be a vowel must be the better tone.
    const isShort = this.#couldBeVowel();
    const levels = isShort ? SHORT_STEADY_RATIO : STEADY_RATIO;
    const mostHz = Math.max(RULES.steadyHz, RULES.steadyHzPart * this.#firstHz);
    let steady = 0;
    let tone = 0;
    let band = 0;
    for (let i = from; i < to; i += 1) {
      const power = this.#power[i] ?? 0;
      const isLevel = power < mean * levels && power > mean / levels;
      if (!isLevel || Math.abs((this.#hz[i] ?? 0) - this.#firstHz) > mostHz) continue;
      steady += 1;
      tone += power;
      band += this.#band[i] ?? 0;
    }
    if (steady < STEADY_PART * (to - from)) return false;
    const rest = (band - tone) / Math.max(1, steady);
    const part = isShort ? RULES.besideShortTonePart : RULES.besideTonePart;
    return rest <= part * mean + RULES.besideNoise * noise;
  }

  /** Something else was heard just before it. */
  #isInWord(noise: number): boolean {
    return this.#powerBefore > Math.max(this.#level * BEFORE_PART, noise * RULES.besideNoise);
  }

  /** Other tones before it are a melody; before one that could be a ring, the same tone is. */
  #isMelody(): boolean {
    const beganAtMs = (this.#lastAtBlock - this.#windows) * BLOCK_MS;
    const mayRing = this.#couldBeProgress();
    for (let i = 0; i < this.#past.length; i += 1) {
      const { firstHz, endedAtMs, durationMs } = this.#past[i] ?? NONE;
      const isSame = isNear(firstHz, this.#firstHz);
      if (isSame && mayRing && endedAtMs > beganAtMs - RULES.ringMs) return true;
      if (isSame || durationMs < MELODY_MS) continue;
      if (endedAtMs > beganAtMs - RULES.melodyMs) return true;
    }
    return false;
  }

  /** Remembers the tone, if it was one. */
  #finish(): void {
    const isOne =
      this.#windows * BLOCK_MS >= RULES.shortestBeepMs && this.#isSteady(this.#level * PAST_NOISE);
    if (!isOne) return;
    const [oldest, middle, newest] = this.#past;
    copyTone(middle, oldest);
    copyTone(newest, middle);
    newest.firstHz = this.#firstHz;
    newest.secondHz = this.#steadySecondHz();
    newest.durationMs = this.#windows * BLOCK_MS;
    newest.endedAtMs = this.#lastAtBlock * BLOCK_MS;
    if (hasSpecialInformation(oldest, middle, newest)) this.#isAnnouncement = true;
  }
}

function isNear(hz: number, otherHz: number): boolean {
  return Math.abs(hz - otherHz) <= Math.max(SAME_HZ, SAME_HZ_PART * otherHz);
}

/** Two neighbouring harmonics of a pitch that a voice can have. */
function isVoice(firstHz: number, secondHz: number): boolean {
  if (secondHz === 0) return false;
  const pitchHz = Math.abs(firstHz - secondHz);
  const harmonic = Math.min(firstHz, secondHz) / pitchHz;
  return pitchHz < RULES.highestPitchHz && Math.abs(harmonic - Math.round(harmonic)) < 0.1;
}

function isInRange(hz: number): boolean {
  return hz >= RULES.lowestBeepHz && hz <= RULES.highestBeepHz;
}

function copyTone(from: PastTone, to: PastTone): void {
  to.firstHz = from.firstHz;
  to.secondHz = from.secondHz;
  to.durationMs = from.durationMs;
  to.endedAtMs = from.endedAtMs;
}

function noTone(): PastTone {
  return { firstHz: 0, secondHz: 0, durationMs: 0, endedAtMs: Number.NEGATIVE_INFINITY };
}

const NONE: PastTone = noTone();

function powerOf(dbfs: number): number {
  return 32_768 ** 2 * 10 ** (dbfs / 10);
}
