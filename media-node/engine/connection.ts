import type { Socket } from "node:net";
import type { SipMessage } from "../protocol/sip/message.ts";
import type { ClientIdentity } from "./client-certificate.ts";
import type { EngineClock, EngineTimer } from "./clock.ts";
import type { EngineLimits } from "./engine-config.ts";
import { type FramerOutput, StreamFramer } from "./stream-framer.ts";
import type { Turns } from "./turns.ts";
import { WritePace, writeSoon } from "./write-soon.ts";

export type StreamTransport = "tcp" | "tls";
export type SipTransport = StreamTransport | "udp";

/** What carries SIP to and from one address of a peer. */
export interface SipConnection {
  readonly transport: SipTransport;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** The host name that the peer's certificate was verified against; null on TCP and on inbound TLS. */
  readonly verifiedHost: string | null;
  /** What an accepted connection's peer has proved by its own certificate. */
  readonly clientIdentity: ClientIdentity | null;
  readonly isOpen: boolean;
  readonly openedAtMs: number;
  readonly lastActivityAtMs: number;
  /** Accepted from a source that nobody has named, and nothing valid has come of it yet. */
  readonly isStranger: boolean;
  /** Accepted from a source that nobody has named: each message counts against the source's rate. */
  readonly isMetered: boolean;
  /** It ends at another node of the region: answers go back by it, and nothing begins on it. */
  readonly isRelayed: boolean;
  /** False when the connection is gone: the caller chooses another. What is in no hurry may wait for company. */
  send(bytes: Uint8Array, isInNoHurry?: boolean): boolean;
  sendKeepAlive(): void;
  /** A request with everything that RFC 3261 §8.1.1 makes mandatory came over it. */
  noteValidRequest(): void;
  /** A transaction over it ended without any response. */
  noteTimeout(): void;
  close(): void;
}

export interface ConnectionHandlers {
  message(connection: SipConnection, message: SipMessage): void;
  malformed(
    connection: SipConnection,
    malformed: Extract<FramerOutput, { kind: "malformed" }>,
  ): void;
  closed(connection: SipConnection): void;
}

interface StreamHandlers extends ConnectionHandlers {
  /** Whether a keep-alive is worth an answer. */
  ping(connection: StreamConnection): boolean;
  /** The peer behaved so that its connection was given up. */
  fault(connection: StreamConnection, code: string): void;
}

/** A peer that does not read may make us keep this much, then its connection is given up. */
const MAX_UNSENT_BYTES = 4 * 1_048_576;
/** The same for a source that nobody has named. */
const MAX_UNSENT_TO_UNKNOWN_BYTES = 524_288;
/** A message that has begun must end within this time: a slow sender holds no connection. */
const MESSAGE_DEADLINE_MS = 10_000;
/** RFC 5626 §4.4.1: "If no CRLF is received within 10 seconds [...] treat the flow as failed". */
const PONG_DEADLINE_MS = 10_000;
/** What was written last is given this long to leave. */
const CLOSE_DEADLINE_MS = 5_000;
const MAX_CONSECUTIVE_TIMEOUTS = 2;
const TCP_KEEP_ALIVE_MS = 30_000;
const CRLF = Buffer.from("\r\n");
const DOUBLE_CRLF = Buffer.from("\r\n\r\n");

export interface StreamConnectionOptions {
  readonly socket: Socket;
  readonly transport: StreamTransport;
  readonly verifiedHost: string | null;
  readonly clientIdentity: ClientIdentity | null;
  /** Ours, or accepted from a source that somebody has named. */
  readonly isTrusted: boolean;
  /** We opened it, to somebody who is said to speak SIP. */
  readonly isOurs: boolean;
  readonly limits: EngineLimits;
  readonly clock: EngineClock;
  readonly turns: Turns;
  readonly handlers: StreamHandlers;
}

/** One TCP or TLS connection that carries SIP, either way round. */
export class StreamConnection implements SipConnection {
  readonly transport: StreamTransport;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly verifiedHost: string | null;
  readonly clientIdentity: ClientIdentity | null;
  readonly isRelayed = false;
  readonly openedAtMs: number;
  readonly #socket: Socket;
  readonly #handlers: StreamHandlers;
  readonly #framer: StreamFramer;
  readonly #pace: WritePace;
  readonly #clock: EngineClock;
  readonly #isTrusted: boolean;
  #lastActivityAtMs: number;
  #hasValidRequest = false;
  #messageDeadline: EngineTimer | null = null;
  #isPongAwaited = false;
  #answersPings = false;
  #pongDeadline: EngineTimer | null = null;
  #consecutiveTimeouts = 0;
  #isOpen = true;

  constructor(options: StreamConnectionOptions) {
    const { socket } = options;
    this.#socket = socket;
    this.#handlers = options.handlers;
    this.#pace = new WritePace(options.turns);
    this.#clock = options.clock;
    this.#framer = new StreamFramer(options.limits, { mustBeSip: options.isOurs });
    this.#isTrusted = options.isTrusted;
    this.transport = options.transport;
    this.verifiedHost = options.verifiedHost;
    this.clientIdentity = options.clientIdentity;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? "");
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress ?? "");
    this.localPort = socket.localPort ?? 0;
    this.openedAtMs = this.#clock.nowMs();
    this.#lastActivityAtMs = this.openedAtMs;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    // The close event follows every error; nothing else is to be done about one.
    socket.on("error", () => this.close());
    socket.on("end", () => this.close());
    socket.on("close", () => this.close());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get lastActivityAtMs(): number {
    return this.#lastActivityAtMs;
  }

  get isStranger(): boolean {
    return !this.#isTrusted && !this.#hasValidRequest;
  }

  get isMetered(): boolean {
    return !this.#isTrusted;
  }

  send(bytes: Uint8Array, isInNoHurry = false): boolean {
    if (!this.#isOpen) return false;
    this.#lastActivityAtMs = this.#clock.nowMs();
    this.#write(bytes, isInNoHurry);
    return this.#isOpen;
  }

  /** RFC 5626 §3.5.1. Only a peer that has answered one before is held to answering. */
  sendKeepAlive(): void {
    if (!this.#isOpen) return;
    this.#isPongAwaited = true;
    this.#write(DOUBLE_CRLF);
    if (!this.#answersPings) return;
    this.#pongDeadline ??= this.#clock.after(PONG_DEADLINE_MS, () => {
      this.#abort("keepalive_unanswered");
    });
  }

  noteValidRequest(): void {
    this.#hasValidRequest = true;
  }

  /** A connection may be open to a peer whose SIP is dead: only a new one finds out. */
  noteTimeout(): void {
    this.#consecutiveTimeouts += 1;
    if (this.#consecutiveTimeouts >= MAX_CONSECUTIVE_TIMEOUTS) this.#abort("connection_silent");
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#settle();
    this.#socket.destroySoon();
    // A peer that reads nothing would keep the socket, and its place in the limits, for ever.
    const limit = this.#clock.after(CLOSE_DEADLINE_MS, () => this.#socket.destroy());
    if (this.#socket.closed) limit.cancel();
    else this.#socket.once("close", () => limit.cancel());
    this.#handlers.closed(this);
  }

  /** Nothing that is still to be written will be read. */
  #abort(code: string): void {
    if (!this.#isOpen) return;
    this.#settle();
    this.#socket.destroy();
    this.#handlers.fault(this, code);
    this.#handlers.closed(this);
  }

  #settle(): void {
    this.#isOpen = false;
    this.#messageDeadline?.cancel();
    this.#pongDeadline?.cancel();
  }

  #write(bytes: Uint8Array, isInNoHurry = false): void {
    writeSoon(this.#socket, bytes, this.#pace, isInNoHurry);
    const limitBytes = this.#isTrusted ? MAX_UNSENT_BYTES : MAX_UNSENT_TO_UNKNOWN_BYTES;
    if (this.#socket.writableLength > limitBytes) this.#abort("peer_reads_nothing");
  }

  #receive(chunk: Buffer): void {
    if (!this.#isOpen) return;
    this.#lastActivityAtMs = this.#clock.nowMs();
    this.#pongDeadline?.cancel();
    this.#pongDeadline = null;
    const outputs = this.#framer.push(chunk);
    for (const output of outputs) {
      if (!this.#isOpen) return;
      this.#treat(output);
    }
    this.#watchDeadline(outputs.length > 0);
  }

  #treat(output: FramerOutput): void {
    switch (output.kind) {
      case "ping":
        if (this.#handlers.ping(this)) this.#write(CRLF);
        return;
      case "pong":
        if (this.#isPongAwaited) this.#answersPings = true;
        this.#isPongAwaited = false;
        return;
      case "message":
        this.#consecutiveTimeouts = 0;
        this.#handlers.message(this, output.message);
        return;
      case "malformed":
        this.#handlers.malformed(this, output);
        return;
      case "not_sip":
        this.#abort("peer_is_not_sip");
        return;
      default:
        output satisfies never;
    }
  }

  /** The time runs from the first octet of a message, so that a byte now and then does not renew it. */
  #watchDeadline(hasCompleted: boolean): void {
    if (hasCompleted || !this.#framer.isMidMessage || !this.#isOpen) {
      this.#messageDeadline?.cancel();
      this.#messageDeadline = null;
    }
    if (this.#framer.isMidMessage && this.#isOpen && this.#messageDeadline === null) {
      this.#messageDeadline = this.#clock.after(MESSAGE_DEADLINE_MS, () => {
        this.#abort("message_unfinished");
      });
    }
  }
}

/** Node shows an IPv4 peer of a dual-stack socket as `::ffff:1.2.3.4`. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
