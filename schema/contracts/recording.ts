import { z } from "zod";
import { idSchema } from "../values/ids.ts";
import { formatSchema } from "./agent-recording.ts";

/** The recording of a call: as a node tells of it, and as clients read of it. */

/** Of what a node gives the control plane to keep: so many bytes a part, the last one fewer. A multiple of 3 for base64. */
export const RECORDING_PART_BYTES = 3 * 1_048_576;
/** 1.5 GB: two hours of wideband WAV and more. */
export const MAX_RECORDING_PARTS = 512;

/** In the order in which a recording goes through them; `ready` and `failed` are the last. */
export const RECORDING_STATES = ["recording", "uploading", "ready", "failed"] as const;
const recordingStateSchema = z.enum(RECORDING_STATES);

/** Where the bytes are: in the control plane's own store, or in the deployment's bucket. */
const recordingPlaceSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("parts"),
    count: z.number().int().nonnegative().max(MAX_RECORDING_PARTS),
  }),
  z.object({ kind: z.literal("bucket"), key: z.string().min(1).max(1_024) }),
]);
export type RecordingPlace = z.infer<typeof recordingPlaceSchema>;

/** What a node knows of it from the beginning: with this alone it can be told of, and kept. */
export const recordingFactsSchema = z.object({
  callId: idSchema("call"),
  conversationId: idSchema("conversation"),
  workspaceId: idSchema("workspace"),
  agentId: idSchema("agent"),
  region: z.string(),
  format: formatSchema,
  startedAtMs: z.number().int(),
  /** When it has been kept long enough. */
  expiresAtMs: z.number().int(),
});
export type RecordingFacts = z.infer<typeof recordingFactsSchema>;

/** All of it as of now, each time that it changes. */
export const recordingReportSchema = recordingFactsSchema.extend({
  state: recordingStateSchema,
  /** Why it failed; null otherwise. */
  code: z.string().max(64).nullable(),
  /** From the answer on. Null until it is known, as what follows. */
  durationMs: z.number().int().nonnegative().nullable(),
  bytes: z.number().int().nonnegative().nullable(),
  /** False: the node was cut off in mid-call, and this is what it had. */
  isComplete: z.boolean().nullable(),
  place: recordingPlaceSchema.nullable(),
});
export type RecordingReport = z.infer<typeof recordingReportSchema>;

/** As clients read of it in the conversation. */
export const recordingSummarySchema = z.object({
  state: recordingStateSchema,
  /** Why it failed; null otherwise. */
  code: z.string().nullable(),
  format: formatSchema,
  /** Null until it is known, as what follows. */
  duration_secs: z.number().nullable(),
  bytes: z.number().int().nullable(),
  is_complete: z.boolean().nullable(),
});

/** `GET /v1/conversations/{conversation_id}/recording`. */
export const recordingViewSchema = recordingSummarySchema.extend({
  conversation_id: z.string(),
  /** When it will be removed. */
  expires_at_unix_secs: z.number().int(),
  /** Good for five minutes, for whoever has it; null until it is ready. */
  url: z.string().nullable(),
  url_expires_at_unix_secs: z.number().int().nullable(),
});
export type RecordingView = z.infer<typeof recordingViewSchema>;
