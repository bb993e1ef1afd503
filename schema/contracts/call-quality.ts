import { z } from "zod";

/**
 * How well a call was heard, measured every 5 s: as a node tells it with the call's end, as it is kept, and as it is shown.
 * `receive` is what we hear of the phone, `send` what the phone hears of us, as its RTCP says. Scores are estimates of the
 * E-model (ITU-T G.107), 1 to 4.41.
 */

/** Of a series at most; a longer call has fewer samples a minute. */
export const MAX_QUALITY_SAMPLES = 240;

const rangeSchema = z.object({
  min: z.number(),
  avg: z.number(),
  max: z.number(),
  /** How many 5 s samples it is made of. */
  samples: z.number().int().positive(),
});
export type QualityRange = z.infer<typeof rangeSchema>;

const directionSchema = z.object({
  /** Null: never known. */
  mos: rangeSchema.nullable(),
  jitterMs: rangeSchema.nullable(),
  /** Lost on the network, 0 to 100. */
  lossPercent: rangeSchema.nullable(),
  packets: z.number().int().nonnegative(),
  packetsLost: z.number().int().nonnegative(),
});
export type DirectionQuality = z.infer<typeof directionSchema>;

const qualitySummarySchema = z.object({
  receive: directionSchema,
  send: directionSchema,
  /** By RTCP, network and peer; null: the peer sends no reports. */
  roundTripMs: rangeSchema.nullable(),
});

/** One value a sample; null where it is not known. */
const columnSchema = z.array(z.number().nullable()).max(MAX_QUALITY_SAMPLES);
const directionSeriesSchema = z.object({
  mos: columnSchema,
  lossPercent: columnSchema,
  jitterMs: columnSchema,
});

const qualitySeriesSchema = z.object({
  startedAtMs: z.number().int(),
  /** When each sample was taken, in seconds from `startedAtMs`: it tells of the time since the one before. */
  atSecs: z.array(z.number()).max(MAX_QUALITY_SAMPLES),
  receive: directionSeriesSchema,
  send: directionSeriesSchema,
  roundTripMs: columnSchema,
});
export type QualitySeries = z.infer<typeof qualitySeriesSchema>;

export const callQualitySchema = z.object({
  summary: qualitySummarySchema,
  /** In the node's report only: it is kept apart from the record. */
  series: qualitySeriesSchema.optional(),
});
export type CallQuality = z.infer<typeof callQualitySchema>;
