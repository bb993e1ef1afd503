import { randomBytes, randomInt } from "node:crypto";
import { headerValue, type SipHeader, type SipRequest } from "../protocol/sip/message.ts";
import { parseNameAddr, tagOf, withTag, writeNameAddr } from "../protocol/sip/name-addr.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { parseSipUri, writeSipUri } from "../protocol/sip/uri.ts";
import { parseCSeq } from "./message-parts.ts";
import { isControlHeader } from "./trunk-names.ts";

/** Headers of a request outside dialogs that the engine writes itself, from the application's values if given. */
const OWNED_HEADERS: ReadonlySet<string> = new Set(
  "Via Record-Route Content-Length Max-Forwards From To Call-ID CSeq Contact".split(" "),
);
const CONTACT_METHODS: ReadonlySet<string> = new Set(
  "INVITE SUBSCRIBE NOTIFY REFER UPDATE".split(" "),
);

export interface ComposedRequest {
  /** Without its Via. */
  readonly request: SipRequest;
  readonly callId: string;
  readonly localTag: string;
  readonly cseq: number;
}

/**
 * Completes a request outside dialogs (RFC 3261 §8.1.1): the application's headers, and what it left out.
 * The string is why it cannot be sent.
 */
export function composeRequest(
  asked: SipRequest,
  local: {
    /** Replaces the host `localhost`, which the control client writes when it knows no other. */
    readonly hostPort: string;
    /** What the request goes over: a Contact of `localhost` says so. */
    readonly transport: string;
    readonly newTag: (callId: string) => string;
    readonly contact: (user: string) => string;
  },
): ComposedRequest | string {
  const { method, requestUri } = asked.startLine;
  const own = (value: string): string =>
    value.replace(/@localhost(?=[;>?\s]|$)/g, `@${local.hostPort}`);
  const from = parseNameAddr(own(headerValue(asked, "From") ?? `<sip:${local.hostPort}>`));
  if (from instanceof SipSyntaxError) return "invalid From";
  const to = parseNameAddr(headerValue(asked, "To") ?? `<${withoutParams(requestUri)}>`);
  if (to instanceof SipSyntaxError) return "invalid To";
  const askedCseq = parseCSeq(headerValue(asked, "CSeq") ?? "");
  const cseq = askedCseq?.number ?? randomInt(1, 2 ** 30);
  const callId = headerValue(asked, "Call-ID") ?? randomBytes(16).toString("hex");
  const localTag = tagOf(writeNameAddr(from)) ?? local.newTag(callId);
  const contentType = bodyType(asked);
  if (contentType instanceof SipSyntaxError) return contentType.detail;

  const headers: SipHeader[] = [
    { name: "Max-Forwards", value: headerValue(asked, "Max-Forwards") ?? "70" },
    { name: "From", value: writeNameAddr(withTag(from, localTag)) },
    { name: "To", value: writeNameAddr(to) },
    { name: "Call-ID", value: callId },
    { name: "CSeq", value: `${cseq} ${method}` },
  ];
  const contact = headerValue(asked, "Contact");
  if (contact !== null)
    headers.push({ name: "Contact", value: own(ownTransport(contact, local.transport)) });
  else if (CONTACT_METHODS.has(method))
    headers.push({ name: "Contact", value: local.contact(localTag) });
  for (const header of asked.headers) {
    if (OWNED_HEADERS.has(header.name) || isControlHeader(header)) continue;
    const isIdentity = header.name === "P-Asserted-Identity";
    headers.push(isIdentity ? { ...header, value: own(header.value) } : header);
  }
  if (contentType !== null) headers.push({ name: "Content-Type", value: contentType });
  const startLine = { kind: "request", method, requestUri } as const;
  return { request: { startLine, headers, body: asked.body }, callId, localTag, cseq };
}

/** The control client cannot know which transport the resolver finds: its guess is put right. */
function ownTransport(contact: string, transport: string): string {
  if (!/@localhost(?=[;>])/.test(contact)) return contact;
  return contact.replace(/;transport=[a-z]+/i, `;transport=${transport}`);
}

/** The Content-Type to add: null when it is there or there is no body. */
function bodyType(asked: SipRequest): string | null | SipSyntaxError {
  if (asked.body.length === 0 || headerValue(asked, "Content-Type") !== null) return null;
  if (asked.body[0] === 0x76 && asked.body[1] === 0x3d) return "application/sdp";
  return new SipSyntaxError("missing content-type");
}

/** Headers of a request inside a dialog that come from the dialog, whatever the application wrote. */
const DIALOG_HEADERS: ReadonlySet<string> = new Set(
  "Via Route Record-Route Content-Length Max-Forwards From To Call-ID CSeq".split(" "),
);

/** The application's own headers of a request inside a dialog, with Contact and Content-Type where they are due. */
export function dialogRequestHeaders(
  asked: SipRequest,
  contact: string,
): readonly SipHeader[] | string {
  const contentType = bodyType(asked);
  if (contentType instanceof SipSyntaxError) return contentType.detail;
  const headers = asked.headers.filter(
    (header) => !DIALOG_HEADERS.has(header.name) && !isControlHeader(header),
  );
  const isMissing = headerValue(asked, "Contact") === null;
  if (isMissing && CONTACT_METHODS.has(asked.startLine.method)) {
    headers.push({ name: "Contact", value: contact });
  }
  if (contentType !== null) headers.push({ name: "Content-Type", value: contentType });
  return headers;
}

/** RFC 3261 §19.1.1, Table 1: To carries no transport or other parameters of the Request-URI. */
function withoutParams(requestUri: string): string {
  const uri = parseSipUri(requestUri);
  return uri instanceof SipSyntaxError
    ? requestUri
    : writeSipUri({ ...uri, params: [], headers: null });
}
