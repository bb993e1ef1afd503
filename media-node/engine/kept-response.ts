import { parseHead, type SipResponse, writeHead } from "../protocol/sip/message.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";

/**
 * A response that may be wanted again, as its text: what it was made of would keep its request with it. Cheap where it
 * has just been sent.
 */
export class KeptResponse {
  readonly #head: string;
  readonly #body: Uint8Array;

  constructor(response: SipResponse) {
    this.#head = writeHead(response);
    this.#body = response.body;
  }

  restore(): SipResponse {
    const head = parseHead(this.#head.trimEnd());
    if (head instanceof SipSyntaxError || head.startLine.kind !== "response") {
      throw new Error("a response that was written cannot be read");
    }
    return { startLine: head.startLine, headers: head.headers, body: this.#body };
  }
}
