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

export const SRTP_SUITES = {
  /** RFC 4568 §6.2.1. */
  AES_CM_128_HMAC_SHA1_80: {
    masterKeyBytes: 16,
    masterSaltBytes: 14,
    sessionAuthKeyBytes: 20,
    rtpAuthTagBytes: 10,
    rtcpAuthTagBytes: 10,
    createTransform: createAesCmHmacSha1,
  },
} as const satisfies Record<SrtpSuite, SuiteRow>;
