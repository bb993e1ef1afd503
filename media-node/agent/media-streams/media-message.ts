import { writeBase64 } from "../base64.ts";

const ZERO = 0x30;
/** Of three 32-bit numbers. */
const MOST_DIGITS = 30;

const CHUNK = Buffer.from(`","media":{"track":"inbound","chunk":"`);
const TIMESTAMP = Buffer.from(`","timestamp":"`);
const PAYLOAD = Buffer.from(`","payload":"`);

/**
 * The `media` message of a stream as UTF-8, written over the last one: of constant parts, three numbers and the payload in
 * base64 (RFC 4648 §4), so that a frame makes neither an object nor a string.
 */
export class MediaMessage {
  readonly #head: Buffer;
  readonly #tail: Buffer;
  #bytes = Buffer.alloc(0);
  #message = this.#bytes;
  #at = 0;

  /** `head` ends where the digits of the sequence number begin, `tail` begins where the payload's string has ended. */
  constructor(head: string, tail: string) {
    this.#head = Buffer.from(head);
    this.#tail = Buffer.from(tail);
  }

  /** At most so many bytes is a message with that payload. */
  mostBytes(payloadBytes: number): number {
    const constant = this.#head.length + CHUNK.length + TIMESTAMP.length + PAYLOAD.length;
    return constant + MOST_DIGITS + 4 * Math.ceil(payloadBytes / 3) + this.#tail.length;
  }

  /** The numbers have 32 bits; the payload are the bytes from `start` on. The result is there until the next call. */
  write(
    sequenceNumber: number,
    chunk: number,
    timestampMs: number,
    payload: Uint8Array,
    start: number,
  ): Buffer {
    const most = this.mostBytes(payload.length - start);
    if (this.#bytes.length < most) this.#bytes = Buffer.alloc(most);
    this.#at = 0;
    this.#writePart(this.#head);
    this.#writeNumber(sequenceNumber);
    this.#writePart(CHUNK);
    this.#writeNumber(chunk);
    this.#writePart(TIMESTAMP);
    this.#writeNumber(timestampMs);
    this.#writePart(PAYLOAD);
    this.#at = writeBase64(payload, start, this.#bytes, this.#at);
    this.#writePart(this.#tail);
    const message = this.#message;
    if (message.length !== this.#at || message.buffer !== this.#bytes.buffer) {
      this.#message = this.#bytes.subarray(0, this.#at);
    }
    return this.#message;
  }

  #writePart(part: Buffer): void {
    this.#bytes.set(part, this.#at);
    this.#at += part.length;
  }

  #writeNumber(value: number): void {
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits += 1;
    let rest = value;
    for (let i = this.#at + digits - 1; i >= this.#at; i--) {
      this.#bytes[i] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#at += digits;
  }
}
