declare const e164Brand: unique symbol;
/** ITU-T E.164 with its leading `+`: at most 15 digits, no separators. */
export type E164 = string & { readonly [e164Brand]: true };

/** Null when `text` is not already in E.164 form; `toE164` of called-identifier.ts converts. */
export function parseE164(text: string): E164 | null {
  return /^\+[1-9]\d{1,14}$/.test(text) ? (text as E164) : null; // proved by the pattern
}
