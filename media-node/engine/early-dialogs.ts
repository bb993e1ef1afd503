import { headerValue } from "../protocol/sip/message.ts";
import { carriesSdp, type SipDialog } from "./dialog.ts";
import type { DialogTable } from "./dialog-table.ts";
import type { CheckedResponse } from "./message-parts.ts";
import { requires } from "./session-terms.ts";

/** Forks of one INVITE beyond this are not worth their memory. */
const MAX_EARLY_DIALOGS = 32;

/** RFC 3261 §12.1, §13.2.2.1: the early dialogs of one INVITE of ours, one for each To tag of its provisionals. */
export class EarlyDialogs {
  readonly #table: DialogTable;
  readonly #make: (response: CheckedResponse) => SipDialog;
  readonly #byTag = new Map<string, SipDialog>();

  constructor(table: DialogTable, make: (response: CheckedResponse) => SipDialog) {
    this.#table = table;
    this.#make = make;
  }

  /** Takes a provisional response; false when it is to be ignored. */
  receive(response: CheckedResponse): boolean {
    const { message, toTag } = response;
    const isReliable = requires(message, "100rel");
    if (toTag === null) return !isReliable;
    const dialog = this.#byTag.get(toTag) ?? this.#begin(toTag, response);
    if (dialog === null) return !isReliable;
    this.#table.prefer(dialog);
    dialog.learnAllow(message);
    if (!isReliable) return true;
    // RFC 3262 §4: in order and each once; one that came too early will come again.
    const rseq = headerValue(message, "RSeq") ?? "";
    if (!/^\d{1,10}$/.test(rseq)) return false;
    const isNext = dialog.lastRseq === null || Number(rseq) === dialog.lastRseq + 1;
    if (!isNext) return false;
    dialog.lastRseq = Number(rseq);
    dialog.unacknowledgedRseqs.add(dialog.lastRseq);
    if (response.contactUri !== null) dialog.remoteTarget = response.contactUri;
    if (carriesSdp(message) && dialog.openOffer === "ours") dialog.openOffer = null;
    return true;
  }

  /** The early dialog that a 2xx makes a call of; null when the 2xx is the first of its tag. */
  take(toTag: string | null): SipDialog | null {
    const dialog = this.#byTag.get(toTag ?? "") ?? null;
    if (dialog !== null) this.#byTag.delete(toTag ?? "");
    return dialog;
  }

  /** The INVITE has its final response: what did not become a call ends without a word. */
  clear(): void {
    for (const dialog of this.#byTag.values()) this.#table.remove(dialog);
    this.#byTag.clear();
  }

  #begin(toTag: string, response: CheckedResponse): SipDialog | null {
    if (this.#byTag.size >= MAX_EARLY_DIALOGS) return null;
    const dialog = this.#make(response);
    dialog.hasOutgoingInvite = true;
    dialog.siblings = this.#byTag;
    this.#byTag.set(toTag, dialog);
    this.#table.add(dialog);
    return dialog;
  }
}
