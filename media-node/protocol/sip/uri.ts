import { findParam, parseParams, type SipParam, SipSyntaxError, writeParams } from "./syntax.ts";

/** RFC 3261 §19.1: a SIP or SIPS URI, every part as it was written. */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  /** Still escaped; null when the URI has no user part. */
  readonly user: string | null;
  readonly password: string | null;
  /** A name, an IPv4 address or a bracketed IPv6 reference. */
  readonly host: string;
  readonly port: number | null;
  readonly params: readonly SipParam[];
  /** What follows `?`, without it; null when there is none. */
  readonly headers: string | null;
}

const MAX_URI_CHARS = 8_192;
const USER = /^[\w\-.!~*'()&=+$,;?/%#:]+$/;
const HOST = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_.])?)$/;
/** A name or an IPv4 address without a port: most of them. */
const PLAIN_HOST = /^[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_.])?$/;
const HEADERS = /^[^\s<>"@]*$/;

/** Parses a `sip:` or `sips:` URI. Any other scheme is a syntax error here: see `uriScheme`. */
export function parseSipUri(text: string): SipUri | SipSyntaxError {
  if (text.length > MAX_URI_CHARS) return new SipSyntaxError("the URI is too long", 414);
  const schemeMatch = /^(sips?):/i.exec(text);
  if (schemeMatch === null) return new SipSyntaxError("the URI is not a SIP URI");
  const scheme = schemeMatch[0].length === 5 ? "sips" : "sip";
  let rest = text.slice(schemeMatch[0].length);

  // The user part may hold ; and ?, so the last @ before the URI headers ends it.
  let user: string | null = null;
  let password: string | null = null;
  const at = rest.lastIndexOf("@");
  if (at !== -1) {
    const userInfo = rest.slice(0, at);
    rest = rest.slice(at + 1);
    const colon = userInfo.indexOf(":");
    user = colon === -1 ? userInfo : userInfo.slice(0, colon);
    password = colon === -1 ? null : userInfo.slice(colon + 1);
    if (!USER.test(user) || (password !== null && !/^[^\s<>"@]*$/.test(password))) {
      return new SipSyntaxError("the user part of the URI is malformed");
    }
  }

  let headers: string | null = null;
  const question = rest.indexOf("?");
  if (question !== -1) {
    headers = rest.slice(question + 1);
    rest = rest.slice(0, question);
    if (!HEADERS.test(headers)) return new SipSyntaxError("the URI's headers are malformed");
  }
  const semicolon = rest.indexOf(";");
  const hostPort = semicolon === -1 ? rest : rest.slice(0, semicolon);
  const params = parseParams(semicolon === -1 ? "" : rest.slice(semicolon));
  if (params instanceof SipSyntaxError) return params;
  if (/\s/.test(rest)) return new SipSyntaxError("the URI contains white space");

  const parsedHost = parseHostPort(hostPort);
  if (parsedHost instanceof SipSyntaxError) return parsedHost;
  return { scheme, user, password, ...parsedHost, params, headers };
}

/** `host[:port]`, an IPv6 address in brackets. */
export function parseHostPort(
  text: string,
): { host: string; port: number | null } | SipSyntaxError {
  if (PLAIN_HOST.test(text)) return { host: text, port: null };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1];
  if (match === null || host === undefined || !HOST.test(host)) {
    return new SipSyntaxError("the host is malformed");
  }
  const port = match[2] === undefined ? null : Number(match[2]);
  if (port !== null && (port === 0 || port > 65_535)) {
    return new SipSyntaxError("the port is out of range");
  }
  return { host, port };
}

export function writeSipUri(uri: SipUri): string {
  const password = uri.password === null ? "" : `:${uri.password}`;
  const userInfo = uri.user === null ? "" : `${uri.user}${password}@`;
  const port = uri.port === null ? "" : `:${uri.port}`;
  const headers = uri.headers === null ? "" : `?${uri.headers}`;
  return `${uri.scheme}:${userInfo}${uri.host}${port}${writeParams(uri.params)}${headers}`;
}

/** The scheme of any absolute URI in lower case, or null. */
export function uriScheme(text: string): string | null {
  if (text.startsWith("sip:")) return "sip";
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  return match?.[1]?.toLowerCase() ?? null;
}

/** RFC 3261 §19.1.1 `transport` in lower case; null when the URI does not say. */
export function uriTransport(uri: SipUri): string | null {
  return findParam(uri.params, "transport")?.toLowerCase() ?? null;
}

/** An address or name as it stands in a URI: IPv6 addresses gain brackets (RFC 3261 §25.1 IPv6reference). */
export function hostForUri(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/** The reverse of `hostForUri`: what a socket or a resolver takes. */
export function hostForSocket(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
