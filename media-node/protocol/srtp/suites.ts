import type { SrtpSuite } from "../sdp/media-plan.ts";
import { createAesCmHmacSha1 } from "./aes-cm-hmac-sha1.ts";
import type { SrtpTransform, TransformKeys } from "./transform.ts";

/** One row per crypto suite; a new row is the whole change. */
interface SuiteRow {
  readonly masterKeyBytes: number;
  readonly masterSaltBytes: number;
  readonly sessionAuthKeyBytes: number;
  readonly rtpAuthTagBytes: number;
  readonly rtcpAuthTagBytes: number;
  readonly createTransform: (keys: TransformKeys, authTagBytes: number) => SrtpTransform;
}

/** AES in counter mode with HMAC-SHA1; SRTCP keeps the long tag in every suite (RFC 4568 §6.2.2). */
function aesCm(masterKeyBytes: 16 | 32, rtpAuthTagBytes: 4 | 10): SuiteRow {
  return {
    masterKeyBytes,
    masterSaltBytes: 14,
    sessionAuthKeyBytes: 20,
    rtpAuthTagBytes,
    rtcpAuthTagBytes: 10,
    createTransform: createAesCmHmacSha1,
  };
}

/** RFC 4568 §6.2.1, §6.2.2; RFC 6188 §4. */
export const SRTP_SUITES: Readonly<Record<SrtpSuite, SuiteRow>> = {
  AES_CM_128_HMAC_SHA1_80: aesCm(16, 10),
  AES_CM_128_HMAC_SHA1_32: aesCm(16, 4),
  AES_256_CM_HMAC_SHA1_80: aesCm(32, 10),
  AES_256_CM_HMAC_SHA1_32: aesCm(32, 4),
};
