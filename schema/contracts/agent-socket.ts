import { z } from "zod";
import { voicemailReportSchema } from "./agent-voicemail.ts";

/**
 * The `native` agent protocol, version 1, over a WebSocket that the node opens with subprotocol
 * `trunkline.agent.v1`. Text messages are JSON of the two unions below; binary messages are audio,
 * 16-bit little-endian linear PCM, mono, both ways at the rate that the agent's `ready` names: the
 * caller's from the node (20 ms each), the agent's to the node (any even length).
 * docs/design/agent-protocol.md is the specification.
 */

export const AGENT_SUBPROTOCOL = "trunkline.agent.v1";
/** Of an agent that names none. */
export const AGENT_SAMPLE_RATE_HZ = 8000;
/** What an agent may name. */
export const AGENT_SAMPLE_RATES_HZ = [8000, 16_000, 24_000, 48_000] as const;

/** What `start` says of the messages that an agent may send and that older nodes refuse. */
export const ACCEPTED_MESSAGES = ["transcript", "hold", "mute", "play"] as const;

const holdSchema = z.object({ type: z.literal("hold"), active: z.boolean() });
const muteSchema = z.object({
  type: z.literal("mute"),
  party: z.enum(["caller", "agent"]),
  active: z.boolean(),
});

export const nodeToAgentSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("start"),
    version: z.literal(1),
    call_id: z.string(),
    conversation_id: z.string(),
    direction: z.enum(["inbound", "outbound"]),
    from: z.string(),
    to: z.string(),
    audio: z.object({
      encoding: z.literal("pcm_s16le"),
      /** Unless `ready` says otherwise. */
      sample_rate_hz: z.number().int(),
      /** What it may say; absent from nodes that have one rate only. */
      sample_rates_hz: z.array(z.number().int()).optional(),
    }),
    /** Messages that nodes did not always take, and that this one takes. */
    accepts: z.array(z.string()).optional(),
    dynamic_variables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    conversation_config_override: z.record(z.string(), z.unknown()).optional(),
    custom_llm_extra_body: z.record(z.string(), z.unknown()).optional(),
    user_id: z.string().optional(),
    /** The agent has been in this call before, and its connection was lost. */
    resumed: z
      .object({
        count: z.number().int().positive(),
        away_ms: z.number().int().nonnegative(),
        /** Of its marks the last that was played. */
        last_mark: z.string().nullable(),
      })
      .optional(),
  }),
  /** Calls that the node places only, once: the called side is being alerted. */
  z.object({ type: z.literal("ringing") }),
  z.object({ type: z.literal("answered") }),
  z.object({ type: z.literal("dtmf"), digit: z.string(), duration_ms: z.number().int() }),
  z.object({
    type: z.literal("digits"),
    digits: z.string(),
    ended_by: z.enum(["timeout", "terminator", "length"]),
  }),
  z.object({
    type: z.literal("digits_sent"),
    digits: z.string(),
    outcome: z.enum(["sent", "dropped"]),
  }),
  z.object({
    type: z.literal("mark"),
    name: z.string(),
    outcome: z.enum(["played", "cleared"]),
    /** Of the audio since the mark before it, or since the last `clear`; absent from older nodes. */
    played_ms: z.number().int().optional(),
  }),
  /** In answer to the agent's own: it is in force. */
  holdSchema,
  muteSchema,
  z.object({
    type: z.literal("play"),
    id: z.string().nullable(),
    file: z.string(),
    outcome: z.enum(["played", "cleared", "failed"]),
    /** Null unless it failed. */
    reason: z.string().nullable(),
  }),
  z.object({
    type: z.literal("transfer"),
    id: z.string().nullable(),
    state: z.enum(["accepted", "ringing", "succeeded", "failed"]),
    sip_status: z.number().int().nullable(),
    reason: z.string(),
  }),
  /** The peer has transferred the call: a phone number or a SIP URI. */
  z.object({ type: z.literal("far_end_changed"), party: z.string() }),
  /** Calls that the node places, where the agent's settings want it: who has answered, and again when more is known. */
  z.object({
    type: z.literal("voicemail"),
    verdict: voicemailReportSchema.shape.verdict,
    confidence: z.number(),
    cause: voicemailReportSchema.shape.cause,
    at_ms: z.number().int(),
    beep_at_ms: z.number().int().nullable(),
    action: voicemailReportSchema.shape.action,
    /** What you say is not heard yet: the beep, or the end of the greeting, is waited for. */
    is_held_back: z.boolean(),
    /** What the settings would have you say. */
    message: z.string().optional(),
  }),
  z.object({ type: z.literal("held") }),
  z.object({ type: z.literal("resumed") }),
  z.object({ type: z.literal("end"), reason: z.string() }),
  z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
]);
export type NodeToAgent = z.infer<typeof nodeToAgentSchema>;

/** Keys; `w` is a pause of half a second, `W` of a whole one. */
export const keysToSendSchema = z
  .string()
  .regex(/^[0-9A-Da-d*#wW]{1,64}$/, "is not 1 to 64 of 0-9, A-D, *, #, w and W");

export const agentToNodeSchema = z.discriminatedUnion("type", [
  /** Accepts the call; the node answers the caller only after it. */
  z.object({
    type: z.literal("ready"),
    /** Calls that the node places: audio comes before `answered` where the carrier has some. */
    early_audio: z.boolean().optional(),
    /** Of the audio in both directions. */
    sample_rate_hz: z.literal(AGENT_SAMPLE_RATES_HZ).optional(),
  }),
  z.object({ type: z.literal("mark"), name: z.string().min(1).max(128) }),
  z.object({ type: z.literal("clear") }),
  holdSchema,
  muteSchema,
  z.object({
    type: z.literal("play"),
    id: z.string().max(64).nullish(),
    /** An audio file of the agent, by its name. */
    file: z.string().min(1).max(64),
  }),
  z.object({
    type: z.literal("send_digits"),
    digits: keysToSendSchema,
    in_band: z.boolean().default(false),
  }),
  z.object({
    type: z.literal("transfer"),
    id: z.string().max(64).nullish(),
    /** A phone number, a `tel:` or a SIP URI that the settings allow. */
    destination: z.string().min(1).max(512),
    method: z.enum(["refer", "conference"]).default("conference"),
    headers: z.record(z.string().max(64), z.string().max(512)).default({}),
    user_to_user: z
      .object({
        data: z.string().max(8_192),
        protocol_discriminator: z
          .string()
          .regex(/^[0-9A-Fa-f]{2}$/, "is not two hex digits")
          .nullish(),
        protocol_discriminator_mode: z.enum(["prefix", "pd_parameter"]).default("prefix"),
      })
      .nullish(),
  }),
  /** For the record of the call. */
  z.object({
    type: z.literal("transcript"),
    role: z.enum(["user", "agent"]),
    text: z.string().max(16_384),
    id: z.string().min(1).max(64).nullish(),
    /** How long ago it began to be said. */
    ago_ms: z.number().int().min(0).max(600_000).default(0),
    /** The text takes the place of what was said with the same `id`, or without one of the last of that role. */
    is_correction: z.boolean().default(false),
  }),
  z.object({ type: z.literal("hangup"), reason: z.string().max(256).optional() }),
]);
export type AgentToNode = z.infer<typeof agentToNodeSchema>;
