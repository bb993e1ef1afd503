import type { SrtpSuite } from "../protocol/sdp/media-plan.ts";
import { createSrtpContext, type Mki, protectRtp, unprotectRtp } from "../protocol/srtp/context.ts";
import { protectRtcp, unprotectRtcp } from "../protocol/srtp/srtcp.ts";
import { SRTP_NO_CONTEXT } from "../protocol/srtp/verdicts.ts";

/** What does SRTP. Two implementations of the same bytes: `wasm-srtp.ts` and the one on node:crypto. */
export interface SrtpEngine {
  /**
   * All crypto state of one master key in one direction.
   *
   * @param masterKeyAndSalt master key, then master salt, of the lengths in `SRTP_SUITES`.
   * @param replaced the receiving cipher that a new key replaces: its rollover counters are a second guess.
   * @throws RangeError when the length of the key is not that of the suite.
   */
  open(
    suite: SrtpSuite,
    masterKeyAndSalt: Uint8Array,
    mki?: Mki | null,
    replaced?: SrtpCipher | null,
  ): SrtpCipher;
}

/**
 * One context. Packets begin at 0 of their buffer and are changed in place; results are lengths, or verdicts of
 * protocol/srtp/verdicts.ts. A packet that is refused is unchanged and has changed no state.
 */
export interface SrtpCipher {
  /** Of the context in the packet memory, for batches; 0 when it is not there. */
  readonly address: number;
  protectRtp(packet: Buffer, length: number): number;
  unprotectRtp(packet: Buffer, length: number): number;
  protectRtcp(packet: Buffer, length: number): number;
  unprotectRtcp(packet: Buffer, length: number): number;
  /** Forgets the keys. From then on every packet is refused. */
  close(): void;
}

/** On node:crypto: the oracle of the tests, and what is left when the packet memory is full. */
export const nodeSrtpEngine: SrtpEngine = {
  open(suite, masterKeyAndSalt, mki = null, replaced = null) {
    return new NodeSrtpCipher(suite, masterKeyAndSalt, mki, replaced);
  },
};

class NodeSrtpCipher implements SrtpCipher {
  readonly address = 0;
  #context: ReturnType<typeof createSrtpContext> | null;

  constructor(
    suite: SrtpSuite,
    masterKeyAndSalt: Uint8Array,
    mki: Mki | null,
    replaced: SrtpCipher | null,
  ) {
    const before = replaced instanceof NodeSrtpCipher ? replaced.#context : null;
    this.#context = createSrtpContext(suite, masterKeyAndSalt, mki, before);
  }

  protectRtp(packet: Buffer, length: number): number {
    return this.#context === null ? SRTP_NO_CONTEXT : protectRtp(this.#context, packet, length);
  }

  unprotectRtp(packet: Buffer, length: number): number {
    return this.#context === null ? SRTP_NO_CONTEXT : unprotectRtp(this.#context, packet, length);
  }

  protectRtcp(packet: Buffer, length: number): number {
    return this.#context === null ? SRTP_NO_CONTEXT : protectRtcp(this.#context, packet, length);
  }

  unprotectRtcp(packet: Buffer, length: number): number {
    return this.#context === null ? SRTP_NO_CONTEXT : unprotectRtcp(this.#context, packet, length);
  }

  close(): void {
    this.#context = null;
  }
}
