/**
 * RTP packets (RFC 3550 §5.1), read into a struct that is used again and written into a buffer that is used again.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                           timestamp                           |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |           synchronization source (SSRC) identifier            |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    |            contributing source (CSRC) identifiers             |
 *    |                             ....                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
const RTP_FIXED_HEADER_BYTES = 12;

/** Verdicts: negative, so that they cannot be taken for a length. */
export const RTP_TOO_SHORT = -1;
export const RTP_BAD_VERSION = -2;
export const RTP_BAD_PADDING = -3;

/** The last parsed header; made once per session. */
export interface RtpHeader {
  hasPadding: boolean;
  marker: boolean;
  payloadType: number;
  sequenceNumber: number;
  rtpTimestamp: number;
  ssrc: number;
  /** Offset of the payload: fixed header, CSRCs and extension. */
  headerBytes: number;
}

export function createRtpHeader(): RtpHeader {
  return {
    hasPadding: false,
    marker: false,
    payloadType: 0,
    sequenceNumber: 0,
    rtpTimestamp: 0,
    ssrc: 0,
    headerBytes: 0,
  };
}

/** Reads the header, which SRTP leaves in clear. Returns its length or a verdict. */
export function parseRtpHeader(packet: Buffer, length: number, header: RtpHeader): number {
  if (length < RTP_FIXED_HEADER_BYTES) return RTP_TOO_SHORT;
  const first = packet.readUInt8(0);
  if (first >> 6 !== 2) return RTP_BAD_VERSION;
  let headerBytes = RTP_FIXED_HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    // RFC 3550 §5.3.1: a 16-bit profile field, then the length in 32-bit words.
    if (length < headerBytes + 4) return RTP_TOO_SHORT;
    headerBytes += 4 + 4 * packet.readUInt16BE(headerBytes + 2);
  }
  if (length < headerBytes) return RTP_TOO_SHORT;
  const second = packet.readUInt8(1);
  header.hasPadding = (first & 0x20) !== 0;
  header.marker = (second & 0x80) !== 0;
  header.payloadType = second & 0x7f;
  header.sequenceNumber = packet.readUInt16BE(2);
  header.rtpTimestamp = packet.readUInt32BE(4);
  header.ssrc = packet.readUInt32BE(8);
  header.headerBytes = headerBytes;
  return headerBytes;
}

/** Length of the payload without padding; asked for after decryption, since SRTP encrypts the padding too. */
export function rtpPayloadBytes(packet: Buffer, length: number, header: RtpHeader): number {
  const withPadding = length - header.headerBytes;
  if (!header.hasPadding) return withPadding;
  if (withPadding === 0) return RTP_BAD_PADDING;
  const padding = packet.readUInt8(length - 1);
  return padding === 0 || padding > withPadding ? RTP_BAD_PADDING : withPadding - padding;
}

/** Writes a header without CSRCs or extension and returns its length. */
export function writeRtpHeader(
  out: Buffer,
  marker: boolean,
  payloadType: number,
  sequenceNumber: number,
  rtpTimestamp: number,
  ssrc: number,
): number {
  out.writeUInt8(0x80, 0);
  out.writeUInt8((marker ? 0x80 : 0) | payloadType, 1);
  out.writeUInt16BE(sequenceNumber, 2);
  out.writeUInt32BE(rtpTimestamp, 4);
  out.writeUInt32BE(ssrc, 8);
  return RTP_FIXED_HEADER_BYTES;
}

/** RFC 5761 §4: on a shared port, packet types 192 to 223 are RTCP. */
export function isRtcp(packet: Buffer, length: number): boolean {
  if (length < 2) return false;
  const type = packet.readUInt8(1);
  return type >= 192 && type <= 223;
}
