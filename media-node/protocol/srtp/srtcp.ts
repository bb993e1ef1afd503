import { obtainSource, type SrtpContext } from "./context.ts";
import { isReplay, markSeen } from "./replay-window.ts";
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
  if (protectedLength > packet.length || length > rtcp.maxPacketBytes) return SRTP_NO_ROOM;
  const ssrc = packet.readUInt32BE(4);
  const source = obtainSource(context, ssrc);
  if (source === null) return SRTP_TOO_MANY_SOURCES;
  // RFC 3711 §3.4: the index is 0 for the first packet; RFC 3711 §9.2 ends it at 2^31.
  if (source.rtcp.highest === LAST_INDEX) return SRTP_KEY_EXHAUSTED;
  const index = source.rtcp.highest + 1;
  source.rtcp.highest = index;

  rtcp.encrypt(packet, CLEAR_BYTES, length, ssrc, index);
  packet.writeUInt32BE(ENCRYPTED_FLAG + index, length);
  mki.copy(packet, length + INDEX_BYTES);
  rtcp.writeTag(packet, length + INDEX_BYTES, -1, length + INDEX_BYTES + mki.length);
  return protectedLength;
}

/** Authenticates and decrypts in place. Returns the length of the compound packet or a verdict, as `unprotectRtp`. */
export function unprotectRtcp(context: SrtpContext, packet: Buffer, length: number): number {
  const { rtcp, mki } = context;
  const plainLength = length - rtcpTrailerBytes(context);
  if (plainLength < CLEAR_BYTES) return SRTP_TOO_SHORT;
  if (packet.readUInt8(0) >> 6 !== 2 || plainLength > rtcp.maxPacketBytes) return SRTP_MALFORMED;
  const mkiStart = plainLength + INDEX_BYTES;
  if (mki.length > 0 && packet.compare(mki, 0, mki.length, mkiStart, mkiStart + mki.length)) {
    return SRTP_UNKNOWN_MKI;
  }
  const flagAndIndex = packet.readUInt32BE(plainLength);
  const index = flagAndIndex % ENCRYPTED_FLAG;
  const ssrc = packet.readUInt32BE(4);
  const known = context.sources.get(ssrc);
  if (known !== undefined && isReplay(known.rtcp, index)) return SRTP_REPLAYED;
  if (!rtcp.isTagValid(packet, mkiStart, -1, mkiStart + mki.length)) return SRTP_AUTH_FAILED;
  // UNENCRYPTED_SRTCP (RFC 4568 §6.3.2) is never negotiated.
  if (flagAndIndex < ENCRYPTED_FLAG) return SRTP_NOT_ENCRYPTED;
  const source = known ?? obtainSource(context, ssrc);
  if (source === null) return SRTP_TOO_MANY_SOURCES;
  markSeen(source.rtcp, index);
  rtcp.decrypt(packet, CLEAR_BYTES, plainLength, ssrc, index);
  return plainLength;
}
