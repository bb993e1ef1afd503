import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { type SipMessage, writeMessage } from "../protocol/sip/message.ts";
import { encodeFrame } from "./control-frame.ts";
import { type WireMeta, wireFields } from "./control-message.ts";
import { writeSoon } from "./write-soon.ts";

/** An application that reads nothing for this much is gone. */
const MAX_UNSENT_BYTES = 64 * 1_048_576;

/** How the control side finds the transaction and the dialog of a message; empty when it has none. */
export interface ControlIds {
  readonly transactionId: string;
  readonly dialogId: string;
}

/** One control connection: what the engine tells the application that holds it. */
export class ControlClient {
  readonly #socket: Socket;
  readonly verbs = new Set<string>();
  isAuthenticated = false;
  #isOpen = true;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Answers a request of the client: `OK` or `NOK` with fields. `NO` comes before the connection is closed. */
  reply(messageId: string, outcome: "OK" | "NOK" | "NO", fields: readonly string[] = []): void {
    this.#send([randomUUID(), "response", messageId, outcome, ...fields].join("|"));
  }

  /** The request that the client asked for has been sent, exactly so. */
  replyRequestSent(
    messageId: string,
    meta: WireMeta,
    transactionId: string,
    sip: SipMessage,
  ): void {
    this.#sendSip(sip, (bytes) => {
      const fields = wireFields(bytes, meta);
      return `response|${messageId}|OK|application|${fields}|${transactionId}|Msg sent:|`;
    });
  }

  /** The response that the client asked for has been sent, exactly so. */
  replyResponseSent(messageId: string, meta: WireMeta, ids: ControlIds, sip: SipMessage): void {
    this.#sendSip(sip, (bytes) => {
      const fields = `${wireFields(bytes, meta)}|${ids.transactionId}|${ids.dialogId}`;
      return `response|${messageId}|OK|application|${fields}||Msg sent:|`;
    });
  }

  /** A message from the network. `local` is where it arrived, told only for requests outside dialogs. */
  sip(
    meta: WireMeta,
    ids: ControlIds,
    sip: SipMessage,
    local?: { address: string; port: number },
  ): void {
    this.#sendSip(sip, (bytes) => {
      const fields = `${wireFields(bytes, meta)}|${ids.transactionId}|${ids.dialogId}`;
      const tail = local === undefined ? "" : `${local.address}|${local.port}|`;
      return `sip|network|${fields}|${tail}`;
    });
  }

  /** A response that no peer sent: the request could not be delivered, or was never answered. */
  madeUp(meta: Pick<WireMeta, "transport" | "atMs">, ids: ControlIds, sip: SipMessage): void {
    const fields = wireFields(0, { ...meta, address: "", port: 0 });
    this.#sendSip(sip, () => `sip|network|${fields}|${ids.transactionId}|${ids.dialogId}|`);
  }

  /** A request that the engine made itself: the client is told, and answers nothing. */
  unsolicited(meta: WireMeta, dialogId: string, sip: SipMessage): void {
    this.#sendSip(sip, (bytes) => {
      return `sip|application|${wireFields(bytes, meta)}|unsolicited|${dialogId}|`;
    });
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.destroySoon();
  }

  #sendSip(sip: SipMessage, leader: (bytes: number) => string): void {
    if (!this.#isOpen) return;
    const octets = Buffer.from(writeMessage(sip));
    this.#send(`${randomUUID()}|${leader(octets.length)}\r\n${octets.toString("utf8")}`);
  }

  #send(payload: string): void {
    if (!this.#isOpen) return;
    writeSoon(this.#socket, encodeFrame(payload));
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.close();
  }
}
