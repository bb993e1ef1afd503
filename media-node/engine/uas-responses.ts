import {
  headerValue,
  isResponse,
  type SipHeader,
  type SipResponse,
} from "../protocol/sip/message.ts";
import { tagOf } from "../protocol/sip/name-addr.ts";
import { isToken } from "../protocol/sip/syntax.ts";
import { repeatUntilAcknowledged } from "./answer.ts";
import { answerInBrief } from "./brief-message.ts";
import { shownName } from "./client-certificate.ts";
import type { ControlClient } from "./control-client.ts";
import type { SipControlRequest } from "./control-server.ts";
import { carriesSdp, SipDialog } from "./dialog.ts";
import type { DialogSender } from "./dialog-sender.ts";
import { contactFor, type EngineCore, wireMeta } from "./engine-core.ts";
import { makeResponse } from "./message-parts.ts";
import { type PendingRequest, type PendingRequests, shownAs } from "./pending-requests.ts";
import { ReliableProvisionals } from "./reliable-provisionals.ts";
import { answerTerms, requires, supports } from "./session-terms.ts";
import { settleSession } from "./session-timer.ts";
import { isControlHeader, NO_TRUNK_NAMES, trunkNamesOf } from "./trunk-names.ts";
import { asCancel } from "./uas-rules.ts";

/** Headers of a response that are the engine's: what the application says about them is ignored. */
const OWNED_HEADERS: ReadonlySet<string> = new Set(
  "Via Route Record-Route RSeq Session-Expires Content-Length From To Call-ID CSeq".split(" "),
);

/** Turns what the application answers into responses on the wire (RFC 3261 §8.2.6, §12.1.1, §13.3.1). */
export class UasResponses {
  readonly #core: EngineCore;
  readonly #pending: PendingRequests;
  readonly #dialogSender: DialogSender;

  constructor(core: EngineCore, pending: PendingRequests, dialogSender: DialogSender) {
    this.#core = core;
    this.#pending = pending;
    this.#dialogSender = dialogSender;
  }

  respond(client: ControlClient, control: SipControlRequest): void {
    const { message } = control;
    const pending = this.#pending.get(control.transactionId);
    const isOpen = pending?.client === client && !pending.isAnswerHeld;
    if (pending === undefined || !isOpen || !isResponse(message)) {
      client.reply(control.messageId, "NOK", ["Response not sent due to unknown transaction"]);
      return;
    }
    const { status } = message.startLine;
    const reliability = reliabilityOf(pending, message);
    if (reliability === "not_supported") {
      client.reply(control.messageId, "NOK", ["Remote endpoint does not support 100rel"]);
      return;
    }
    const built = this.#build(pending, message);
    const isReliable = reliability === "reliable";
    if (isReliable) pending.provisionals ??= this.#makeProvisionals(pending);
    const rseq = isReliable ? (pending.provisionals?.nextRseq() ?? 0) : 0;
    const response = isReliable ? asReliable(built, rseq) : built;
    // The dialog exists from the first response that the application has given, sent or held.
    if (status > 100) this.#beginDialog(pending, response);
    learnNames(pending, message);
    const { transactionId, dialogId } = pending;
    client.replyResponseSent(
      control.messageId,
      wireMeta(this.#core.clock, pending.connection),
      { transactionId, dialogId: pending.request.method === "INVITE" ? dialogId : "" },
      shownAs(pending, answerInBrief(response, pending.request.method)),
    );
    if (isReliable) {
      if (pending.dialog !== null) this.#exchangeEarly(pending, pending.dialog, response);
      pending.provisionals?.send(rseq, response);
    } else if (status >= 200 && status < 300 && pending.provisionals?.isOpen === true) {
      // RFC 3262 §5: a 2xx waits for the PRACK of what came before it.
      pending.isAnswerHeld = true;
      pending.provisionals.whenAcknowledged(() => this.#send(pending, response));
    } else {
      this.#send(pending, response);
    }
  }

  #send(pending: PendingRequest, response: SipResponse): void {
    const { status } = response.startLine;
    const { method } = pending.request;
    const isAnswer = status >= 200 && status < 300;
    if (status > 100) this.#updateDialog(pending, response);
    const { dialog } = pending;
    if (isRefresh(method) && isAnswer && dialog !== null) this.#settle(pending, dialog, response);
    if (status >= 200) this.#pending.remove(pending);
    pending.transaction.respond(response);
    if (method !== "INVITE" || !isAnswer || dialog === null) return;
    // RFC 3264 §4: the 2xx to an INVITE without an offer makes one, and the ACK answers it.
    const makesOffer = carriesSdp(response) && !carriesSdp(pending.request.message);
    if (makesOffer && dialog.openOffer === null) dialog.openOffer = "ours";
    this.#awaitAck(pending, dialog, response);
  }

  /** RFC 3262 §5: a session description in a reliable response is the answer, or an offer that the PRACK answers. */
  #exchangeEarly(pending: PendingRequest, dialog: SipDialog, response: SipResponse): void {
    if (!carriesSdp(response)) return;
    // A description that has been given before is repeated, and is neither.
    const isFirst = dialog.localSdp === null && !carriesSdp(pending.request.message);
    if (dialog.openOffer === "theirs") dialog.openOffer = null;
    else if (isFirst) dialog.openOffer = "ours";
    dialog.learnLocalSdp(response);
  }

  #makeProvisionals(pending: PendingRequest): ReliableProvisionals {
    const { clock, timers } = this.#core;
    return new ReliableProvisionals({
      clock,
      timers,
      send: (response) => pending.transaction.respond(response),
      onTimeout: () => this.#prackMissing(pending),
    });
  }

  /** RFC 3262 §3: "the UAS SHOULD reject the original request with a 5xx response". */
  #prackMissing(pending: PendingRequest): void {
    const { client, connection, dialog, dialogId, localTag, request, transactionId } = pending;
    this.#pending.remove(pending);
    const toTag = dialog?.localTag ?? localTag;
    pending.transaction.respond(makeResponse(request.message, 504, { toTag }));
    if (dialog?.state === "early") this.#core.dialogs.remove(dialog);
    if (pending.isAnswerHeld && dialog !== null) {
      this.#dialogSender.tellEnded(dialog, "PRACK timeout");
      return;
    }
    const meta = wireMeta(this.#core.clock, connection);
    client.sip(meta, { transactionId, dialogId }, shownAs(pending, asCancel(request)));
  }

  #build(pending: PendingRequest, answer: SipResponse): SipResponse {
    const { request, connection } = pending;
    const { status, reason } = answer.startLine;
    const headers: SipHeader[] = [];
    const isInvite = request.method === "INVITE";
    const toTag = this.#toTag(pending, answer);
    if (isInvite && pending.localTag !== null && status > 100 && status < 300) {
      // RFC 3261 §12.1.1: a response that makes a dialog repeats the Record-Route it was made by.
      for (const value of request.recordRoute) headers.push({ name: "Record-Route", value });
    }
    const given = answer.headers.filter(
      (header) => !OWNED_HEADERS.has(header.name) && !isControlHeader(header),
    );
    headers.push(...given);
    const hasContact = headerValue(answer, "Contact") !== null;
    const makesDialog = isInvite || request.method === "SUBSCRIBE" || request.method === "UPDATE";
    if (makesDialog && status > 100 && status < 300 && !hasContact) {
      const user = pending.dialog?.localTag ?? toTag ?? "";
      const { transport } = this.#core;
      const value = contactFor(transport, connection, user, request.requestUri);
      headers.push({ name: "Contact", value });
    }
    if (isRefresh(request.method) && status >= 200 && status < 300) {
      headers.push(...(this.#answerTerms(pending)?.headers ?? []));
    }
    if (
      answer.body.length > 0 &&
      headerValue(answer, "Content-Type") === null &&
      isSdp(answer.body)
    ) {
      headers.push({ name: "Content-Type", value: "application/sdp" });
    }
    return makeResponse(request.message, status, { reason, toTag, headers, body: answer.body });
  }

  /** RFC 4028 §7.1: sessions are timed once they are up, so an UPDATE before the answer says nothing of it. */
  #answerTerms({ request, dialog }: PendingRequest): ReturnType<typeof answerTerms> {
    const isEarly = request.method === "UPDATE" && dialog?.state !== "confirmed";
    return isEarly ? null : answerTerms(request.message, this.#core.config.sessionExpiresS);
  }

  #settle(pending: PendingRequest, dialog: SipDialog, response: SipResponse): void {
    dialog.learnLocalSdp(response);
    dialog.learnAllow(pending.request.message);
    if (dialog.state !== "confirmed") return;
    const terms = this.#answerTerms(pending)?.terms ?? null;
    settleSession(this.#core, this.#dialogSender, dialog, terms);
  }

  /** The application may choose the tag in its first response; every later one repeats it. */
  #toTag(pending: PendingRequest, answer: SipResponse): string | null {
    if (pending.localTag === null) return null;
    if (pending.dialog !== null) return pending.dialog.localTag;
    if (answer.startLine.status === 100) return null;
    const chosen = tagOf(headerValue(answer, "To") ?? "");
    return chosen !== null && isToken(chosen) ? chosen : pending.localTag;
  }

  #beginDialog(pending: PendingRequest, response: SipResponse): void {
    const makesDialog = pending.request.method === "INVITE" && pending.localTag !== null;
    if (makesDialog && response.startLine.status < 300 && pending.dialog === null) {
      this.#pending.joinDialog(pending, this.#makeDialog(pending, response));
    }
  }

  #updateDialog(pending: PendingRequest, response: SipResponse): void {
    const { request } = pending;
    const { status } = response.startLine;
    if (request.method === "INVITE" && pending.localTag !== null && status < 300) {
      if (status >= 200 && pending.dialog !== null) pending.dialog.state = "confirmed";
    } else if (status >= 300 && pending.dialog?.state === "early") {
      this.#core.dialogs.remove(pending.dialog);
    }
    // RFC 3261 §12.2.2: an accepted target refresh request moves the remote target.
    if (isRefresh(request.method) && status >= 200 && status < 300 && request.contactUri !== null) {
      if (pending.dialog !== null) pending.dialog.remoteTarget = request.contactUri;
    }
  }

  #makeDialog(pending: PendingRequest, response: SipResponse): SipDialog {
    const { request, connection, client } = pending;
    const localParty = headerValue(response, "To") ?? "";
    const dialog = new SipDialog({
      role: "uas",
      callId: request.callId,
      controlCallId: pending.controlCallId,
      localTag: tagOf(localParty) ?? "",
      remoteTag: request.fromTag,
      inviteFromTag: request.fromTag ?? "",
      localParty,
      remoteParty: headerValue(request.message, "From") ?? "",
      localCseq: 0,
      remoteCseq: request.cseq.number,
      remoteTarget: request.contactUri ?? request.requestUri,
      routeSet: request.recordRoute,
      connection,
      tlsHost: shownName(connection),
      client,
    });
    dialog.hasIncomingInvite = true;
    if (carriesSdp(request.message)) dialog.openOffer = "theirs";
    this.#core.dialogs.add(dialog);
    return dialog;
  }

  #awaitAck(pending: PendingRequest, dialog: SipDialog, response: SipResponse): void {
    const { clock, timers } = this.#core;
    const { request, transaction, transactionId } = pending;
    const cseq = request.cseq.number;
    const answer = repeatUntilAcknowledged({
      response,
      cseq,
      transactionId,
      send: (repeated) => transaction.path.send(repeated),
      clock,
      timers,
      onAcknowledged: () => dialog.unacknowledged.delete(cseq),
      onTimeout: () => {
        dialog.unacknowledged.delete(cseq);
        // A BYE that the application has asked for already takes the place of the engine's own.
        if (dialog.heldUntilAcknowledged !== null) dialog.heldUntilAcknowledged();
        else this.#dialogSender.end(dialog, "ACK timeout", { isTold: true });
      },
    });
    dialog.unacknowledged.set(cseq, answer);
  }
}

/** What the application says of its trunk, in the first response that it knows the trunk by. */
function learnNames({ dialog, localTag, transaction }: PendingRequest, message: SipResponse): void {
  const trunkNames = trunkNamesOf(message);
  // Inside a dialog nothing is said that was not said when it was made.
  if (localTag === null || trunkNames === NO_TRUNK_NAMES) return;
  if (dialog !== null) dialog.trunkNames = trunkNames;
  transaction.path.learn(trunkNames, null);
}

/** RFC 3262 §3: reliable when the application asks for it, or the peer does; a 100 never is. */
function reliabilityOf(
  { request }: PendingRequest,
  answer: SipResponse,
): "plain" | "reliable" | "not_supported" {
  const { status } = answer.startLine;
  if (request.method !== "INVITE" || status <= 100 || status >= 200) return "plain";
  if (requires(request.message, "100rel")) return "reliable";
  if (!requires(answer, "100rel")) return "plain";
  return supports(request.message, "100rel") ? "reliable" : "not_supported";
}

function asReliable(response: SipResponse, rseq: number): SipResponse {
  const headers = [...response.headers, { name: "RSeq", value: String(rseq) }];
  if (!requires(response, "100rel")) headers.push({ name: "Require", value: "100rel" });
  return { ...response, headers };
}

/** RFC 4028 §3: what refreshes a session, and RFC 3261 §12.2: what refreshes the target. */
function isRefresh(method: string): boolean {
  return method === "INVITE" || method === "UPDATE";
}

function isSdp(body: Uint8Array): boolean {
  return body[0] === 0x76 && body[1] === 0x3d && body[2] === 0x30;
}
