import { canonicalHeaderName, definedHeaderName } from "./header-names.ts";
import { isKnownMethod } from "./methods.ts";
import { isHeaderValue, isToken, SipSyntaxError, splitOutsideQuotes } from "./syntax.ts";

/** A header field: the canonical name, and the value unfolded and trimmed. */
export interface SipHeader {
  readonly name: string;
  readonly value: string;
}

export type SipStartLine =
  | { readonly kind: "request"; readonly method: string; readonly requestUri: string }
  | { readonly kind: "response"; readonly status: number; readonly reason: string };

/** RFC 3261 §7: one message. Header order is kept; the body is opaque octets. */
export interface SipMessage<Line extends SipStartLine = SipStartLine> {
  readonly startLine: Line;
  readonly headers: readonly SipHeader[];
  readonly body: Uint8Array;
}

export type SipRequest = SipMessage<Extract<SipStartLine, { kind: "request" }>>;
export type SipResponse = SipMessage<Extract<SipStartLine, { kind: "response" }>>;

export interface MessageLimits {
  readonly maxHeaders: number;
  readonly maxLineChars: number;
}

const DEFAULT_LIMITS: MessageLimits = { maxHeaders: 256, maxLineChars: 16_384 };
const EMPTY_BODY = new Uint8Array(0);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** What makes a head need a closer look: a folded line, a bare CR or LF, a NUL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is one of them.
const IRREGULAR = /\r\n[ \t]|\r(?!\n)|(?<!\r)\n|\u0000/;
const REQUEST_LINE_END = " SIP/2.0";
const SPACE = 0x20;
const LAST_ASCII = 0x7e;

/**
 * Parses one whole message. Octets after Content-Length are cut off (RFC 3261 §18.3, datagrams); too few are
 * an error. Without Content-Length the body runs to the end.
 */
export function parseMessage(
  bytes: Uint8Array,
  limits: MessageLimits = DEFAULT_LIMITS,
): SipMessage | SipSyntaxError {
  const headEnd = indexOfHeaderEnd(bytes, 0);
  if (headEnd === -1) return new SipSyntaxError("the header section has no end");
  const head = parseHead(decoder.decode(bytes.subarray(0, headEnd)), limits);
  if (head instanceof SipSyntaxError) return head;
  const available = bytes.subarray(headEnd + 4);
  const declared = contentLength(head.headers);
  if (declared instanceof SipSyntaxError) return declared;
  if (declared !== null && declared > available.length) {
    return new SipSyntaxError("the body is shorter than Content-Length");
  }
  return { ...head, body: declared === null ? available : available.subarray(0, declared) };
}

/** Where the blank line starts that ends a header section; -1 while it has not arrived. */
export function indexOfHeaderEnd(bytes: Uint8Array, from: number): number {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.indexOf("\r\n\r\n", from, "latin1");
}

interface MessageHead {
  readonly startLine: SipStartLine;
  readonly headers: readonly SipHeader[];
}

/** Parses start line and headers, without the blank line after them. */
export function parseHead(
  text: string,
  limits: MessageLimits = DEFAULT_LIMITS,
): MessageHead | SipSyntaxError {
  return parsePlainHead(text, limits) ?? parseAnyHead(text, limits);
}

/**
 * The same for a head in which nothing is unusual, which is nearly every one: one pass over it instead of several
 * expressions for each line. Null says that it has to be read with more care, and nothing else.
 */
function parsePlainHead(text: string, limits: MessageLimits): MessageHead | null {
  if (IRREGULAR.test(text)) return null;
  let lineEnd = text.indexOf("\r\n");
  if (lineEnd === -1) return null;
  const startLine = parsePlainRequestLine(text.slice(0, lineEnd));
  const parsed = startLine ?? parseStartLine(text.slice(0, lineEnd));
  if (parsed instanceof SipSyntaxError) return null;
  const headers: SipHeader[] = [];
  while (lineEnd < text.length) {
    const start = lineEnd + 2;
    const next = text.indexOf("\r\n", start);
    lineEnd = next === -1 ? text.length : next;
    const colon = text.indexOf(":", start);
    if (colon === -1 || colon >= lineEnd || lineEnd - start > limits.maxLineChars) return null;
    const name = text.slice(start, colon);
    const canonical = definedHeaderName(name);
    if (canonical === undefined && !isToken(name)) return null;
    headers.push({
      name: canonical ?? canonicalHeaderName(name),
      value: trimmed(text, colon + 1, lineEnd),
    });
  }
  return headers.length > limits.maxHeaders ? null : { startLine: parsed, headers };
}

function parsePlainRequestLine(line: string): SipStartLine | null {
  if (!line.endsWith(REQUEST_LINE_END)) return null;
  const methodEnd = line.indexOf(" ");
  const method = line.slice(0, methodEnd);
  const requestUri = line.slice(methodEnd + 1, -REQUEST_LINE_END.length);
  if (!isKnownMethod(method) || !/^[^\s<>"]+$/.test(requestUri)) return null;
  return { kind: "request", method, requestUri };
}

/** `text.slice(start, end).trim()`; looks for no other white space where there is one blank before the value, or none. */
function trimmed(text: string, start: number, end: number): string {
  const from = text.charCodeAt(start) === SPACE ? start + 1 : start;
  const value = text.slice(from, end);
  return isVisible(value.charCodeAt(0)) && isVisible(value.charCodeAt(value.length - 1))
    ? value
    : value.trim();
}

function isVisible(code: number): boolean {
  return code > SPACE && code <= LAST_ASCII;
}

function parseAnyHead(text: string, limits: MessageLimits): MessageHead | SipSyntaxError {
  const headers: SipHeader[] = [];
  // RFC 3261 §7.3.1: a line that starts with white space continues the one before it.
  const lines = text.split(/\r\n(?![ \t])/);
  const startLine = parseStartLine(lines[0] ?? "");
  if (startLine instanceof SipSyntaxError) return startLine;
  if (lines.length - 1 > limits.maxHeaders) return new SipSyntaxError("too many headers", 413);
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line.length > limits.maxLineChars) return new SipSyntaxError("a header is too long", 413);
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    if (!isToken(name)) return new SipSyntaxError("a line is not a header");
    const value = line
      .slice(colon + 1)
      .replace(/\r\n[ \t]+/g, " ")
      .trim();
    // A bare CR or LF would be a header of its own to a laxer reader behind us.
    if (!isHeaderValue(value)) return new SipSyntaxError("a header holds a bare line break or NUL");
    headers.push({ name: canonicalHeaderName(name), value });
  }
  return { startLine, headers };
}

function parseStartLine(line: string): SipStartLine | SipSyntaxError {
  if (!isHeaderValue(line)) return new SipSyntaxError("the start line is malformed");
  const response = /^SIP\/(\d{1,9}\.\d{1,9}) (\d+) ?(.*)$/i.exec(line);
  if (response !== null) {
    const status = Number(response[2]);
    if (response[1] !== "2.0") return new SipSyntaxError("the SIP version is not 2.0", 505);
    if (status < 100 || status > 699) return new SipSyntaxError("the status code is out of range");
    return { kind: "response", status, reason: response[3] ?? "" };
  }
  const parts = line.split(" ");
  const [method, requestUri, version] = parts;
  if (method === undefined || requestUri === undefined || version === undefined) {
    return new SipSyntaxError("the request line is malformed");
  }
  if (parts.length !== 3 || !isToken(method) || requestUri === "" || requestUri.startsWith("<")) {
    return new SipSyntaxError("the request line is malformed");
  }
  if (/[\s<>"]/.test(requestUri)) return new SipSyntaxError("the Request-URI is malformed");
  if (!/^SIP\/\d{1,9}\.\d{1,9}$/i.test(version)) {
    return new SipSyntaxError("the request line is malformed");
  }
  if (!/^SIP\/2\.0$/i.test(version)) return new SipSyntaxError("the SIP version is not 2.0", 505);
  return { kind: "request", method, requestUri };
}

/** The declared body length; null when the header is absent. Two that differ are an error (smuggling). */
export function contentLength(headers: readonly SipHeader[]): number | null | SipSyntaxError {
  let length: number | null = null;
  for (const header of headers) {
    if (header.name !== "Content-Length") continue;
    if (!/^\d{1,9}$/.test(header.value)) return new SipSyntaxError("Content-Length is malformed");
    const value = Number(header.value);
    if (length !== null && length !== value) {
      return new SipSyntaxError("two Content-Length headers differ");
    }
    length = value;
  }
  return length;
}

/** Thrown by the writer: the caller let through what no message can carry, which is a bug of ours. */
export class SipWriteError extends Error {
  readonly code = "sip_write_refused";
}

/** Writes the message with a right Content-Length as its last header. Throws SipWriteError, never a broken message. */
export function writeMessage(message: SipMessage): Uint8Array {
  const head = writeHead(message);
  const headBytes = Buffer.byteLength(head);
  const bytes = Buffer.allocUnsafe(headBytes + message.body.length);
  bytes.write(head);
  bytes.set(message.body, headBytes);
  return bytes;
}

/** What was written last: a message goes to its peer, and in the same turn to the application as what was sent. */
let lastWritten: { readonly message: SipMessage | null; readonly head: string } = {
  message: null,
  head: "",
};

/** Start line and headers with the blank line after them, as `writeMessage` writes them. */
export function writeHead(message: SipMessage): string {
  if (lastWritten.message !== message) lastWritten = { message, head: composeHead(message) };
  return lastWritten.head;
}

function composeHead(message: SipMessage): string {
  let text = `${writeStartLine(message.startLine)}\r\n`;
  for (const { name, value } of message.headers) {
    if (name === "Content-Length") continue;
    if (definedHeaderName(name) === undefined && !isToken(name))
      throw new SipWriteError("a header name is not a token");
    if (!isHeaderValue(value)) throw new SipWriteError(`the value of ${name} holds a line break`);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}Content-Length: ${message.body.length}\r\n\r\n`;
}

export function writeStartLine(line: SipStartLine): string {
  if (line.kind === "response") {
    if (!isHeaderValue(line.reason))
      throw new SipWriteError("the reason phrase holds a line break");
    return `SIP/2.0 ${line.status} ${line.reason}`;
  }
  if (!isKnownMethod(line.method) && !isToken(line.method))
    throw new SipWriteError("the method is not a token");
  if (!/^[^\s<>"]+$/.test(line.requestUri)) throw new SipWriteError("the Request-URI is malformed");
  return `${line.method} ${line.requestUri} SIP/2.0`;
}

/** The first value of a header by its canonical name; null when absent. */
export function headerValue(
  message: { headers: readonly SipHeader[] },
  name: string,
): string | null {
  for (const header of message.headers) if (header.name === name) return header.value;
  return null;
}

/** Every value of a header that is a comma list, in order; empty elements dropped (RFC 3261 §7.3.1). */
export function headerList(message: { headers: readonly SipHeader[] }, name: string): string[] {
  const values: string[] = [];
  for (const header of message.headers) {
    if (header.name !== name || header.value === "") continue;
    if (!header.value.includes(",")) values.push(header.value);
    else
      for (const part of splitOutsideQuotes(header.value, ",")) if (part !== "") values.push(part);
  }
  return values;
}

/** Lower-case name to values in order, without a prototype: `__proto__` is a header like any other. */
export function headersByName(
  headers: readonly SipHeader[],
): Readonly<Record<string, readonly string[]>> {
  const byName: Record<string, string[]> = Object.create(null);
  for (const { name, value } of headers) {
    const key = name.toLowerCase();
    const values = byName[key];
    if (values === undefined) byName[key] = [value];
    else values.push(value);
  }
  return byName;
}

export function isRequest(message: SipMessage): message is SipRequest {
  return message.startLine.kind === "request";
}

export function isResponse(message: SipMessage): message is SipResponse {
  return message.startLine.kind === "response";
}

export function emptyBody(): Uint8Array {
  return EMPTY_BODY;
}
