import type { Socket } from "node:net";
import { type SipMessage, writeHead } from "../protocol/sip/message.ts";
import { frameText } from "./control-frame.ts";
import { type WireMeta, wireFields } from "./control-message.ts";
import type { Turns } from "./turns.ts";
import { WritePace } from "./write-soon.ts";

/** An application that reads nothing for this much is gone. */
const MAX_UNSENT_BYTES = 64 * 1_048_576;

/** Octets that are no UTF-8 become U+FFFD: the protocol is text. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * What the application has not read when it gets no new calls: some 8,000 INVITEs, besides what the system keeps. It
 * stands still or is seconds behind; a caller that is told so at once goes elsewhere.
 */
const MAX_BACKLOG_BYTES = 8 * 1_048_576;

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
  readonly #pace: WritePace;
  /** Frames that have not left. */
  #outgoing = "";
  #framesSent = 0;

  constructor(socket: Socket, turns: Turns) {
    this.#socket = socket;
    this.#pace = new WritePace(turns);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isBehind(): boolean {
    return this.#outgoing.length + this.#socket.writableLength > MAX_BACKLOG_BYTES;
  }

  /** Answers a request of the client: `OK` or `NOK` with fields. `NO` comes before the connection is closed. */
  reply(messageId: string, outcome: "OK" | "NOK" | "NO", fields: readonly string[] = []): void {
    this.#send(["response", messageId, outcome, ...fields].join("|"));
  }

  /** The request that the client asked for has been sent, exactly so. */
  replyRequestSent(
    messageId: string,
    meta: WireMeta,
    transactionId: string,
    sip: SipMessage,
  ): void {
    const before = `response|${messageId}|OK|application`;
    this.#sendSip(before, meta, `${transactionId}|Msg sent:|`, sip);
  }

  /** The response that the client asked for has been sent; of it, what the client needs. */
  replyResponseSent(messageId: string, meta: WireMeta, ids: ControlIds, sip: SipMessage): void {
    const before = `response|${messageId}|OK|application`;
    this.#sendSip(before, meta, `${ids.transactionId}|${ids.dialogId}||Msg sent:|`, sip);
  }

  /** A message from the network. `local` is where it arrived, told only for requests outside dialogs. */
  sip(
    meta: WireMeta,
    ids: ControlIds,
    sip: SipMessage,
    local?: { address: string; port: number },
  ): void {
    const tail = local === undefined ? "" : `${local.address}|${local.port}|`;
    this.#sendSip("sip|network", meta, `${ids.transactionId}|${ids.dialogId}|${tail}`, sip);
  }

  /** A response that no peer sent: the request could not be delivered, or was never answered. */
  madeUp(meta: Pick<WireMeta, "transport" | "atMs">, ids: ControlIds, sip: SipMessage): void {
    const nobody = { ...meta, address: "", port: 0 };
    this.#sendSip("sip|network", nobody, `${ids.transactionId}|${ids.dialogId}|`, sip);
  }

  /** A request that the engine made itself: the client is told, and answers nothing. */
  unsolicited(meta: WireMeta, dialogId: string, sip: SipMessage): void {
    this.#sendSip("sip|application", meta, `unsolicited|${dialogId}|`, sip);
  }

  close(): void {
    this.#flush();
    this.#isOpen = false;
    this.#socket.destroySoon();
  }

  #sendSip(before: string, meta: WireMeta, after: string, sip: SipMessage): void {
    if (!this.#isOpen) return;
    const head = writeHead(sip);
    // What came from nowhere had no octets on the wire.
    const bytes = meta.address === "" ? 0 : Buffer.byteLength(head) + sip.body.length;
    const body = sip.body.length === 0 ? "" : utf8.decode(sip.body);
    this.#send(`${before}|${wireFields(bytes, meta)}|${after}\r\n${head}${body}`);
  }

  /** The client reads no meaning into a frame's own id: numbers do. */
  #send(payload: string): void {
    if (!this.#isOpen) return;
    if (this.#outgoing === "") this.#pace.soon(() => this.#flush());
    this.#framesSent += 1;
    this.#outgoing += frameText(`${this.#framesSent}|${payload}`);
  }

  #flush(): void {
    if (this.#outgoing === "") return;
    this.#socket.write(this.#outgoing);
    this.#outgoing = "";
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.close();
  }
}
