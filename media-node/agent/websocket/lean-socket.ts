import { isUtf8 } from "node:buffer";
import { randomBytes, randomFillSync } from "node:crypto";
import { validateHeaderName, validateHeaderValue } from "node:http";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  type FrameFault,
  FrameReader,
  type FrameSink,
} from "../../protocol/websocket/frame-reader.ts";
import { FrameWriter } from "../../protocol/websocket/frame-writer.ts";
import { CLOSE_ABNORMAL, CLOSE_NO_STATUS } from "../../protocol/websocket/frames.ts";
import {
  type HandshakeRequest,
  refusalOf,
  writeHandshake,
} from "../../protocol/websocket/handshake.ts";
import type { AgentSocket, AgentSocketEvents, AgentSocketOptions } from "./agent-socket.ts";

/**
 * A WebSocket client for many small frames (RFC 6455): what comes is read into memory that all connections share and handed
 * on where it lies; what goes is masked into shared memory and written from there.
 */

const READ_BYTES = 65_536;
const MAX_HEAD_BYTES = 16_384;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const HEAD_END = "\r\n\r\n";
/** Of one connection in one turn: a packet full of small frames must not delay the audio of other calls. */
const FRAMES_PER_TURN = 4;
/** How long the peer has to end the connection after the closing handshake. */
const CLOSE_LIMIT_MS = 10_000;
/** Behind so much, pings are not answered: what waits to leave stays bounded. */
const MAX_PONG_BACKLOG_BYTES = 65_536;

/** Bytes are consumed before the callback of a read returns, so one buffer does for all. */
const readBuffer = Buffer.alloc(READ_BYTES);
const writer = new FrameWriter((words) => void randomFillSync(words));

export function openLeanSocket(
  options: AgentSocketOptions,
  events: AgentSocketEvents,
): AgentSocket {
  const { url, subprotocol, headers } = options;
  if (url.hash !== "") throw new Error("the URL has a fragment");
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  const request = { url, subprotocol, headers, key: randomBytes(16).toString("base64") };
  return new LeanSocket(options, request, events);
}

type State = "connecting" | "open" | "closing" | "closed";

class LeanSocket implements AgentSocket {
  readonly #events: AgentSocketEvents;
  readonly #request: HandshakeRequest;
  readonly #socket: Socket;
  readonly #isSecure: boolean;
  readonly #reader: FrameReader;
  #state: State = "connecting";
  /** What has come of the response's head. */
  #head = "";
  /** What has been read and waits for its turn, and whether a turn has been asked for. */
  #unread: Buffer | null = null;
  #isTurnDue = false;
  #isPaused = false;
  #closeLimit: NodeJS.Timeout | undefined;
  #closeCode = CLOSE_ABNORMAL;
  #closeReason = "";
  #fault = "";

  constructor(options: AgentSocketOptions, request: HandshakeRequest, events: AgentSocketEvents) {
    this.#events = events;
    this.#request = request;
    // What cannot stand in a request is thrown here, to whoever connects, and not in an event.
    const opening = writeHandshake(request);
    const { maxMessageBytes } = options;
    this.#reader = new FrameReader(this.#sinkOfFrames(), { maxMessageBytes, isUtf8 });
    this.#isSecure = options.url.protocol === "wss:";
    const onread = {
      buffer: readBuffer,
      callback: (bytes: number): boolean => this.#onRead(bytes),
    };
    this.#socket = connectSocket(options, onread);
    this.#socket.on(this.#isSecure ? "secureConnect" : "connect", () => {
      this.#socket.write(opening, "latin1");
    });
    this.#socket.on("error", (error: NodeJS.ErrnoException) => {
      // A name with several addresses fails with an empty message and one error for each.
      this.#fault ||= error.message || (error.code ?? error.name);
    });
    this.#socket.on("close", () => this.#onClose());
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength;
  }

  sendText(text: string): void {
    if (this.#state === "open") this.#write(writer.text(text));
  }

  sendTextBytes(bytes: Uint8Array): void {
    if (this.#state === "open") this.#write(writer.textBytes(bytes));
  }

  sendBinary(bytes: Uint8Array): void {
    if (this.#state === "open") this.#write(writer.binary(bytes));
  }

  ping(): void {
    if (this.#state === "open") this.#write(writer.ping());
  }

  pause(): void {
    if (this.#state === "connecting" || this.#state === "closed") return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (this.#state === "connecting" || this.#state === "closed") return;
    this.#isPaused = false;
    if (this.#unread === null) this.#socket.resume();
    else this.#askForTurn();
  }

  close(code: number, reason: string): void {
    if (this.#state === "connecting") {
      this.#fail("closed before the connection was established");
    } else if (this.#state === "open") {
      this.#sendClose(writer.close(code, reason));
    }
  }

  terminate(): void {
    if (this.#state === "closed") return;
    this.#state = "closing";
    this.#unread = null;
    this.#socket.destroy();
  }

  #sinkOfFrames(): FrameSink {
    const events = this.#events;
    return {
      text: (bytes, start, end) => {
        if (!this.#socket.destroyed) events.text(bytes, start, end);
      },
      binary: (bytes, start, end) => {
        if (!this.#socket.destroyed) events.binary(bytes, start, end);
      },
      ping: (bytes, start, end) => {
        const isBehind = this.#socket.writableLength > MAX_PONG_BACKLOG_BYTES;
        if (this.#state === "open" && !isBehind) this.#write(writer.pong(bytes, start, end));
      },
      pong: () => {
        if (!this.#socket.destroyed) events.pong();
      },
      close: (code, reason) => {
        if (!this.#socket.destroyed) this.#peerCloses(code, reason);
      },
    };
  }

  /** False stops the reading. */
  #onRead(length: number): boolean {
    if (this.#state === "connecting") this.#readHead(length);
    else this.#consume(readBuffer, 0, length);
    return !this.#isPaused && this.#unread === null;
  }

  #readHead(length: number): void {
    const before = this.#head.length;
    this.#head += readBuffer.toString("latin1", 0, length);
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#head.length > MAX_HEAD_BYTES) this.#fail("the answer's head is too long");
      return;
    }
    const refusal = refusalOf(this.#head.slice(0, end), this.#request);
    this.#head = "";
    if (refusal !== null) {
      this.#fail(refusal);
      return;
    }
    this.#state = "open";
    this.#events.opened();
    this.#consume(readBuffer, end + HEAD_END.length - before, length);
  }

  #consume(bytes: Buffer, start: number, end: number): void {
    if (this.#socket.destroyed) return;
    const at = this.#isPaused ? start : this.#reader.read(bytes, start, end, FRAMES_PER_TURN);
    if (this.#reader.fault !== null) {
      this.#breakOff(this.#reader.fault);
    } else if (at < end) {
      // The next read of any connection goes to the same memory.
      const rest = bytes.subarray(at, end);
      this.#unread = bytes === readBuffer ? Buffer.from(rest) : rest;
      this.#socket.pause();
      if (!this.#isPaused) this.#askForTurn();
    }
  }

  #askForTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnDue = false;
    const unread = this.#unread;
    if (this.#isPaused || unread === null) return;
    this.#unread = null;
    this.#consume(unread, 0, unread.length);
    if (this.#unread === null && !this.#isPaused) this.#socket.resume();
  }

  /** Memory that the socket still needs is left to it. */
  #write(frame: Buffer): void {
    const socket = this.#socket;
    if (this.#isSecure || socket.writableLength > 0) {
      socket.write(Buffer.from(frame));
      return;
    }
    socket.write(frame);
    if (socket.writableLength > 0) writer.leaveMemory();
  }

  #sendClose(frame: Buffer): void {
    this.#state = "closing";
    this.#write(frame);
    this.#closeLimit = setTimeout(() => this.#socket.destroy(), CLOSE_LIMIT_MS).unref();
  }

  #peerCloses(code: number, reason: string): void {
    this.#closeCode = code;
    this.#closeReason = reason;
    if (this.#state === "open") {
      // RFC 6455 §5.5.1: "the endpoint typically echos the status code it received".
      const isWithout = code === CLOSE_NO_STATUS;
      this.#sendClose(isWithout ? writer.closeWithoutCode() : writer.close(code, reason));
    }
    this.#socket.end();
  }

  /** RFC 6455 §7.1.7. */
  #breakOff({ code, message }: FrameFault): void {
    this.#fault ||= message;
    if (this.#state === "open") this.#sendClose(writer.close(code, ""));
    this.#socket.end();
  }

  #fail(fault: string): void {
    this.#fault ||= fault;
    this.terminate();
  }

  #onClose(): void {
    if (this.#state === "connecting") this.#fault ||= "socket hang up";
    this.#state = "closed";
    this.#unread = null;
    clearTimeout(this.#closeLimit);
    this.#events.closed(this.#closeCode, this.#closeReason, this.#fault);
  }
}

type OnRead = { readonly buffer: Buffer; readonly callback: (bytes: number) => boolean };

/** A certificate is verified as everywhere: its chain, its dates, and the host of the URL. */
function connectSocket({ url, lookup, ca }: AgentSocketOptions, onread: OnRead): Socket {
  const isSecure = url.protocol === "wss:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (isSecure ? HTTPS_PORT : HTTP_PORT) : Number(url.port);
  const target = { host, port, onread, ...(lookup === undefined ? {} : { lookup }) };
  const socket = isSecure
    ? connectTls({
        ...target,
        ALPNProtocols: ["http/1.1"],
        // RFC 6066 §3: a name, never an address.
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(ca === undefined ? {} : { ca }),
      })
    : connectTcp(target);
  return socket.setNoDelay(true);
}
