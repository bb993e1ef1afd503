import {
  contentLength,
  emptyBody,
  indexOfHeaderEnd,
  parseHead,
  type SipHeader,
  type SipMessage,
  type SipStartLine,
} from "../protocol/sip/message.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import type { EngineLimits } from "./engine-config.ts";

export type FramerOutput =
  | { readonly kind: "message"; readonly message: SipMessage }
  /** RFC 5626 §4.4.1: a double CRLF between messages, to be answered by one CRLF. */
  | { readonly kind: "ping" }
  /** RFC 5626 §4.4.1: a single CRLF between messages, the answer to a ping of ours. */
  | { readonly kind: "pong" }
  /** Whoever sends this does not speak SIP: nothing after it is read. */
  | { readonly kind: "not_sip" }
  | {
      readonly kind: "malformed";
      readonly error: SipSyntaxError;
      /** What stood in the header section, for a 400 and for the log; may be cut. */
      readonly headText: string;
      /** The end of the message is unknown: nothing after it can be read. */
      readonly isFatal: boolean;
    };

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const DELETE = 0x7f;
const DOUBLE_CRLF_BYTES = 4;
/** No start line of a SIP peer is so long. */
const MAX_START_LINE_BYTES = 4_096;

/** Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3), within hard limits. */
export class StreamFramer {
  readonly #limits: EngineLimits;
  readonly #mustBeSip: boolean;
  #pending: Buffer = Buffer.alloc(0);
  /** Where the search for the blank line goes on: it never restarts from the front. */
  #searchedBytes = 0;
  /** Of the message whose head is here: until then the head is not read again. */
  #wantedBytes = 0;
  #hasFailed = false;
  #isStartLineSeen = false;

  /** `mustBeSip`: a first line that no SIP peer sends is told at once, and not waited to its end. */
  constructor(
    limits: EngineLimits,
    options: { readonly mustBeSip: boolean } = { mustBeSip: false },
  ) {
    this.#limits = limits;
    this.#mustBeSip = options.mustBeSip;
  }

  /** A message has begun and not ended: the sender is on the clock. */
  get isMidMessage(): boolean {
    return this.#pending.length > 0;
  }

  /** Takes what the socket gave; returns what became complete. After a fatal output it returns nothing more. */
  push(chunk: Buffer): FramerOutput[] {
    if (this.#hasFailed) return [];
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const outputs: FramerOutput[] = [];
    for (;;) {
      this.#skipKeepAlives(outputs);
      const output = this.#next();
      if (output === null) return outputs;
      outputs.push(output);
      if (output.kind === "not_sip" || (output.kind === "malformed" && output.isFatal)) {
        this.#hasFailed = true;
        this.#pending = Buffer.alloc(0);
        return outputs;
      }
    }
  }

  #skipKeepAlives(outputs: FramerOutput[]): void {
    if (this.#searchedBytes > 0) return;
    let index = 0;
    while (this.#pending[index] === CR && this.#pending[index + 1] === LF) index += 2;
    if (index === 0) return;
    this.#pending = this.#pending.subarray(index);
    // One answer for all pings of a segment: a flood of CRLF is not worth more.
    const kind = index >= DOUBLE_CRLF_BYTES ? "ping" : "pong";
    if (!outputs.some((output) => output.kind === kind)) outputs.push({ kind });
  }

  #next(): FramerOutput | null {
    if (this.#pending.length === 0 || this.#pending.length < this.#wantedBytes) return null;
    if (this.#mustBeSip && !this.#isStartLineSeen && !this.#mayBeSip()) return { kind: "not_sip" };
    const headEnd = indexOfHeaderEnd(this.#pending, this.#searchedBytes);
    if (headEnd === -1) {
      this.#searchedBytes = Math.max(0, this.#pending.length - 3);
      if (this.#pending.length <= this.#limits.maxHeaderBytes) return null;
      return this.#fatal(new SipSyntaxError("the header section is too long", 413), 2_048);
    }
    if (headEnd > this.#limits.maxHeaderBytes) {
      return this.#fatal(new SipSyntaxError("the header section is too long", 413), 2_048);
    }
    const headText = this.#pending.toString("utf8", 0, headEnd);
    const head = parseHead(headText, {
      maxHeaders: this.#limits.maxHeaders,
      maxLineChars: this.#limits.maxHeaderBytes,
    });
    if (head instanceof SipSyntaxError) return this.#malformedHead(head, headText, headEnd);
    return this.#withBody(head, headEnd);
  }

  /** Every start line has `SIP/` in it, and begins with a printable character. */
  #mayBeSip(): boolean {
    const lineEnd = this.#pending.indexOf(LF);
    if (lineEnd === -1) {
      const [first = 0] = this.#pending;
      // The first half of a keep-alive.
      if (first === CR) return this.#pending.length === 1;
      return first > SPACE && first < DELETE && this.#pending.length < MAX_START_LINE_BYTES;
    }
    this.#isStartLineSeen = true;
    return /SIP\//i.test(this.#pending.toString("latin1", 0, lineEnd));
  }

  #withBody(
    head: { startLine: SipStartLine; headers: readonly SipHeader[] },
    headEnd: number,
  ): FramerOutput | null {
    const declared = contentLength(head.headers);
    if (declared instanceof SipSyntaxError) return this.#fatal(declared, headEnd);
    // RFC 3261 §20.14: over a stream "the header field MUST be used".
    if (declared === null) {
      return this.#fatal(new SipSyntaxError("Content-Length is missing"), headEnd);
    }
    const total = headEnd + DOUBLE_CRLF_BYTES + declared;
    if (total > this.#limits.maxMessageBytes) {
      return this.#fatal(new SipSyntaxError("the message is too large", 413), headEnd);
    }
    if (this.#pending.length < total) {
      this.#searchedBytes = headEnd;
      this.#wantedBytes = total;
      return null;
    }
    // A copy: the body outlives this segment, and a view would keep the whole of it alive.
    const body =
      declared === 0
        ? emptyBody()
        : Buffer.from(this.#pending.subarray(headEnd + DOUBLE_CRLF_BYTES, total));
    this.#advance(total);
    return { kind: "message", message: { ...head, body } };
  }

  /** A broken head whose Content-Length can still be read costs one message, not the connection. */
  #malformedHead(error: SipSyntaxError, headText: string, headEnd: number): FramerOutput | null {
    const lengths = [
      ...headText.matchAll(/\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,6})[ \t]*(?=\r\n|$)/gi),
    ];
    const declared = lengths.length === 1 ? Number(lengths[0]?.[1]) : null;
    if (declared === null) return this.#fatal(error, headEnd);
    const total = headEnd + DOUBLE_CRLF_BYTES + declared;
    if (total > this.#limits.maxMessageBytes) return this.#fatal(error, headEnd);
    if (this.#pending.length < total) {
      this.#searchedBytes = headEnd;
      this.#wantedBytes = total;
      return null;
    }
    this.#advance(total);
    return { kind: "malformed", error, headText, isFatal: false };
  }

  #advance(bytes: number): void {
    this.#pending = this.#pending.subarray(bytes);
    this.#searchedBytes = 0;
    this.#wantedBytes = 0;
    this.#isStartLineSeen = false;
  }

  #fatal(error: SipSyntaxError, headBytes: number): FramerOutput {
    const headText = this.#pending.toString("utf8", 0, headBytes);
    return { kind: "malformed", error, headText, isFatal: true };
  }
}
