import type { EngineTimer } from "./clock.ts";
import type { SipConnection } from "./connection.ts";
import type { ControlClient } from "./control-client.ts";
import type { SipDialog } from "./dialog.ts";
import type { CheckedRequest } from "./message-parts.ts";
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
  /** What the control side calls the dialog; empty outside dialogs. */
  readonly dialogId: string;
  expiry: EngineTimer | null;
}

export class PendingRequests {
  readonly #byId = new Map<string, PendingRequest>();

  add(pending: PendingRequest): void {
    this.#byId.set(pending.transactionId, pending);
  }

  get(transactionId: string): PendingRequest | undefined {
    return this.#byId.get(transactionId);
  }

  remove(pending: PendingRequest): void {
    pending.expiry?.cancel();
    this.#byId.delete(pending.transactionId);
    if (pending.dialog !== null && pending.request.method === "INVITE") {
      pending.dialog.hasIncomingInvite = false;
    }
  }

  forTransaction(transaction: ServerTransaction): PendingRequest | undefined {
    for (const pending of this.#byId.values()) {
      if (pending.transaction === transaction) return pending;
    }
    return undefined;
  }

  /** The INVITE that made this early dialog, or a re-INVITE in this dialog. */
  inviteOf(dialog: SipDialog): PendingRequest | undefined {
    for (const pending of this.#byId.values()) {
      if (pending.dialog === dialog && pending.request.method === "INVITE") return pending;
    }
    return undefined;
  }

  ofClient(client: ControlClient): PendingRequest[] {
    return [...this.#byId.values()].filter((pending) => pending.client === client);
  }
}
