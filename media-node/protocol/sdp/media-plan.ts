/** What offer/answer is asked for and what it decides: plain data, made by `offer-answer.ts`. */

/** RFC 4566 (now 8866) §6: seen from our side, after the answer. */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export type MediaEncryption = "required" | "allowed" | "disabled";

interface Codec {
  readonly payloadType: number;
  /** Of RTP timestamps. */
  readonly clockRateHz: number;
  /** Of the audio. */
  readonly sampleRateHz: number;
}

/**
 * RFC 3551 §6 static payload types. The union is the rtpmap names, as on the wire. RFC 3551 §4.5.2: G.722 has 16,000 samples
 * a second and, by an old mistake that everybody keeps to, a clock of 8,000. One octet is one tick in all of them.
 */
export const CODECS = {
  G722: { payloadType: 9, clockRateHz: 8000, sampleRateHz: 16_000 },
  PCMU: { payloadType: 0, clockRateHz: 8000, sampleRateHz: 8000 },
  PCMA: { payloadType: 8, clockRateHz: 8000, sampleRateHz: 8000 },
} as const satisfies Record<string, Codec>;

export type CodecName = keyof typeof CODECS;

/** RFC 4568 §6.2, RFC 6188 §4 and RFC 7714 §14.2, spelled as on the wire. `SRTP_SUITES` of protocol/srtp has a row for each. */
export type SrtpSuite =
  | "AES_CM_128_HMAC_SHA1_80"
  | "AES_CM_128_HMAC_SHA1_32"
  | "AES_256_CM_HMAC_SHA1_80"
  | "AES_256_CM_HMAC_SHA1_32"
  | "AEAD_AES_128_GCM"
  | "AEAD_AES_256_GCM";

/** Bytes of master key and salt (RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §12). */
export const KEY_AND_SALT_BYTES = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  AES_256_CM_HMAC_SHA1_80: 46,
  AES_256_CM_HMAC_SHA1_32: 46,
  AEAD_AES_128_GCM: 28,
  AEAD_AES_256_GCM: 44,
} as const satisfies Record<SrtpSuite, number>;

export interface MediaPolicy {
  readonly encryption: MediaEncryption;
  /** Most wanted first; never empty. */
  readonly codecs: readonly CodecName[];
  /** Whose order decides which codec of an offer is answered; absent: the offer's. */
  readonly codecOrder?: "ours" | "offer" | undefined;
}

/** Our own end of a session: advertised addresses and fresh key material, made by the caller. */
export interface LocalMedia {
  /** The advertised address, not the bound one (cloud addresses are 1:1 NAT). */
  readonly address: string;
  readonly rtpPort: number;
  /** RFC 4566 (now 8866) §5.2: our `o=` session id and its version, raised with each new description. */
  readonly sessionId: string;
  readonly sessionVersion: number;
  /** RFC 4568 §6.1: master key then salt, in the length of the suite. Made anew for each leg. */
  readonly masterKeyAndSalt: (suite: SrtpSuite) => Uint8Array;
}

export interface SrtpKeys {
  readonly suite: SrtpSuite;
  /** What we protect with, and what the peer protects with: master key, then salt. */
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
  /** RFC 4568 §6.1 MKI of the peer's key, when its packets carry one. */
  readonly receiveMki: { readonly value: number; readonly lengthBytes: number } | null;
  /** Further keys of the peer's attribute, told apart by MKI (RFC 4568 §6.1); absent with one key. */
  readonly receiveAlternates?: readonly {
    readonly masterKeyAndSalt: Uint8Array;
    readonly mki: { readonly value: number; readonly lengthBytes: number };
  }[];
}

/** The outcome of one offer/answer round: everything media needs, nothing of SIP. */
export interface MediaPlan {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteRtcpPort: number;
  readonly rtcpMux: boolean;
  readonly codec: CodecName;
  readonly payloadType: number;
  readonly ptimeMs: number;
  /** RFC 4733: null when the peer did not negotiate telephone-event. */
  readonly telephoneEventPayloadType: number | null;
  readonly direction: Direction;
  /** Null is plain RTP/AVP, possible only when the policy is not `required`. */
  readonly srtp: SrtpKeys | null;
}
