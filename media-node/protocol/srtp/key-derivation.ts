import { createCipheriv, createSecretKey } from "node:crypto";
import type { SrtpSuite } from "../sdp/media-plan.ts";
import { SRTP_SUITES } from "./suites.ts";
import type { TransformKeys } from "./transform.ts";

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

/** The six session keys of a master key (RFC 3711 §4.3.2). RFC 7714 §11 derives those of AES-GCM in the same way. */
export function deriveTransformKeys(
  suite: SrtpSuite,
  masterKeyAndSalt: Uint8Array,
): { readonly rtp: TransformKeys; readonly rtcp: TransformKeys } {
  const row = SRTP_SUITES[suite];
  if (masterKeyAndSalt.length !== row.masterKeyBytes + row.masterSaltBytes) {
    throw new RangeError(`${suite} takes ${row.masterKeyBytes} + ${row.masterSaltBytes} bytes`);
  }
  const masterKey = masterKeyAndSalt.subarray(0, row.masterKeyBytes);
  const masterSalt = masterKeyAndSalt.subarray(row.masterKeyBytes);
  const derive = (label: number, length: number): Buffer =>
    deriveSessionKey(masterKey, masterSalt, label, length);
  return {
    rtp: {
      sessionKey: derive(SRTP_LABELS.rtpEncryption, row.masterKeyBytes),
      sessionSalt: derive(SRTP_LABELS.rtpSalt, row.masterSaltBytes),
      sessionAuthKey: derive(SRTP_LABELS.rtpAuthentication, row.sessionAuthKeyBytes),
    },
    rtcp: {
      sessionKey: derive(SRTP_LABELS.rtcpEncryption, row.masterKeyBytes),
      sessionSalt: derive(SRTP_LABELS.rtcpSalt, row.masterSaltBytes),
      sessionAuthKey: derive(SRTP_LABELS.rtcpAuthentication, row.sessionAuthKeyBytes),
    },
  };
}
