import { createCipheriv, createSecretKey } from "node:crypto";

/** RFC 3711 §4.3.2. */
export const SRTP_LABELS = {
  rtpEncryption: 0x00,
  rtpAuthentication: 0x01,
  rtpSalt: 0x02,
  rtcpEncryption: 0x03,
  rtcpAuthentication: 0x04,
  rtcpSalt: 0x05,
} as const;

/**
 * One session key (RFC 3711 §4.3.1, §4.3.3), with a key derivation rate of 0: the only one that we negotiate, so that the
 * index is no part of it. The AES variant follows from the length of the master key (RFC 6188 §3).
 */
export function deriveSessionKey(
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  label: number,
  length: number,
): Buffer {
  // x = key_id XOR master_salt; the label is the 8 bits above the 48-bit index, i.e. byte 7 of 14.
  const iv = Buffer.alloc(16);
  iv.set(masterSalt, 0);
  iv.writeUInt8(iv.readUInt8(7) ^ label, 7);
  const cipher = createCipheriv(`aes-${masterKey.length * 8}-ctr`, createSecretKey(masterKey), iv);
  return cipher.update(Buffer.alloc(length));
}
