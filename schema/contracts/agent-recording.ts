import { z } from "zod";

/** Recording of an agent's calls: off unless the agent's settings say otherwise. */

export const RECORDING_FORMATS = ["mp3", "wav"] as const;
export const formatSchema = z.enum(RECORDING_FORMATS);
export type RecordingFormat = z.infer<typeof formatSchema>;

/** How long a recording is kept where nothing else is said. */
export const DEFAULT_RECORDING_DAYS = 30;

/** `recording` of an agent. Ours: whether callers consent is the customer's to know. */
export const agentRecordingSchema = z.looseObject({
  /** False when absent. */
  enabled: z.boolean().nullish(),
  /** `mp3` when absent. */
  format: formatSchema.nullish(),
  /** From the call's beginning; 30 when absent. */
  retention_days: z.number().int().min(1).max(3_650).nullish(),
});

/** What of it a node is told; null: nothing is recorded. */
export const recordingRouteSchema = z.object({
  format: formatSchema,
  retentionDays: z.number().int().positive(),
});
export type RecordingRoute = z.infer<typeof recordingRouteSchema>;
