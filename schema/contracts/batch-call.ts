import { z } from "zod";
import {
  callDataSchema,
  MAX_RINGING_TIMEOUT_SECS,
  telephonyCallConfigSchema,
} from "./outbound-call.ts";

/** Batch calls, in the vendor's shapes; `attempts` of a recipient is ours. */

export const MAX_RECIPIENTS = 10_000;

const BATCH_CALL_STATUSES = ["pending", "in_progress", "completed", "failed", "cancelled"] as const;

const RECIPIENT_STATUSES = [
  "pending",
  "dispatched",
  "initiated",
  "in_progress",
  "completed",
  "failed",
  "cancelled",
  "voicemail",
] as const;

const nameSchema = z.string().min(1).max(256);
const labelSchema = z.string().max(256);
const targetSchema = z.number().int().min(1);

const recipientSchema = z.object({
  /** Absent: one is made. */
  id: z
    .string()
    .regex(/^[\w.:@+-]{1,128}$/, "is not 1 to 128 letters, digits and `_.:@+-`")
    .nullish(),
  phone_number: z.string().nullish(),
  /** Another channel: refused. */
  whatsapp_user_id: z.string().nullish(),
  conversation_initiation_client_data: callDataSchema.nullish(),
});
export type BatchRecipientRequest = z.infer<typeof recipientSchema>;

export const submitBatchCallSchema = z.object({
  call_name: nameSchema,
  agent_id: z.string(),
  recipients: z.array(recipientSchema).min(1).max(MAX_RECIPIENTS),
  /** Absent or past: at once. */
  scheduled_time_unix: z.number().int().nullish(),
  agent_phone_number_id: z.string().nullish(),
  /** Another channel: refused. */
  whatsapp_params: z.unknown().optional(),
  timezone: labelSchema.nullish(),
  branch_id: labelSchema.nullish(),
  environment: labelSchema.nullish(),
  telephony_call_config: telephonyCallConfigSchema.nullish(),
  target_concurrency_limit: targetSchema.nullish(),
});
export type SubmitBatchCall = z.infer<typeof submitBatchCallSchema>;

/** A number in a query: an empty value is none. */
const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, "is not a whole number")
  .transform(Number);

/** `POST /v1/batch-calls`: the body is a table, and this is what is said of it. */
export const batchCallTableQuerySchema = z.object({
  call_name: nameSchema,
  agent_id: z.string(),
  agent_phone_number_id: z.string(),
  /** Which column has the numbers. */
  phone_number_column: z.string().min(1).max(128).default("phone_number"),
  scheduled_time_unix: wholeNumber.optional(),
  timezone: labelSchema.optional(),
  branch_id: labelSchema.optional(),
  environment: labelSchema.optional(),
  ringing_timeout_secs: wholeNumber
    .pipe(z.number().min(1).max(MAX_RINGING_TIMEOUT_SECS))
    .optional(),
  target_concurrency_limit: wholeNumber.pipe(targetSchema).optional(),
});
export type BatchCallTableQuery = z.infer<typeof batchCallTableQuerySchema>;

export const batchCallSchema = z.object({
  id: z.string(),
  phone_number_id: z.string().nullable(),
  phone_provider: z.literal("sip_trunk").nullable(),
  whatsapp_params: z.null(),
  name: z.string(),
  agent_id: z.string(),
  branch_id: z.string().nullable(),
  environment: z.string().nullable(),
  created_at_unix: z.number().int(),
  scheduled_time_unix: z.number().int(),
  timezone: z.string().nullable(),
  /** Recipients that were called, or are being called. */
  total_calls_dispatched: z.number().int(),
  /** All recipients. */
  total_calls_scheduled: z.number().int(),
  /** Recipients that nothing more happens to. */
  total_calls_finished: z.number().int(),
  last_updated_at_unix: z.number().int(),
  status: z.enum(BATCH_CALL_STATUSES),
  retry_count: z.number().int(),
  telephony_call_config: z.object({
    ringing_timeout_secs: z.number().int(),
    twilio_call_recording_enabled: z.boolean(),
  }),
  target_concurrency_limit: z.number().int().nullable(),
  agent_name: z.string(),
  branch_name: z.string().nullable(),
});
export type BatchCallView = z.infer<typeof batchCallSchema>;

const recipientViewSchema = z.object({
  id: z.string(),
  /** Null once the conversation with it was deleted. */
  phone_number: z.string().nullable(),
  whatsapp_user_id: z.null(),
  status: z.enum(RECIPIENT_STATUSES),
  created_at_unix: z.number().int(),
  updated_at_unix: z.number().int(),
  conversation_id: z.string().nullable(),
  /** Without the variables that only the agent may know. */
  conversation_initiation_client_data: z.record(z.string(), z.unknown()).nullable(),
  /** How often it was called. */
  attempts: z.number().int(),
});
export type BatchRecipientView = z.infer<typeof recipientViewSchema>;

export const batchCallDetailSchema = batchCallSchema.extend({
  recipients: z.array(recipientViewSchema),
});
export type BatchCallDetail = z.infer<typeof batchCallDetailSchema>;

export const batchCallQuerySchema = z.object({
  limit: wholeNumber.pipe(z.number().min(1).max(100)).default(100),
  last_doc: z.string().optional(),
  agent_id: z.string().optional(),
});
export type BatchCallQuery = z.infer<typeof batchCallQuerySchema>;

export const batchCallPageSchema = z.object({
  batch_calls: z.array(batchCallSchema),
  next_doc: z.string().nullable(),
  has_more: z.boolean(),
});
export type BatchCallPage = z.infer<typeof batchCallPageSchema>;
