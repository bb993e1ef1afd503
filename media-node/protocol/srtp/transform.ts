/**
 * What a suite does to one packet in place. Contexts keep the indices, a transform keeps the keys: another
 * implementation of the same bytes is another transform.
 */
export interface SrtpTransform {
  readonly authTagBytes: number;
  readonly maxPacketBytes: number;

  /** Encrypts the bytes from `start` to `end`. `index` is the 48-bit packet index (31 bits for SRTCP). */
  encrypt(packet: Buffer, start: number, end: number, ssrc: number, index: number): void;
  decrypt(packet: Buffer, start: number, end: number, ssrc: number, index: number): void;
  /**
   * Writes the tag of the first `authenticatedBytes` bytes to `tagStart`. `appendedWord` is authenticated behind them
   * without being in the packet (the rollover counter, RFC 3711 §4.2); -1 for none.
   */
  writeTag(
    packet: Buffer,
    authenticatedBytes: number,
    appendedWord: number,
    tagStart: number,
  ): void;
  /** Compares in constant time. */
  isTagValid(
    packet: Buffer,
    authenticatedBytes: number,
    appendedWord: number,
    tagStart: number,
  ): boolean;
}

/** RFC 3711 §4.3: session keys. */
export interface TransformKeys {
  readonly sessionKey: Buffer;
  readonly sessionSalt: Buffer;
  readonly sessionAuthKey: Buffer;
}
