/** Tones of the network and of keypads, which are no machine's beep. */

/** ITU-T Q.23 §6: rows and columns of a keypad. */
const ROWS_HZ = [697, 770, 852, 941] as const;
const COLUMNS_HZ = [1_209, 1_336, 1_477, 1_633] as const;
/** ITU-T Q.24 §3.2.1: within 1.5 % it is a digit; and what we measure of it. */
const DIGIT_PART = 0.018;

/** Ringback, busy and congestion have one or two tones below this (ITU-T E.180: 350 to 620 Hz). */
const PROGRESS_TO_HZ = 650;
/** A single tone of a beep may lie there too, when it is shorter than any ring. */
const SINGLE_FROM_HZ = 390;
const SINGLE_TO_HZ = 500;
const SHORTEST_RING_MS = 330;

/** ITU-T E.180 §6: three tones in a row, 330 ms each by the Recommendation, 274 or 380 ms in North America. */
const SPECIAL_HZ = [
  [913.8, 985.2],
  [1_370.6, 1_428.5],
  [1_776.7, 1_776.7],
] as const;
const SPECIAL_PART = 0.025;
const SPECIAL_FROM_MS = 200;
const SPECIAL_TO_MS = 450;
const SPECIAL_GAP_MS = 120;

/** A tone that is over. */
export interface PastTone {
  firstHz: number;
  secondHz: number;
  durationMs: number;
  /** Milliseconds of the stream. */
  endedAtMs: number;
}

/** Two tones that are a key's. */
export function isDigit(firstHz: number, secondHz: number): boolean {
  if (secondHz === 0) return false;
  const row = Math.min(firstHz, secondHz);
  const column = Math.max(firstHz, secondHz);
  return isOneOf(row, ROWS_HZ) && isOneOf(column, COLUMNS_HZ);
}

/** What the network says of a call; a single tone only when it is as long as a ring. `durationMs` 0: whatever its length. */
export function isCallProgress(firstHz: number, secondHz: number, durationMs: number): boolean {
  if (secondHz > 0) return firstHz < PROGRESS_TO_HZ && secondHz < PROGRESS_TO_HZ;
  if (firstHz < SINGLE_FROM_HZ || firstHz > SINGLE_TO_HZ) return false;
  return durationMs === 0 || durationMs >= SHORTEST_RING_MS;
}

/** The special information tone. */
export function hasSpecialInformation(one: PastTone, two: PastTone, three: PastTone): boolean {
  return (
    isSpecial(one, 0) &&
    isSpecial(two, 1) &&
    isSpecial(three, 2) &&
    follows(one, two) &&
    follows(two, three)
  );
}

function isSpecial({ firstHz, durationMs }: PastTone, which: 0 | 1 | 2): boolean {
  if (durationMs < SPECIAL_FROM_MS || durationMs > SPECIAL_TO_MS) return false;
  const [low, high] = SPECIAL_HZ[which];
  return isWithin(firstHz, low, SPECIAL_PART) || isWithin(firstHz, high, SPECIAL_PART);
}

function follows(earlier: PastTone, later: PastTone): boolean {
  return later.endedAtMs - later.durationMs - earlier.endedAtMs < SPECIAL_GAP_MS;
}

function isOneOf(hz: number, tonesHz: readonly number[]): boolean {
  for (let i = 0; i < tonesHz.length; i += 1) {
    if (isWithin(hz, tonesHz[i] ?? 0, DIGIT_PART)) return true;
  }
  return false;
}

function isWithin(hz: number, ofHz: number, part: number): boolean {
  return Math.abs(hz - ofHz) <= part * ofHz;
}
