import { writeSdesCname } from "./sdes.ts";

/** RTCP sender and receiver reports (RFC 3550 §6.4), written and read as compound packets. */

const RTCP_SENDER_REPORT = 200;
const RTCP_RECEIVER_REPORT = 201;
const RTCP_BYE = 203;

const REPORT_BLOCK_BYTES = 24;
const SENDER_INFO_BYTES = 20;
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

function writeNtpTime(out: Buffer, offset: number, wallClockMs: number): void {
  const seconds = Math.floor(wallClockMs / 1000);
  const fraction = Math.floor(((wallClockMs - seconds * 1000) / 1000) * 2 ** 32);
  out.writeUInt32BE((seconds + NTP_EPOCH_OFFSET_S) >>> 0, offset);
  out.writeUInt32BE(fraction >>> 0, offset + 4);
}

/** What we use of a received compound packet; made once per session. */
export interface ReceivedReport {
  ssrc: number;
  hasSenderReport: boolean;
  /** Middle 32 bits of its NTP time. */
  senderNtpMiddle: number;
  hasBye: boolean;
  /** The peer's block about us, if any. */
  hasBlock: boolean;
  fractionLost: number;
  jitterTicks: number;
  lastSr: number;
  delaySinceLastSr: number;
}

export function createReceivedReport(): ReceivedReport {
  return {
    ssrc: 0,
    hasSenderReport: false,
    senderNtpMiddle: 0,
    hasBye: false,
    hasBlock: false,
    fractionLost: 0,
    jitterTicks: 0,
    lastSr: 0,
    delaySinceLastSr: 0,
  };
}

export const RTCP_MALFORMED = -1;

/**
 * Reads a compound packet (RFC 3550 §A.2): the first packet must be SR or RR and the lengths must add up. `ourSsrc` selects
 * the report block. Returns the number of packets or a verdict.
 */
export function parseCompoundReport(
  packet: Buffer,
  length: number,
  ourSsrc: number,
  into: ReceivedReport,
): number {
  into.hasSenderReport = false;
  into.hasBye = false;
  into.hasBlock = false;
  let offset = 0;
  let count = 0;
  while (offset < length) {
    if (length - offset < 4) return RTCP_MALFORMED;
    const first = packet.readUInt8(offset);
    const type = packet.readUInt8(offset + 1);
    const bytes = 4 * (packet.readUInt16BE(offset + 2) + 1);
    if (first >> 6 !== 2 || offset + bytes > length) return RTCP_MALFORMED;
    if (count === 0 && type !== RTCP_SENDER_REPORT && type !== RTCP_RECEIVER_REPORT) {
      return RTCP_MALFORMED;
    }
    if (type === RTCP_SENDER_REPORT || type === RTCP_RECEIVER_REPORT) {
      if (!readReport(packet, offset, bytes, type, first & 0x1f, ourSsrc, into)) {
        return RTCP_MALFORMED;
      }
    } else if (type === RTCP_BYE) {
      into.hasBye = true;
    }
    offset += bytes;
    count += 1;
  }
  return count === 0 ? RTCP_MALFORMED : count;
}

function readReport(
  packet: Buffer,
  start: number,
  bytes: number,
  type: number,
  blocks: number,
  ourSsrc: number,
  into: ReceivedReport,
): boolean {
  const senderBytes = type === RTCP_SENDER_REPORT ? SENDER_INFO_BYTES : 0;
  if (bytes < 8 + senderBytes + blocks * REPORT_BLOCK_BYTES) return false;
  into.ssrc = packet.readUInt32BE(start + 4);
  if (type === RTCP_SENDER_REPORT) {
    into.hasSenderReport = true;
    into.senderNtpMiddle = packet.readUInt32BE(start + 10);
  }
  for (let i = 0; i < blocks; i++) {
    const block = start + 8 + senderBytes + i * REPORT_BLOCK_BYTES;
    if (packet.readUInt32BE(block) !== ourSsrc) continue;
    into.hasBlock = true;
    into.fractionLost = packet.readUInt8(block + 4);
    into.jitterTicks = packet.readUInt32BE(block + 12);
    into.lastSr = packet.readUInt32BE(block + 16);
    into.delaySinceLastSr = packet.readUInt32BE(block + 20);
  }
  return true;
}
