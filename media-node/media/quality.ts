import type {
  CallQuality,
  DirectionQuality,
  QualityRange,
} from "../../schema/contracts/call-quality.ts";
import type { CodecName } from "../protocol/sdp/media-plan.ts";
import { joinSeries, round } from "./quality-series.ts";

/** One direction in the last 5 s; null where it is not known or nothing was to be heard. */
interface DirectionSample {
  readonly mos: number | null;
  /** 0 to 1. */
  readonly lossRatio: number | null;
  readonly jitterMs: number | null;
}

/** What every 5 s of a session come to: plain data, for whoever counts. */
export interface QualitySample {
  readonly codec: CodecName;
  readonly receive: DirectionSample;
  readonly send: DirectionSample;
  readonly roundTripMs: number | null;
  /** RTCP packets since the last sample. */
  readonly rtcp: { readonly sent: number; readonly received: number; readonly refused: number };
}

/** Quality of two sessions of one call, one after the other. */
export function joinQuality(earlier: CallQuality, later: CallQuality): CallQuality {
  const [one, other] = [earlier.summary, later.summary];
  const { series } = earlier;
  return {
    summary: {
      receive: joinDirections(one.receive, other.receive),
      send: joinDirections(one.send, other.send),
      roundTripMs: joinRanges(one.roundTripMs, other.roundTripMs),
    },
    ...(series === undefined || later.series === undefined
      ? {}
      : { series: joinSeries(series, later.series) }),
  };
}

function joinDirections(one: DirectionQuality, other: DirectionQuality): DirectionQuality {
  return {
    mos: joinRanges(one.mos, other.mos),
    jitterMs: joinRanges(one.jitterMs, other.jitterMs),
    lossPercent: joinRanges(one.lossPercent, other.lossPercent),
    packets: one.packets + other.packets,
    packetsLost: one.packetsLost + other.packetsLost,
  };
}

function joinRanges(one: QualityRange | null, other: QualityRange | null): QualityRange | null {
  if (one === null || other === null) return one ?? other;
  const samples = one.samples + other.samples;
  return {
    min: Math.min(one.min, other.min),
    avg: round((one.avg * one.samples + other.avg * other.samples) / samples, 2) ?? 0,
    max: Math.max(one.max, other.max),
    samples,
  };
}
