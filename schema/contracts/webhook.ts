import { z } from "zod";
import { formatSchema } from "./agent-recording.ts";
import { voicemailViewSchema } from "./agent-voicemail.ts";
import { webhookPlaceSchema } from "./webhook-place.ts";

/** Webhook endpoints of a workspace in the vendor's shapes, and what is posted to them. */

/** Header that carries `t=<unix seconds>,v0=<hex HMAC-SHA-256 of "<t>.<body>">`. */
export const WEBHOOK_SIGNATURE_HEADER = "ElevenLabs-Signature";

/** Header with the delivery's identifier, the same over all attempts: what a receiver drops duplicates by. */
export const WEBHOOK_ID_HEADER = "Webhook-Id";

/** Headers of one's own are not sent: better refused than left out in silence. */
const noHeadersSchema = z
  .record(z.string(), z.string())
  .refine((headers) => Object.keys(headers).length === 0, "request_headers are not supported")
  .nullish();

/** `POST /v1/workspace/webhooks`. */
export const createWebhookRequestSchema = z.object({
  settings: z.object({
    auth_type: z.literal("hmac"),
    name: z.string().min(1).max(256),
    webhook_url: z.string().max(2048),
    request_headers: noHeadersSchema,
  }),
});
export type CreateWebhookRequest = z.infer<typeof createWebhookRequestSchema>;

export const createWebhookResponseSchema = z.object({
  webhook_id: z.string(),
  /** Shown once. */
  webhook_secret: z.string(),
});
export type CreateWebhookResponse = z.infer<typeof createWebhookResponseSchema>;

const webhookSchema = z.object({
  name: z.string(),
  webhook_id: z.string(),
  webhook_url: z.string(),
  is_disabled: z.boolean(),
  is_auto_disabled: z.boolean(),
  created_at_unix: z.number().int(),
  auth_type: z.literal("hmac"),
  usage: z.array(z.object({ usage_type: z.string() })).nullable(),
  /** The vendor's events of other products: none is told of here. */
  events: z.null(),
  most_recent_failure_error_code: z.number().int().nullable(),
  /** Not kept. */
  most_recent_failure_timestamp: z.null(),
});
export type Webhook = z.infer<typeof webhookSchema>;

/** `GET /v1/workspace/webhooks`. */
export const webhookListSchema = z.object({ webhooks: z.array(webhookSchema) });
export type WebhookList = z.infer<typeof webhookListSchema>;

/** `PATCH /v1/workspace/webhooks/{webhook_id}`; the vendor requires both fields, we take either. */
export const updateWebhookRequestSchema = z.object({
  is_disabled: z.boolean().optional(),
  name: z.string().min(1).max(256).optional(),
  /** Deliveries are always retried. */
  retry_enabled: z.literal(true).nullish(),
  request_headers: noHeadersSchema,
});
export type UpdateWebhookRequest = z.infer<typeof updateWebhookRequestSchema>;

/** What PATCH and DELETE answer. */
export const webhookStatusSchema = z.object({ status: z.literal("ok") });

/** The body of `post_call_transcription`; `data` is what `GET /v1/convai/conversations/{id}` answers. */
export const postCallTranscriptionSchema = z.object({
  type: z.literal("post_call_transcription"),
  /** Unix seconds. */
  event_timestamp: z.number().int(),
  ...webhookPlaceSchema,
  data: z.looseObject({ conversation_id: z.string(), agent_id: z.string() }),
});

/** The body of `answering_machine_detection`: who has answered an outbound call, told while it lasts; the vendor has not published its own. */
export const answeringMachineDetectionSchema = z.object({
  type: z.literal("answering_machine_detection"),
  /** Unix seconds. */
  event_timestamp: z.number().int(),
  ...webhookPlaceSchema,
  data: voicemailViewSchema.extend({
    agent_id: z.string(),
    conversation_id: z.string(),
    from_number: z.string(),
    to_number: z.string(),
    call_sid: z.string(),
  }),
});
/** As it is stored: its place comes with each delivery. */
export type AnsweringMachineDetection = Omit<
  z.infer<typeof answeringMachineDetectionSchema>,
  keyof typeof webhookPlaceSchema
>;

/** The body of `post_call_audio`, when a recording is ready; posted in chunks. */
export const postCallAudioSchema = z.object({
  type: z.literal("post_call_audio"),
  /** Unix seconds. */
  event_timestamp: z.number().int(),
  ...webhookPlaceSchema,
  data: z.object({
    agent_id: z.string(),
    conversation_id: z.string(),
    /** Ours: what `full_audio` is; the vendor knows MP3 only. */
    audio_format: formatSchema,
    /** The recording, base64. */
    full_audio: z.string(),
  }),
});

/** The body of `call_initiation_failure`: an outbound call that never was answered. */
export const callInitiationFailureSchema = z.object({
  type: z.literal("call_initiation_failure"),
  /** Unix seconds. */
  event_timestamp: z.number().int(),
  ...webhookPlaceSchema,
  data: z.object({
    agent_id: z.string(),
    conversation_id: z.string(),
    failure_reason: z.enum(["busy", "no-answer", "unknown"]),
    metadata: z.object({
      type: z.literal("sip"),
      body: z.object({
        from_number: z.string(),
        to_number: z.string(),
        /** Of the other side's final response, else the nearest that there is. */
        sip_status_code: z.number().int(),
        error_reason: z.string(),
        call_sid: z.string(),
        /** The response's phrase; absent without a response. */
        sip_status: z.string().optional(),
        twirp_code: z.string(),
      }),
    }),
  }),
});
/** As it is stored: its place comes with each delivery. */
export type CallInitiationFailure = Omit<
  z.infer<typeof callInitiationFailureSchema>,
  keyof typeof webhookPlaceSchema
>;
