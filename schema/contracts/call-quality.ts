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

export const qualitySeriesSchema = z.object({
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

const rangeViewSchema = z.object({ min: z.number(), avg: z.number(), max: z.number() }).nullable();

const directionViewSchema = z.object({
  mos: rangeViewSchema,
  jitter_ms: rangeViewSchema,
  loss_percent: rangeViewSchema,
  packets: z.number().int(),
  packets_lost: z.number().int(),
});

/** `quality` of a conversation. */
export const qualityViewSchema = z.object({
  codec: z.string(),
  /** RFC 4568 suite name, or null for plain RTP. */
  srtp_suite: z.string().nullable(),
  receive: directionViewSchema,
  send: directionViewSchema,
  round_trip_ms: rangeViewSchema,
});
export type QualityView = z.infer<typeof qualityViewSchema>;

const directionSeriesViewSchema = z.object({
  mos: columnSchema,
  loss_percent: columnSchema,
  jitter_ms: columnSchema,
});

const qualitySeriesViewSchema = z.object({
  started_at: z.iso.datetime(),
  /** Seconds from `started_at` to the end of each sample; the other columns have one value for each. */
  at_secs: z.array(z.number()),
  receive: directionSeriesViewSchema,
  send: directionSeriesViewSchema,
  round_trip_ms: columnSchema,
});
export type QualitySeriesView = z.infer<typeof qualitySeriesViewSchema>;

/** `GET /v1/conversations/{conversation_id}/quality`; both null while the call lasts. */
export const conversationQualitySchema = z.object({
  conversation_id: z.string(),
  summary: qualityViewSchema.nullable(),
  /** Null: not kept any more, or never told. */
  series: qualitySeriesViewSchema.nullable(),
});
export type ConversationQuality = z.infer<typeof conversationQualitySchema>;
