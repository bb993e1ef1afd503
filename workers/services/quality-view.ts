import type {
  CallQuality,
  DirectionQuality,
  QualityRange,
  QualitySeries,
  QualitySeriesView,
  QualityView,
} from "../../schema/contracts/call-quality.ts";
import type { CallRecord } from "../../schema/contracts/call-record.ts";

/** Quality as clients see it; null where the node has told none. */
export function qualityView(media: CallRecord["media"] | undefined): QualityView | null {
  if (media?.quality === undefined) return null;
  const { receive, send, roundTripMs }: CallQuality["summary"] = media.quality.summary;
  return {
    codec: media.codec,
    srtp_suite: media.srtpSuite,
    receive: directionView(receive),
    send: directionView(send),
    round_trip_ms: rangeView(roundTripMs),
  };
}

function directionView({ mos, jitterMs, lossPercent, packets, packetsLost }: DirectionQuality) {
  return {
    mos: rangeView(mos),
    jitter_ms: rangeView(jitterMs),
    loss_percent: rangeView(lossPercent),
    packets,
    packets_lost: packetsLost,
  };
}

function rangeView(range: QualityRange | null) {
  if (range === null) return null;
  const { min, avg, max } = range;
  return { min, avg, max };
}

export function qualitySeriesView(series: QualitySeries): QualitySeriesView {
  const direction = ({ mos, lossPercent, jitterMs }: QualitySeries["receive"]) => ({
    mos,
    loss_percent: lossPercent,
    jitter_ms: jitterMs,
  });
  return {
    started_at: new Date(series.startedAtMs).toISOString(),
    at_secs: series.atSecs,
    receive: direction(series.receive),
    send: direction(series.send),
    round_trip_ms: series.roundTripMs,
  };
}
