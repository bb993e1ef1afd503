import type { ClientRequestArgs } from "node:http";
import { type ClientOptions, type RawData, WebSocket } from "ws";
import type { AgentSocket, AgentSocketEvents, AgentSocketOptions } from "./agent-socket.ts";

/** The agent's WebSocket by the library `ws`. */
export function openWsSocket(options: AgentSocketOptions, events: AgentSocketEvents): AgentSocket {
  const { url, subprotocol, headers, maxMessageBytes, lookup, ca } = options;
  const settings: ClientOptions & ClientRequestArgs = {
    headers: { ...headers },
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: maxMessageBytes,
    // One message in a turn: a packet full of small ones must not delay the audio of other calls.
    allowSynchronousEvents: false,
    ...(lookup === undefined ? {} : { lookup }),
    ...(ca === undefined ? {} : { ca }),
  };
  return new WsSocket(
    new WebSocket(url, subprotocol === null ? [] : [subprotocol], settings),
    events,
  );
}

class WsSocket implements AgentSocket {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, events: AgentSocketEvents) {
    this.#socket = socket;
    let fault = "";
    socket.on("open", () => events.opened());
    socket.on("message", (payload, isBinary) => {
      const bytes = bytesOf(payload);
      if (isBinary) events.binary(bytes, 0, bytes.length);
      else events.text(bytes, 0, bytes.length);
    });
    socket.on("pong", () => events.pong());
    socket.on("error", (error) => {
      fault = error.message;
    });
    socket.on("close", (code, reason) => events.closed(code, reason.toString("utf8"), fault));
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  get isClosed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  sendText(text: string): void {
    if (this.isOpen) this.#socket.send(text, ignore);
  }

  sendTextBytes(bytes: Uint8Array): void {
    if (this.isOpen) this.#socket.send(bytes, { binary: false }, ignore);
  }

  sendBinary(bytes: Uint8Array): void {
    // What is masked is copied, before this returns.
    if (this.isOpen) this.#socket.send(bytes, ignore);
  }

  ping(): void {
    if (this.isOpen) this.#socket.ping();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

/** A failed write is followed by the close event, which is where it is handled. */
function ignore(): void {}

function bytesOf(payload: RawData): Buffer {
  if (Array.isArray(payload)) return Buffer.concat(payload);
  return Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
}
