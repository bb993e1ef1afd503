import type { SipMessage } from "../protocol/sip/message.ts";
import type { EngineTimer } from "./clock.ts";
import type { SipConnection } from "./connection.ts";
import { type ControlCallIds, withCallId } from "./control-call-ids.ts";
import type { ControlClient } from "./control-client.ts";
import { carriesSdp, type SipDialog } from "./dialog.ts";
import type { CheckedRequest } from "./message-parts.ts";
import type { ReliableProvisionals } from "./reliable-provisionals.ts";
import type { ServerTransaction } from "./server-transactions.ts";

/** A request from the network that an application has been given and not finally answered. */
export interface PendingRequest {
  readonly transactionId: string;
  readonly request: CheckedRequest;
  readonly transaction: ServerTransaction;
  readonly connection: SipConnection;
  readonly client: ControlClient;
  /** Our To tag for every response of this request; null when the request is in a dialog. */
  readonly localTag: string | null;
  /** Set from the start inside a dialog, and once an initial INVITE has made an early one. */
  dialog: SipDialog | null;
  /** Call-ID as the control side is told it. */
  readonly controlCallId: string;
  /** What the control side calls the dialog; empty outside dialogs. */
  readonly dialogId: string;
  expiry: EngineTimer | null;
  /** RFC 3262: made by the first provisional response that is to be reliable. */
  provisionals: ReliableProvisionals | null;
  /** The application's 2xx waits for a PRACK: it is the final answer already. */
  isAnswerHeld: boolean;
}

export class PendingRequests {
  readonly #callIds: ControlCallIds;
  readonly #byId = new Map<string, PendingRequest>();
  readonly #byTransaction = new Map<ServerTransaction, PendingRequest>();
  /** The INVITE that made a dialog which is early, or the one re-INVITE inside it. */
  readonly #inviteOf = new Map<SipDialog, PendingRequest>();
  #lastId = 0;

  constructor(callIds: ControlCallIds) {
    this.#callIds = callIds;
  }

  /** Unique here; only the client that was given it may use it. */
  newTransactionId(): string {
    this.#lastId += 1;
    return `in${this.#lastId}`;
  }

  add(pending: PendingRequest): void {
    if (namesLeg(pending)) this.#callIds.take(pending.controlCallId);
    this.#byId.set(pending.transactionId, pending);
    this.#byTransaction.set(pending.transaction, pending);
    if (pending.dialog !== null) this.joinDialog(pending, pending.dialog);
  }

  joinDialog(pending: PendingRequest, dialog: SipDialog): void {
    pending.dialog = dialog;
    if (pending.request.method === "INVITE") this.#inviteOf.set(dialog, pending);
  }

  get(transactionId: string): PendingRequest | undefined {
    return this.#byId.get(transactionId);
  }

  remove(pending: PendingRequest): void {
    pending.expiry?.cancel();
    pending.provisionals?.stop();
    if (this.#byId.delete(pending.transactionId) && namesLeg(pending)) {
      this.#callIds.release(pending.controlCallId);
    }
    this.#byTransaction.delete(pending.transaction);
    const { dialog, request } = pending;
    if (dialog === null) return;
    if (this.#inviteOf.get(dialog) === pending) this.#inviteOf.delete(dialog);
    if (request.method === "INVITE") dialog.hasIncomingInvite = false;
    if (request.method === "UPDATE") dialog.hasIncomingUpdate = false;
    if (carriesSdp(request.message) && dialog.openOffer === "theirs") dialog.openOffer = null;
  }

  forTransaction(transaction: ServerTransaction): PendingRequest | undefined {
    return this.#byTransaction.get(transaction);
  }

  /** The INVITE that made this early dialog, or a re-INVITE in this dialog. */
  inviteOf(dialog: SipDialog): PendingRequest | undefined {
    return this.#inviteOf.get(dialog);
  }

  ofClient(client: ControlClient): PendingRequest[] {
    return [...this.#byId.values()].filter((pending) => pending.client === client);
  }
}

/** An initial INVITE: inside a dialog the dialog has the name. */
function namesLeg({ request, localTag }: PendingRequest): boolean {
  return request.method === "INVITE" && localTag !== null;
}

/** A message about this request as the control side is told it. */
export function shownAs<Message extends SipMessage>(
  pending: Pick<PendingRequest, "request" | "controlCallId">,
  message: Message,
): Message {
  const { request, controlCallId } = pending;
  return controlCallId === request.callId ? message : withCallId(message, controlCallId);
}
