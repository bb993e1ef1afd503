import type { SrtpKeys } from "../protocol/sdp/media-plan.ts";
import { SRTP_AUTH_FAILED, SRTP_UNKNOWN_MKI } from "../protocol/srtp/verdicts.ts";
import type { SrtpCipher, SrtpEngine } from "./srtp-engine.ts";

/**
 * The SRTP contexts of a session through its re-offers. Keys that stay the same keep their context; when the peer's change,
 * the old ones decrypt too until the first packet under a new one.
 */
export class KeyRing {
  readonly #engine: SrtpEngine;
  #keys: SrtpKeys | null = null;
  /** Null is plain RTP; then there is nothing to receive with either. */
  send: SrtpCipher | null = null;
  /** Whether the last packet came under keys that are being replaced. */
  isOutgoing = false;
  /** Rises with the first packet under new keys. */
  generation = 0;
  #receive: SrtpCipher[] = [];
  #outgoing: SrtpCipher[] = [];

  constructor(engine: SrtpEngine) {
    this.#engine = engine;
  }

  get isSecure(): boolean {
    return this.send !== null;
  }

  /** Returns true when packets are sent under another key than before, or no longer under any. */
  update(keys: SrtpKeys | null): boolean {
    const before = this.#keys;
    this.#keys = keys;
    if (keys === null) {
      this.close();
      return before !== null;
    }
    const isSameSuite = before?.suite === keys.suite;
    if (!isSameSuite || !sameReceiveKeys(before, keys)) {
      const [replaced = null] = this.#receive;
      closeAll(this.#outgoing);
      this.#outgoing = this.#receive;
      this.#receive = [
        this.#engine.open(keys.suite, keys.receive, keys.receiveMki, replaced),
        ...(keys.receiveAlternates ?? []).map(({ masterKeyAndSalt, mki }) =>
          this.#engine.open(keys.suite, masterKeyAndSalt, mki, replaced),
        ),
      ];
    }
    if (this.send !== null && isSameSuite && sameBytes(before.send, keys.send)) return false;
    this.send?.close();
    this.send = this.#engine.open(keys.suite, keys.send);
    return true;
  }

  /** Forgets all keys. */
  close(): void {
    this.send?.close();
    this.send = null;
    closeAll(this.#receive);
    this.#receive = [];
    closeAll(this.#outgoing);
    this.#outgoing = [];
  }

  /** The length of the RTP packet, decrypted in place, or a verdict. */
  unprotectRtp(packet: Buffer, length: number): number {
    return this.#unprotect(packet, length, false);
  }

  unprotectRtcp(packet: Buffer, length: number): number {
    return this.#unprotect(packet, length, true);
  }

  #unprotect(packet: Buffer, length: number, isRtcp: boolean): number {
    let verdict = SRTP_AUTH_FAILED;
    for (const cipher of this.#receive) {
      const outcome = unprotect(cipher, packet, length, isRtcp);
      if (outcome >= 0) {
        this.isOutgoing = false;
        if (this.#outgoing.length > 0) {
          closeAll(this.#outgoing);
          this.#outgoing = [];
          this.generation += 1;
        }
        return outcome;
      }
      if (outcome !== SRTP_UNKNOWN_MKI) verdict = outcome;
    }
    for (const cipher of this.#outgoing) {
      const outcome = unprotect(cipher, packet, length, isRtcp);
      if (outcome >= 0) {
        this.isOutgoing = true;
        return outcome;
      }
    }
    return verdict;
  }
}

function unprotect(cipher: SrtpCipher, packet: Buffer, length: number, isRtcp: boolean): number {
  return isRtcp ? cipher.unprotectRtcp(packet, length) : cipher.unprotectRtp(packet, length);
}

function closeAll(ciphers: readonly SrtpCipher[]): void {
  for (const cipher of ciphers) cipher.close();
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
