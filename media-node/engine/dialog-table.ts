import type { SipConnection } from "./connection.ts";
import type { ControlCallIds } from "./control-call-ids.ts";
import type { ControlClient } from "./control-client.ts";
import { dialogKey, type SipDialog } from "./dialog.ts";

/** Every dialog by what the wire says (Call-ID and both tags) and by what the control side says (its id). */
export class DialogTable {
  readonly #callIds: ControlCallIds;
  readonly #byTags = new Map<string, SipDialog>();
  readonly #byControlId = new Map<string, SipDialog>();

  constructor(callIds: ControlCallIds) {
    this.#callIds = callIds;
  }

  get size(): number {
    return this.#byTags.size;
  }

  add(dialog: SipDialog): void {
    this.#callIds.take(dialog.controlCallId);
    this.#byTags.set(dialog.key, dialog);
    this.#byControlId.set(dialog.controlId, dialog);
  }

  /** Of dialogs that share a name at the control side, this one is meant from now on. */
  prefer(dialog: SipDialog): void {
    this.#byControlId.set(dialog.controlId, dialog);
  }

  remove(dialog: SipDialog): void {
    dialog.state = "terminated";
    dialog.sessionTimer?.stop();
    for (const answer of dialog.unacknowledged.values()) answer.abandon();
    dialog.unacknowledged.clear();
    if (this.#byTags.get(dialog.key) === dialog) {
      this.#byTags.delete(dialog.key);
      this.#callIds.release(dialog.controlCallId);
    }
    if (this.#byControlId.get(dialog.controlId) === dialog) {
      this.#byControlId.delete(dialog.controlId);
    }
  }

  /** RFC 3261 §12.2.2: the dialog that a request of the peer belongs to. */
  find(callId: string, localTag: string, remoteTag: string | null): SipDialog | undefined {
    return this.#byTags.get(dialogKey(callId, localTag, remoteTag));
  }

  findByControlId(controlId: string): SipDialog | undefined {
    return this.#byControlId.get(controlId);
  }

  ofClient(client: ControlClient): SipDialog[] {
    return [...this.#byTags.values()].filter((dialog) => dialog.client === client);
  }

  /** Connections that carry a dialog: kept alive, never closed as idle. */
  connectionsInUse(): Set<SipConnection> {
    return new Set([...this.#byTags.values()].map(({ connection }) => connection));
  }
}
