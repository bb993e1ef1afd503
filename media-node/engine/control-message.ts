import { definedHeaderName } from "../protocol/sip/header-names.ts";
import { emptyBody, parseHead, type SipHeader, type SipMessage } from "../protocol/sip/message.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";

/** What a control client asks for; `messageId` is the client's, and its answer names it. */
export type ControlRequest =
  | { readonly kind: "authenticate"; readonly messageId: string; readonly secret: string }
  | { readonly kind: "ping"; readonly messageId: string }
  | { readonly kind: "route" | "remove_route"; readonly messageId: string; readonly verb: string }
  | {
      readonly kind: "sip";
      readonly messageId: string;
      readonly transactionId: string;
      readonly dialogId: string;
      /** Next-hop URI; empty when the request's own URI decides. */
      readonly nextHop: string;
      readonly message: SipMessage;
    }
  | { readonly kind: "proxy"; readonly messageId: string };

/** Parses one payload. The string is why the frame cannot be understood. */
export function parseControlRequest(
  payload: string,
): ControlRequest | { messageId: string; invalid: string } {
  const leaderEnd = payload.indexOf("\r\n");
  const leader = leaderEnd === -1 ? payload : payload.slice(0, leaderEnd);
  const [messageId = "", kind = "", ...fields] = leader.split("|");
  switch (kind) {
    case "authenticate":
      return { kind, messageId, secret: fields[0] ?? "" };
    case "ping":
    case "proxy":
      return { kind, messageId };
    case "route":
    case "remove_route":
      return { kind, messageId, verb: (fields[0] ?? "").toLowerCase() };
    case "sip": {
      const message = parseApplicationMessage(leaderEnd === -1 ? "" : payload.slice(leaderEnd + 2));
      if (message instanceof SipSyntaxError) return { messageId, invalid: message.detail };
      const [transactionId = "", dialogId = "", nextHop = ""] = fields;
      return { kind, messageId, transactionId, dialogId, nextHop, message };
    }
    default:
      return { messageId, invalid: "Unknown message type" };
  }
}

/** The client counts its Content-Length in UTF-16 units, so the body runs to the end of the frame instead. */
function parseApplicationMessage(text: string): SipMessage | SipSyntaxError {
  const headEnd = text.indexOf("\r\n\r\n");
  const head = parseHead(headEnd === -1 ? text.trimEnd() : text.slice(0, headEnd));
  if (head instanceof SipSyntaxError) return head;
  const headers = head.headers.map(capitalised);
  const body = headEnd === -1 ? "" : text.slice(headEnd + 4);
  return {
    startLine: head.startLine,
    headers,
    body: body === "" ? emptyBody() : Buffer.from(body),
  };
}

/** The client lower-cases names that it does not know; the wire gets them as they are usually written. */
function capitalised(header: SipHeader): SipHeader {
  if (definedHeaderName(header.name) !== undefined || /[A-Z]/.test(header.name)) return header;
  const name = header.name.replace(/(^|-)([a-z])/g, (match) => match.toUpperCase());
  return { name, value: header.value };
}

/** Who a `sip` frame's message came from or went to, as its leader says. */
export interface WireMeta {
  readonly transport: string;
  readonly address: string;
  readonly port: number;
  readonly atMs: number;
}

/** `HH:MM:SS.` of the second that was written last. */
let lastSecond = { startsAtMs: Number.NaN, text: "" };

/** `HH:MM:SS.uuuuuu` UTC: no date. */
function controlTime(atMs: number): string {
  const startsAtMs = atMs - (atMs % 1_000);
  if (lastSecond.startsAtMs !== startsAtMs) {
    lastSecond = { startsAtMs, text: new Date(startsAtMs).toISOString().slice(11, 20) };
  }
  return `${lastSecond.text}${String(atMs - startsAtMs).padStart(3, "0")}000`;
}

/** `bytes` are octets of the message in the frame; 0 for a response that the engine made up. */
export function wireFields(bytes: number, meta: WireMeta): string {
  const { transport, address, port, atMs } = meta;
  return `${bytes}|${transport}|${address}|${port}|${controlTime(atMs)}`;
}
