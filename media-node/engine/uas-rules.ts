import { headerList, parseHead, type SipHeader, type SipRequest } from "../protocol/sip/message.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { carriesSdp, type SipDialog } from "./dialog.ts";
import { type CheckedRequest, type RequestName, requestIdentity } from "./message-parts.ts";
import { InviteServerTransaction, type ServerTransaction } from "./server-transactions.ts";
import { isIntervalTooSmall, MIN_SE_S } from "./session-terms.ts";

/** RFC 3261 §8.2.2.3: extensions that a request may require of us. */
const SUPPORTED_EXTENSIONS: ReadonlySet<string> = new Set(["timer", "100rel"]);
const RETRY_AFTER_S = 5;

/** What the control side is given inside a dialog, whether or not it has a route for it. */
export const DIALOG_METHODS: ReadonlySet<string> = new Set(
  "INVITE BYE INFO OPTIONS PRACK UPDATE REFER NOTIFY MESSAGE SUBSCRIBE".split(" "),
);
/** These exist in dialogs only: outside of one they belong to a dialog that nobody has. */
export const DIALOG_ONLY_METHODS: ReadonlySet<string> = new Set(["BYE", "UPDATE", "PRACK"]);

/** Why a request goes to no application. */
export interface Refusal {
  readonly status: number;
  readonly headers?: readonly SipHeader[];
}

export function retryAfter(): SipHeader[] {
  return [{ name: "Retry-After", value: String(RETRY_AFTER_S) }];
}

/** What a request asks of extensions that cannot be given; null when it can be. */
export function extensionRefusal(
  request: CheckedRequest,
  minSeS: number = MIN_SE_S,
): Refusal | null {
  const required = headerList(request.message, "Require");
  const unsupported = required.filter((tag) => !SUPPORTED_EXTENSIONS.has(tag.toLowerCase()));
  if (unsupported.length > 0) {
    return { status: 420, headers: [{ name: "Unsupported", value: unsupported.join(", ") }] };
  }
  const isRefresh = request.method === "INVITE" || request.method === "UPDATE";
  if (isRefresh && isIntervalTooSmall(request.message, minSeS)) {
    return { status: 422, headers: [{ name: "Min-SE", value: String(minSeS) }] };
  }
  return null;
}

/** Why a request inside a dialog cannot be treated beside what is open in it: an offer, an INVITE, an UPDATE. */
export function openRefusal(
  dialog: SipDialog,
  { message, method }: CheckedRequest,
): Refusal | null {
  // A callee ends an early dialog by its answer to the INVITE (RFC 3261 §15).
  const isEarlyOfOurs = dialog.state === "early" && dialog.role === "uac";
  if (method === "BYE" && isEarlyOfOurs) return { status: 403 };
  // RFC 3311 §5.2: one UPDATE at a time, and one offer.
  if (method === "UPDATE" && dialog.hasIncomingUpdate) {
    return { status: 500, headers: retryAfter() };
  }
  const isOffer = (method === "UPDATE" || method === "INVITE") && carriesSdp(message);
  if (isOffer && dialog.openOffer === "ours") return { status: 491 };
  if (isOffer && dialog.openOffer === "theirs") return { status: 500, headers: retryAfter() };
  // Our own INVITE in progress is 491; a second one of the peer's is 500 with Retry-After (RFC 3261 §14.2).
  if (method === "INVITE" && dialog.hasOutgoingInvite) return { status: 491 };
  if (method === "INVITE" && dialog.hasIncomingInvite) {
    return { status: 500, headers: retryAfter() };
  }
  return null;
}

/** RFC 3261 §9.1: what a CANCEL shares with its INVITE besides the branch, which another call may have as well. */
export function isSameCall(invite: RequestName, cancel: CheckedRequest): boolean {
  return invite.identity === requestIdentity(cancel, "INVITE");
}

export function isAnswered2xx(transaction: ServerTransaction): boolean {
  return transaction instanceof InviteServerTransaction && transaction.isAccepted;
}

export function asCancel(bye: CheckedRequest): SipRequest {
  const { headers, body, startLine } = bye.message;
  return {
    startLine: { ...startLine, method: "CANCEL" },
    headers: headers.map((header) => {
      return header.name === "CSeq" ? { ...header, value: `${bye.cseq.number} CANCEL` } : header;
    }),
    body,
  };
}

/** As much of a malformed request as a 400 copies; null for what is answered by nothing. */
export function answerablePart(headText: string): SipRequest | null {
  const lines = headText.split(/\r\n(?![ \t])/);
  const [method = ""] = (lines[0] ?? "").split(" ");
  if (/^SIP\//i.test(method)) return null;
  const kept = lines
    .slice(1)
    .filter((line) => /^(via|v|from|f|to|t|call-id|i|cseq)[ \t]*:/i.test(line));
  const head = parseHead(["OPTIONS sip:unparsed.invalid SIP/2.0", ...kept].join("\r\n"));
  if (head instanceof SipSyntaxError || headerList(head, "Via").length === 0) return null;
  const startLine = { kind: "request", method, requestUri: "sip:unparsed.invalid" } as const;
  return { startLine, headers: head.headers, body: new Uint8Array(0) };
}
