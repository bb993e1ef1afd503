import {
  CLOSE_INVALID_PAYLOAD,
  CLOSE_NO_STATUS,
  CLOSE_PROTOCOL_ERROR,
  CLOSE_TOO_BIG,
  FIN_BIT,
  isSendableCloseCode,
  LENGTH_16,
  LENGTH_64,
  LENGTH_BITS,
  MASK_BIT,
  MAX_CONTROL_BYTES,
  OPCODE_BINARY,
  OPCODE_BITS,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
  RESERVED_BITS,
} from "./frames.ts";

/** What a server says. Bytes are those from `start` to `end`, and belong to the callee until it returns. */
export interface FrameSink {
  text(bytes: Buffer, start: number, end: number): void;
  binary(bytes: Buffer, start: number, end: number): void;
  ping(bytes: Buffer, start: number, end: number): void;
  pong(): void;
  /** The last of all: what follows is not read. */
  close(code: number, reason: string): void;
}

export interface FrameReaderOptions {
  /** Of one message, however many frames it has. */
  readonly maxMessageBytes: number;
  readonly isUtf8: (bytes: Uint8Array) => boolean;
}

/** A connection that broke the protocol: with which code it is closed (RFC 6455 §7.4.1), and what it did. */
export interface FrameFault {
  readonly code: typeof CLOSE_PROTOCOL_ERROR | typeof CLOSE_INVALID_PAYLOAD | typeof CLOSE_TOO_BIG;
  readonly message: string;
}

const MAX_HEADER_BYTES = 10;
/** What a connection keeps for messages that come in pieces; larger ones get memory of their own. */
const KEPT_BYTES = 4_096;
const EMPTY = Buffer.alloc(0);

/**
 * The receiving half of a WebSocket client without extensions (RFC 6455 §5). Bytes go in as they come, in pieces of any
 * size; a message that lies whole in one piece is handed on where it lies.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxMessageBytes: number;
  readonly #isUtf8: (bytes: Uint8Array) => boolean;
  /** Null as long as the peer keeps to the protocol; after that nothing is read. */
  fault: FrameFault | null = null;
  #isClosed = false;

  readonly #header = Buffer.alloc(MAX_HEADER_BYTES);
  #headerBytes = 0;
  /** Of the frame whose header has been read. */
  #isInPayload = false;
  #isFinal = false;
  #opcode = 0;
  #payloadBytes = 0;
  #readBytes = 0;
  /** Complete ones of this read. */
  #frames = 0;

  /** The data message that is under way in several frames or pieces; continuation when there is none. */
  #messageOpcode = OPCODE_CONTINUATION;
  #message: Buffer = EMPTY;
  #messageBytes = 0;
  readonly #control = Buffer.alloc(MAX_CONTROL_BYTES);

  constructor(sink: FrameSink, { maxMessageBytes, isUtf8 }: FrameReaderOptions) {
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
    this.#isUtf8 = isUtf8;
  }

  /**
   * Reads the bytes from `start` to `end`, at most `maxFrames` frames of them, and returns up to where. After a fault or
   * a close everything counts as read.
   */
  read(bytes: Buffer, start: number, end: number, maxFrames: number): number {
    let at = start;
    this.#frames = 0;
    while (at < end && this.fault === null && !this.#isClosed) {
      if (this.#frames === maxFrames) return at;
      at = this.#isInPayload ? this.#readPayload(bytes, at, end) : this.#readHeader(bytes, at, end);
    }
    return end;
  }

  #readHeader(bytes: Buffer, start: number, end: number): number {
    const header = this.#header;
    let at = start;
    let wanted = this.#headerBytesWanted();
    while (this.#headerBytes < wanted) {
      if (at === end) return at;
      header[this.#headerBytes] = bytes[at] ?? 0;
      this.#headerBytes += 1;
      at += 1;
      wanted = this.#headerBytesWanted();
    }
    this.#headerBytes = 0;
    this.#begin(header[0] ?? 0, header[1] ?? 0);
    return at;
  }

  #headerBytesWanted(): number {
    if (this.#headerBytes < 2) return 2;
    const length = (this.#header[1] ?? 0) & LENGTH_BITS;
    if (length === LENGTH_16) return 4;
    return length === LENGTH_64 ? MAX_HEADER_BYTES : 2;
  }

  #begin(first: number, second: number): void {
    this.#opcode = first & OPCODE_BITS;
    this.#isFinal = (first & FIN_BIT) !== 0;
    this.#payloadBytes = this.#length(second & LENGTH_BITS);
    this.#readBytes = 0;
    this.fault = this.#faultOf(first, second);
    if (this.fault !== null) return;
    if (this.#opcode === OPCODE_TEXT || this.#opcode === OPCODE_BINARY) {
      this.#messageOpcode = this.#opcode;
      this.#messageBytes = 0;
    }
    this.#isInPayload = true;
    // Without a payload there may be no more bytes to come: it is complete here.
    if (this.#payloadBytes === 0) this.#end(EMPTY, 0);
  }

  #length(length: number): number {
    if (length === LENGTH_16) return this.#header.readUInt16BE(2);
    if (length !== LENGTH_64) return length;
    // More than a double holds exactly is far more than any limit.
    return this.#header.readUInt32BE(2) * 2 ** 32 + this.#header.readUInt32BE(6);
  }

  #faultOf(first: number, second: number): FrameFault | null {
    if ((first & RESERVED_BITS) !== 0) return broken("a reserved bit is set");
    // RFC 6455 §5.1: "A client MUST close a connection if it detects a masked frame."
    if ((second & MASK_BIT) !== 0) return broken("a frame of the server's is masked");
    const isFragmented = this.#messageOpcode !== OPCODE_CONTINUATION;
    switch (this.#opcode) {
      case OPCODE_TEXT:
      case OPCODE_BINARY:
        if (isFragmented) return broken("a message begins inside another");
        break;
      case OPCODE_CONTINUATION:
        if (!isFragmented) return broken("a continuation has nothing to continue");
        break;
      case OPCODE_CLOSE:
      case OPCODE_PING:
      case OPCODE_PONG:
        if (!this.#isFinal) return broken("a control frame is fragmented");
        if (this.#payloadBytes > MAX_CONTROL_BYTES) return broken("a control frame is too long");
        return null;
      default:
        return broken(`opcode ${this.#opcode} is not defined`);
    }
    const before = this.#opcode === OPCODE_CONTINUATION ? this.#messageBytes : 0;
    if (before + this.#payloadBytes <= this.#maxMessageBytes) return null;
    return { code: CLOSE_TOO_BIG, message: `a message has over ${this.#maxMessageBytes} bytes` };
  }

  #readPayload(bytes: Buffer, start: number, end: number): number {
    const missing = this.#payloadBytes - this.#readBytes;
    const available = Math.min(missing, end - start);
    const isControl = this.#opcode >= OPCODE_CLOSE;
    const isWhole =
      this.#readBytes === 0 && available === missing && (isControl || this.#isWholeMessage());
    if (isWhole) {
      this.#end(bytes, start);
      return start + available;
    }
    if (isControl) {
      bytes.copy(this.#control, this.#readBytes, start, start + available);
    } else {
      this.#reserve(this.#messageBytes + this.#payloadBytes - this.#readBytes);
      bytes.copy(this.#message, this.#messageBytes, start, start + available);
      this.#messageBytes += available;
    }
    this.#readBytes += available;
    if (this.#readBytes === this.#payloadBytes) this.#end(isControl ? this.#control : EMPTY, 0);
    return start + available;
  }

  #isWholeMessage(): boolean {
    return this.#isFinal && this.#opcode !== OPCODE_CONTINUATION;
  }

  /** Doubles, so that a message of many frames is not copied for each. */
  #reserve(bytes: number): void {
    if (bytes <= this.#message.length) return;
    const grown = Math.min(this.#maxMessageBytes, Math.max(KEPT_BYTES, 2 * this.#message.length));
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, grown));
    this.#message.copy(larger, 0, 0, this.#messageBytes);
    this.#message = larger;
  }

  /** The frame is complete. A whole message and a control frame lie in `bytes`; the pieces of others have been kept. */
  #end(bytes: Buffer, start: number): void {
    this.#isInPayload = false;
    this.#frames += 1;
    const end = start + this.#payloadBytes;
    switch (this.#opcode) {
      case OPCODE_PING:
        this.#sink.ping(bytes, start, end);
        return;
      case OPCODE_PONG:
        this.#sink.pong();
        return;
      case OPCODE_CLOSE:
        this.#close(bytes, start, end);
        return;
      default:
        break;
    }
    if (!this.#isFinal) return;
    const opcode = this.#messageOpcode;
    this.#messageOpcode = OPCODE_CONTINUATION;
    if (this.#messageBytes === 0) {
      this.#deliver(opcode, bytes, start, end);
      return;
    }
    const message = this.#message;
    if (message.length > KEPT_BYTES) this.#message = EMPTY;
    this.#deliver(opcode, message, 0, this.#messageBytes);
  }

  #deliver(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === OPCODE_BINARY) {
      this.#sink.binary(bytes, start, end);
    } else if (this.#isUtf8(bytes.subarray(start, end))) {
      this.#sink.text(bytes, start, end);
    } else {
      this.fault = { code: CLOSE_INVALID_PAYLOAD, message: "a text is not UTF-8" };
    }
  }

  /** RFC 6455 §5.5.1. */
  #close(bytes: Buffer, start: number, end: number): void {
    if (end - start === 1) {
      this.fault = broken("a close frame has one byte");
      return;
    }
    const code = end === start ? CLOSE_NO_STATUS : bytes.readUInt16BE(start);
    if (end > start && !isSendableCloseCode(code)) {
      this.fault = broken(`close code ${code} may not be sent`);
      return;
    }
    const reason = bytes.subarray(Math.min(end, start + 2), end);
    if (!this.#isUtf8(reason)) {
      this.fault = { code: CLOSE_INVALID_PAYLOAD, message: "a close reason is not UTF-8" };
      return;
    }
    this.#isClosed = true;
    this.#sink.close(code, reason.toString("utf8"));
  }
}

function broken(message: string): FrameFault {
  return { code: CLOSE_PROTOCOL_ERROR, message };
}
