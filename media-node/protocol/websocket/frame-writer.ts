import {
  FIN_BIT,
  LENGTH_16,
  LENGTH_64,
  MASK_BIT,
  MASKING_KEY_BYTES,
  MAX_CONTROL_BYTES,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
} from "./frames.ts";

/** Where payloads begin: after the longest header, and on a word's boundary. */
const PAYLOAD_OFFSET = 16;
const LEAST_BYTES = 16_384;
const KEYS = 1_024;
const MOST_BYTES_PER_UTF16_UNIT = 3;
/** Two bytes of the code come first. */
const MAX_REASON_BYTES = MAX_CONTROL_BYTES - 2;

/**
 * Masked frames of a client (RFC 6455 §5.3), one after the other in the same memory: each method returns the bytes of one
 * whole frame, which are there until the next call. Frames of the same length are the same object.
 */
export class FrameWriter {
  readonly #randomise: (words: Int32Array) => void;
  #bytes = Buffer.alloc(0);
  #words = new Int32Array(0);
  #frame = this.#bytes;
  readonly #keys = new Int32Array(KEYS);
  #key = KEYS;

  /** @param randomise fills words that nobody can foretell: RFC 6455 §10.3 says why. */
  constructor(randomise: (words: Int32Array) => void) {
    this.#randomise = randomise;
    this.leaveMemory();
  }

  /** The last frame is still needed where it lies: the next ones are written elsewhere. */
  leaveMemory(): void {
    this.#allocate(LEAST_BYTES);
  }

  text(text: string): Buffer {
    this.#reserve(text.length * MOST_BYTES_PER_UTF16_UNIT);
    return this.#finish(OPCODE_TEXT, this.#bytes.write(text, PAYLOAD_OFFSET, "utf8"));
  }

  /** Text that is UTF-8 already. */
  textBytes(payload: Uint8Array): Buffer {
    return this.#copied(OPCODE_TEXT, payload);
  }

  binary(payload: Uint8Array): Buffer {
    return this.#copied(OPCODE_BINARY, payload);
  }

  ping(): Buffer {
    return this.#finish(OPCODE_PING, 0);
  }

  /** RFC 6455 §5.5.3: with the payload of the ping. */
  pong(payload: Buffer, start: number, end: number): Buffer {
    payload.copy(this.#bytes, PAYLOAD_OFFSET, start, end);
    return this.#finish(OPCODE_PONG, end - start);
  }

  /** A reason that is too long is cut, at a character. */
  close(code: number, reason: string): Buffer {
    this.#bytes.writeUInt16BE(code, PAYLOAD_OFFSET);
    const written = this.#bytes.write(reason, PAYLOAD_OFFSET + 2, MAX_REASON_BYTES, "utf8");
    return this.#finish(OPCODE_CLOSE, 2 + written);
  }

  /** Without a code: what a close without one is answered with. */
  closeWithoutCode(): Buffer {
    return this.#finish(OPCODE_CLOSE, 0);
  }

  #copied(opcode: number, payload: Uint8Array): Buffer {
    this.#reserve(payload.length);
    this.#bytes.set(payload, PAYLOAD_OFFSET);
    return this.#finish(opcode, payload.length);
  }

  #reserve(payloadBytes: number): void {
    const wanted = PAYLOAD_OFFSET + payloadBytes + MASKING_KEY_BYTES;
    if (wanted > this.#bytes.length) this.#allocate(Math.ceil(wanted / 4) * 4);
  }

  #allocate(bytes: number): void {
    const memory = new ArrayBuffer(bytes);
    this.#bytes = Buffer.from(memory);
    this.#words = new Int32Array(memory);
    this.#frame = this.#bytes.subarray(0, 0);
  }

  /** Masks the payload where it lies, a word at a time, and puts the header before it. */
  #finish(opcode: number, length: number): Buffer {
    const bytes = this.#bytes;
    const words = this.#words;
    const key = this.#nextKey();
    const lastWord = (PAYLOAD_OFFSET + length + 3) >> 2;
    for (let i = PAYLOAD_OFFSET >> 2; i < lastWord; i++) words[i] = (words[i] ?? 0) ^ key;
    words[(PAYLOAD_OFFSET >> 2) - 1] = key;
    const start = this.#writeHeader(opcode, length);
    const end = PAYLOAD_OFFSET + length;
    const frame = this.#frame;
    if (frame.byteOffset !== start || frame.length !== end - start) {
      this.#frame = bytes.subarray(start, end);
    }
    return this.#frame;
  }

  #writeHeader(opcode: number, length: number): number {
    const bytes = this.#bytes;
    const keyOffset = PAYLOAD_OFFSET - MASKING_KEY_BYTES;
    let start = keyOffset - 2;
    let shortLength = length;
    if (length > 0xffff) {
      start -= 8;
      shortLength = LENGTH_64;
      bytes.writeUInt32BE(0, start + 2);
      bytes.writeUInt32BE(length, start + 6);
    } else if (length >= LENGTH_16) {
      start -= 2;
      shortLength = LENGTH_16;
      bytes.writeUInt16BE(length, start + 2);
    }
    bytes[start] = FIN_BIT | opcode;
    bytes[start + 1] = MASK_BIT | shortLength;
    return start;
  }

  #nextKey(): number {
    if (this.#key === KEYS) {
      this.#randomise(this.#keys);
      this.#key = 0;
    }
    const key = this.#keys[this.#key] ?? 0;
    this.#key += 1;
    return key;
  }
}
