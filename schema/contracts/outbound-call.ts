import { z } from "zod";
import { initiationDataSchema } from "./client-data.ts";

/** `POST /v1/convai/sip-trunk/outbound-call`, in the vendor's shapes. */

const MAX_DATA_CHARS = 262_144;

export const DEFAULT_RINGING_TIMEOUT_SECS = 60;
export const MAX_RINGING_TIMEOUT_SECS = 999;

export const telephonyCallConfigSchema = z.object({
  ringing_timeout_secs: z
    .number()
    .int()
    .min(1)
    .max(MAX_RINGING_TIMEOUT_SECS)
    .default(DEFAULT_RINGING_TIMEOUT_SECS),
  /** For another provider: taken and passed over. */
  twilio_call_recording_enabled: z.boolean().nullish(),
  twilio_machine_detection: z.unknown().optional(),
});

/** What a request says of the conversation of a call that it orders. */
export const callDataSchema = initiationDataSchema
  .extend({
    starting_workflow_node_id: z.string().max(256).nullish(),
    procedure_ids: z.array(z.string().max(256)).max(256).nullish(),
  })
  .refine(
    (data) => JSON.stringify(data).length <= MAX_DATA_CHARS,
    `is more than ${MAX_DATA_CHARS} characters`,
  );

export const outboundCallRequestSchema = z.object({
  agent_id: z.string(),
  agent_phone_number_id: z.string(),
  to_number: z.string(),
  conversation_initiation_client_data: callDataSchema.nullish(),
  telephony_call_config: telephonyCallConfigSchema.nullish(),
});
export type OutboundCallRequest = z.infer<typeof outboundCallRequestSchema>;

/** `success` false: the call has failed, or what became of it is not known; `message` says which. */
export const outboundCallResponseSchema = z.object({
  success: z.boolean(),
  message: z.string(),
  conversation_id: z.string().nullable(),
  /** Of the INVITE; null as long as none has left. */
  sip_call_id: z.string().nullable(),
});
export type OutboundCallResponse = z.infer<typeof outboundCallResponseSchema>;
