import {
  headerValue,
  type SipMessage,
  writeMessage,
  writeStartLine,
} from "../protocol/sip/message.ts";
import { redactSipText } from "../protocol/sip/redact-message.ts";
import type { EngineEvent } from "./engine-config.ts";

type MessageEvent = Extract<EngineEvent, { kind: "message" }>;

/** A message on its way in or out, and what its connection was then. */
export type SeenMessage = Omit<
  MessageEvent,
  "kind" | "startLine" | "sipCallId" | "text" | "isWatched" | "isRepeated"
> & {
  readonly message: SipMessage;
};

/** How long, of how many Call-IDs and how much of each: what came before somebody could ask for it. */
const HELD_MS = 5_000;
const HELD_CALL_IDS = 256;
const HELD_MESSAGES = 8;

interface Held {
  readonly sinceMs: number;
  readonly messages: SeenMessage[];
}

/**
 * Which SIP messages become events: none until somebody asks. To redact one, write it out and hand it to another
 * thread costs more than all else that is done with it. Whose call an INVITE is, is known a moment after it has
 * come: what belongs to one is held for that moment, as it is.
 */
export class MessageWatch {
  readonly #isAll: boolean;
  readonly #emit: (event: EngineEvent) => void;
  readonly #callIds = new Map<string, number>();
  /** In the order of their first message. */
  readonly #held = new Map<string, Held>();

  constructor(scope: "all" | "watched_calls", emit: (event: EngineEvent) => void) {
    this.#isAll = scope === "all";
    this.#emit = emit;
  }

  /** Every message of this Call-ID from now on, and those of its INVITE so far; watched as often as it is asked for. */
  add(sipCallId: string): void {
    this.#callIds.set(sipCallId, (this.#callIds.get(sipCallId) ?? 0) + 1);
    const held = this.#held.get(sipCallId);
    if (held === undefined) return;
    this.#held.delete(sipCallId);
    const flags = { isWatched: true, isRepeated: this.#isAll };
    for (const seen of held.messages) this.#emit(eventOf(seen, sipCallId, flags));
  }

  remove(sipCallId: string): void {
    const watchers = this.#callIds.get(sipCallId) ?? 0;
    if (watchers > 1) this.#callIds.set(sipCallId, watchers - 1);
    else this.#callIds.delete(sipCallId);
  }

  note(seen: SeenMessage): void {
    this.#forgetOld(seen.atMs);
    const sipCallId = headerValue(seen.message, "Call-ID") ?? "";
    const isWatched = this.#callIds.has(sipCallId);
    if (isWatched || this.#isAll) {
      this.#emit(eventOf(seen, sipCallId, { isWatched, isRepeated: false }));
    }
    if (!isWatched) this.#hold(sipCallId, seen);
  }

  #hold(sipCallId: string, seen: SeenMessage): void {
    if (!/ (?:INVITE|ACK)$/.test(headerValue(seen.message, "CSeq") ?? "")) return;
    const held = this.#held.get(sipCallId);
    if (held === undefined) {
      this.#held.set(sipCallId, { sinceMs: seen.atMs, messages: [seen] });
      if (this.#held.size > HELD_CALL_IDS) this.#forgetFirst();
    } else if (held.messages.length < HELD_MESSAGES) held.messages.push(seen);
  }

  #forgetOld(nowMs: number): void {
    for (const { sinceMs } of this.#held.values()) {
      if (nowMs - sinceMs <= HELD_MS) return;
      this.#forgetFirst();
    }
  }

  #forgetFirst(): void {
    for (const first of this.#held.keys()) {
      this.#held.delete(first);
      return;
    }
  }
}

function eventOf(
  { message, ...seen }: SeenMessage,
  sipCallId: string,
  flags: Pick<MessageEvent, "isWatched" | "isRepeated">,
): MessageEvent {
  return {
    kind: "message",
    ...seen,
    ...flags,
    startLine: writeStartLine(message.startLine),
    sipCallId,
    text: redactSipText(Buffer.from(writeMessage(message)).toString("utf8")),
  };
}
