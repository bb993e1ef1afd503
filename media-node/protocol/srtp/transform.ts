/**
 * What a suite does to one packet in place. Contexts keep the indices, a transform keeps the keys: another
 * implementation of the same bytes is another transform.
 */
export interface SrtpTransform {
  readonly authTagBytes: number;
  /**
   * Whether the tag stands right behind the text (RFC 7714 §8.2, §9.2), before SRTCP index and MKI; else it is last
   * (RFC 3711 §3.1, §3.4).
   */
  readonly isTagFirst: boolean;

  /**
   * Encrypts the bytes from `start` to `end` and writes the tag of all before `end` to `tagStart`.
   *
   * @param index the 48-bit packet index (31 bits for SRTCP).
   * @param word is authenticated too: the rollover counter (RFC 3711 §4.2), or the E flag with the SRTCP index.
   */
  seal(
    packet: Buffer,
    start: number,
    end: number,
    ssrc: number,
    index: number,
    word: number,
    tagStart: number,
  ): void;
  /** The reverse: decrypts when the tag is that of the packet, which it compares in constant time; else changes nothing. */
  open(
    packet: Buffer,
    start: number,
    end: number,
    ssrc: number,
    index: number,
    word: number,
    tagStart: number,
  ): boolean;
}

/** RFC 3711 §4.3: session keys. */
export interface TransformKeys {
  readonly sessionKey: Buffer;
  readonly sessionSalt: Buffer;
  /** Empty where the cipher authenticates itself. */
  readonly sessionAuthKey: Buffer;
}

/** Longest plain packet: more than any path that we serve lets through. */
export const MAX_PACKET_BYTES = 1536;
