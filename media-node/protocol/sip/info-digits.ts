/** Keys in INFO bodies: older than RFC 6086 and never standardised, but what many PBXs send. */

interface InfoDigit {
  readonly digit: string;
  readonly durationMs: number;
}

const DEFAULT_DURATION_MS = 160;
const LONGEST_MS = 8_000;
const DIGIT = /^[0-9A-D*#]$/;

/** Whether a body of this type says something of keys. */
export function isDigitBody(contentType: string): boolean {
  return /^application\/(?:dtmf|dtmf-relay|vnd\.nortelnetworks\.digits)\s*(?:;|$)/i.test(
    contentType.trim(),
  );
}

/**
 * The key of an `application/dtmf-relay` body (`Signal=5`, `Duration=160`) or of an `application/dtmf` one (`5`).
 * Null for what is no key: the flash, or a malformed body.
 */
export function parseInfoDigit(body: string): InfoDigit | null {
  const fields = new Map<string, string>();
  for (const line of body.split(/\r?\n/)) {
    const [name = "", value] = line.split("=", 2);
    if (value !== undefined) fields.set(name.trim().toLowerCase(), value.trim());
  }
  // `p=Digit-Collection` bodies of one vendor begin their lines otherwise; its key is `d0=`.
  const signal = fields.get("signal") ?? fields.get("d0") ?? body.trim();
  const digit = digitOf(signal);
  if (digit === null) return null;
  const duration = Number(fields.get("duration") ?? DEFAULT_DURATION_MS);
  const isUsable = Number.isInteger(duration) && duration > 0 && duration <= LONGEST_MS;
  return { digit, durationMs: isUsable ? duration : DEFAULT_DURATION_MS };
}

/** Some send the event code of `*` and `#` (RFC 4733 §3.2) in place of the key. */
function digitOf(signal: string): string | null {
  const key = signal.toUpperCase();
  if (key === "10") return "*";
  if (key === "11") return "#";
  return DIGIT.test(key) ? key : null;
}
