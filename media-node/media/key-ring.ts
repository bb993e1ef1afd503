import type { SrtpKeys } from "../protocol/sdp/media-plan.ts";
import { createSrtpContext, type SrtpContext, unprotectRtp } from "../protocol/srtp/context.ts";
import { unprotectRtcp } from "../protocol/srtp/srtcp.ts";
import { SRTP_AUTH_FAILED, SRTP_UNKNOWN_MKI } from "../protocol/srtp/verdicts.ts";

/**
 * The SRTP contexts of a session through its re-offers. Keys that stay the same keep their context; when the peer's change,
 * the old ones decrypt too until the first packet under a new one.
 */
export class KeyRing {
  #keys: SrtpKeys | null = null;
  /** Null is plain RTP; then there is nothing to receive with either. */
  send: SrtpContext | null = null;
  /** Whether the last packet came under keys that are being replaced. */
  isOutgoing = false;
  /** Rises with the first packet under new keys. */
  generation = 0;
  #receive: SrtpContext[] = [];
  #outgoing: SrtpContext[] = [];

  get isSecure(): boolean {
    return this.send !== null;
  }

  /** Returns true when packets are sent under another key than before, or no longer under any. */
  update(keys: SrtpKeys | null): boolean {
    const before = this.#keys;
    this.#keys = keys;
    if (keys === null) {
      this.send = null;
      this.#receive = [];
      this.#outgoing = [];
      return before !== null;
    }
    const isSameSuite = before?.suite === keys.suite;
    if (!isSameSuite || !sameReceiveKeys(before, keys)) {
      const [replaced = null] = this.#receive;
      this.#outgoing = this.#receive;
      this.#receive = [
        createSrtpContext(keys.suite, keys.receive, keys.receiveMki, replaced),
        ...(keys.receiveAlternates ?? []).map(({ masterKeyAndSalt, mki }) =>
          createSrtpContext(keys.suite, masterKeyAndSalt, mki, replaced),
        ),
      ];
    }
    if (this.send !== null && isSameSuite && sameBytes(before.send, keys.send)) return false;
    this.send = createSrtpContext(keys.suite, keys.send);
    return true;
  }

  /** The length of the RTP packet, decrypted in place, or a verdict. */
  unprotectRtp(packet: Buffer, length: number): number {
    return this.#unprotect(unprotectRtp, packet, length);
  }

  unprotectRtcp(packet: Buffer, length: number): number {
    return this.#unprotect(unprotectRtcp, packet, length);
  }

  #unprotect(
    unprotect: (context: SrtpContext, packet: Buffer, length: number) => number,
    packet: Buffer,
    length: number,
  ): number {
    let verdict = SRTP_AUTH_FAILED;
    for (const context of this.#receive) {
      const outcome = unprotect(context, packet, length);
      if (outcome >= 0) {
        this.isOutgoing = false;
        if (this.#outgoing.length > 0) {
          this.#outgoing = [];
          this.generation += 1;
        }
        return outcome;
      }
      if (outcome !== SRTP_UNKNOWN_MKI) verdict = outcome;
    }
    for (const context of this.#outgoing) {
      const outcome = unprotect(context, packet, length);
      if (outcome >= 0) {
        this.isOutgoing = true;
        return outcome;
      }
    }
    return verdict;
  }
}

function sameReceiveKeys(one: SrtpKeys, other: SrtpKeys): boolean {
  const alternates = one.receiveAlternates ?? [];
  const others = other.receiveAlternates ?? [];
  return (
    sameBytes(one.receive, other.receive) &&
    one.receiveMki?.value === other.receiveMki?.value &&
    one.receiveMki?.lengthBytes === other.receiveMki?.lengthBytes &&
    alternates.length === others.length &&
    alternates.every(({ masterKeyAndSalt }, i) =>
      sameBytes(masterKeyAndSalt, others[i]?.masterKeyAndSalt ?? new Uint8Array(0)),
    )
  );
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
