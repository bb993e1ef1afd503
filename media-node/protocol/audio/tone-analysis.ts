/** What is left of a tone in a recording: used by tests and by the phone of the command line. */

export interface ToneReport {
  /** Power of the tone against everything else in the windows that have the tone; -Infinity without any. */
  readonly snrDb: number;
  /** The longest time without the tone between its first and its last window. */
  readonly longestGapMs: number;
  /** How long the tone is there in total. */
  readonly presentMs: number;
  /** Root mean square of the tone, of 32,768, in dB; -Infinity without any. */
  readonly levelDbfs: number;
}

const WINDOW_MS = 20;
const HOP_MS = 5;
/** A window has the tone when its tone power is within this of the loudest window's. */
const PRESENCE_DB = 12;
/** Below this (in units of sample squared) there is no tone at all: one step of G.711 around zero. */
const FLOOR_POWER = 100;

/**
 * Looks for one tone in windows of 20 ms, so that a jump of phase between two packets (a concealed loss) costs the
 * windows that it touches and not the whole recording.
 */
export function analyseTone(pcm: Int16Array, rateHz: number, frequencyHz: number): ToneReport {
  const windowSamples = Math.round((WINDOW_MS * rateHz) / 1000);
  const hopSamples = Math.round((HOP_MS * rateHz) / 1000);
  const windows: { tone: number; rest: number }[] = [];
  for (let start = 0; start + windowSamples <= pcm.length; start += hopSamples) {
    windows.push(splitPower(pcm, start, windowSamples, rateHz, frequencyHz));
  }
  const loudest = windows.reduce((most, window) => Math.max(most, window.tone), 0);
  const least = Math.max(FLOOR_POWER, loudest / 10 ** (PRESENCE_DB / 10));

  let tone = 0;
  let rest = 0;
  let present = 0;
  let gap = 0;
  let longestGap = 0;
  for (const window of windows) {
    // A tone that is buried in something else is not there.
    if (window.tone >= least && window.tone > window.rest) {
      if (present > 0) longestGap = Math.max(longestGap, gap);
      tone += window.tone;
      rest += window.rest;
      present += 1;
      gap = 0;
    } else {
      gap += 1;
    }
  }
  return {
    snrDb: present === 0 ? Number.NEGATIVE_INFINITY : decibels(tone / Math.max(rest, 1e-9)),
    longestGapMs: longestGap * HOP_MS,
    presentMs: present * HOP_MS,
    levelDbfs: present === 0 ? Number.NEGATIVE_INFINITY : decibels(tone / present / 32_768 ** 2),
  };
}

/** Mean power at one frequency over the whole array (the Goertzel algorithm), in units of sample squared. */
export function tonePower(pcm: Int16Array, rateHz: number, frequencyHz: number): number {
  if (pcm.length === 0) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / rateHz);
  let last = 0;
  let beforeLast = 0;
  for (const sample of pcm) {
    const current = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = current;
  }
  const energy = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  return (2 * energy) / (pcm.length * pcm.length);
}

function decibels(ratio: number): number {
  return 10 * Math.log10(ratio);
}

/** Least-squares fit of sine, cosine and offset; the residual is what is not the tone. */
function splitPower(
  pcm: Int16Array,
  start: number,
  length: number,
  rateHz: number,
  frequencyHz: number,
): { tone: number; rest: number } {
  const omega = (2 * Math.PI * frequencyHz) / rateHz;
  let c1 = 0;
  let s1 = 0;
  let x1 = 0;
  let cc = 0;
  let ss = 0;
  let cs = 0;
  let xc = 0;
  let xs = 0;
  let xx = 0;
  for (let i = 0; i < length; i++) {
    const x = pcm[start + i] ?? 0;
    const c = Math.cos(omega * i);
    const s = Math.sin(omega * i);
    c1 += c;
    s1 += s;
    x1 += x;
    cc += c * c;
    ss += s * s;
    cs += c * s;
    xc += x * c;
    xs += x * s;
    xx += x * x;
  }
  // Sums of products about the means: a window is rarely a whole number of periods.
  cc -= (c1 * c1) / length;
  ss -= (s1 * s1) / length;
  cs -= (c1 * s1) / length;
  xc -= (x1 * c1) / length;
  xs -= (x1 * s1) / length;
  xx -= (x1 * x1) / length;
  const determinant = cc * ss - cs * cs;
  const a = (xc * ss - xs * cs) / determinant;
  const b = (xs * cc - xc * cs) / determinant;
  const tone = a * xc + b * xs;
  return { tone: tone / length, rest: Math.max(0, xx - tone) / length };
}
