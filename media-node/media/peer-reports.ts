import type { ReceivedReport } from "../protocol/rtcp/parse-reports.ts";

/** Sender reports whose way back is measured: of a peer that reports late, the last ones. */
const REMEMBERED_REPORTS = 4;
/** A peer's rounding, and its clock against ours: less than this below nothing is nothing. */
const ROUNDING_MS = 20;
/** 10 s at 8 kHz: more is no jitter, it is a lie or a fault. */
const MAX_JITTER_TICKS = 80_000;

/**
 * What the peer's reports say of what we send (RFC 3550 §6.4.1): round trip, loss, jitter. A report is a claim: the loss is
 * bounded by what was sent, and the round trip is that of a report of ours that it names, on our own clock.
 */
export class PeerReports {
  /** Of the last reports sent, a ring: middle of the NTP time, and when. */
  readonly #sentMiddles = new Float64Array(REMEMBERED_REPORTS).fill(-1);
  readonly #sentAtMs = new Float64Array(REMEMBERED_REPORTS);
  #next = 0;
  /** Lost packets that were reported of earlier sources of ours. */
  #lostBefore = 0;
  #lostOfSource = 0;
  #ssrc = 0;
  #fractions = 0;
  #reports = 0;
  /** NaN until measured. */
  roundTripMs = Number.NaN;
  /** NaN until reported. */
  jitterTicks = Number.NaN;
  /** When the peer last reported on us, monotonic; NaN until then. */
  reportedAtMs = Number.NaN;

  /** A sender report has left. */
  sent(ntpMiddle: number, nowMs: number): void {
    this.#sentMiddles[this.#next] = ntpMiddle;
    this.#sentAtMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % REMEMBERED_REPORTS;
  }

  /** A block about our source `ssrc`, of which `packetsSent` have left. */
  received(report: ReceivedReport, ssrc: number, packetsSent: number, nowMs: number): void {
    if (ssrc !== this.#ssrc) {
      this.#lostBefore += this.#lostOfSource;
      this.#lostOfSource = 0;
      this.#ssrc = ssrc;
    }
    this.#lostOfSource = Math.min(Math.max(0, report.packetsLost), packetsSent);
    this.#fractions += report.fractionLost / 256;
    this.#reports += 1;
    this.jitterTicks = Math.min(report.jitterTicks, MAX_JITTER_TICKS);
    this.reportedAtMs = nowMs;
    this.#measure(report, nowMs);
  }

  /** RFC 3550 §6.4.1: the time since our report, without what the peer held it for. */
  #measure({ lastSr, delaySinceLastSr }: ReceivedReport, nowMs: number): void {
    if (lastSr === 0) return;
    const index = this.#sentMiddles.indexOf(lastSr);
    if (index < 0) return;
    const heldMs = (delaySinceLastSr * 1_000) / 65_536;
    const roundTripMs = nowMs - (this.#sentAtMs[index] ?? nowMs) - heldMs;
    if (roundTripMs >= -ROUNDING_MS) this.roundTripMs = Math.max(0, roundTripMs);
  }

  /** As the peer counts it, over all our sources. */
  get packetsLost(): number {
    return this.#lostBefore + this.#lostOfSource;
  }

  /** 0 to 1, over the reports since this was last asked; NaN when there was none. */
  takeFractionLost(): number {
    const fraction = this.#fractions / this.#reports;
    this.#fractions = 0;
    this.#reports = 0;
    return fraction;
  }
}
