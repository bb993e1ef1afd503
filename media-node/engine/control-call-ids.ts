import type { SipMessage } from "../protocol/sip/message.ts";

/**
 * What the control side is told as the Call-ID of each leg. It knows a dialog by Call-ID and From tag and an INVITE in
 * progress by Call-ID alone, so a second leg of one Call-ID (a number that calls a number through a proxy which keeps
 * it) gets a name of its own there. The wire never sees that name.
 */
export class ControlCallIds {
  readonly #uses = new Map<string, number>();
  #lastLeg = 1;

  /** The Call-ID itself, while no live leg has it. `;` is in no Call-ID (RFC 3261 §25.1), so the name cannot be a real one. */
  nameFor(callId: string): string {
    let name = callId;
    while (this.#uses.has(name)) {
      this.#lastLeg += 1;
      name = `${callId};leg=${this.#lastLeg}`;
    }
    return name;
  }

  take(name: string): void {
    this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
  }

  release(name: string): void {
    const uses = this.#uses.get(name) ?? 0;
    if (uses > 1) this.#uses.set(name, uses - 1);
    else this.#uses.delete(name);
  }
}

/** The message as the control side is told it. */
export function withCallId<Message extends SipMessage>(message: Message, callId: string): Message {
  const headers = message.headers.map((header) =>
    header.name === "Call-ID" ? { ...header, value: callId } : header,
  );
  return { ...message, headers };
}
