import type { CallQuality, QualityRange } from "../../schema/contracts/call-quality.ts";
import { burstRatio, CODEC_IMPAIRMENTS, estimateMos } from "../protocol/audio/e-model.ts";
import { packetsLost } from "../protocol/rtp/sequence.ts";
import { CODECS, type MediaPlan } from "../protocol/sdp/media-plan.ts";
import type { MediaClock } from "./clock.ts";
import type { QualitySample } from "./quality.ts";
import {
  JITTER_RECEIVE,
  JITTER_SEND,
  LOSS_RECEIVE,
  LOSS_SEND,
  MOS_RECEIVE,
  MOS_SEND,
  QUALITY_COLUMNS,
  QualitySeries,
  ROUND_TRIP,
  round,
} from "./quality-series.ts";
import type { ReceivePath } from "./receive-path.ts";
import type { RtcpExchange } from "./rtcp-exchange.ts";
import type { MediaCounters } from "./stats.ts";

const SAMPLE_MS = 5_000;
/** What is left of a call at its end is a sample of its own from here on. */
const MIN_SAMPLE_MS = 500;
/** A peer's report holds for two of its longest intervals (RFC 3550 §6.3.1). */
const REPORT_HOLDS_MS = 15_000;
/** Nobody says how long the peer's jitter buffer is: as ours begins, or twice the jitter that it reports. */
const PEER_BUFFER_MS = 40;

interface MonitorParts {
  readonly clock: MediaClock;
  readonly counters: MediaCounters;
  readonly receive: ReceivePath;
  readonly rtcp: RtcpExchange;
  /** Told of each sample; must neither throw nor block. */
  readonly sampled: (sample: QualitySample) => void;
}

/** Counters as they were at the last sample. */
interface Mark {
  atMs: number;
  received: number;
  lost: number;
  late: number;
  lossRuns: number;
  sent: number;
  rtcp: QualitySample["rtcp"];
}

/** Min, mean and max of one column over all samples. */
class RangeMeter {
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #samples = 0;

  add(value: number): void {
    if (Number.isNaN(value)) return;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#sum += value;
    this.#samples += 1;
  }

  range(digits: number): QualityRange | null {
    const [min, max] = [round(this.#min, digits), round(this.#max, digits)];
    const avg = round(this.#sum / this.#samples, digits);
    if (min === null || max === null || avg === null) return null;
    return { min, avg, max, samples: this.#samples };
  }
}

/** How well a session is heard, both ways: a sample every 5 s, and what they come to. */
export class QualityMonitor {
  readonly #parts: MonitorParts;
  readonly #series = new QualitySeries();
  readonly #ranges = Array.from({ length: QUALITY_COLUMNS }, () => new RangeMeter());
  readonly #values = new Float64Array(QUALITY_COLUMNS);
  readonly #startedAtMs: number;
  readonly #startedMs: number;
  #mark: Mark;
  /** Of the peer's last reports. */
  #fractionLost = 0;

  constructor(parts: MonitorParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.nowMs();
    this.#startedMs = parts.clock.monotonicMs();
    this.#mark = this.#take(this.#startedMs);
  }

  tick(plan: MediaPlan, nowMs: number): void {
    if (nowMs - this.#mark.atMs >= SAMPLE_MS) this.#sample(plan, nowMs);
  }

  /** The session is over: what is left is a sample of its own. */
  finish(plan: MediaPlan): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#mark.atMs >= MIN_SAMPLE_MS) this.#sample(plan, nowMs);
  }

  /** Plain data: may cross to another process. */
  report(): CallQuality {
    const range = (column: number, digits: number) => this.#ranges[column]?.range(digits) ?? null;
    const { counters, receive, rtcp } = this.#parts;
    const lost = packetsLost(receive.tracker);
    return {
      summary: {
        receive: {
          mos: range(MOS_RECEIVE, 2),
          jitterMs: range(JITTER_RECEIVE, 1),
          lossPercent: range(LOSS_RECEIVE, 2),
          packets: counters.packetsReceived,
          packetsLost: lost,
        },
        send: {
          mos: range(MOS_SEND, 2),
          jitterMs: range(JITTER_SEND, 1),
          lossPercent: range(LOSS_SEND, 2),
          packets: counters.packetsSent,
          packetsLost: rtcp.peer.packetsLost,
        },
        roundTripMs: range(ROUND_TRIP, 1),
      },
      series: this.#series.contract(this.#startedAtMs),
    };
  }

  #take(nowMs: number): Mark {
    const { counters, receive, rtcp } = this.#parts;
    return {
      atMs: nowMs,
      received: counters.packetsReceived,
      lost: packetsLost(receive.tracker),
      late: counters.packetsLate,
      lossRuns: receive.tracker.lossRuns,
      sent: counters.packetsSent,
      rtcp: { ...rtcp.counts },
    };
  }

  #sample(plan: MediaPlan, nowMs: number): void {
    const before = this.#mark;
    const now = this.#take(nowMs);
    this.#mark = now;
    const { peer } = this.#parts.rtcp;
    const values = this.#values;
    values.fill(Number.NaN);
    values[ROUND_TRIP] = peer.roundTripMs;
    this.#hear(plan, before, now);
    this.#beHeard(plan, before, now);
    for (const [column, range] of this.#ranges.entries()) range.add(values[column] ?? Number.NaN);
    this.#series.push((nowMs - this.#startedMs) / 1_000, values);
    this.#parts.sampled(this.#told(plan, before, now));
  }

  /** What came from the peer. What was not played, lost or late, is heard alike. */
  #hear(plan: MediaPlan, before: Mark, now: Mark): void {
    const received = now.received - before.received;
    const lost = Math.max(0, now.lost - before.lost);
    const expected = received + lost;
    // Nothing to hear, as on hold, is not badly heard.
    if (expected === 0) return;
    const missing = Math.min(expected, lost + now.late - before.late);
    const runs = now.lossRuns - before.lossRuns + (now.late - before.late);
    const { receive } = this.#parts;
    const values = this.#values;
    values[LOSS_RECEIVE] = (100 * lost) / expected;
    values[JITTER_RECEIVE] = ticksToMs(receive.tracker.jitterTicks, plan);
    values[MOS_RECEIVE] = estimateMos(
      {
        delayMs: this.#oneWayMs() + plan.ptimeMs + receive.bufferMs,
        lossPercent: (100 * missing) / expected,
        burstRatio: burstRatio(missing, expected, runs),
      },
      CODEC_IMPAIRMENTS[plan.codec],
    );
  }

  /** What the peer says that came of ours; its reports and our samples keep no step with each other. */
  #beHeard(plan: MediaPlan, before: Mark, now: Mark): void {
    const { peer } = this.#parts.rtcp;
    const values = this.#values;
    const fraction = peer.takeFractionLost();
    if (!Number.isNaN(fraction)) this.#fractionLost = fraction;
    const isKnown = now.atMs - peer.reportedAtMs <= REPORT_HOLDS_MS;
    if (!isKnown || now.sent === before.sent) return;
    const jitterMs = ticksToMs(peer.jitterTicks, plan);
    values[LOSS_SEND] = 100 * this.#fractionLost;
    values[JITTER_SEND] = jitterMs;
    const delayMs = this.#oneWayMs() + plan.ptimeMs + Math.max(PEER_BUFFER_MS, 2 * jitterMs);
    values[MOS_SEND] = estimateMos(
      { delayMs, lossPercent: 100 * this.#fractionLost, burstRatio: 1 },
      CODEC_IMPAIRMENTS[plan.codec],
    );
  }

  /** Half the round trip; nothing while nobody knows it. */
  #oneWayMs(): number {
    const { roundTripMs } = this.#parts.rtcp.peer;
    return Number.isNaN(roundTripMs) ? 0 : roundTripMs / 2;
  }

  #told({ codec }: MediaPlan, before: Mark, now: Mark): QualitySample {
    const value = (column: number) => {
      const known = this.#values[column] ?? Number.NaN;
      return Number.isNaN(known) ? null : known;
    };
    const ratio = (column: number) => {
      const percent = value(column);
      return percent === null ? null : percent / 100;
    };
    return {
      codec,
      receive: {
        mos: value(MOS_RECEIVE),
        lossRatio: ratio(LOSS_RECEIVE),
        jitterMs: value(JITTER_RECEIVE),
      },
      send: { mos: value(MOS_SEND), lossRatio: ratio(LOSS_SEND), jitterMs: value(JITTER_SEND) },
      roundTripMs: value(ROUND_TRIP),
      rtcp: {
        sent: now.rtcp.sent - before.rtcp.sent,
        received: now.rtcp.received - before.rtcp.received,
        refused: now.rtcp.refused - before.rtcp.refused,
      },
    };
  }
}

function ticksToMs(ticks: number, { codec }: MediaPlan): number {
  return (1_000 * ticks) / CODECS[codec].clockRateHz;
}
