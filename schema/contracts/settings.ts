import { z } from "zod";
import {
  MAX_REQUEST_HEADERS_CHARS,
  requestHeaderNameSchema,
  requestHeaderValueSchema,
} from "./request-headers.ts";

/** Settings of a workspace in the vendor's shapes; `timeout_ms` and `on_failure` are ours. */

/** Stands in answers where a header's value is kept; sent back, it keeps the value. */
export const STORED_SECRET_ID = "stored";

const MAX_HEADERS = 32;

/** What the request itself sets. Content-Type is not refused, since the vendor's example has it; it is always JSON. */
const REQUEST_HEADERS =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/i;

/** The webhook that is asked for the data of a conversation while the phone rings. */
export const preCallWebhookConfigSchema = z.looseObject({
  url: z.string().max(2_048),
  /** Values are never given back. Absent in an update: they stay, as the origin does. */
  request_headers: z
    .record(
      requestHeaderNameSchema.refine(
        (name) => !REQUEST_HEADERS.test(name),
        "is set by the request itself",
      ),
      z.union([requestHeaderValueSchema, z.object({ secret_id: z.string().max(256) })]),
    )
    .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, `are more than ${MAX_HEADERS}`)
    .refine(
      (headers) => JSON.stringify(headers).length <= MAX_REQUEST_HEADERS_CHARS,
      `are more than ${MAX_REQUEST_HEADERS_CHARS} characters together`,
    )
    .nullish(),
  /** From the question to the last byte of the answer. Absent: as it was, at first 3,000. */
  timeout_ms: z.number().int().min(500).max(10_000).nullish(),
  /** What becomes of the call without an answer. Absent: as it was, at first `continue`. */
  on_failure: z.enum(["continue", "reject"]).nullish(),
});
export type PreCallWebhookConfig = z.infer<typeof preCallWebhookConfigSchema>;

const preCallWebhookViewSchema = z.object({
  url: z.string(),
  request_headers: z.record(z.string(), z.object({ secret_id: z.literal(STORED_SECRET_ID) })),
  timeout_ms: z.number().int(),
  on_failure: z.enum(["continue", "reject"]),
});
export type PreCallWebhookView = z.infer<typeof preCallWebhookViewSchema>;

const webhooksSchema = z.looseObject({
  post_call_webhook_id: z.string().nullish(),
  events: z.array(z.string()).optional(),
  transcript_format: z.enum(["json", "opentelemetry"]).optional(),
  send_audio: z.boolean().nullish(),
});
const livekitStackSchema = z.enum(["standard", "static"]);

/** `PATCH /v1/convai/settings`: what is absent stays; `null` removes the pre-call webhook. */
export const updateSettingsSchema = z.looseObject({
  conversation_initiation_client_data_webhook: preCallWebhookConfigSchema.nullish(),
  webhooks: webhooksSchema.nullish(),
  default_livekit_stack: livekitStackSchema.nullish(),
  can_use_mcp_servers: z.boolean().nullish(),
});
export type UpdateSettings = z.infer<typeof updateSettingsSchema>;

export const settingsViewSchema = z.looseObject({
  conversation_initiation_client_data_webhook: preCallWebhookViewSchema.nullable(),
  webhooks: webhooksSchema,
  default_livekit_stack: livekitStackSchema,
  can_use_mcp_servers: z.boolean(),
});
export type SettingsView = z.infer<typeof settingsViewSchema>;

export const settingsChangedSchema = settingsViewSchema.extend({
  routing_revision: z.number().int(),
});
