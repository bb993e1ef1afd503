/** A frame is `<decimal byte length>#<payload>`; the length counts the payload's octets in UTF-8. */

/** Larger than any SIP message the engine takes, small enough that a broken client cannot fill memory. */
export const MAX_FRAME_BYTES = 1_048_576;
const HASH = 0x23;
const MAX_LENGTH_DIGITS = 7;

export class ControlFrameError extends Error {
  readonly code = "control_frame_invalid";
}

export function frameText(payload: string): string {
  return `${Buffer.byteLength(payload)}#${payload}`;
}

/** Cuts the control stream into payloads, however the transport split or joined them. */
export class ControlFrameReader {
  #chunks: Buffer[] = [];
  #bufferedBytes = 0;
  /** Length of the frame being collected; null while its length field is read. */
  #expectedBytes: number | null = null;

  /** Returns the payloads that are complete; throws ControlFrameError on a bad or excessive length. */
  push(chunk: Buffer): string[] {
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
    const payloads: string[] = [];
    for (;;) {
      if (this.#expectedBytes === null && !this.#readLength()) return payloads;
      const expected = this.#expectedBytes ?? 0;
      if (this.#bufferedBytes < expected) return payloads;
      const all = this.#joined();
      payloads.push(all.toString("utf8", 0, expected));
      this.#keep(all.subarray(expected));
      this.#expectedBytes = null;
    }
  }

  #readLength(): boolean {
    if (this.#bufferedBytes === 0) return false;
    const all = this.#joined();
    const hash = all.subarray(0, MAX_LENGTH_DIGITS + 1).indexOf(HASH);
    if (hash === -1) {
      if (all.length > MAX_LENGTH_DIGITS) throw new ControlFrameError("a frame has no length");
      return false;
    }
    const digits = all.toString("latin1", 0, hash);
    const length = Number(digits);
    if (!/^\d+$/.test(digits) || length === 0 || length > MAX_FRAME_BYTES) {
      throw new ControlFrameError("the length of a frame is invalid");
    }
    this.#expectedBytes = length;
    this.#keep(all.subarray(hash + 1));
    return true;
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first !== undefined) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bufferedBytes = rest.length;
  }
}
