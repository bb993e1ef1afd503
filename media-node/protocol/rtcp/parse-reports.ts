import {
  REPORT_BLOCK_BYTES,
  RTCP_BYE,
  RTCP_RECEIVER_REPORT,
  RTCP_SENDER_REPORT,
  SENDER_INFO_BYTES,
} from "./reports.ts";

/** RTCP compound packets as they come in (RFC 3550 §6.1, §6.4, §6.6, §A.2). Nothing in them is believed before it is measured. */

/** The count of a header has five bits. */
const MAX_SOURCES = 31;
const PADDING_FLAG = 0x20;

/** What we use of a received compound packet; made once per session and filled by each packet. */
export interface ReceivedReport {
  /** Who sent the compound packet: the source of its first report. */
  ssrc: number;
  hasSenderReport: boolean;
  senderReportSsrc: number;
  /** Middle 32 bits of its NTP time. */
  senderNtpMiddle: number;
  /** There is a block about us. */
  hasBlock: boolean;
  /** Of 256. */
  fractionLost: number;
  /** 24 bits, signed: duplicates make it negative (RFC 3550 §6.4.1). */
  packetsLost: number;
  extendedHighestSequence: number;
  jitterTicks: number;
  lastSr: number;
  delaySinceLastSr: number;
  /** Sources that have left: the first `byeCount`. */
  readonly byeSources: Uint32Array;
  byeCount: number;
}

export function createReceivedReport(): ReceivedReport {
  return {
    ssrc: 0,
    hasSenderReport: false,
    senderReportSsrc: 0,
    senderNtpMiddle: 0,
    hasBlock: false,
    fractionLost: 0,
    packetsLost: 0,
    extendedHighestSequence: 0,
    jitterTicks: 0,
    lastSr: 0,
    delaySinceLastSr: 0,
    byeSources: new Uint32Array(MAX_SOURCES),
    byeCount: 0,
  };
}

export const RTCP_MALFORMED = -1;

/**
 * Reads a compound packet (RFC 3550 §A.2): the first packet must be SR or RR without padding, and the lengths must add up.
 * `ourSsrc` selects the report block; of several senders' reports, and blocks about us, those of `peerSsrc` are taken, or the
 * first where it has none (-1: not known). What is neither report nor BYE is passed over. Reduced-size packets (RFC 5506 §4.1)
 * are refused: we never negotiate them. Returns the number of packets, or a verdict, and then nothing of `into` is to be used.
 */
export function parseCompoundReport(
  packet: Buffer,
  length: number,
  ourSsrc: number,
  peerSsrc: number,
  into: ReceivedReport,
): number {
  into.hasSenderReport = false;
  into.hasBlock = false;
  into.byeCount = 0;
  let offset = 0;
  let count = 0;
  while (offset < length) {
    if (length - offset < 4) return RTCP_MALFORMED;
    const first = packet.readUInt8(offset);
    const type = packet.readUInt8(offset + 1);
    const bytes = 4 * (packet.readUInt16BE(offset + 2) + 1);
    const end = offset + bytes;
    if (first >> 6 !== 2 || end > length) return RTCP_MALFORMED;
    const isReport = type === RTCP_SENDER_REPORT || type === RTCP_RECEIVER_REPORT;
    if (count === 0 && !isReport) return RTCP_MALFORMED;
    const padding = paddingOf(packet, first, end, count > 0 && end === length);
    if (padding < 0 || padding > bytes - 4) return RTCP_MALFORMED;
    const isWellFormed = isReport
      ? readReport(packet, offset, bytes - padding, count === 0, ourSsrc, peerSsrc, into)
      : type !== RTCP_BYE || readBye(packet, offset, bytes - padding, into);
    if (!isWellFormed) return RTCP_MALFORMED;
    offset = end;
    count += 1;
  }
  return count === 0 ? RTCP_MALFORMED : count;
}

/** RFC 3550 §6.4.1: only the last packet may be padded; the last octet says how many there are, a multiple of four. */
function paddingOf(packet: Buffer, first: number, end: number, mayBePadded: boolean): number {
  if ((first & PADDING_FLAG) === 0) return 0;
  const padding = packet.readUInt8(end - 1);
  return mayBePadded && padding > 0 && padding % 4 === 0 ? padding : -1;
}

function readReport(
  packet: Buffer,
  start: number,
  bytes: number,
  isFirst: boolean,
  ourSsrc: number,
  peerSsrc: number,
  into: ReceivedReport,
): boolean {
  const blocks = packet.readUInt8(start) & 0x1f;
  const isSenderReport = packet.readUInt8(start + 1) === RTCP_SENDER_REPORT;
  const blocksStart = start + 8 + (isSenderReport ? SENDER_INFO_BYTES : 0);
  if (start + bytes < blocksStart + blocks * REPORT_BLOCK_BYTES) return false;
  const ssrc = packet.readUInt32BE(start + 4);
  if (isFirst) into.ssrc = ssrc;
  const isPeer = ssrc === peerSsrc;
  if (isSenderReport && (isPeer || !into.hasSenderReport)) {
    into.hasSenderReport = true;
    into.senderReportSsrc = ssrc;
    into.senderNtpMiddle = packet.readUInt32BE(start + 10);
  }
  for (let i = 0; i < blocks; i++) {
    const block = blocksStart + i * REPORT_BLOCK_BYTES;
    if (packet.readUInt32BE(block) !== ourSsrc || (into.hasBlock && !isPeer)) continue;
    into.hasBlock = true;
    into.fractionLost = packet.readUInt8(block + 4);
    into.packetsLost = packet.readIntBE(block + 5, 3);
    into.extendedHighestSequence = packet.readUInt32BE(block + 8);
    into.jitterTicks = packet.readUInt32BE(block + 12);
    into.lastSr = packet.readUInt32BE(block + 16);
    into.delaySinceLastSr = packet.readUInt32BE(block + 20);
  }
  return true;
}

/** RFC 3550 §6.6: the sources, and perhaps a reason that nobody reads. */
function readBye(packet: Buffer, start: number, bytes: number, into: ReceivedReport): boolean {
  const sources = packet.readUInt8(start) & 0x1f;
  if (bytes < 4 + 4 * sources) return false;
  for (let i = 0; i < sources && into.byeCount < MAX_SOURCES; i++) {
    into.byeSources[into.byeCount] = packet.readUInt32BE(start + 4 + 4 * i);
    into.byeCount += 1;
  }
  return true;
}
