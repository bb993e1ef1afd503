import {
  emptyBody,
  headerList,
  headerValue,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "../protocol/sip/message.ts";
import { type NameAddr, parseNameAddr, parseNameAddrList } from "../protocol/sip/name-addr.ts";
import { reasonPhrase } from "../protocol/sip/reason-phrases.ts";
import { findParam, hasParam, SipSyntaxError, withParam } from "../protocol/sip/syntax.ts";
import { parseSipUri, uriScheme } from "../protocol/sip/uri.ts";
import { parseVia, type Via, viaBranch, writeVia } from "../protocol/sip/via.ts";
import { inOnePiece } from "./in-one-piece.ts";

/** RFC 3261 §8.1.1.7: a branch that starts so is unique by itself. */
export const MAGIC_COOKIE = "z9hG4bK";
/** RFC 3261 §18.2.2: of a sent-by without a port. */
export const DEFAULT_UDP_PORT = 5060;

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** By what a request is found: all that its transaction keeps of it. */
export interface RequestName {
  readonly method: string;
  /** RFC 3261 §17.2.3: its transaction. */
  readonly key: string;
  /**
   * RFC 3261 §8.2.2.2: the request, by whichever path it came. Null inside a dialog, where only a CANCEL asks for it, and
   * that names an INVITE.
   */
  readonly identity: string | null;
}

/** A request with everything that RFC 3261 §8.1.1 makes mandatory, parsed. */
export interface CheckedRequest {
  readonly message: SipRequest;
  readonly name: RequestName;
  readonly method: string;
  readonly requestUri: string;
  readonly via: Via;
  readonly callId: string;
  readonly cseq: CSeq;
  readonly fromTag: string | null;
  readonly toTag: string | null;
  /** URI of the one Contact; null when absent. */
  readonly contactUri: string | null;
  /** Record-Route URIs with their parameters, in order, as name-addr texts. */
  readonly recordRoute: readonly string[];
  readonly maxForwards: number | null;
}

/** A response whose Via, CSeq and To can be relied on. */
export interface CheckedResponse {
  readonly message: SipResponse;
  readonly status: number;
  readonly via: Via;
  readonly cseq: CSeq;
  readonly toTag: string | null;
  readonly contactUri: string | null;
  readonly recordRoute: readonly string[];
}

/** What makes a request unfit: `status` is the answer it deserves. */
export interface RequestDefect {
  readonly status: 400 | 413 | 414 | 416 | 505;
  readonly detail: string;
}

/** Each by a bit of its own. */
const SINGLE_HEADERS: ReadonlyMap<string, number> = new Map(
  "From To Call-ID CSeq Max-Forwards Content-Type".split(" ").map((name, bit) => [name, 1 << bit]),
);
/** RFC 3261 §8.1.1.5: less than 2^31. */
const MAX_CSEQ = 2 ** 31;

/** RFC 3261 §8.1.1, §16.3 step 1: the checks without which nothing else can be trusted. `topVia` if it is known. */
export function checkRequest(
  message: SipRequest,
  topVia: Via | null = null,
): CheckedRequest | RequestDefect {
  const repeated = repeatedHeader(message.headers);
  if (repeated !== null) return { status: 400, detail: `${repeated} appears more than once` };
  const common = checkCommon(message, topVia);
  if ("detail" in common) return common;
  const { method, requestUri } = message.startLine;
  if (common.cseq.method !== method) return { status: 400, detail: "CSeq names another method" };
  const scheme = uriScheme(requestUri);
  if (scheme === null) return { status: 400, detail: "the Request-URI is malformed" };
  if (scheme !== "sip" && scheme !== "sips" && scheme !== "tel") {
    return { status: 416, detail: "the scheme of the Request-URI is not supported" };
  }
  if (scheme !== "tel") {
    const uri = parseSipUri(requestUri);
    if (uri instanceof SipSyntaxError) {
      return { status: uri.status, detail: `Request-URI: ${uri.detail}` };
    }
  }
  const from = parseTagged(message, "From");
  if ("detail" in from) return from;
  const forwards = headerValue(message, "Max-Forwards");
  // RFC 3261 §25.1: `1*DIGIT`, so zeros may lead (RFC 4475 §3.1.1.1).
  if (forwards !== null && !/^0*\d{1,3}$/.test(forwards)) {
    return { status: 400, detail: "Max-Forwards is malformed" };
  }
  if (method === "INVITE" && common.contactUri === null) {
    return { status: 400, detail: "an INVITE needs one Contact" };
  }
  const parts = { method, requestUri, ...common, fromTag: from.tag };
  const isNamedByIdentity = method === "INVITE" || common.toTag === null;
  return {
    message,
    name: {
      method,
      key: inOnePiece(serverTransactionKey(parts)),
      identity: isNamedByIdentity ? inOnePiece(requestIdentity(parts, method)) : null,
    },
    ...parts,
    maxForwards: forwards === null ? null : Number(forwards),
  };
}

/** The first header that may stand once only and does not. */
function repeatedHeader(headers: readonly SipHeader[]): string | null {
  let seen = 0;
  for (const { name } of headers) {
    const bit = SINGLE_HEADERS.get(name) ?? 0;
    if ((seen & bit) !== 0) return name;
    seen |= bit;
  }
  return null;
}

/** Null for a response that must be discarded (RFC 3261 §18.1.2). */
export function checkResponse(message: SipResponse): CheckedResponse | null {
  const common = checkCommon(message, null);
  if ("detail" in common) return null;
  return { message, status: message.startLine.status, ...common };
}

function checkCommon(message: SipMessage, topVia: Via | null) {
  const viaText = topVia === null ? headerList(message, "Via")[0] : "";
  if (viaText === undefined) return malformed("Via is missing");
  const via = topVia ?? parseVia(viaText);
  if (via instanceof SipSyntaxError) return malformed(via.detail);
  const callId = headerValue(message, "Call-ID");
  if (callId === null || !/^[^\s|]+$/.test(callId))
    return malformed("Call-ID is missing or malformed");
  const cseq = parseCSeq(headerValue(message, "CSeq") ?? "");
  if (cseq === null) return malformed("CSeq is missing or malformed");
  const to = parseTagged(message, "To");
  if ("detail" in to) return to;
  const contacts = parseList(message, "Contact");
  if ("detail" in contacts) return contacts;
  const routes = parseList(message, "Record-Route");
  if ("detail" in routes) return routes;
  return {
    via,
    callId,
    cseq,
    toTag: to.tag,
    contactUri: contacts.list[0]?.uri ?? null,
    recordRoute: headerList(message, "Record-Route"),
  };
}

function malformed(detail: string): RequestDefect {
  return { status: 400, detail };
}

function parseTagged(
  message: SipMessage,
  name: "From" | "To",
): { tag: string | null } | RequestDefect {
  const value = headerValue(message, name);
  const parsed = value === null ? null : parseNameAddr(value);
  if (parsed === null || parsed instanceof SipSyntaxError) {
    return malformed(`${name} is missing or malformed`);
  }
  const tag = findParam(parsed.params, "tag") ?? null;
  // The tag becomes part of ids on the control side, where `|` separates fields.
  if (tag !== null && !/^[^\s|"]+$/.test(tag)) return malformed(`the tag of ${name} is malformed`);
  return { tag };
}

function parseList(
  message: SipMessage,
  name: "Contact" | "Record-Route",
): { list: readonly NameAddr[] } | RequestDefect {
  const values = headerList(message, name);
  if (values.length === 0 || values[0] === "*") return { list: [] };
  const list = parseNameAddrList(values.join(","));
  return list instanceof SipSyntaxError ? malformed(`${name} is malformed`) : { list };
}

export function parseCSeq(value: string): CSeq | null {
  if (!/^\d{1,10}\s+[\w\-.!%*+`'~]+$/.test(value)) return null;
  const number = Number.parseInt(value, 10);
  const method = value.slice(value.search(/\s/)).trimStart();
  return number < MAX_CSEQ ? { number, method } : null;
}

/**
 * RFC 3261 §18.2.1 and RFC 3581 §4: the top Via learns where the request really came from, before anything
 * else looks at it.
 */
export function withReceived(
  message: SipRequest,
  source: { address: string; port: number },
): { message: SipRequest; topVia: Via | null } {
  const index = message.headers.findIndex(({ name }) => name === "Via");
  const first = message.headers[index]?.value ?? "";
  // Several hops may share a line.
  const values = first.includes(",")
    ? headerList({ headers: [{ name: "Via", value: first }] }, "Via")
    : [first];
  const [top = ""] = values;
  const via = top === "" ? null : parseVia(top);
  if (via === null || via instanceof SipSyntaxError) return { message, topVia: null };
  let params = via.params;
  const wantsRport = hasParam(params, "rport");
  if (wantsRport) params = withParam(params, "rport", String(source.port));
  if (wantsRport || via.host.replace(/^\[|\]$/g, "") !== source.address) {
    params = withParam(params, "received", source.address);
  }
  if (params === via.params) return { message, topVia: via };
  const topVia = { ...via, params };
  const headers = message.headers.slice();
  headers[index] = { name: "Via", value: writeVia(topVia) };
  const others = values.slice(1).map((value) => ({ name: "Via", value }));
  if (others.length > 0) headers.splice(index + 1, 0, ...others);
  const { startLine, body } = message;
  return { message: { startLine, headers, body }, topVia };
}

/** RFC 3261 §8.2.6: a response to this request, with Via, From, To, Call-ID and CSeq copied. */
export function makeResponse(
  request: SipRequest,
  status: number,
  options: {
    readonly reason?: string;
    readonly toTag?: string | null;
    readonly headers?: readonly SipHeader[];
    readonly body?: Uint8Array;
  } = {},
): SipResponse {
  const headers: SipHeader[] = [];
  for (const header of request.headers) {
    if (header.name === "To")
      headers.push({ name: "To", value: withToTag(header.value, options.toTag) });
    else if (COPIED.has(header.name)) headers.push(header);
  }
  if (options.headers !== undefined) headers.push(...options.headers);
  return {
    startLine: { kind: "response", status, reason: options.reason ?? reasonPhrase(status) },
    headers,
    body: options.body ?? emptyBody(),
  };
}

/** In a response that no peer sent: why, as a ConnectFault's code or a word of ours. Never on the wire. */
const FAILURE_HEADER = "X-Failure";

export function makeFailure(request: SipRequest, status: number, cause: string): SipResponse {
  return makeResponse(request, status, { headers: [{ name: FAILURE_HEADER, value: cause }] });
}

const COPIED: ReadonlySet<string> = new Set(["Via", "From", "Call-ID", "CSeq"]);

function withToTag(value: string, tag: string | null | undefined): string {
  if (tag === null || tag === undefined) return value;
  const parsed = parseNameAddr(value);
  if (parsed instanceof SipSyntaxError || hasParam(parsed.params, "tag")) return value;
  return `${value};tag=${tag}`;
}

/** The part of a message that identifies its transaction (RFC 3261 §17.1.3, §17.2.3). */
function serverTransactionKey(
  request: Omit<CheckedRequest, "name" | "message" | "maxForwards">,
): string {
  const branch = viaBranch(request.via);
  const method =
    request.method === "ACK" || request.method === "CANCEL" ? "INVITE" : request.method;
  if (branch?.startsWith(MAGIC_COOKIE) && branch.length > MAGIC_COOKIE.length) {
    return `${branch}|${request.via.host.toLowerCase()}:${request.via.port ?? ""}|${method}`;
  }
  // RFC 3261 §17.2.3, a peer of RFC 2543: everything but the To tag, which an ACK carries and its INVITE does not.
  const { callId, cseq, fromTag, requestUri, via } = request;
  return `2543|${callId}|${cseq.number}|${fromTag ?? ""}|${requestUri}|${via.host}|${method}`;
}

/** The same for a request of this method that shares call, caller and number: a CANCEL and its INVITE do. */
export function requestIdentity(
  request: Pick<CheckedRequest, "callId" | "fromTag" | "cseq">,
  method: string,
): string {
  return `${request.callId}|${request.fromTag ?? ""}|${request.cseq.number}|${method}`;
}
