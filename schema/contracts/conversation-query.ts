import { z } from "zod";
import { conversationStatusSchema } from "./conversation.ts";

/**
 * `GET /v1/convai/conversations` in the vendor's words. What is asked of judgements that nobody makes here (evaluations,
 * tools, topics, guardrails, languages) is true of no conversation, so that the list is empty, as it would be there.
 */

/** One word, or the parameter repeated. */
function listOf<S extends z.ZodType>(one: S) {
  return z.union([one.transform((value) => [value]), z.array(one)]).optional();
}

const words = listOf(z.string());
const secs = z.coerce.number().int().optional();
const rating = z.coerce.number().int().min(1).max(5).optional();

export const conversationQuerySchema = z.object({
  cursor: z.string().optional(),
  page_size: z.coerce.number().int().min(1).max(100).default(30),
  agent_id: z.string().optional(),
  visited_agent_ids: words,
  branch_id: z.string().optional(),
  visited_agent_branch_ids: words,
  user_id: z.string().optional(),
  call_start_before_unix: secs,
  call_start_after_unix: secs,
  call_duration_min_secs: secs,
  call_duration_max_secs: secs,
  exclude_statuses: listOf(conversationStatusSchema),
  termination_reasons: words,
  tag_ids: words,
  call_successful: z.enum(["success", "failure", "unknown"]).optional(),
  conversation_initiation_source: z.string().optional(),
  conversation_product_type: z.enum(["agents", "speech_engine"]).optional(),
  text_only: z.stringbool().optional(),
  has_feedback_comment: z.stringbool().optional(),
  rating_min: rating,
  rating_max: rating,
  version_id: z.string().optional(),
  parent_conversation_id: z.string().optional(),
  workflow_node_entered_id: z.string().optional(),
  evaluation_params: words,
  evaluation_criteria_ids: words,
  data_collection_params: words,
  data_collection_ids: words,
  tool_names: words,
  tool_names_successful: words,
  tool_names_errored: words,
  include_invalid_tool_calls: z.stringbool().optional(),
  main_languages: words,
  topic_ids: words,
  triggered_procedure_ids: words,
  guardrail_types: words,
  custom_guardrail_names: words,
  /** There are no summaries, asked for or not. */
  summary_mode: z.enum(["exclude", "include"]).optional(),
  search: z
    .string()
    .refine(
      (text) => text === "",
      "is not supported: transcripts are kept apart from the list, and are not searched",
    )
    .optional(),
  /** Ours. A call that lasts still has a duration of 0. */
  sort_by: z.enum(["start_time", "duration", "agent_name"]).default("start_time"),
  sort_direction: z.enum(["asc", "desc"]).default("desc"),
});
export type ConversationQuery = z.infer<typeof conversationQuerySchema>;

/** `GET …/{conversation_id}`: in one form only. */
export const conversationFormatSchema = z.object({
  format: z.literal("json", { error: "only json is offered" }).default("json"),
});

/** `GET /v1/convai/analytics/live-count`. */
export const liveCountQuerySchema = z.object({
  agent_id: z.string().optional(),
  agent_ids: z
    .union([z.string().transform((one) => [one]), z.array(z.string()).max(25)])
    .optional(),
});
export type LiveCountQuery = z.infer<typeof liveCountQuerySchema>;

export const liveCountSchema = z.object({ count: z.number().int() });

/** `GET …/{conversation_id}/summary`. */
export const conversationSummaryQuerySchema = z.object({
  max_messages: z.coerce.number().int().min(0).max(1_000).default(40),
});

/** What was said in short: as many messages as were asked for, or none of a longer conversation. */
export const conversationDigestSchema = z.object({
  conversation_id: z.string(),
  agent_id: z.string(),
  status: conversationStatusSchema,
  call_summary_title: z.null(),
  transcript_summary: z.null(),
  call_successful: z.literal("unknown"),
  message_count: z.number().int(),
  messages: z.array(z.object({ role: z.enum(["user", "agent"]), message: z.string() })).nullable(),
  messages_omitted: z.boolean(),
  note: z.string(),
});
export type ConversationDigest = z.infer<typeof conversationDigestSchema>;
