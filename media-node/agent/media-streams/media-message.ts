const BASE64 = Buffer.from(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
  "latin1",
);
const PAD = 0x3d;
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
    this.#writeBase64(payload, start);
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

  #writeBase64(payload: Uint8Array, start: number): void {
    const bytes = this.#bytes;
    const end = payload.length;
    let at = this.#at;
    let i = start;
    for (; i + 2 < end; i += 3) {
      const group =
        ((payload[i] ?? 0) << 16) | ((payload[i + 1] ?? 0) << 8) | (payload[i + 2] ?? 0);
      bytes[at] = BASE64[group >> 18] ?? 0;
      bytes[at + 1] = BASE64[(group >> 12) & 63] ?? 0;
      bytes[at + 2] = BASE64[(group >> 6) & 63] ?? 0;
      bytes[at + 3] = BASE64[group & 63] ?? 0;
      at += 4;
    }
    if (i < end) {
      const hasTwo = i + 1 < end;
      const group = ((payload[i] ?? 0) << 16) | ((hasTwo ? (payload[i + 1] ?? 0) : 0) << 8);
      bytes[at] = BASE64[group >> 18] ?? 0;
      bytes[at + 1] = BASE64[(group >> 12) & 63] ?? 0;
      bytes[at + 2] = hasTwo ? (BASE64[(group >> 6) & 63] ?? 0) : PAD;
      bytes[at + 3] = PAD;
      at += 4;
    }
    this.#at = at;
  }
}
