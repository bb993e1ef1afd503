import { ReportTimer } from "../protocol/rtcp/interval.ts";
import {
  createReceivedReport,
  parseCompoundReport,
  RTCP_MALFORMED,
} from "../protocol/rtcp/parse-reports.ts";
import { ntpMiddle, type ReportBlock, writeCompoundReport } from "../protocol/rtcp/reports.ts";
import {
  extendedHighestSequence,
  fractionLostSinceReport,
  packetsLost,
} from "../protocol/rtp/sequence.ts";
import { CODECS, type MediaPlan } from "../protocol/sdp/media-plan.ts";
import { SRTP_REPLAYED } from "../protocol/srtp/verdicts.ts";
import type { MediaClock } from "./clock.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Latch } from "./latching.ts";
import { PacketBudget } from "./packet-budget.ts";
import { PeerReports } from "./peer-reports.ts";
import type { MediaPortLease } from "./port-pool.ts";
import type { ReceivePath } from "./receive-path.ts";
import type { SendPath } from "./send-path.ts";
import type { MediaCounters } from "./stats.ts";

/** The first report goes out early, so that a peer which waits for RTCP does not give up. */
const FIRST_REPORT_MS = 1_000;
/** RFC 7022 §4.2: at least 96 random bits, which are sixteen characters of base64. */
const CNAME_BYTES = 12;
/** Packets that are looked at per 20 ms and at once, of where the peer's come from and of all else: many times what anybody sends. */
const PACKETS_PER_FRAME = 4;
const PACKETS_BURST = 32;
/** IPv4, UDP and RTP. */
const HEADER_BYTES = 40;

interface RtcpParts {
  readonly keys: KeyRing;
  readonly latch: Latch;
  readonly counters: MediaCounters;
  readonly send: SendPath;
  readonly receive: ReceivePath;
  readonly lease: MediaPortLease;
  readonly random: (bytes: number) => Uint8Array;
}

/** What went over the wire; `refused`: malformed, not authentic, of a wrong source, too many, or our own. */
export interface RtcpCounts {
  sent: number;
  received: number;
  refused: number;
}

/** Reports in both directions, on the RTP port or the one beside it; SRTCP when RTP is SRTP. */
export class RtcpExchange {
  /** What the peer says of what we send. */
  readonly peer = new PeerReports();
  readonly counts: RtcpCounts = { sent: 0, received: 0, refused: 0 };
  readonly #parts: RtcpParts;
  readonly #cname: string;
  readonly #timer: ReportTimer;
  readonly #buffer = Buffer.alloc(256);
  readonly #received = createReceivedReport();
  readonly #expectedBudget = new PacketBudget(PACKETS_PER_FRAME, PACKETS_BURST);
  readonly #othersBudget = new PacketBudget(PACKETS_PER_FRAME, PACKETS_BURST);
  /** Packets sent at our last report and at the one before, and heard at the last. */
  #sentAtReport = 0;
  #sentAtPrevious = 0;
  #heardAtReport = 0;
  /** The sender's clock in its last SR, whose it was, and when that came. */
  #lastSr = 0;
  #lastSrSsrc = -1;
  #lastSrAtMs = 0;
  /** Where the peer's RTCP comes from, when not on the port of RTP; 0 until it has come. */
  #learnedPort = 0;
  #learnedAddress = "";
  /** Where it should come from by the SDP. */
  #statedPort: number;

  constructor(plan: MediaPlan, clock: MediaClock, parts: RtcpParts) {
    this.#parts = parts;
    this.#statedPort = statedPort(plan);
    this.#cname = Buffer.from(parts.random(CNAME_BYTES)).toString("base64");
    this.#timer = new ReportTimer({
      nowMs: clock.monotonicMs(),
      firstAfterMs: FIRST_REPORT_MS,
      sessionBytesPerSecond: bytesPerSecond(plan),
      random: () => Buffer.from(parts.random(4)).readUInt32BE() / 2 ** 32,
    });
  }

  tick(plan: MediaPlan, nowMs: number, clock: MediaClock): void {
    const { counters } = this.#parts;
    this.#expectedBudget.refill();
    this.#othersBudget.refill();
    const weSend = this.#isSender();
    const theySend = counters.packetsReceived !== this.#heardAtReport;
    if (!this.#timer.isDue(nowMs, weSend, theySend)) return;
    const bytes = this.#report(plan, nowMs, clock.nowMs(), false);
    this.#timer.sent(nowMs, bytes, weSend, theySend);
  }

  /** RFC 3550 §6.4: who has sent "since issuing the last report or the previous one". */
  #isSender(): boolean {
    const { packetCount } = this.#parts.send;
    return packetCount > 0 && packetCount !== this.#sentAtPrevious;
  }

  /** RFC 3550 §6.3.7: says that we leave, at once among so few; nothing when we have never been heard of. */
  bye(plan: MediaPlan, clock: MediaClock): void {
    const { send } = this.#parts;
    if (send.packetCount === 0 && this.counts.sent === 0) return;
    this.#report(plan, clock.monotonicMs(), clock.nowMs(), true);
  }

  /** Another offer/answer round: the peer's RTCP may come from elsewhere. */
  update(plan: MediaPlan): void {
    this.#learnedPort = 0;
    this.#statedPort = statedPort(plan);
  }

  /** Returns the bytes that were sent. */
  #report(plan: MediaPlan, nowMs: number, wallClockMs: number, isBye: boolean): number {
    const { keys, latch, send, counters } = this.#parts;
    if (latch.port === 0) return 0;
    const hasSent = this.#isSender();
    this.#sentAtPrevious = this.#sentAtReport;
    this.#sentAtReport = send.packetCount;
    this.#heardAtReport = counters.packetsReceived;
    const { rtpTimestamp, packetCount, octetCount } = send;
    const sender = hasSent ? { wallClockMs, rtpTimestamp, packetCount, octetCount } : null;
    const block = this.#block(nowMs);
    const length = writeCompoundReport(this.#buffer, send.ssrc, this.#cname, sender, block, isBye);
    const bytes = keys.send === null ? length : keys.send.protectRtcp(this.#buffer, length);
    if (bytes < 0) return 0;
    if (hasSent) this.peer.sent(ntpMiddle(wallClockMs), nowMs);
    // The packet may wait in the socket's queue while the next report is written.
    this.#transmit(plan, Buffer.from(this.#buffer.subarray(0, bytes)));
    this.counts.sent += 1;
    return bytes;
  }

  #transmit({ rtcpMux, remoteRtcpPort }: MediaPlan, packet: Buffer): void {
    const { latch, lease } = this.#parts;
    if (rtcpMux) {
      lease.rtp.send(packet, packet.length, latch.address, latch.port);
      return;
    }
    // RFC 4961 §4: symmetric RTCP, which passes the peer's NAT.
    const isLearned = this.#learnedPort !== 0 && this.#learnedAddress === latch.address;
    const port = isLearned ? this.#learnedPort : remoteRtcpPort;
    lease.rtcp.send(packet, packet.length, latch.address, port);
  }

  #block(nowMs: number): ReportBlock | null {
    const { ssrc, tracker } = this.#parts.receive;
    if (ssrc < 0) return null;
    const hasSenderReport = this.#lastSrSsrc === ssrc;
    return {
      ssrc,
      fractionLost: fractionLostSinceReport(tracker),
      packetsLost: packetsLost(tracker),
      extendedHighestSequence: extendedHighestSequence(tracker),
      jitterTicks: tracker.jitterTicks,
      lastSr: hasSenderReport ? this.#lastSr : 0,
      // RFC 3550 §6.4.1: in units of 1/65536 s.
      delaySinceLastSr: hasSenderReport
        ? Math.round(((nowMs - this.#lastSrAtMs) * 65_536) / 1000) >>> 0
        : 0,
    };
  }

  /** Returns true when the packet was a report of the peer's: it is alive. */
  packet(nowMs: number, packet: Buffer, length: number, address: string, port: number): boolean {
    const isTaken = this.#take(nowMs, packet, length, address, port);
    if (!isTaken) {
      this.counts.refused += 1;
      return false;
    }
    this.counts.received += 1;
    this.#learnedAddress = address;
    this.#learnedPort = port;
    return true;
  }

  #take(nowMs: number, packet: Buffer, length: number, address: string, port: number): boolean {
    const { keys, latch, counters, send, receive } = this.#parts;
    const report = this.#received;
    if (!keys.isSecure && !latch.hearsRtcp(address)) {
      counters.wrongSource += 1;
      return false;
    }
    const isExpected =
      address === latch.address && port === (this.#learnedPort || this.#statedPort);
    if (!(isExpected ? this.#expectedBudget : this.#othersBudget).take()) {
      counters.overRate += 1;
      return false;
    }
    const bytes = keys.isSecure ? keys.unprotectRtcp(packet, length) : length;
    if (bytes < 0) {
      if (bytes === SRTP_REPLAYED) counters.replayed += 1;
      else counters.authFailures += 1;
      return false;
    }
    const verdict = parseCompoundReport(packet, bytes, send.ssrc, receive.ssrc, report);
    // RFC 3550 §8.2: our own identifier is a loop (or a collision, which a peer resolves that hears us).
    if (verdict === RTCP_MALFORMED || report.ssrc === send.ssrc) {
      counters.malformed += 1;
      return false;
    }
    this.#timer.heard(nowMs, report.ssrc, length);
    for (let i = 0; i < report.byeCount; i++) {
      this.#timer.left(nowMs, report.byeSources[i] ?? 0);
    }
    if (report.hasSenderReport) {
      this.#lastSr = report.senderNtpMiddle;
      this.#lastSrSsrc = report.senderReportSsrc;
      this.#lastSrAtMs = nowMs;
    }
    if (report.hasBlock) this.peer.received(report, send.ssrc, send.packetCount, nowMs);
    return true;
  }
}

function statedPort({ rtcpMux, remotePort, remoteRtcpPort }: MediaPlan): number {
  return rtcpMux ? remotePort : remoteRtcpPort;
}

/** RFC 3550 §6.2: lower layers count. */
function bytesPerSecond({ codec, ptimeMs }: MediaPlan): number {
  return CODECS[codec].clockRateHz + (HEADER_BYTES * 1_000) / ptimeMs;
}
