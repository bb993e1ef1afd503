import { findParam, parseParams, SipSyntaxError, splitOutsideQuotes } from "./syntax.ts";

/** RFC 7433: what the caller's side sends along with a call. */
export interface UserToUser {
  /** All values as received, in the one-header form of RFC 7433 §4.1. */
  readonly raw: string;
  /** The text of each value. */
  readonly texts: readonly string[];
  /** Two hex digits: the protocol discriminator of the first value (ITU-T Q.931), null when it has none. */
  readonly discriminator: string | null;
}

const MAX_VALUES = 4;

/** Null when there is none. */
export function parseUserToUser(headers: readonly string[]): UserToUser | null {
  const values = headers.flatMap((header) => splitOutsideQuotes(header, ","));
  const given = values.filter((value) => value !== "").slice(0, MAX_VALUES);
  const [first, ...others] = given.map(decodeUserToUser);
  if (first === undefined) return null;
  return {
    raw: given.join(", "),
    texts: [first, ...others].map(({ text }) => text),
    discriminator: first.discriminator,
  };
}

/**
 * The text of one value. RFC 7433 §4.1: hex unless `encoding` says otherwise. RFC 7434: of `isdn-uui` the first
 * octet is the protocol discriminator; elsewhere a first octet that is a control character is taken for one.
 */
export function decodeUserToUser(value: string): {
  readonly text: string;
  readonly discriminator: string | null;
} {
  const semicolon = value.indexOf(";", value.startsWith('"') ? value.indexOf('"', 1) : 0);
  const content = (semicolon === -1 ? value : value.slice(0, semicolon)).trim();
  const data = content.replace(/^"(.*)"$/s, "$1");
  const parsed = parseParams(semicolon === -1 ? "" : value.slice(semicolon));
  const params = parsed instanceof SipSyntaxError ? [] : parsed;
  const named = findParam(params, "pd")?.toLowerCase() ?? null;
  const discriminator = named !== null && /^[0-9a-f]{2}$/.test(named) ? named : null;
  const asIs = { text: data, discriminator };
  if ((findParam(params, "encoding") ?? "hex").toLowerCase() !== "hex") return asIs;
  if (data === "" || data.length % 2 === 1 || !/^[0-9a-f]+$/i.test(data)) return asIs;
  const octets = Uint8Array.from(data.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const purpose = (findParam(params, "purpose") ?? "").toLowerCase();
  const first = octets[0] ?? 0x20;
  const isControl = first < 0x20 && first !== 0x09 && first !== 0x0a && first !== 0x0d;
  const isInData = isControl || (purpose === "isdn-uui" && discriminator === null);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(
      isInData ? octets.subarray(1) : octets,
    );
    return { text, discriminator: isInData ? data.slice(0, 2).toLowerCase() : discriminator };
  } catch {
    return asIs;
  }
}
