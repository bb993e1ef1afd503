import { Counter, Histogram, type Registry } from "prom-client";
import type { QualitySample } from "../media/quality.ts";

export interface QualityMetrics {
  /** Every 5 s of every session. */
  qualitySampled(sample: QualitySample): void;
}

const MOS_BUCKETS = [1, 2, 2.5, 3, 3.3, 3.6, 3.8, 4, 4.1, 4.2, 4.3, 4.4];
const LOSS_BUCKETS = [0, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const JITTER_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2];
const ROUND_TRIP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1];
const SECONDS = 1_000;

/** Labels: `direction` is that of the media, `receive` or `send`, and `codec` one of the SDP's closed set. */
export function registerQualityMetrics(registry: Registry): QualityMetrics {
  const registers = [registry];
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly L[],
  ) =>
    new Histogram({
      name: `trunkline_${name}`,
      help,
      buckets: [...buckets],
      labelNames: [...labelNames],
      registers,
    });
  const labels = ["direction", "codec"] as const;
  const mos = histogram(
    "mos_estimate",
    "Mean opinion score by the E-model, of 5 s of a call.",
    MOS_BUCKETS,
    labels,
  );
  const loss = histogram(
    "rtp_loss_ratio",
    "Share of RTP packets lost on the network, of 5 s of a call.",
    LOSS_BUCKETS,
    labels,
  );
  const jitter = histogram(
    "rtp_jitter_seconds",
    "Interarrival jitter of RTP, every 5 s of a call.",
    JITTER_BUCKETS,
    labels,
  );
  const roundTrip = histogram(
    "rtp_round_trip_seconds",
    "Round trip by RTCP, every 5 s of a call whose peer reports.",
    ROUND_TRIP_BUCKETS,
    ["codec"],
  );
  const packets = new Counter({
    name: "trunkline_rtcp_packets_total",
    help: "RTCP compound packets that were sent, and those that were received and believed.",
    labelNames: ["direction"],
    registers,
  });
  const refused = new Counter({
    name: "trunkline_rtcp_refused_total",
    help: "RTCP packets that were not believed: malformed, not authentic, of a wrong source, or our own.",
    registers,
  });
  return {
    qualitySampled({ codec, rtcp, roundTripMs, ...directions }) {
      for (const direction of ["receive", "send"] as const) {
        const sample = directions[direction];
        const of = { direction, codec };
        if (sample.mos !== null) mos.observe(of, sample.mos);
        if (sample.lossRatio !== null) loss.observe(of, sample.lossRatio);
        if (sample.jitterMs !== null) jitter.observe(of, sample.jitterMs / SECONDS);
      }
      if (roundTripMs !== null) roundTrip.observe({ codec }, roundTripMs / SECONDS);
      packets.inc({ direction: "send" }, rtcp.sent);
      packets.inc({ direction: "receive" }, rtcp.received);
      refused.inc(rtcp.refused);
    },
  };
}
