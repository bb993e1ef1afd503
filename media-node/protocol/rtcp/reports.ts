import { writeSdesCname } from "./sdes.ts";

/**
 * RTCP compound packets as we write them (RFC 3550 §6.1): a report, SDES with the CNAME, and BYE at the end.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P|    RC   |   PT=SR=200   |             length            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                         SSRC of sender                        |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    |       sender info: NTP time (8), RTP time, packets, octets    |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    :                     report blocks, 24 octets each             :
 */

export const RTCP_SENDER_REPORT = 200;
export const RTCP_RECEIVER_REPORT = 201;
export const RTCP_BYE = 203;

export const REPORT_BLOCK_BYTES = 24;
export const SENDER_INFO_BYTES = 20;
/** Seconds from 1900 to 1970 (RFC 3550 §4, NTP time). */
const NTP_EPOCH_OFFSET_S = 2_208_988_800;

export interface SenderInfo {
  readonly wallClockMs: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

/** RFC 3550 §6.4.1. */
export interface ReportBlock {
  readonly ssrc: number;
  /** Of 256. */
  readonly fractionLost: number;
  readonly packetsLost: number;
  readonly extendedHighestSequence: number;
  readonly jitterTicks: number;
  /** Middle 32 bits of the NTP time of the last SR, and the delay since in 1/65536 s; 0 without one. */
  readonly lastSr: number;
  readonly delaySinceLastSr: number;
}

/**
 * Writes SR (or RR when nothing was sent), SDES and optionally BYE. Returns the length; `out` needs 128 bytes and the
 * length of the CNAME.
 */
export function writeCompoundReport(
  out: Buffer,
  ssrc: number,
  cname: string,
  sender: SenderInfo | null,
  block: ReportBlock | null,
  isBye: boolean,
): number {
  const blocks = block === null ? 0 : 1;
  let offset = 8;
  if (sender !== null) {
    writeNtpTime(out, offset, sender.wallClockMs);
    out.writeUInt32BE(sender.rtpTimestamp, offset + 8);
    out.writeUInt32BE(sender.packetCount >>> 0, offset + 12);
    out.writeUInt32BE(sender.octetCount >>> 0, offset + 16);
    offset += SENDER_INFO_BYTES;
  }
  if (block !== null) {
    out.writeUInt32BE(block.ssrc, offset);
    out.writeUInt8(block.fractionLost, offset + 4);
    out.writeUIntBE(Math.min(block.packetsLost, 0x7f_ffff), offset + 5, 3);
    out.writeUInt32BE(block.extendedHighestSequence, offset + 8);
    out.writeUInt32BE(Math.min(Math.floor(block.jitterTicks), 0xffff_ffff), offset + 12);
    out.writeUInt32BE(block.lastSr, offset + 16);
    out.writeUInt32BE(block.delaySinceLastSr, offset + 20);
    offset += REPORT_BLOCK_BYTES;
  }
  out.writeUInt8(0x80 | blocks, 0);
  out.writeUInt8(sender === null ? RTCP_RECEIVER_REPORT : RTCP_SENDER_REPORT, 1);
  out.writeUInt16BE(offset / 4 - 1, 2);
  out.writeUInt32BE(ssrc, 4);
  offset += writeSdesCname(out, offset, ssrc, cname);
  if (isBye) {
    out.writeUInt8(0x81, offset);
    out.writeUInt8(RTCP_BYE, offset + 1);
    out.writeUInt16BE(1, offset + 2);
    out.writeUInt32BE(ssrc, offset + 4);
    offset += 8;
  }
  return offset;
}

/** RFC 3550 §4: the middle 32 bits of an NTP time, as a peer's report gives our last SR back. */
export function ntpMiddle(wallClockMs: number): number {
  const seconds = Math.floor(wallClockMs / 1000);
  const fraction = Math.floor(((wallClockMs - seconds * 1000) / 1000) * 2 ** 16);
  return (((seconds + NTP_EPOCH_OFFSET_S) & 0xffff) * 2 ** 16 + fraction) >>> 0;
}

function writeNtpTime(out: Buffer, offset: number, wallClockMs: number): void {
  const seconds = Math.floor(wallClockMs / 1000);
  const fraction = Math.floor(((wallClockMs - seconds * 1000) / 1000) * 2 ** 32);
  out.writeUInt32BE((seconds + NTP_EPOCH_OFFSET_S) >>> 0, offset);
  out.writeUInt32BE(fraction >>> 0, offset + 4);
}
