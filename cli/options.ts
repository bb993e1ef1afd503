import { isIP } from "node:net";
import { InvalidArgumentError } from "commander";
import ipaddr from "ipaddr.js";

/**
 * Values of command-line options: each parser returns a value that cannot be wrong, or throws
 * commander's InvalidArgumentError, which becomes a usage error that names the option.
 */

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface PortRange {
  readonly low: number;
  readonly high: number;
}

/** 0 to 65535; 0 stands for any. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError("It is not a port from 0 to 65535.");
  return port;
}

/** `A-B`; RTP takes pairs from an even port on (RFC 3550 §11). `0` stands for any free range. */
export function parsePortRange(text: string): PortRange {
  if (text === "0") return { low: 0, high: 0 };
  const [low = "", high = "", ...rest] = text.split("-");
  if (rest.length > 0 || high === "")
    throw new InvalidArgumentError("It is not a range such as 10000-10999.");
  const range = { low: parsePort(low), high: parsePort(high) };
  if (range.low < 1024) throw new InvalidArgumentError("It begins below 1024.");
  if (range.low % 2 !== 0) throw new InvalidArgumentError("It does not begin with an even port.");
  if (range.high < range.low + 3)
    throw new InvalidArgumentError("It holds fewer than two port pairs.");
  return range;
}

/** `host:port`, `[v6]:port`. */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3];
  if (host === undefined || port === undefined) {
    throw new InvalidArgumentError("It is not host:port, for example 127.0.0.1:5061.");
  }
  if (match?.[1] !== undefined && isIP(host) !== 6)
    throw new InvalidArgumentError("It has no IPv6 address in [].");
  const parsed = parsePort(port);
  if (parsed === 0) throw new InvalidArgumentError("It has no port.");
  return { host, port: parsed };
}

/** As it stands in a URL or an address of workerd (RFC 3986 §3.2.2). */
export function hostForUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Text of each time that the option is given. */
export function collectText(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** Part of the names of objects: letters in lower case, digits and hyphens. */
export function parseResidency(text: string): string {
  if (!/^[a-z0-9-]{1,32}$/.test(text)) {
    throw new InvalidArgumentError("It is not 1 to 32 letters in lower case, digits and hyphens.");
  }
  return text;
}

/** A name in the DNS that has at least two labels. */
export function parseDomain(text: string): string {
  if (!/^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/i.test(text)) {
    throw new InvalidArgumentError("It is not a domain such as sip.example.com.");
  }
  return text.toLowerCase();
}

/** An address of this machine, never a name: it is bound and written into SIP and SDP. */
export function parseAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError("It is not an IPv4 or IPv6 address.");
  return text;
}

/** `https:` or `http:`. */
export function parseHttpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new InvalidArgumentError("It is not an https: or http: URL.");
  }
  return url;
}

/** Of a node: what a person tells it by. */
export function parseNodeName(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/.test(text)) {
    throw new InvalidArgumentError("It is not 1 to 64 letters, digits, dots and hyphens.");
  }
  return text;
}

/** True for 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "loopback";
}

/** Seconds, up to an hour. */
export function parseSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds > 0 && seconds <= 3_600)) {
    throw new InvalidArgumentError("It is not a number of seconds up to 3600.");
  }
  return seconds;
}

/** A whole number above 0. */
export function parseWholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) {
    throw new InvalidArgumentError("It is not a whole number above 0.");
  }
  return Number(text);
}

/** RFC 4733 §2.3: 0-9, *, #, A-D. */
export function parseDigits(text: string): string {
  if (!/^[0-9*#A-D]{1,64}$/i.test(text))
    throw new InvalidArgumentError("It holds something else than 0-9 * # A-D.");
  return text.toUpperCase();
}

/** A path; the empty one would be the current directory. */
export function parsePath(text: string): string {
  if (text === "" || text.includes("\0")) throw new InvalidArgumentError("It names no path.");
  return text;
}

/** RFC 3261 §25.1 `user`, without escapes: it goes into From and Contact as it is. */
export function parseUser(text: string): string {
  if (!/^[A-Za-z0-9\-_.!~*'()&=+$,;?/]{1,128}$/.test(text)) {
    throw new InvalidArgumentError("It is not the user part of a SIP URI.");
  }
  return text;
}

export interface Header {
  readonly name: string;
  readonly value: string;
}

/** Those that the SIP stack writes itself; a second one would change what the call is. */
const CONTROL_HEADERS = new Set(
  (
    "via v from f to t call-id i cseq contact m content-length l content-type c route record-route " +
    "max-forwards authorization proxy-authorization require supported k allow rack rseq expires " +
    "session-expires x min-se transport"
  ).split(" "),
);

/** RFC 3261 §25.1 `token`. */
const HEADER_NAME = /^[A-Za-z0-9.!%*_+`'~-]+$/;
/** Anything but controls: CR and LF would begin another header. */
const HEADER_VALUE = /^[^\p{Cc}]*$/u;

/** `Name: value`. */
export function parseHeader(text: string): Header {
  const colon = text.indexOf(":");
  const name = text.slice(0, Math.max(colon, 0)).trim();
  const value = text.slice(colon + 1);
  if (colon < 1 || !HEADER_NAME.test(name))
    throw new InvalidArgumentError("It is not `Name: value`.");
  if (!HEADER_VALUE.test(value))
    throw new InvalidArgumentError("It holds a line break or control character.");
  if (CONTROL_HEADERS.has(name.toLowerCase())) {
    throw new InvalidArgumentError(`It sets ${name}, which belongs to the SIP stack.`);
  }
  return { name, value: value.trim() };
}

/** Collects `--header` options. A name stands once: the stack keeps one value of each. */
export function collectHeaders(text: string, previous: readonly Header[]): readonly Header[] {
  const header = parseHeader(text);
  if (previous.some(({ name }) => name.toLowerCase() === header.name.toLowerCase())) {
    throw new InvalidArgumentError(`It gives ${header.name} a second time.`);
  }
  return [...previous, header];
}
