import {
  emptyBody,
  headerList,
  headerValue,
  type SipHeader,
  type SipMessage,
  type SipRequest,
} from "../protocol/sip/message.ts";
import type { ComposedRequest } from "./app-requests.ts";
import type { ClientTransaction } from "./client-transactions.ts";
import type { EngineTimer } from "./clock.ts";
import type { SipConnection } from "./connection.ts";
import type { ControlClient } from "./control-client.ts";
import { carriesSdp, controlDialogId, SipDialog } from "./dialog.ts";
import type { DialogSender } from "./dialog-sender.ts";
import { credentialsOf, type DigestClient, DigestExchange, isChallenge } from "./digest-client.ts";
import { EarlyDialogs } from "./early-dialogs.ts";
import { type EngineCore, wireMeta } from "./engine-core.ts";
import { InviteFailover } from "./invite-failover.ts";
import { type CheckedResponse, makeFailure } from "./message-parts.ts";
import { retryAfterMs } from "./retry-after.ts";
import { agreedTerms, minSe, offerHeaders } from "./session-terms.ts";
import { settleSession } from "./session-timer.ts";
import { transactionTimeoutMs } from "./timers.ts";
import type { TrunkNames } from "./trunk-names.ts";

interface InviteParts {
  readonly client: ControlClient;
  readonly connection: SipConnection;
  /** With its Via. */
  readonly request: SipRequest;
  readonly branch: string;
  readonly composed: ComposedRequest;
  readonly transactionId: string;
  /** Answers the target's challenges; null: a 401 or 407 is the end. */
  readonly digest: DigestClient | null;
  readonly trunkNames: TrunkNames;
  /** Nothing more can come of it. */
  readonly onOver: () => void;
  /**
   * Sends the INVITE to the next target if there is one and `invite.mayMoveOn` still holds then; false when it does not.
   * `retryAfterMs` is what a 503 asked for.
   */
  readonly moveOn: (invite: OutboundInvite, retryAfterMs: number | null) => Promise<boolean>;
}

const COPIED_INTO_CANCEL: ReadonlySet<string> = new Set(["Route", "From", "To", "Call-ID"]);

/** RFC 3261 §13.2: an initial INVITE of ours, from sending to the last of its 2xx. */
export class OutboundInvite {
  readonly client: ControlClient;
  /** Another to the same target where the first one closed between a challenge and its answer. */
  connection: SipConnection;
  readonly #core: EngineCore;
  readonly #dialogSender: DialogSender;
  readonly #parts: InviteParts;
  readonly #dialogId: string;
  /** As last sent: a 401, 407 or 422 makes another one. */
  #request: SipRequest;
  #branch: string;
  #cseq: number;
  #isIntervalRaised = false;
  readonly #exchange: DigestExchange | null;
  #reconnect: (() => Promise<SipConnection>) | null = null;
  #transaction: ClientTransaction | null = null;
  #hasProvisional = false;
  #hasFinal = false;
  /** A provisional response other than 100: from then on the target keeps the call. */
  #hasRung = false;
  /** The target refused it by 503, or could not be reached: nothing more comes from there. */
  #hasFailed = false;
  /** The next target has it: what is still heard here ends silently. */
  #isAbandoned = false;
  readonly #failover: InviteFailover;
  /** Asked for and not yet sent: RFC 3261 §9.1 wants a provisional response first. */
  #heldCancel: SipRequest | null = null;
  #isCancelled = false;
  #giveUp: EngineTimer | null = null;
  #dialog: SipDialog | null = null;
  readonly #early: EarlyDialogs;

  constructor(core: EngineCore, dialogSender: DialogSender, parts: InviteParts) {
    this.#core = core;
    this.#dialogSender = dialogSender;
    this.#parts = parts;
    this.#request = parts.request;
    this.#branch = parts.branch;
    this.#cseq = parts.composed.cseq;
    this.#exchange = parts.digest === null ? null : new DigestExchange(parts.digest);
    this.client = parts.client;
    this.connection = parts.connection;
    this.#early = new EarlyDialogs(core.dialogs, (response) => this.#makeDialog(response));
    this.#failover = new InviteFailover({
      clock: core.clock,
      mayMoveOn: () => this.mayMoveOn,
      moveOn: (restMs) => parts.moveOn(this, restMs),
      track: (moving) => core.sender.track(moving),
    });
    this.#dialogId = controlDialogId(parts.composed.callId, parts.composed.localTag);
  }

  /** As it went out last. */
  get sent(): SipRequest {
    return this.#request;
  }

  /** No final response has been given to the control side. */
  get isPending(): boolean {
    return !this.#hasFinal;
  }

  /** No answer of this target stands against trying the next one. */
  get mayMoveOn(): boolean {
    if (this.#hasFinal || this.#isCancelled || this.#hasRung) return false;
    return this.#hasFailed || !this.#hasProvisional;
  }

  start(reconnect: () => Promise<SipConnection>): void {
    this.#reconnect = reconnect;
    this.#failover.waitForAnswer();
    this.#transaction = this.#core.sender.send({
      request: this.#request,
      branch: this.#branch,
      connection: this.connection,
      reconnect,
      onResponse: (response) => this.#receive(response),
      onFailure: (cause) => {
        if (cause === "timeout") this.#fail(408, "timeout");
        else this.#failed(null, () => this.#fail(503, "connection_lost"));
      },
    });
  }

  /** RFC 3261 §9.1: cancelled as soon as it is heard of again; a 2xx that comes all the same is ended. */
  abandon(): void {
    this.#isAbandoned = true;
    if (!this.#hasFailed) this.cancel(this.makeCancel([]));
    this.#finish(() => undefined);
  }

  /** RFC 3261 §9.1: what a CANCEL shares with the request it cancels. */
  makeCancel(extra: readonly SipHeader[]): SipRequest {
    const request = this.#request;
    return {
      startLine: { ...request.startLine, method: "CANCEL" },
      headers: [
        { name: "Via", value: headerList(request, "Via")[0] ?? "" },
        { name: "Max-Forwards", value: "70" },
        ...request.headers.filter(({ name }) => COPIED_INTO_CANCEL.has(name)),
        { name: "CSeq", value: `${this.#cseq} CANCEL` },
        ...extra,
      ],
      body: emptyBody(),
    };
  }

  cancel(cancel: SipRequest): void {
    if (this.#isCancelled || this.#hasFinal) return;
    this.#isCancelled = true;
    if (this.#hasFailed) return;
    if (this.#hasProvisional) this.#sendCancel(cancel);
    else this.#heldCancel = cancel;
  }

  #sendCancel(cancel: SipRequest): void {
    const { sender } = this.#core;
    const reconnect = this.#reconnect;
    const send = (connection: SipConnection): void => {
      sender.send({
        request: cancel,
        branch: this.#branch,
        connection,
        reconnect,
        onResponse: () => undefined,
        onFailure: () => undefined,
      });
    };
    if (this.connection.isOpen || reconnect === null) send(this.connection);
    // The target rings on though its connection is gone; if it cannot be reached, the limit below ends it here.
    else sender.track(reconnect().then(send));
    // RFC 3261 §9.1: without a final response in 64*T1 the INVITE is taken as cancelled.
    const limitMs = transactionTimeoutMs(this.#core.timers);
    this.#giveUp = this.#core.clock.after(limitMs, () => {
      this.#transaction?.abandon();
      this.#fail(487, "cancelled");
    });
  }

  #receive(response: CheckedResponse): void {
    const { status } = response;
    this.#failover.heard();
    if (status < 200) {
      this.#hasProvisional = true;
      if (status > 100) this.#hasRung = true;
      if (this.#heldCancel !== null) {
        this.#sendCancel(this.#heldCancel);
        this.#heldCancel = null;
      }
      if (status === 100 || this.#hasFinal) return;
      if (this.#early.receive(response)) this.#tell(response.message);
      return;
    }
    if (status < 300) this.#answered(response);
    else if (status === 422 && this.#retryLonger(response)) return;
    else if (isChallenge(status) && this.#retryAuthorised(response)) return;
    else if (status === 503)
      this.#failed(retryAfterMs(response.message), () =>
        this.#finish(() => this.#tell(response.message)),
      );
    else this.#finish(() => this.#tell(response.message));
  }

  /** RFC 4028 §7.3: one more INVITE with the interval that the 422 asks for; false when there is none to be sent. */
  #retryLonger(response: CheckedResponse): boolean {
    if (this.#isIntervalRaised || headerValue(this.#request, "Session-Expires") === null) {
      return false;
    }
    this.#isIntervalRaised = true;
    const intervalS = minSe(response.message);
    return this.#sendAgain((headers) => {
      const kept = headers.filter(({ name }) => name !== "Session-Expires" && name !== "Min-SE");
      return [...kept, ...offerHeaders({ headers: kept }, { intervalS, minSeS: intervalS })];
    });
  }

  /** RFC 3261 §22.2, §8.1.3.5: one more INVITE to the same target, with credentials. */
  #retryAuthorised(response: CheckedResponse): boolean {
    if (this.#exchange?.take(response.message) !== true) return false;
    return this.#sendAgain((headers) => headers);
  }

  /** Call-ID and tag stay, CSeq rises; false when nobody wants it any more. */
  #sendAgain(change: (headers: readonly SipHeader[]) => readonly SipHeader[]): boolean {
    const reconnect = this.#reconnect;
    if (this.#isCancelled || !this.client.isOpen || this.#hasFinal || reconnect === null)
      return false;
    this.#early.clear();
    const { sender } = this.#core;
    this.#cseq += 1;
    const kept = this.#request.headers
      .filter(({ name }) => name !== "Via")
      .map((header) =>
        header.name === "CSeq" ? { ...header, value: `${this.#cseq} INVITE` } : header,
      );
    const request = { ...this.#request, headers: change(kept) };
    const send = (): void => {
      this.#branch = sender.newBranch();
      const authorised = this.#exchange?.authorise(request) ?? request;
      this.#request = sender.addVia(authorised, this.connection, this.#branch);
      this.#hasProvisional = false;
      this.start(reconnect);
    };
    if (this.connection.isOpen) send();
    else sender.track(this.#reconnected(reconnect, send));
    return true;
  }

  /** The target closed the connection with its response: the repeat goes over another. */
  async #reconnected(reconnect: () => Promise<SipConnection>, send: () => void): Promise<void> {
    try {
      this.connection = await reconnect();
    } catch {
      this.#failed(null, () => this.#fail(503, "connection_lost"));
      return;
    }
    if (this.#isCancelled || this.#hasFinal) this.#fail(487, "cancelled");
    else send();
  }

  #failed(restMs: number | null, otherwise: () => void): void {
    this.#hasFailed = true;
    this.#failover.failed(restMs, otherwise);
  }

  /** RFC 3261 §13.2.2.4: the first 2xx makes the call; a repeat is acknowledged again; a fork is ended. */
  #answered(response: CheckedResponse): void {
    const dialog = this.#dialog;
    if (dialog !== null && dialog.remoteTag === response.toTag) {
      if (dialog.lastAck?.cseq === response.cseq.number) {
        this.#dialogSender.repeatAck(dialog);
      }
      return;
    }
    const early = this.#early.take(response.toTag);
    const made = early ?? this.#makeDialog(response);
    this.#confirm(made, response);
    const cseq = response.cseq.number;
    if (dialog !== null || this.#isAbandoned || !this.client.isOpen) {
      this.#dialogSender.sendAck(
        made,
        this.#dialogSender.makeAck(made, cseq, [], emptyBody()),
        cseq,
      );
      const isLost = dialog === null && !this.#isAbandoned;
      const reason = isLost ? "Application lost" : "Answered elsewhere";
      this.#dialogSender.end(made, reason, { isTold: false });
      this.#finish(() => undefined);
      return;
    }
    this.#dialog = made;
    made.inviteCseq = cseq;
    made.isCancelled = this.#isCancelled;
    made.learnLocalSdp(this.#request);
    made.learnAllow(response.message);
    if (early === null) this.#core.dialogs.add(made);
    this.#core.dialogs.prefer(made);
    settleSession(this.#core, this.#dialogSender, made, agreedTerms(response.message));
    this.#finish(() => this.#tell(withContact(response.message, made.remoteTarget)));
  }

  #makeDialog(response: CheckedResponse): SipDialog {
    const { composed, client } = this.#parts;
    const request = this.#request;
    const dialog = new SipDialog({
      role: "uac",
      callId: composed.callId,
      controlCallId: composed.callId,
      localTag: composed.localTag,
      remoteTag: response.toTag,
      inviteFromTag: composed.localTag,
      localParty: headerValue(request, "From") ?? "",
      remoteParty: headerValue(response.message, "To") ?? "",
      localCseq: this.#cseq,
      remoteCseq: null,
      remoteTarget: response.contactUri ?? request.startLine.requestUri,
      // RFC 3261 §12.1.2: in reverse order.
      routeSet: [...response.recordRoute].reverse(),
      connection: this.connection,
      tlsHost: this.connection.verifiedHost,
      client,
      digest: this.#parts.digest,
      trunkNames: this.#parts.trunkNames,
    });
    dialog.inviteCredentials = credentialsOf(request);
    if (carriesSdp(request)) dialog.openOffer = "ours";
    return dialog;
  }

  /** RFC 3261 §13.2.2.4: the 2xx ends the early state, and its Record-Route and Contact are the ones that count. */
  #confirm(dialog: SipDialog, response: CheckedResponse): void {
    dialog.state = "confirmed";
    dialog.hasOutgoingInvite = false;
    dialog.openOffer = null;
    dialog.routeSet = [...response.recordRoute].reverse();
    if (response.contactUri !== null) dialog.remoteTarget = response.contactUri;
  }

  #tell(message: SipMessage): void {
    const { transactionId } = this.#parts;
    const ids = { transactionId, dialogId: this.#dialogId };
    this.client.sip(wireMeta(this.#core.clock, this.connection), ids, message);
  }

  #fail(status: number, cause: string): void {
    this.#finish(() => {
      const { transactionId } = this.#parts;
      const meta = wireMeta(this.#core.clock, this.connection);
      const ids = { transactionId, dialogId: this.#dialogId };
      this.client.madeUp(meta, ids, makeFailure(this.#request, status, cause));
    });
  }

  #finish(tell: () => void): void {
    if (this.#hasFinal) return;
    this.#hasFinal = true;
    this.#giveUp?.cancel();
    this.#failover.heard();
    this.#early.clear();
    tell();
    this.#parts.onOver();
  }
}

/** The control client cannot make a dialog without a Contact; a 2xx that lacks one means the Request-URI. */
function withContact(message: CheckedResponse["message"], remoteTarget: string): SipMessage {
  if (headerValue(message, "Contact") !== null) return message;
  const contact = { name: "Contact", value: `<${remoteTarget}>` };
  return { ...message, headers: [...message.headers, contact] };
}
