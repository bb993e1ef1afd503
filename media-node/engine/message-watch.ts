import { headerValue, type SipMessage } from "../protocol/sip/message.ts";

/**
 * Which SIP messages become events: none until somebody asks. To redact one, write it out and hand it to another
 * thread costs more than all else that is done with it.
 */
export class MessageWatch {
  readonly #isAll: boolean;
  readonly #callIds = new Map<string, number>();

  constructor(scope: "all" | "watched_calls") {
    this.#isAll = scope === "all";
  }

  /** Every message of this Call-ID from now on; watched as often as it is asked for. */
  add(sipCallId: string): void {
    this.#callIds.set(sipCallId, (this.#callIds.get(sipCallId) ?? 0) + 1);
  }

  remove(sipCallId: string): void {
    const watchers = this.#callIds.get(sipCallId) ?? 0;
    if (watchers > 1) this.#callIds.set(sipCallId, watchers - 1);
    else this.#callIds.delete(sipCallId);
  }

  wants(message: SipMessage): boolean {
    if (this.#isAll) return true;
    return this.#callIds.size > 0 && this.#callIds.has(headerValue(message, "Call-ID") ?? "");
  }
}
