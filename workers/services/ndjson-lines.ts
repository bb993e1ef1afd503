/** One line of a body. */
export type NdjsonLine =
  | { readonly kind: "text"; readonly text: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "not_utf8" }
  | { readonly kind: "too_long" };

const NEWLINE = 0x0a;

/**
 * The lines of a body as they come, empty ones left out; at most one line and one chunk are held at a time. The last line needs
 * no end. Nothing is given after `maxBytes`: the caller is told by `isCut`.
 * @throws what the body throws
 */
export class NdjsonLines implements AsyncIterable<NdjsonLine> {
  readonly #body: ReadableStream<Uint8Array>;
  readonly #maxBytes: number;
  readonly #maxLineBytes: number;
  #isCut = false;

  constructor(
    body: ReadableStream<Uint8Array>,
    limits: { readonly maxBytes: number; readonly maxLineBytes: number },
  ) {
    this.#body = body;
    this.#maxBytes = limits.maxBytes;
    this.#maxLineBytes = limits.maxLineBytes;
  }

  /** The body is longer than may be read. */
  get isCut(): boolean {
    return this.#isCut;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<NdjsonLine> {
    let read = 0;
    let parts: Uint8Array[] = [];
    let length = 0;
    const keep = (part: Uint8Array) => {
      length += part.length;
      // What is too long to be a line is counted, and not kept.
      if (length <= this.#maxLineBytes) parts.push(part);
    };
    const take = (): NdjsonLine | null => {
      const line = this.#lineOf(parts, length);
      parts = [];
      length = 0;
      return line;
    };
    for await (const chunk of this.#body) {
      read += chunk.length;
      if (read > this.#maxBytes) {
        this.#isCut = true;
        return;
      }
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
        keep(chunk.subarray(from, end));
        from = end + 1;
        const line = take();
        if (line !== null) yield line;
      }
      // A chunk may be used again by whoever made it.
      if (from < chunk.length) keep(chunk.slice(from));
    }
    const last = take();
    if (last !== null) yield last;
  }

  #lineOf(parts: readonly Uint8Array[], length: number): NdjsonLine | null {
    if (length > this.#maxLineBytes) return { kind: "too_long" };
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes).trim();
      return text === "" ? null : { kind: "text", text, bytes };
    } catch {
      return { kind: "not_utf8" };
    }
  }
}
