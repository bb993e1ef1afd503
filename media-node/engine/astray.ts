import type { SipHeader } from "../protocol/sip/message.ts";
import type { SipConnection } from "./connection.ts";
import type { EngineCore } from "./engine-core.ts";
import { type CheckedRequest, makeResponse } from "./message-parts.ts";
import type { RelayVerdict } from "./relay/peer-line.ts";

/** RFC 3261 §20.43: 399 is a warning of free text. */
const OWNER_AWAY: SipHeader = {
  name: "Warning",
  value: '399 node "the node that has this dialog cannot be reached"',
};

/**
 * Requests that belong to another node of the region, because a caller looked its name up again or took the wrong
 * address. What came by way of another node is never handed on.
 */
export class AstrayRequests {
  readonly #core: EngineCore;

  constructor(core: EngineCore) {
    this.#core = core;
  }

  /** Of a request inside a dialog that is not here. False: nobody in the region is known to have it. */
  takes(from: SipConnection, request: CheckedRequest, localTag: string): boolean {
    const { relay, tags } = this.#core;
    if (from.isRelayed) return false;
    const owner = tags.otherOwnerOf(localTag, request.callId);
    if (owner === null || !relay.knows(owner)) return false;
    relay.forward(owner, from, request, (verdict) => this.#settle(from, request, verdict));
    return true;
  }

  /** Of a CANCEL whose INVITE is not here: nothing in it is ours, so that others have to be asked. */
  takesCancel(from: SipConnection, cancel: CheckedRequest): boolean {
    if (from.isRelayed) return false;
    if (cancel.toTag !== null) return this.takes(from, cancel, cancel.toTag);
    this.#core.relay.ask(from, cancel, (verdict) => this.#settle(from, cancel, verdict));
    return true;
  }

  /**
   * The owner has the rest, answer and all. Without one: 480, and not 503, for which carriers give up a host, nor 481,
   * which would end a call that may be heard still.
   */
  #settle(from: SipConnection, request: CheckedRequest, verdict: RelayVerdict): void {
    if (verdict === "taken" || request.method === "ACK") return;
    const isUnknown = verdict === "unknown" || request.method === "CANCEL";
    const toTag = request.toTag === null ? this.#core.tags.mint(request.callId) : null;
    const headers = isUnknown ? [] : [OWNER_AWAY];
    const answer = makeResponse(request.message, isUnknown ? 481 : 480, { toTag, headers });
    this.#core.transport.send(from, answer);
  }
}
