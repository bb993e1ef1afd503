/** Telephone events (RFC 4733): digits as codes. */

/** RFC 4733 §3.2, table 3: the position is the event code. */
const DIGITS = "0123456789*#ABCD";

/** Null for what is not a key of a telephone, as the flash (16), which has no digit. */
export function digitOfEvent(event: number): string | null {
  return DIGITS[event] ?? null;
}

/** Null for anything but one of `0-9 * # A-D` (lower case is taken). */
export function eventOfDigit(digit: string): number | null {
  if (digit.length !== 1) return null;
  const event = DIGITS.indexOf(digit.toUpperCase());
  return event < 0 ? null : event;
}

/**
 * The payload (RFC 4733 §2.3):
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |     event     |E|R| volume    |          duration             |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export const TELEPHONE_EVENT_BYTES = 4;
export const END_BIT = 0x80;

/** RFC 4733 §2.1: the rate that we negotiate. */
export const TELEPHONE_EVENT_TICKS_PER_MS = 8;
