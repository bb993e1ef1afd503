import {
  findParam,
  indexOutsideQuotes,
  parseParams,
  type SipParam,
  SipSyntaxError,
  splitOutsideQuotes,
  withParam,
  writeParams,
} from "./syntax.ts";
import { uriScheme } from "./uri.ts";

/** RFC 3261 §20.10, §20.20: the value of From, To, Contact, Route and their like. */
export interface NameAddr {
  /** As written, quotes included; null when there is none. */
  readonly displayName: string | null;
  /** The absolute URI between the brackets, as written. */
  readonly uri: string;
  readonly params: readonly SipParam[];
}

const DISPLAY_TOKENS = /^[\w\-.!%*+`'~ \t\u0080-\uffff]*$/;
const DISPLAY_QUOTED = /^"(?:[^"\\]|\\.)*"$/s;

/** Parses `"Name" <uri>;params` or the bare `uri;params`, whose parameters belong to the header (§20). */
export function parseNameAddr(text: string): NameAddr | SipSyntaxError {
  const value = text.trim();
  const open = openingBracket(value);
  if (open === -1) {
    const semicolon = value.indexOf(";");
    const uri = semicolon === -1 ? value : value.slice(0, semicolon).trimEnd();
    // RFC 3261 §20.10: a URI with a comma, question mark or semicolon must stand in brackets.
    if (/[\s<>",?]/.test(uri)) return new SipSyntaxError("an address is malformed");
    return finish(null, uri, semicolon === -1 ? "" : value.slice(semicolon));
  }
  const close = value.indexOf(">", open);
  if (close === -1) return new SipSyntaxError("an address lacks its closing bracket");
  const display = value.slice(0, open).trim();
  if (!DISPLAY_QUOTED.test(display) && !DISPLAY_TOKENS.test(display)) {
    return new SipSyntaxError("a display name is malformed");
  }
  const uri = value.slice(open + 1, close).trim();
  if (/[\s<"]/.test(uri)) return new SipSyntaxError("an address is malformed");
  return finish(display === "" ? null : display, uri, value.slice(close + 1));
}

function openingBracket(value: string): number {
  if (!value.startsWith('"')) return value.indexOf("<");
  const end = /^"(?:[^"\\]|\\.)*"/s.exec(value)?.[0].length;
  return end === undefined ? value.indexOf("<") : value.indexOf("<", end);
}

function finish(
  displayName: string | null,
  uri: string,
  paramText: string,
): NameAddr | SipSyntaxError {
  if (uriScheme(uri) === null) return new SipSyntaxError("an address has no URI");
  const params = parseParams(paramText);
  return params instanceof SipSyntaxError ? params : { displayName, uri, params };
}

/** A comma list, as Contact, Route and Record-Route allow it. */
export function parseNameAddrList(text: string): readonly NameAddr[] | SipSyntaxError {
  const list: NameAddr[] = [];
  for (const part of splitOutsideQuotes(text, ",")) {
    const parsed = parseNameAddr(part);
    if (parsed instanceof SipSyntaxError) return parsed;
    list.push(parsed);
  }
  return list;
}

export function writeNameAddr(value: NameAddr): string {
  const display = value.displayName === null ? "" : `${value.displayName} `;
  return `${display}<${value.uri}>${writeParams(value.params)}`;
}

/** The tag of a From or To value; null when it has none or is malformed. */
export function tagOf(text: string): string | null {
  const end = indexOutsideQuotes(text, ";");
  if (end === -1) return null;
  const params = parseParams(text.slice(end));
  return params instanceof SipSyntaxError ? null : (findParam(params, "tag") ?? null);
}

/** The From or To value with this tag. */
export function withTag(value: NameAddr, tag: string): NameAddr {
  return { ...value, params: withParam(value.params, "tag", tag) };
}
