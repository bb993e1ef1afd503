import { headerValue, type SipHeader, type SipRequest } from "../protocol/sip/message.ts";
import type { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { AstrayRequests } from "./astray.ts";
import { inBrief } from "./brief-message.ts";
import type { SipConnection } from "./connection.ts";
import type { ControlClient } from "./control-client.ts";
import { carriesSdp, controlDialogId, type SipDialog } from "./dialog.ts";
import type { DialogSender } from "./dialog-sender.ts";
import { createSourcePolicy, type SourcePolicy } from "./dialog-source.ts";
import { newTag } from "./dialog-tags.ts";
import { type EngineCore, wireMeta } from "./engine-core.ts";
import {
  type CheckedRequest,
  checkRequest,
  makeResponse,
  type RequestDefect,
  withReceived,
} from "./message-parts.ts";
import { overloaded } from "./overload.ts";
import { type PendingRequest, type PendingRequests, shownAs } from "./pending-requests.ts";
import { parseRack, type ReliableProvisionals } from "./reliable-provisionals.ts";
import { FlowResponsePath } from "./response-path.ts";
import {
  InviteServerTransaction,
  NonInviteServerTransaction,
  type ServerTransaction,
  type ServerTransactionDeps,
} from "./server-transactions.ts";
import {
  answerablePart,
  asCancel,
  DIALOG_METHODS,
  DIALOG_ONLY_METHODS,
  extensionRefusal,
  isAnswered2xx,
  isSameCall,
  openRefusal,
  type Refusal,
  retryAfter,
} from "./uas-rules.ts";

/** An application that has not answered by then never will; the peer gives up at 32 s (timer F). */
const APPLICATION_DEADLINE_MS = 30_000;
/** An INVITE may ring for minutes, but not for ever. */
const INVITE_DEADLINE_MS = 300_000;

/** RFC 3261 §8.2: what the engine does with each request from the network. */
export class Uas {
  readonly #core: EngineCore;
  readonly #pending: PendingRequests;
  readonly #dialogSender: DialogSender;
  readonly #mayEnter: SourcePolicy;
  readonly #astray: AstrayRequests;
  readonly #transactionDeps: ServerTransactionDeps;

  constructor(core: EngineCore, pending: PendingRequests, dialogSender: DialogSender) {
    this.#mayEnter = createSourcePolicy(core.config.dialogSources, (address) =>
      core.transport.admission.isTrusted(address),
    );
    const { clock, timers, transactions } = core;
    const onTerminated = (ended: ServerTransaction): void => transactions.removeServer(ended);
    this.#transactionDeps = { clock, timers, onTerminated };
    this.#core = core;
    this.#astray = new AstrayRequests(core);
    this.#pending = pending;
    this.#dialogSender = dialogSender;
  }

  receive(connection: SipConnection, received: SipRequest): void {
    const source = { address: connection.remoteAddress, port: connection.remotePort };
    const { message, topVia } = withReceived(received, source);
    const request = checkRequest(message, topVia);
    if ("detail" in request) {
      this.#core.transport.admission.malformed(connection, request.detail);
      this.#refuseDefect(connection, message, request);
      return;
    }
    connection.noteValidRequest();
    if (request.method === "CANCEL") {
      this.#cancel(connection, request);
      return;
    }
    const transaction = this.#core.transactions.serverFor(request);
    if (transaction !== undefined && (request.method !== "ACK" || !isAnswered2xx(transaction))) {
      transaction.path.moveTo(connection);
      transaction.receive(request);
      return;
    }
    if (request.method === "ACK") this.#acknowledge(connection, request);
    else if (request.toTag === null) this.#outsideDialog(connection, request);
    else this.#insideDialog(connection, request, request.toTag);
  }

  /** A 400 needs only what must be copied into it; a response or an ACK that is malformed is dropped. */
  refuseUnparsed(connection: SipConnection, headText: string, error: SipSyntaxError): void {
    this.#core.transport.admission.malformed(connection, error.detail);
    const message = answerablePart(headText);
    if (message === null) return;
    const source = { address: connection.remoteAddress, port: connection.remotePort };
    this.#refuseDefect(connection, withReceived(message, source).message, error);
  }

  #refuseDefect(connection: SipConnection, message: SipRequest, defect: RequestDefect): void {
    const { detail, status } = defect;
    if (message.startLine.method === "ACK") return;
    // RFC 3261 §20.43: 399 is a warning of free text; the text is ours, never the peer's.
    const headers = [{ name: "Warning", value: `399 node "${detail}"` }];
    const toTag = newTag(this.#core.config);
    this.#core.transport.send(connection, makeResponse(message, status, { toTag, headers }));
  }

  /** Starts the server transaction of a new request; an INVITE gets its 100 at once. */
  #begin(connection: SipConnection, request: CheckedRequest): ServerTransaction {
    const isInvite = request.method === "INVITE";
    const Transaction = isInvite ? InviteServerTransaction : NonInviteServerTransaction;
    const path = new FlowResponsePath(this.#core.transport, connection, request.via);
    const transaction = new Transaction(request.name, path, this.#transactionDeps);
    this.#core.transactions.addServer(transaction);
    return transaction;
  }

  #refuse(
    connection: SipConnection,
    request: CheckedRequest,
    status: number,
    headers: readonly SipHeader[] | undefined = [],
  ): void {
    const toTag = request.toTag === null ? this.#core.tags.mint(request.callId) : null;
    this.#begin(connection, request).respond(
      makeResponse(request.message, status, { toTag, headers }),
    );
  }

  /** Why a request outside dialogs goes to no application. */
  #refusalOutside(request: CheckedRequest): Refusal | null {
    if (this.#core.transactions.hasMerged(request)) return { status: 482 };
    // RFC 3261 §21.4.21. An OPTIONS with 0 probes exactly this hop and is answered (§11).
    if (request.maxForwards === 0 && request.method === "INVITE") return { status: 483 };
    if (DIALOG_ONLY_METHODS.has(request.method)) return { status: 481 };
    return extensionRefusal(request, this.#core.config.minSeS);
  }

  #outsideDialog(connection: SipConnection, request: CheckedRequest): void {
    const { control, callIds, tags } = this.#core;
    const refusal = this.#refusalOutside(request);
    if (refusal !== null) {
      this.#refuse(connection, request, refusal.status, refusal.headers);
      return;
    }
    const client = control.clientFor(request.method);
    if (client === null) {
      const isKnown = control.isKnown(request.method);
      if (!isKnown) this.#core.transport.admission.offended(connection, "method_not_allowed");
      this.#refuse(
        connection,
        request,
        isKnown ? 503 : 405,
        isKnown ? retryAfter() : this.#allow(),
      );
      return;
    }
    const isInvite = request.method === "INVITE";
    if (isInvite && client.isBehind) {
      this.#core.transport.send(connection, overloaded(request));
      return;
    }
    const transaction = this.#begin(connection, request);
    if (isInvite) transaction.respond(makeResponse(request.message, 100));
    const controlCallId = isInvite ? callIds.nameFor(request.callId) : request.callId;
    const dialogId = isInvite ? controlDialogId(controlCallId, request.fromTag ?? "") : "";
    const localTag = tags.mint(request.callId);
    const pending = this.#give(client, connection, request, transaction, {
      dialog: null,
      controlCallId,
      dialogId,
      localTag,
    });
    client.sip(
      wireMeta(this.#core.clock, connection),
      { transactionId: pending.transactionId, dialogId: "" },
      shownAs(pending, request.message),
      { address: connection.localAddress, port: connection.localPort },
    );
  }

  /** RFC 3261 §12.2.2, §14.2: why a request inside a dialog goes no further; else its CSeq becomes the dialog's. */
  #refusalInside(
    dialog: SipDialog,
    connection: SipConnection,
    request: CheckedRequest,
  ): Refusal | null {
    const { method, cseq } = request;
    if (!this.#mayEnter(dialog, connection)) return { status: 403 };
    if (dialog.remoteCseq !== null && cseq.number < dialog.remoteCseq) {
      return { status: 500, headers: retryAfter() };
    }
    // RFC 3262 §3: a PRACK that acknowledges nothing is 481.
    if (method === "PRACK" && this.#acknowledgedBy(dialog, request) === null) {
      return { status: 481 };
    }
    if (!DIALOG_METHODS.has(method)) return { status: 405, headers: this.#allow() };
    const unsupported = extensionRefusal(request, this.#core.config.minSeS);
    if (unsupported !== null) return unsupported;
    dialog.remoteCseq = cseq.number;
    return openRefusal(dialog, request);
  }

  #insideDialog(connection: SipConnection, request: CheckedRequest, localTag: string): void {
    const dialog = this.#core.dialogs.find(request.callId, localTag, request.fromTag);
    if (dialog === undefined && this.#astray.takes(connection, request, localTag)) return;
    const refusal =
      dialog === undefined ? { status: 481 } : this.#refusalInside(dialog, connection, request);
    if (dialog === undefined || refusal !== null) {
      this.#refuse(connection, request, refusal?.status ?? 481, refusal?.headers);
      return;
    }
    dialog.cameBy(connection);
    dialog.learnAllow(request.message);
    if (request.method === "INVITE") dialog.hasIncomingInvite = true;
    if (request.method === "UPDATE") dialog.hasIncomingUpdate = true;
    if (carriesSdp(request.message)) {
      const isAnswer = request.method === "PRACK" && dialog.openOffer === "ours";
      dialog.openOffer = isAnswer ? null : "theirs";
    }
    if (request.method === "BYE" && dialog.state === "early") {
      this.#byeBeforeAnswer(connection, request, dialog);
      return;
    }
    const transaction = this.#begin(connection, request);
    transaction.path.learn(dialog.trunkNames, dialog.tlsHost);
    if (request.method === "INVITE") transaction.respond(makeResponse(request.message, 100));
    const pending = this.#give(dialog.client, connection, request, transaction, {
      dialog,
      controlCallId: dialog.controlCallId,
      dialogId: dialog.controlId,
      localTag: null,
    });
    if (request.method === "BYE") this.#endedByPeer(dialog);
    const { transactionId } = pending;
    const ids = { transactionId, dialogId: dialog.controlId };
    const shown = dialog.shown(inBrief(request.message));
    dialog.client.sip(wireMeta(this.#core.clock, connection), ids, shown);
    if (request.method === "PRACK") this.#acknowledgedBy(dialog, request)?.acknowledge();
  }

  /** What a PRACK acknowledges: the reliable provisional response that is open (RFC 3262 §3). */
  #acknowledgedBy(dialog: SipDialog, prack: CheckedRequest): ReliableProvisionals | null {
    const invite = this.#pending.inviteOf(dialog);
    const rack = parseRack(headerValue(prack.message, "RAck"));
    const provisionals = invite?.provisionals ?? null;
    if (invite === undefined || provisionals === null || rack === null) return null;
    const isOfInvite = rack.method === "INVITE" && rack.cseq === invite.request.cseq.number;
    return isOfInvite && provisionals.isAwaiting(rack.rseq) ? provisionals : null;
  }

  /** RFC 3261 §15.1.2: a BYE ends the dialog when it arrives, and answers what was still open with 487. */
  #endedByPeer(dialog: SipDialog): void {
    const invite = this.#pending.inviteOf(dialog);
    if (invite !== undefined) this.#answerForApplication(invite, 487);
    this.#core.dialogs.remove(dialog);
    dialog.heldUntilAcknowledged?.();
  }

  /** A caller may end an early dialog by BYE: to the control side that is a CANCEL. */
  #byeBeforeAnswer(connection: SipConnection, request: CheckedRequest, dialog: SipDialog): void {
    this.#refuse(connection, request, 200);
    const invite = this.#pending.inviteOf(dialog);
    if (invite !== undefined) this.#cancelled(connection, invite, asCancel(request));
  }

  #give(
    client: ControlClient,
    connection: SipConnection,
    request: CheckedRequest,
    transaction: ServerTransaction,
    ids: Pick<PendingRequest, "dialog" | "controlCallId" | "dialogId" | "localTag">,
  ): PendingRequest {
    const { dialog, controlCallId, dialogId, localTag } = ids;
    const pending: PendingRequest = {
      transactionId: this.#pending.newTransactionId(),
      request,
      transaction,
      connection,
      client,
      dialog,
      controlCallId,
      dialogId,
      localTag,
      expiry: null,
      provisionals: null,
      isAnswerHeld: false,
    };
    const deadlineMs = request.method === "INVITE" ? INVITE_DEADLINE_MS : APPLICATION_DEADLINE_MS;
    pending.expiry = this.#core.clock.after(deadlineMs, () => {
      this.#core.emit({ kind: "fault", code: "application_silent", detail: request.method });
      this.#answerForApplication(pending, 500);
    });
    this.#pending.add(pending);
    return pending;
  }

  #answerForApplication(
    pending: PendingRequest,
    status: number,
    headers: readonly SipHeader[] = [],
  ): void {
    this.#pending.remove(pending);
    const { dialog, localTag, request, transaction } = pending;
    transaction.respond(makeResponse(request.message, status, { toTag: localTag, headers }));
    if (dialog?.state === "early") this.#core.dialogs.remove(dialog);
  }

  /** RFC 3261 §9.2. A CANCEL that comes after the final response is answered 200 and changes nothing. */
  #cancel(connection: SipConnection, cancel: CheckedRequest): void {
    const { tags, transport } = this.#core;
    const { isFound, pending } = this.#inviteOf(connection, cancel);
    if (!isFound && this.#astray.takesCancel(connection, cancel)) return;
    const toTag = pending?.localTag ?? tags.mint(cancel.callId);
    transport.send(connection, makeResponse(cancel.message, isFound ? 200 : 481, { toTag }));
    if (pending !== undefined) this.#cancelled(connection, pending, cancel.message);
  }

  #inviteOf(connection: SipConnection, cancel: CheckedRequest) {
    const { transactions } = this.#core;
    const named = transactions.serverFor(cancel);
    const isNamed = named !== undefined && isSameCall(named.name, cancel);
    const invite = isNamed ? named : transactions.inviteFor(cancel);
    const given = invite === undefined ? undefined : this.#pending.forTransaction(invite);
    // A hop may rewrite the Via on the way, but a CANCEL comes from where its INVITE came from.
    const isAstray = !isNamed && given?.connection.remoteAddress !== connection.remoteAddress;
    const pending = isAstray ? undefined : given;
    return {
      isFound: invite !== undefined && (given === undefined || pending !== undefined),
      pending,
    };
  }

  /** Whether a CANCEL that another node has got means an INVITE of this one. */
  hasInviteOf(connection: SipConnection, message: SipRequest): boolean {
    const cancel = checkRequest(message);
    return !("detail" in cancel) && this.#inviteOf(connection, cancel).isFound;
  }

  #cancelled(connection: SipConnection, invite: PendingRequest, cancel: SipRequest): void {
    const { client, transactionId, dialog, dialogId } = invite;
    this.#answerForApplication(invite, 487);
    if (invite.isAnswerHeld && dialog !== null) {
      // To the application the call is up.
      this.#dialogSender.tellEnded(dialog, "Cancelled before the answer");
      return;
    }
    const ids = { transactionId, dialogId: dialog === null ? "" : dialogId };
    client.sip(wireMeta(this.#core.clock, connection), ids, shownAs(invite, inBrief(cancel)));
  }

  /** The ACK of a 2xx (RFC 3261 §13.3.1.4); any other that no transaction knows is dropped. */
  #acknowledge(connection: SipConnection, ack: CheckedRequest): void {
    if (ack.toTag === null) return;
    const dialog = this.#core.dialogs.find(ack.callId, ack.toTag, ack.fromTag);
    if (dialog === undefined && this.#astray.takes(connection, ack, ack.toTag)) return;
    const answer = dialog?.unacknowledged.get(ack.cseq.number);
    if (dialog === undefined || answer === undefined || !this.#mayEnter(dialog, connection)) return;
    dialog.cameBy(connection);
    this.#core.transport.admission.proven(connection);
    if (dialog.openOffer === "ours") dialog.openOffer = null;
    answer.acknowledged();
    const ids = { transactionId: answer.transactionId, dialogId: dialog.controlId };
    const shown = dialog.shown(inBrief(ack.message));
    dialog.client.sip(wireMeta(this.#core.clock, connection), ids, shown);
    dialog.heldUntilAcknowledged?.();
  }

  /** The application is gone: what it had not answered gets 503, and its calls end. */
  clientGone(client: ControlClient): void {
    for (const pending of this.#pending.ofClient(client)) {
      this.#answerForApplication(pending, 503, retryAfter());
    }
    for (const dialog of this.#core.dialogs.ofClient(client)) {
      // Early ones are INVITEs of ours, and those are cancelled.
      if (dialog.state === "early") continue;
      this.#dialogSender.end(dialog, "Application lost", { isTold: false });
    }
  }

  #allow(): SipHeader[] {
    return [{ name: "Allow", value: this.#core.control.allowedMethods }];
  }
}
