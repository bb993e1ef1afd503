import type { SrtpSuite } from "../sdp/media-plan.ts";

/** The ciphers that suites are made of. */
export type SrtpCipherKind = "AES-CM-HMAC-SHA1" | "AES-GCM";

/** One row per crypto suite; a new row is the whole change. */
interface SuiteRow {
  readonly cipher: SrtpCipherKind;
  readonly masterKeyBytes: number;
  readonly masterSaltBytes: number;
  /** 0 where the cipher authenticates itself. */
  readonly sessionAuthKeyBytes: number;
  readonly rtpAuthTagBytes: number;
  readonly rtcpAuthTagBytes: number;
}

/** AES in counter mode with HMAC-SHA1; SRTCP keeps the long tag in every suite (RFC 4568 §6.2.2). */
function aesCm(masterKeyBytes: 16 | 32, rtpAuthTagBytes: 4 | 10): SuiteRow {
  return {
    cipher: "AES-CM-HMAC-SHA1",
    masterKeyBytes,
    masterSaltBytes: 14,
    sessionAuthKeyBytes: 20,
    rtpAuthTagBytes,
    rtcpAuthTagBytes: 10,
  };
}

/** RFC 7714 §12: one length of salt and tag. */
function aesGcm(masterKeyBytes: 16 | 32): SuiteRow {
  return {
    cipher: "AES-GCM",
    masterKeyBytes,
    masterSaltBytes: 12,
    sessionAuthKeyBytes: 0,
    rtpAuthTagBytes: 16,
    rtcpAuthTagBytes: 16,
  };
}

/** RFC 4568 §6.2.1, §6.2.2; RFC 6188 §4; RFC 7714 §12. */
export const SRTP_SUITES: Readonly<Record<SrtpSuite, SuiteRow>> = {
  AES_CM_128_HMAC_SHA1_80: aesCm(16, 10),
  AES_CM_128_HMAC_SHA1_32: aesCm(16, 4),
  AES_256_CM_HMAC_SHA1_80: aesCm(32, 10),
  AES_256_CM_HMAC_SHA1_32: aesCm(32, 4),
  AEAD_AES_128_GCM: aesGcm(16),
  AEAD_AES_256_GCM: aesGcm(32),
};
