import {
  type CountryCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from "libphonenumber-js";
import { type E164, parseE164 } from "./e164.ts";

declare const calledIdentifierBrand: unique symbol;
/**
 * The user part of the URI that callers dial, exactly as imported: a number in any form, an extension
 * (`1000`) or a name (`reception`). `+1999` and `1999` differ until they are normalised.
 */
export type CalledIdentifier = string & { readonly [calledIdentifierBrand]: true };

/** RFC 3261 §25.1 `user`: unreserved, user-unreserved, and what is escaped on the wire. */
const IDENTIFIER = /^[\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?$/;
const FORBIDDEN = /[@<>"\\]/;

/** Null when `text` cannot be the user part of a SIP URI: control characters, `@`, quotes, over 128 characters. */
export function parseCalledIdentifier(text: string): CalledIdentifier | null {
  if (!IDENTIFIER.test(text) || FORBIDDEN.test(text)) return null;
  return text as CalledIdentifier; // proved by the patterns
}

/** ISO 3166-1 alpha-2, or null when it names no country with a numbering plan. */
export function parseCountry(text: string): CountryCode | null {
  const upper = text.toUpperCase();
  return isSupportedCountry(upper) ? upper : null;
}

/** RFC 3966 §5.1.1 visual separators, and the space that people type. */
const SEPARATORS = /[\s().-]/g;
const NUMBER_LIKE = /^\+?[\d\s().-]+$/;

/**
 * One dialled user part in the form that `matchKeys` produces: unescaped, parameters dropped,
 * separators dropped from numbers, `00` written as `+`.
 */
export function normaliseDialled(user: string): string {
  const bare = unescapeUser(user).split(";", 1)[0] ?? "";
  if (!NUMBER_LIKE.test(bare)) return bare;
  const digits = bare.replace(SEPARATORS, "");
  return digits.startsWith("00") ? `+${digits.slice(2)}` : digits;
}

/** RFC 3261 §19.1.4: an escaped character equals the character. A bad escape stays as it is. */
function unescapeUser(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/**
 * Every normalised form by which an imported identifier may be dialled: with and without `+` and in
 * the national form of `country` (default: the number's own). An exact match is tried before these.
 */
export function matchKeys(identifier: CalledIdentifier, country: CountryCode | null): string[] {
  const normalised = normaliseDialled(identifier);
  const keys = new Set([normalised]);
  const e164 = toE164(identifier, country);
  if (e164 === null) return [...keys];
  keys.add(e164);
  keys.add(e164.slice(1));
  const number = parsePhoneNumberFromString(e164);
  if (number !== undefined && (country === null || number.country === country)) {
    keys.add(number.formatNational().replace(/\D/g, ""));
    keys.add(number.nationalNumber);
  }
  return [...keys];
}

/** RFC 3966 global number (E.164) of an identifier, or null when it is an extension or a name. */
export function toE164(identifier: string, country: CountryCode | null): E164 | null {
  const normalised = normaliseDialled(identifier);
  if (!/^\+?\d{6,15}$/.test(normalised)) return null;
  if (normalised.startsWith("+")) return parseE164(normalised);
  const national =
    country === null
      ? undefined
      : parsePhoneNumberFromString(normalised, { defaultCountry: country });
  if (national?.isValid() === true) return parseE164(national.number);
  const international = parsePhoneNumberFromString(`+${normalised}`);
  return international?.isValid() === true ? parseE164(international.number) : null;
}

/** The country of a number's plan, or null: extensions, names, and codes shared by no one country. */
export function countryOf(e164: string): CountryCode | null {
  return parsePhoneNumberFromString(e164)?.country ?? null;
}
