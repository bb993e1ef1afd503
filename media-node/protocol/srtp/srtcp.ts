import { MAX_SOURCES, obtainSource, type SrtpContext } from "./context.ts";
import { isReplay, markSeen } from "./replay-window.ts";
import { MAX_PACKET_BYTES } from "./transform.ts";
import {
  SRTP_AUTH_FAILED,
  SRTP_KEY_EXHAUSTED,
  SRTP_MALFORMED,
  SRTP_NO_ROOM,
  SRTP_NOT_ENCRYPTED,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_SOURCES,
  SRTP_TOO_SHORT,
  SRTP_UNKNOWN_MKI,
} from "./verdicts.ts";

/**
 * SRTCP (RFC 3711 §3.4): behind the compound packet stand
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |E|                         SRTCP index                         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                     SRTCP MKI (OPTIONAL)                      |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    :                     authentication tag                        :
 */

/** The first header and the sender's SSRC stay in clear. */
const CLEAR_BYTES = 8;
const INDEX_BYTES = 4;
const ENCRYPTED_FLAG = 0x8000_0000;
const LAST_INDEX = 0x7fff_ffff;

/** Bytes that `protectRtcp` adds. */
function rtcpTrailerBytes(context: SrtpContext): number {
  return INDEX_BYTES + context.mki.length + context.rtcp.authTagBytes;
}

/** Encrypts and authenticates in place. Returns the new length or a verdict. */
export function protectRtcp(context: SrtpContext, packet: Buffer, length: number): number {
  const { rtcp, mki } = context;
  if (length < CLEAR_BYTES) return SRTP_MALFORMED;
  const protectedLength = length + rtcpTrailerBytes(context);
  if (protectedLength > packet.length || length > MAX_PACKET_BYTES) return SRTP_NO_ROOM;
  const ssrc = packet.readUInt32BE(4);
  const source = obtainSource(context, ssrc);
  if (source === null) return SRTP_TOO_MANY_SOURCES;
  // RFC 3711 §3.4: the index is 0 for the first packet; RFC 3711 §9.2 ends it at 2^31.
  if (source.rtcp.highest === LAST_INDEX) return SRTP_KEY_EXHAUSTED;
  const index = source.rtcp.highest + 1;
  source.rtcp.highest = index;

  const word = ENCRYPTED_FLAG + index;
  const wordStart = rtcp.isTagFirst ? length + rtcp.authTagBytes : length;
  const mkiStart = wordStart + INDEX_BYTES;
  const tagStart = rtcp.isTagFirst ? length : mkiStart + mki.length;
  rtcp.seal(packet, CLEAR_BYTES, length, ssrc, index, word, tagStart);
  packet.writeUInt32BE(word, wordStart);
  mki.copy(packet, mkiStart);
  return protectedLength;
}

/** Authenticates and decrypts in place. Returns the length of the compound packet or a verdict, as `unprotectRtp`. */
export function unprotectRtcp(context: SrtpContext, packet: Buffer, length: number): number {
  const { rtcp, mki } = context;
  const plainLength = length - rtcpTrailerBytes(context);
  if (plainLength < CLEAR_BYTES) return SRTP_TOO_SHORT;
  if (packet.readUInt8(0) >> 6 !== 2 || plainLength > MAX_PACKET_BYTES) return SRTP_MALFORMED;
  const wordStart = rtcp.isTagFirst ? plainLength + rtcp.authTagBytes : plainLength;
  const mkiStart = wordStart + INDEX_BYTES;
  if (mki.length > 0 && packet.compare(mki, 0, mki.length, mkiStart, mkiStart + mki.length)) {
    return SRTP_UNKNOWN_MKI;
  }
  const flagAndIndex = packet.readUInt32BE(wordStart);
  // UNENCRYPTED_SRTCP (RFC 4568 §6.3.2) is never negotiated.
  if (flagAndIndex < ENCRYPTED_FLAG) return SRTP_NOT_ENCRYPTED;
  const index = flagAndIndex - ENCRYPTED_FLAG;
  const ssrc = packet.readUInt32BE(4);
  const known = context.sources.get(ssrc);
  if (known === undefined && context.sources.size >= MAX_SOURCES) return SRTP_TOO_MANY_SOURCES;
  if (known !== undefined && isReplay(known.rtcp, index)) return SRTP_REPLAYED;
  const tagStart = rtcp.isTagFirst ? plainLength : mkiStart + mki.length;
  if (!rtcp.open(packet, CLEAR_BYTES, plainLength, ssrc, index, flagAndIndex, tagStart)) {
    return SRTP_AUTH_FAILED;
  }
  const source = known ?? obtainSource(context, ssrc);
  if (source === null) return SRTP_TOO_MANY_SOURCES;
  markSeen(source.rtcp, index);
  return plainLength;
}
