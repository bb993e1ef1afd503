import { z } from "zod";
import { parseJson, type ReadMessage, readValue } from "../read-message.ts";

/** What the server of a conversation says, as far as a call has a use for it. */

const eventId = z.number().int();

const toolResponse = z.object({ tool_name: z.string(), is_error: z.boolean() });

const serverMessageSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("conversation_initiation_metadata"),
    conversation_initiation_metadata_event: z.object({
      conversation_id: z.string(),
      agent_output_audio_format: z.string(),
      user_input_audio_format: z.string(),
    }),
  }),
  z.object({
    type: z.literal("audio"),
    audio_event: z.object({ audio_base_64: z.string(), event_id: eventId }),
  }),
  z.object({
    type: z.literal("interruption"),
    interruption_event: z.object({ event_id: eventId }),
  }),
  z.object({
    type: z.literal("ping"),
    ping_event: z.object({ event_id: eventId, ping_ms: z.number().nullish() }),
  }),
  z.object({
    type: z.literal("user_transcript"),
    user_transcription_event: z.object({ user_transcript: z.string(), event_id: eventId }),
  }),
  z.object({
    type: z.literal("agent_response"),
    agent_response_event: z.object({ agent_response: z.string(), event_id: eventId }),
  }),
  z.object({
    type: z.literal("agent_response_correction"),
    agent_response_correction_event: z.object({
      corrected_agent_response: z.string(),
      event_id: eventId,
    }),
  }),
  z.object({
    type: z.literal("client_tool_call"),
    client_tool_call: z.object({
      tool_name: z.string(),
      tool_call_id: z.string().min(1).max(256),
      parameters: z.record(z.string(), z.unknown()).nullish(),
    }),
  }),
  z.object({ type: z.literal("agent_tool_response"), agent_tool_response: toolResponse }),
  z.object({
    type: z.literal("agent_tool_response_full_payload"),
    agent_tool_response_full_payload: toolResponse,
  }),
  z.object({
    type: z.literal("error"),
    error_event: z.object({
      code: z.number().int(),
      error_type: z.string().nullish(),
      reason: z.string().nullish(),
      message: z.string().nullish(),
    }),
  }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;

const KNOWN: ReadonlySet<string> = new Set(
  serverMessageSchema.options.map((option) => option.shape.type.value),
);
const typedSchema = z.object({ type: z.string() });

/** Null: one that a call has no use for, and that the vendor may have added yesterday. */
export function readServerMessage(text: string): ReadMessage<ServerMessage | null> {
  const value = parseJson(text);
  const typed = readValue(typedSchema, value);
  if (!typed.ok) return typed;
  if (!KNOWN.has(typed.message.type)) return { ok: true, message: null };
  return readValue(serverMessageSchema, value);
}
