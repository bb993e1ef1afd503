import { z } from "zod";
import { voicemailViewSchema } from "./agent-voicemail.ts";
import { qualityViewSchema } from "./call-quality.ts";
import { recordingSummarySchema } from "./recording.ts";

/** Conversations of the REST API, in the vendor's shapes; `end`, `quality`, `recording`, `answering_machine_detection` and `transfers` are ours. */

export const conversationStatusSchema = z.enum([
  "initiated",
  "in-progress",
  "processing",
  "done",
  "failed",
]);
const directionSchema = z.enum(["inbound", "outbound"]);
const callSuccessfulSchema = z.enum(["success", "failure", "unknown"]);

const phoneCallSchema = z.object({
  type: z.literal("sip_trunking"),
  direction: directionSchema,
  phone_number_id: z.string(),
  agent_number: z.string(),
  external_number: z.string(),
  call_sid: z.string(),
  /** SIP Call-ID. */
  call_id: z.string().nullable(),
  sip_header_dynamic_variables: z.record(z.string(), z.string()),
});

const transcriptMessageSchema = z.object({
  role: z.enum(["user", "agent"]),
  message: z.string(),
  /** The vendor's; always empty here. */
  tool_calls: z.array(z.record(z.string(), z.unknown())),
  tool_results: z.array(z.record(z.string(), z.unknown())),
  /** Whole seconds since the answer. */
  time_in_call_secs: z.number().int(),
  /** The caller broke in: `message` is what was heard of it, as far as that is known. */
  interrupted: z.boolean(),
  /** What `message` was before it was corrected. */
  original_message: z.string().nullable(),
  source_medium: z.literal("audio").nullable(),
});

/** One conversation: what GET answers, and `data` of `post_call_transcription`. */
export const conversationViewSchema = z.object({
  agent_id: z.string(),
  agent_name: z.string().nullable(),
  status: conversationStatusSchema,
  user_id: z.string().nullable(),
  branch_id: z.string().nullable(),
  version_id: z.string().nullable(),
  environment: z.string(),
  conversation_id: z.string(),
  has_audio: z.boolean(),
  has_user_audio: z.boolean(),
  has_response_audio: z.boolean(),
  has_auxiliary_audio: z.boolean(),
  transcript: z.array(transcriptMessageSchema),
  tag_ids: z.array(z.string()),
  analysis: z.null(),
  conversation_initiation_client_data: z.object({
    conversation_config_override: z.record(z.string(), z.unknown()),
    custom_llm_extra_body: z.record(z.string(), z.unknown()),
    dynamic_variables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  metadata: z.object({
    start_time_unix_secs: z.number().int(),
    accepted_time_unix_secs: z.number().int().nullable(),
    call_duration_secs: z.number().int(),
    /** How long the caller waited in the agent's queue; in no duration. Absent: not at all. */
    queue_wait_secs: z.number().int().optional(),
    cost: z.number().nullable(),
    cost_fiat: z.number().nullable(),
    feedback: z.object({
      /** Null: nobody has said anything. */
      type: z.literal("thumbs").nullable(),
      overall_score: z.enum(["like", "dislike"]).nullable(),
      likes: z.number().int(),
      dislikes: z.number().int(),
      rating: z.null(),
      comment: z.null(),
    }),
    phone_call: phoneCallSchema,
    /** Absent: the call is of no batch. */
    batch_call: z
      .object({ batch_call_id: z.string(), batch_call_recipient_id: z.string() })
      .optional(),
    termination_reason: z.string(),
    error: z.object({ code: z.number().int(), reason: z.string().nullable() }).nullable(),
    warnings: z.array(z.string()),
    main_language: z.string().nullable(),
    text_only: z.boolean(),
    conversation_initiation_source: z.literal("sip_trunk"),
    timezone: z.string().nullable(),
    /** `used`: a machine had answered. */
    features_usage: z.object({
      voicemail_detection: z.object({ enabled: z.boolean(), used: z.boolean() }),
    }),
  }),
  /** How the call ended, null while it lasts. */
  end: z
    .object({
      /** A row of docs/call-ends.md. */
      code: z.string(),
      blame: z.string(),
      sip_status: z.number().int().nullable(),
    })
    .nullable(),
  /** Ours: how well the call was heard; null while it lasts, and of a call without media. */
  quality: qualityViewSchema.nullable(),
  /** Ours: who answered a call that was placed; null where nobody listened for it, or nothing is known yet. */
  answering_machine_detection: voicemailViewSchema.nullable(),
  /** Ours: null of a call that was not to be recorded. */
  recording: recordingSummarySchema.nullable(),
  /** Ours: the transfers that were tried, oldest first. */
  transfers: z.array(
    z.object({
      method: z.enum(["refer", "conference"]),
      destination: z.string(),
      outcome: z.enum(["succeeded", "failed"]),
      sip_status: z.number().int().nullable(),
      reason: z.string(),
      time_unix_secs: z.number().int(),
    }),
  ),
});
export type ConversationView = z.infer<typeof conversationViewSchema>;

const conversationSummarySchema = z.object({
  agent_id: z.string(),
  agent_name: z.string().nullable(),
  branch_id: z.string().nullable(),
  version_id: z.string().nullable(),
  conversation_id: z.string(),
  start_time_unix_secs: z.number().int(),
  call_duration_secs: z.number().int(),
  message_count: z.number().int(),
  status: conversationStatusSchema,
  termination_reason: z.string(),
  call_successful: callSuccessfulSchema,
  transcript_summary: z.string().nullable(),
  call_summary_title: z.string().nullable(),
  main_language: z.string().nullable(),
  conversation_initiation_source: z.literal("sip_trunk"),
  tool_names: z.array(z.string()),
  direction: directionSchema,
  rating: z.number().nullable(),
  tag_ids: z.array(z.string()),
  /** Ours: as in `metadata.phone_call` of the conversation; empty while it is not known. */
  agent_number: z.string(),
  external_number: z.string(),
});
export type ConversationSummary = z.infer<typeof conversationSummarySchema>;

export const conversationPageSchema = z.object({
  conversations: z.array(conversationSummarySchema),
  next_cursor: z.string().nullable(),
  has_more: z.boolean(),
});
