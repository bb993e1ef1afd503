import type { RouteQuery, SipHeaders, SipTransport } from "../call/ports.ts";
import { headersByName, parseHead } from "../protocol/sip/message.ts";
import { parseNameAddr } from "../protocol/sip/name-addr.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { TLS_IDENTITY_HEADER } from "../protocol/sip/tls-identity-header.ts";
import { hostForSocket, parseSipUri, uriScheme } from "../protocol/sip/uri.ts";
import type { SrfMessage, SrfRequest } from "./srf-types.ts";

/** The session description of a message; null when it has none. */
export function sdpOf(message: SrfMessage): string | null {
  for (const { type, content } of message.payload) {
    if (content === undefined || content === "") continue;
    if (!/^application\/sdp\b/i.test(type ?? "application/sdp")) continue;
    // The package leaves the closing boundary on the last part of a multipart body.
    return content.replace(/\r\n--[^\r\n]*--\s*$/, "\r\n");
  }
  return null;
}

/** RFC 3261 §20.1: without Accept `application/sdp` is meant; an empty one accepts nothing. */
export function acceptsSdp(headers: SipHeaders): boolean {
  const values = headers["accept"];
  if (values === undefined) return true;
  const ranges = values.flatMap((value) => value.split(","));
  return ranges.some((range) => /^\s*(?:\*\/\*|application\/(?:\*|sdp))\s*(?:;|$)/i.test(range));
}

/** The engine has measured it. */
const ANY_SIZE = { maxHeaders: Number.POSITIVE_INFINITY, maxLineChars: Number.POSITIVE_INFINITY };

/** Every header of the peer by lower-case name; read from the text, because the package keeps them in a plain object. */
export function headersOf(message: SrfMessage): SipHeaders {
  const headEnd = message.raw.indexOf("\r\n\r\n");
  const text = headEnd === -1 ? message.raw : message.raw.slice(0, headEnd);
  const head = parseHead(text, ANY_SIZE);
  if (head instanceof SipSyntaxError) return Object.create(null);
  return headersByName(head.headers.filter(({ name }) => !isOwn(name)));
}

function isOwn(name: string): boolean {
  if (name.length !== TLS_IDENTITY_HEADER.length) return false;
  return name.toLowerCase() === TLS_IDENTITY_HEADER.toLowerCase();
}

/** The Call-ID on the wire: the engine tells a second leg of one Call-ID apart by a suffix that no Call-ID can have. */
export function wireCallId(callId: string): string {
  return callId.replace(/;leg=\d+$/, "");
}

/** Where a request came from, as its socket says. */
export function sourceOf(request: SrfRequest): {
  address: string;
  port: number;
  transport: SipTransport;
} {
  const protocol = request.protocol.toLowerCase();
  return {
    address: request.source_address,
    port: request.source_port,
    transport: protocol === "tls" || protocol === "udp" ? protocol : "tcp",
  };
}

/** The engine's own header, which it lets no peer set. */
function tlsIdentitiesOf(request: SrfRequest): string[] {
  const told = request.get(TLS_IDENTITY_HEADER) ?? "";
  return told === "" ? [] : told.split(",").map((name) => name.trim());
}

/** `headers` are those of the request. */
export function routeQueryOf(request: SrfRequest, headers: SipHeaders): RouteQuery {
  const source = sourceOf(request);
  const target = userAndHost(request.uri);
  return {
    sourceAddress: source.address,
    sourcePort: source.port,
    transport: source.transport,
    tlsIdentities: tlsIdentitiesOf(request),
    requestHost: target.host,
    requestUser: target.user,
    toUser: userAndHost(addressIn(headers["to"])).user,
    fromUser: userAndHost(addressIn(headers["from"])).user,
  };
}

function addressIn([value = ""]: readonly string[] = []): string {
  const parsed = parseNameAddr(value);
  return parsed instanceof SipSyntaxError ? "" : parsed.uri;
}

/** RFC 3966: the number of a `tel:` URI is its user part, and it has no host. */
function userAndHost(text: string): { user: string; host: string } {
  if (uriScheme(text) === "tel") {
    return { user: text.slice("tel:".length).split(";", 1)[0] ?? "", host: "" };
  }
  const uri = parseSipUri(text);
  if (uri instanceof SipSyntaxError) return { user: "", host: "" };
  return { user: uri.user ?? "", host: hostForSocket(uri.host) };
}
