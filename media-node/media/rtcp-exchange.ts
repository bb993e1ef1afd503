import {
  createReceivedReport,
  parseCompoundReport,
  type ReportBlock,
  type SenderInfo,
  writeCompoundReport,
} from "../protocol/rtcp/reports.ts";
import {
  extendedHighestSequence,
  fractionLostSinceReport,
  packetsLost,
} from "../protocol/rtp/sequence.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import { protectRtcp } from "../protocol/srtp/srtcp.ts";
import { SRTP_REPLAYED } from "../protocol/srtp/verdicts.ts";
import type { MediaClock } from "./clock.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Latch } from "./latching.ts";
import { FRAME_MS } from "./media-session.ts";
import type { MediaPortLease } from "./port-pool.ts";
import type { ReceivePath } from "./receive-path.ts";
import type { SendPath } from "./send-path.ts";
import type { MediaCounters } from "./stats.ts";

/** RFC 3550 §6.2: the least interval. */
const REPORT_FRAMES = 5_000 / FRAME_MS;
/** The first report goes out early, so that a peer which waits for RTCP does not give up. */
const FIRST_REPORT_FRAMES = 1_000 / FRAME_MS;

export interface RtcpParts {
  readonly keys: KeyRing;
  readonly latch: Latch;
  readonly counters: MediaCounters;
  readonly send: SendPath;
  readonly receive: ReceivePath;
  readonly lease: MediaPortLease;
  readonly cname: string;
}

/** Reports in both directions, on the RTP port or the one beside it; SRTCP when RTP is SRTP. */
export class RtcpExchange {
  readonly #parts: RtcpParts;
  readonly #buffer = Buffer.alloc(256);
  readonly #received = createReceivedReport();
  #framesToReport = FIRST_REPORT_FRAMES;
  #packetsAtReport = 0;
  /** The sender's clock in its last SR, and when that came. */
  #lastSr = 0;
  #lastSrAtMs = 0;

  constructor(parts: RtcpParts) {
    this.#parts = parts;
  }

  tick(plan: MediaPlan, nowMs: number, clock: MediaClock): void {
    this.#framesToReport -= 1;
    if (this.#framesToReport > 0) return;
    this.#framesToReport = REPORT_FRAMES;
    this.#report(plan, nowMs, clock.nowMs(), false);
  }

  /** RFC 3550 §6.3.7: says that we leave. */
  bye(plan: MediaPlan, clock: MediaClock): void {
    this.#report(plan, clock.monotonicMs(), clock.nowMs(), true);
  }

  #report(plan: MediaPlan, nowMs: number, wallClockMs: number, isBye: boolean): void {
    const { keys, latch, send, lease, cname } = this.#parts;
    if (latch.port === 0) return;
    // RFC 3550 §6.4: a receiver report, when this source has sent nothing since the last one.
    const hasSent = send.packetCount !== this.#packetsAtReport;
    this.#packetsAtReport = send.packetCount;
    const sender: SenderInfo | null = hasSent
      ? {
          wallClockMs,
          rtpTimestamp: send.rtpTimestamp,
          packetCount: send.packetCount,
          octetCount: send.octetCount,
        }
      : null;
    const length = writeCompoundReport(
      this.#buffer,
      send.ssrc,
      cname,
      sender,
      this.#block(nowMs),
      isBye,
    );
    const bytes = keys.send === null ? length : protectRtcp(keys.send, this.#buffer, length);
    if (bytes < 0) return;
    // The packet may wait in the socket's queue while the next report is written.
    const packet = Buffer.from(this.#buffer.subarray(0, bytes));
    if (plan.rtcpMux) lease.rtp.send(packet, bytes, latch.address, latch.port);
    else lease.rtcp.send(packet, bytes, latch.address, plan.remoteRtcpPort);
  }

  #block(nowMs: number): ReportBlock | null {
    const { ssrc, tracker } = this.#parts.receive;
    if (ssrc < 0) return null;
    return {
      ssrc,
      fractionLost: fractionLostSinceReport(tracker),
      packetsLost: packetsLost(tracker),
      extendedHighestSequence: extendedHighestSequence(tracker),
      jitterTicks: tracker.jitterTicks,
      lastSr: this.#lastSr,
      // RFC 3550 §6.4.1: in units of 1/65536 s.
      delaySinceLastSr:
        this.#lastSr === 0 ? 0 : Math.round(((nowMs - this.#lastSrAtMs) * 65_536) / 1000) >>> 0,
    };
  }

  /** Returns true when the packet was a report of the peer's: it is alive. */
  packet(nowMs: number, packet: Buffer, length: number, address: string, _port: number): boolean {
    const { keys, latch, counters, send } = this.#parts;
    if (!keys.isSecure && !latch.hearsRtcp(address)) {
      counters.wrongSource += 1;
      return false;
    }
    const bytes = keys.isSecure ? keys.unprotectRtcp(packet, length) : length;
    if (bytes < 0) {
      if (bytes === SRTP_REPLAYED) counters.replayed += 1;
      else counters.authFailures += 1;
      return false;
    }
    if (parseCompoundReport(packet, bytes, send.ssrc, this.#received) < 0) {
      counters.malformed += 1;
      return false;
    }
    if (this.#received.hasSenderReport) {
      this.#lastSr = this.#received.senderNtpMiddle;
      this.#lastSrAtMs = nowMs;
    }
    return true;
  }
}
