import type { Socket } from "node:net";
import type { SipMessage } from "../protocol/sip/message.ts";
import type { EngineClock, EngineTimer } from "./clock.ts";
import type { EngineLimits } from "./engine-config.ts";
import { type FramerOutput, StreamFramer } from "./stream-framer.ts";

export type StreamTransport = "tcp" | "tls";

export interface ConnectionHandlers {
  message(connection: SipConnection, message: SipMessage): void;
  malformed(
    connection: SipConnection,
    malformed: Extract<FramerOutput, { kind: "malformed" }>,
  ): void;
  closed(connection: SipConnection): void;
}

/** A peer that does not read may make us keep this much, then its connection is given up. */
const MAX_UNSENT_BYTES = 4 * 1_048_576;
/** A message that has begun must end within this time: a slow sender holds no connection. */
const MESSAGE_DEADLINE_MS = 10_000;
const CRLF = Buffer.from("\r\n");
const DOUBLE_CRLF = Buffer.from("\r\n\r\n");

/** One TCP or TLS connection that carries SIP, either way round. */
export class SipConnection {
  readonly transport: StreamTransport;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** The host name that the peer's certificate was verified against; null on TCP and on inbound TLS. */
  readonly verifiedHost: string | null;
  readonly #socket: Socket;
  readonly #handlers: ConnectionHandlers;
  readonly #framer: StreamFramer;
  readonly #clock: EngineClock;
  #deadline: EngineTimer | null = null;
  #isOpen = true;

  constructor(options: {
    socket: Socket;
    transport: StreamTransport;
    verifiedHost: string | null;
    limits: EngineLimits;
    clock: EngineClock;
    handlers: ConnectionHandlers;
  }) {
    const { socket } = options;
    this.#socket = socket;
    this.#handlers = options.handlers;
    this.#clock = options.clock;
    this.#framer = new StreamFramer(options.limits);
    this.transport = options.transport;
    this.verifiedHost = options.verifiedHost;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? "");
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress ?? "");
    this.localPort = socket.localPort ?? 0;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    // The close event follows every error; nothing else is to be done about one.
    socket.on("error", () => this.close());
    socket.on("end", () => this.close());
    socket.on("close", () => this.close());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** False when the connection is gone: the caller chooses another. */
  send(bytes: Uint8Array): boolean {
    if (!this.#isOpen) return false;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.close();
    return this.#isOpen;
  }

  /** RFC 5626 §4.4.1. */
  sendKeepAlive(): void {
    if (this.#isOpen) this.#socket.write(DOUBLE_CRLF);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#deadline?.cancel();
    this.#socket.destroySoon();
    this.#handlers.closed(this);
  }

  #receive(chunk: Buffer): void {
    if (!this.#isOpen) return;
    const outputs = this.#framer.push(chunk);
    for (const output of outputs) {
      if (!this.#isOpen) return;
      if (output.kind === "ping") this.#socket.write(CRLF);
      else if (output.kind === "message") this.#handlers.message(this, output.message);
      else this.#handlers.malformed(this, output);
    }
    this.#watchDeadline(outputs.length > 0);
  }

  /** The time runs from the first octet of a message, so that a byte now and then does not renew it. */
  #watchDeadline(hasCompleted: boolean): void {
    if (hasCompleted || !this.#framer.isMidMessage || !this.#isOpen) {
      this.#deadline?.cancel();
      this.#deadline = null;
    }
    if (this.#framer.isMidMessage && this.#isOpen && this.#deadline === null) {
      this.#deadline = this.#clock.after(MESSAGE_DEADLINE_MS, () => this.close());
    }
  }
}

/** Node shows an IPv4 peer of a dual-stack socket as `::ffff:1.2.3.4`. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
