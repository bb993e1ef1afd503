import type { SipTransport } from "../engine/connection.ts";
import { randomHex } from "../engine/random-hex.ts";
import { emptyBody, type SipHeader, type SipRequest } from "../protocol/sip/message.ts";
import { hostForUri } from "../protocol/sip/uri.ts";

/** Who asks: what stands in Via and Contact. */
export interface ProbeOrigin {
  /** The node's advertised address, or this machine's. */
  readonly host: string;
  /** Where requests of the peer would reach us. */
  readonly port: number;
}

/** What stays the same over all requests of one test with one peer. */
export interface ProbeDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly origin: ProbeOrigin;
  readonly transport: SipTransport;
}

export function newProbeDialog(origin: ProbeOrigin, transport: SipTransport): ProbeDialog {
  return { origin, transport, callId: randomHex(16), localTag: randomHex(8) };
}

export interface ProbeParts {
  readonly method: "OPTIONS" | "INVITE";
  readonly requestUri: string;
  /** Values, From without its tag. */
  readonly from: string;
  readonly to: string;
  readonly cseq: number;
  readonly headers?: readonly SipHeader[];
  readonly sdp?: string;
}

/** A request outside any dialog (RFC 3261 §8.1.1), with a branch of its own. */
export function probeRequest(dialog: ProbeDialog, parts: ProbeParts): SipRequest {
  const { method, requestUri, sdp } = parts;
  const body = sdp === undefined ? emptyBody() : Buffer.from(sdp);
  return {
    startLine: { kind: "request", method, requestUri },
    headers: [
      viaOf(dialog),
      { name: "Max-Forwards", value: "70" },
      { name: "From", value: `${parts.from};tag=${dialog.localTag}` },
      { name: "To", value: parts.to },
      { name: "Call-ID", value: dialog.callId },
      { name: "CSeq", value: `${parts.cseq} ${method}` },
      { name: "Contact", value: `<${contactOf(dialog)}>` },
      { name: "User-Agent", value: "Trunkline" },
      { name: "Accept", value: "application/sdp" },
      ...(parts.headers ?? []),
      ...(sdp === undefined ? [] : [{ name: "Content-Type", value: "application/sdp" }]),
    ],
    body,
  };
}

/** The same once more, with another number and branch: RFC 3261 §22.2. */
export function repeated(dialog: ProbeDialog, request: SipRequest, cseq: number): SipRequest {
  const headers = request.headers.map((header): SipHeader => {
    if (header.name === "Via") return viaOf(dialog);
    if (header.name !== "CSeq") return header;
    return { name: "CSeq", value: `${cseq} ${request.startLine.method}` };
  });
  return { ...request, headers };
}

const CANCEL_COPIES = new Set(["Via", "Max-Forwards", "From", "To", "Call-ID", "Route"]);

/** RFC 3261 §9.1. */
export function cancelOf(invite: SipRequest): SipRequest {
  return sibling(invite, "CANCEL", (name) => CANCEL_COPIES.has(name), null);
}

/** RFC 3261 §17.1.1.3: of a refusal, in the INVITE's own transaction. */
export function ackOfRefusal(invite: SipRequest, to: string): SipRequest {
  return sibling(invite, "ACK", (name) => CANCEL_COPIES.has(name), to);
}

/** RFC 3261 §13.2.2.4, §15.1.1: for what was answered after all; `target` is the Contact of its 200. */
export function inDialog(
  dialog: ProbeDialog,
  invite: SipRequest,
  method: "ACK" | "BYE",
  answer: { readonly to: string; readonly target: string; readonly cseq: number },
  route: readonly SipHeader[],
): SipRequest {
  const copies = new Set([
    "Max-Forwards",
    "From",
    "Call-ID",
    "Authorization",
    "Proxy-Authorization",
  ]);
  return {
    startLine: { kind: "request", method, requestUri: answer.target },
    headers: [
      viaOf(dialog),
      ...invite.headers.filter(({ name }) => copies.has(name)),
      ...route,
      { name: "To", value: answer.to },
      { name: "CSeq", value: `${answer.cseq} ${method}` },
    ],
    body: emptyBody(),
  };
}

function sibling(
  invite: SipRequest,
  method: "CANCEL" | "ACK",
  isCopied: (name: string) => boolean,
  to: string | null,
): SipRequest {
  const cseq = invite.headers.find(({ name }) => name === "CSeq")?.value.split(" ")[0] ?? "1";
  return {
    startLine: { ...invite.startLine, method },
    headers: [
      ...invite.headers
        .filter(({ name }) => isCopied(name))
        .map((header) =>
          header.name === "To" && to !== null ? { name: "To", value: to } : header,
        ),
      { name: "CSeq", value: `${cseq} ${method}` },
    ],
    body: emptyBody(),
  };
}

function viaOf({ origin, transport }: ProbeDialog): SipHeader {
  const sentBy = `${hostForUri(origin.host)}:${origin.port}`;
  const value = `SIP/2.0/${transport.toUpperCase()} ${sentBy};branch=z9hG4bK${randomHex(12)};rport`;
  return { name: "Via", value };
}

/** DESIGN §6: port and transport always. */
function contactOf({ origin, transport }: ProbeDialog): string {
  return `sip:trunk-test@${hostForUri(origin.host)}:${origin.port};transport=${transport}`;
}
