import { createRtpHeader, parseRtpHeader, type RtpHeader } from "../rtp/packet.ts";
import type { SrtpSuite } from "../sdp/media-plan.ts";
import { createAesCmHmacSha1 } from "./aes-cm-hmac-sha1.ts";
import { createAesGcm } from "./aes-gcm.ts";
import { deriveTransformKeys } from "./key-derivation.ts";
import { guessRolloverCounter, packetIndex, rolloverOf, sequenceOf } from "./packet-index.ts";
import { createReplayWindow, isReplay, markSeen, type ReplayWindow } from "./replay-window.ts";
import { SRTP_SUITES } from "./suites.ts";
import { MAX_PACKET_BYTES, type SrtpTransform } from "./transform.ts";
import {
  SRTP_AUTH_FAILED,
  SRTP_KEY_EXHAUSTED,
  SRTP_MALFORMED,
  SRTP_NO_ROOM,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_SOURCES,
  SRTP_TOO_SHORT,
  SRTP_UNKNOWN_MKI,
} from "./verdicts.ts";

/** RFC 4568 §6.1: the identifier of a master key, in each packet before the tag. */
export interface Mki {
  readonly value: number;
  readonly lengthBytes: number;
}

/** Per source: a window whose highest index holds rollover counter and highest sequence number. */
export interface SourceState {
  readonly rtp: ReplayWindow;
  readonly rtcp: ReplayWindow;
}

/** One master key in one direction (RFC 3711 §3.2.1). Opaque: made here, used by the functions of this folder. */
export interface SrtpContext {
  readonly rtp: SrtpTransform;
  readonly rtcp: SrtpTransform;
  /** The MKI as it stands in packets; empty without one. */
  readonly mki: Buffer;
  readonly sources: Map<number, SourceState>;
  /** The context that this one replaces: its rollover counters are a second guess. */
  previous: SrtpContext | null;
  readonly header: RtpHeader;
}

/** Sources that a context keeps. A peer has one, or a few after transfers on its side. */
export const MAX_SOURCES = 16;

/** RFC 3711 §9.2: a key protects at most 2^48 packets, which is all that the index can count. */
const LAST_PACKET_INDEX = 2 ** 48 - 1;

/**
 * Builds all crypto state of one direction once.
 *
 * @param masterKeyAndSalt master key, then master salt, of the lengths in `SRTP_SUITES`.
 * @param previous the receiving context that a new key replaces.
 * @throws RangeError when the length of the key is not that of the suite.
 */
export function createSrtpContext(
  suite: SrtpSuite,
  masterKeyAndSalt: Uint8Array,
  mki: Mki | null = null,
  previous: SrtpContext | null = null,
): SrtpContext {
  const row = SRTP_SUITES[suite];
  const keys = deriveTransformKeys(suite, masterKeyAndSalt);
  const isHmac = row.cipher === "AES-CM-HMAC-SHA1";
  return {
    rtp: isHmac
      ? createAesCmHmacSha1(keys.rtp, row.rtpAuthTagBytes)
      : createAesGcm(keys.rtp, false),
    rtcp: isHmac
      ? createAesCmHmacSha1(keys.rtcp, row.rtcpAuthTagBytes)
      : createAesGcm(keys.rtcp, true),
    mki: mkiBytes(mki),
    sources: new Map(),
    previous: previous === null ? null : { ...previous, previous: null },
    header: createRtpHeader(),
  };
}

/** The MKI as it stands in packets; empty for none. */
export function mkiBytes(mki: Mki | null): Buffer {
  if (mki === null) return Buffer.alloc(0);
  const bytes = Buffer.alloc(mki.lengthBytes);
  for (let i = 0; i < Math.min(4, mki.lengthBytes); i++) {
    bytes.writeUInt8((mki.value >>> (8 * i)) & 0xff, mki.lengthBytes - 1 - i);
  }
  return bytes;
}

function createSourceState(): SourceState {
  return { rtp: createReplayWindow(), rtcp: createReplayWindow() };
}

/** The state of a source, made if there is room for it; null when there is not. */
export function obtainSource(context: SrtpContext, ssrc: number): SourceState | null {
  const known = context.sources.get(ssrc);
  if (known !== undefined) return known;
  if (context.sources.size >= MAX_SOURCES) return null;
  const state = createSourceState();
  context.sources.set(ssrc, state);
  return state;
}

/**
 * Encrypts and authenticates in place (RFC 3711 §3.3, sender). Sequence numbers of a source must be passed in order; the
 * first must be below 2^15, so that a receiver that misses the first packets still guesses the rollover counter.
 *
 * @param packet holds the RTP packet at 0 and has room for the trailer behind `length`.
 * @returns the new length or a verdict.
 */
export function protectRtp(context: SrtpContext, packet: Buffer, length: number): number {
  const { header, rtp, mki } = context;
  const headerBytes = parseRtpHeader(packet, length, header);
  if (headerBytes < 0) return SRTP_MALFORMED;
  const protectedLength = length + mki.length + rtp.authTagBytes;
  if (protectedLength > packet.length || length > MAX_PACKET_BYTES) return SRTP_NO_ROOM;
  const source = obtainSource(context, header.ssrc);
  if (source === null) return SRTP_TOO_MANY_SOURCES;

  const index = indexOf(source.rtp, header.sequenceNumber);
  if (source.rtp.highest === LAST_PACKET_INDEX) return SRTP_KEY_EXHAUSTED;
  if (index <= source.rtp.highest) return SRTP_REPLAYED;
  source.rtp.highest = index;

  const tagStart = rtp.isTagFirst ? length : length + mki.length;
  rtp.seal(packet, headerBytes, length, header.ssrc, index, rolloverOf(index), tagStart);
  mki.copy(packet, rtp.isTagFirst ? length + rtp.authTagBytes : length);
  return protectedLength;
}

/**
 * Authenticates and decrypts in place (RFC 3711 §3.3, receiver). A packet with a verdict is unchanged and has changed no
 * state, so that it can be tried with another context.
 *
 * @returns the length of the RTP packet or a verdict.
 */
export function unprotectRtp(context: SrtpContext, packet: Buffer, length: number): number {
  const { header, rtp, mki } = context;
  const headerBytes = parseRtpHeader(packet, length, header);
  if (headerBytes < 0) return SRTP_MALFORMED;
  const plainLength = length - mki.length - rtp.authTagBytes;
  if (plainLength < headerBytes) return SRTP_TOO_SHORT;
  if (plainLength > MAX_PACKET_BYTES) return SRTP_MALFORMED;
  const mkiStart = rtp.isTagFirst ? plainLength + rtp.authTagBytes : plainLength;
  if (mki.length > 0 && packet.compare(mki, 0, mki.length, mkiStart, mkiStart + mki.length)) {
    return SRTP_UNKNOWN_MKI;
  }

  const known = context.sources.get(header.ssrc);
  if (known === undefined && context.sources.size >= MAX_SOURCES) return SRTP_TOO_MANY_SOURCES;
  const index =
    known === undefined ? header.sequenceNumber : indexOf(known.rtp, header.sequenceNumber);
  if (known !== undefined && isReplay(known.rtp, index)) return SRTP_REPLAYED;

  const authentic = openRtp(context, packet, plainLength, index, known === undefined);
  if (authentic < 0) return authentic;
  const source = known ?? obtainSource(context, header.ssrc);
  if (source === null) return SRTP_TOO_MANY_SOURCES;
  markSeen(source.rtp, authentic);
  return plainLength;
}

/** Decrypts under the index for which the tag is valid, and returns it; or the verdict that there is none. */
function openRtp(
  { header, rtp, mki, previous }: SrtpContext,
  packet: Buffer,
  plainLength: number,
  index: number,
  isNewSource: boolean,
): number {
  const { headerBytes, ssrc } = header;
  const tagStart = rtp.isTagFirst ? plainLength : plainLength + mki.length;
  if (rtp.open(packet, headerBytes, plainLength, ssrc, index, rolloverOf(index), tagStart)) {
    return index;
  }
  // RFC 3711 §3.2.1 keeps the rollover counter across a re-key; many peers start it again. Both are tried.
  const before = isNewSource ? previous?.sources.get(ssrc) : undefined;
  if (before === undefined || before.rtp.highest < 0) return SRTP_AUTH_FAILED;
  const continued = indexOf(before.rtp, header.sequenceNumber);
  const isValid =
    continued !== index &&
    rtp.open(packet, headerBytes, plainLength, ssrc, continued, rolloverOf(continued), tagStart);
  return isValid ? continued : SRTP_AUTH_FAILED;
}

/** RFC 3711 §3.3.1: before the first packet the counter is 0 and s_l is the packet's own number. */
function indexOf(window: ReplayWindow, sequenceNumber: number): number {
  if (window.highest < 0) return sequenceNumber;
  const rolloverCounter = guessRolloverCounter(
    sequenceOf(window.highest),
    rolloverOf(window.highest),
    sequenceNumber,
  );
  return packetIndex(rolloverCounter, sequenceNumber);
}
