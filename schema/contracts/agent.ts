import { z } from "zod";
import { elevenlabsConfig, elevenlabsView } from "./agent-elevenlabs.ts";
import { agentFallbackSchema } from "./agent-fallback.ts";
import { openaiConfig, openaiView } from "./agent-openai.ts";
import { agentRecordingSchema } from "./agent-recording.ts";
import { voicemailDetectionSchema } from "./agent-voicemail.ts";
import { phoneNumberViewSchema } from "./phone-number.ts";
import {
  MAX_REQUEST_HEADERS_CHARS,
  requestHeaderNameSchema,
  requestHeaderValueSchema,
} from "./request-headers.ts";
import { MEDIA_STREAM_PROTOCOLS } from "./routing.ts";
import { preCallWebhookConfigSchema } from "./settings.ts";
import { transferDestinationsSchema } from "./transfer-destinations.ts";

/**
 * Agents of the REST API. The vendor's objects are kept and given back as they came; `connection` is
 * ours and says how a media node reaches the agent.
 */

const HANDSHAKE_HEADERS =
  /^(host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/i;

const remoteAgentConfig = {
  url: z.string().max(2_048),
  /** Sent in the handshake; never given back. Absent in an update: they stay, as the origin does. */
  headers: z
    .record(
      requestHeaderNameSchema.refine(
        (name) => !HANDSHAKE_HEADERS.test(name),
        "is set by the handshake itself",
      ),
      requestHeaderValueSchema,
    )
    .refine(
      (headers) => Object.entries(headers).flat().join("").length <= MAX_REQUEST_HEADERS_CHARS,
      `are more than ${MAX_REQUEST_HEADERS_CHARS} characters together`,
    )
    .nullish(),
};

/** What proves us to the agent; never given back. Absent in an update: it stays, as the origin does. Empty: none. */
const authTokenSchema = z
  .string()
  .regex(/^[\x21-\x7e]{0,512}$/, "is not at most 512 printable characters without spaces")
  .nullish();

const agentConnectionConfigSchema = z.discriminatedUnion("protocol", [
  z.object({ protocol: z.literal("builtin") }),
  z.object({ protocol: z.literal("native"), ...remoteAgentConfig }),
  z.object({
    protocol: z.enum(MEDIA_STREAM_PROTOCOLS),
    ...remoteAgentConfig,
    auth_token: authTokenSchema,
  }),
  z.object({
    protocol: z.literal("openai"),
    ...remoteAgentConfig,
    /** The vendor's own when absent. */
    url: remoteAgentConfig.url.nullish(),
    ...openaiConfig,
    /** As a token of media streams. */
    api_key: authTokenSchema,
  }),
  z.object({
    protocol: z.literal("elevenlabs"),
    ...remoteAgentConfig,
    ...elevenlabsConfig,
    /** Of a private agent, as a token of media streams. */
    api_key: authTokenSchema,
  }),
]);
export type AgentConnectionConfig = z.infer<typeof agentConnectionConfigSchema>;

/** How the keys that a caller presses make one answer. */
export const dtmfInputSettingsSchema = z.looseObject({
  /** Seconds without a further key; 2 when absent. */
  dtmf_input_timeout: z.number().min(0.5).max(10).optional(),
  /** `#` ends the answer and is no part of it; true when absent. */
  hash_terminator: z.boolean().optional(),
});

const conversationConfigSchema = z.looseObject({
  conversation: z
    .looseObject({
      max_duration_seconds: z.number().int().min(1).max(7_200).optional(),
      dtmf_input_settings: dtmfInputSettingsSchema.nullish(),
    })
    .nullish(),
  turn: z
    .looseObject({
      /** -1: silence ends no call. */
      silence_end_call_timeout: z
        .number()
        .max(7_200)
        .refine((secs) => secs === -1 || secs >= 1, "is at least 1 second, or -1 for never")
        .nullish(),
    })
    .nullish(),
});

/** Of the vendor's platform settings, what is more than kept: the pre-call webhook, limits and the queue. */
const platformSettingsSchema = z.looseObject({
  workspace_overrides: z
    .looseObject({
      /** Instead of the workspace's; null: the workspace's again. */
      conversation_initiation_client_data_webhook: preCallWebhookConfigSchema.nullish(),
    })
    .nullish(),
  overrides: z
    .looseObject({
      enable_conversation_initiation_client_data_from_webhook: z.boolean().nullish(),
      conversation_config_override: z.record(z.string(), z.unknown()).nullish(),
      custom_llm_extra_body: z.boolean().nullish(),
    })
    .nullish(),
  call_limits: z
    .looseObject({
      /** -1: no limit. */
      agent_concurrency_limit: z.number().int().min(-1).max(100_000).nullish(),
      daily_limit: z.number().int().min(0).max(100_000_000).nullish(),
    })
    .nullish(),
  queueing_config: z
    .looseObject({
      enabled: z.boolean().nullish(),
      wait_timeout_seconds: z.number().positive().max(1_800).nullish(),
    })
    .nullish(),
});

const nameSchema = z.string().max(256);
const looseSchema = z.record(z.string(), z.unknown());

export const createAgentSchema = z.looseObject({
  /** The vendor asks for it; a call needs none of it. */
  conversation_config: conversationConfigSchema.default({}),
  platform_settings: platformSettingsSchema.nullish(),
  name: nameSchema.nullish(),
  tags: z.array(z.string()).nullish(),
  connection: agentConnectionConfigSchema.nullish(),
  /** Ours; a call may go to its number's as well. */
  transfer_destinations: transferDestinationsSchema.nullish(),
  /** Ours; stronger than the vendor's tool of that name. */
  voicemail_detection: voicemailDetectionSchema.nullish(),
  /** Ours. */
  fallback: agentFallbackSchema.nullish(),
  recording: agentRecordingSchema.nullish(),
});
export type CreateAgent = z.infer<typeof createAgentSchema>;

/** What is absent or null stays; objects are merged member by member, `connection` is replaced. */
export const updateAgentSchema = createAgentSchema.extend({
  conversation_config: conversationConfigSchema.nullish(),
});
export type UpdateAgent = z.infer<typeof updateAgentSchema>;

export const agentCreatedSchema = z.object({
  agent_id: z.string(),
  routing_revision: z.number().int(),
});

export const agentViewSchema = z.looseObject({
  agent_id: z.string(),
  name: z.string(),
  conversation_config: looseSchema,
  metadata: z.object({
    created_at_unix_secs: z.number().int(),
    updated_at_unix_secs: z.number().int(),
  }),
  platform_settings: looseSchema,
  phone_numbers: z.array(phoneNumberViewSchema),
  tags: z.array(z.string()),
  connection: z.discriminatedUnion("protocol", [
    z.object({ protocol: z.literal("builtin") }),
    z.object({
      protocol: z.literal("native"),
      url: z.string(),
      header_names: z.array(z.string()),
    }),
    z.object({
      protocol: z.enum(MEDIA_STREAM_PROTOCOLS),
      url: z.string(),
      header_names: z.array(z.string()),
      has_auth_token: z.boolean(),
    }),
    z.object({
      protocol: z.literal("openai"),
      url: z.string(),
      header_names: z.array(z.string()),
      ...openaiView,
      has_api_key: z.boolean(),
    }),
    z.object({
      protocol: z.literal("elevenlabs"),
      ...elevenlabsView,
      header_names: z.array(z.string()),
      has_api_key: z.boolean(),
    }),
  ]),
});
export type AgentView = z.infer<typeof agentViewSchema>;

export const agentChangedSchema = agentViewSchema.extend({ routing_revision: z.number().int() });

export const agentPageSchema = z.object({
  agents: z.array(
    z.object({
      agent_id: z.string(),
      name: z.string(),
      tags: z.array(z.string()),
      /** Of its configuration, as it was given; the vendor's SDK wants one. */
      voice_id: z.string(),
      created_at_unix_secs: z.number().int(),
      access_info: z.object({
        is_creator: z.boolean(),
        creator_name: z.string(),
        creator_email: z.string(),
        role: z.literal("admin"),
      }),
      last_call_time_unix_secs: z.number().int().nullable(),
      archived: z.boolean(),
    }),
  ),
  next_cursor: z.string().nullable(),
  has_more: z.boolean(),
});
export type AgentPage = z.infer<typeof agentPageSchema>;

export const agentPageQuerySchema = z.object({
  page_size: z.coerce.number().int().min(1).max(100).default(30),
  cursor: z.string().optional(),
  /** A part of the name in any case. */
  search: z.string().optional(),
  /** Agents are not archived here. */
  archived: z.stringbool().optional(),
  /** Keys belong to a workspace, not to people: every agent is one's own, and nobody's. */
  show_only_owned_agents: z.stringbool().optional(),
  created_by_user_id: z.string().optional(),
  sort_by: z.enum(["name", "created_at"]).default("created_at"),
  sort_direction: z.enum(["asc", "desc"]).default("desc"),
});
export type AgentPageQuery = z.infer<typeof agentPageQuerySchema>;

/** `POST …/{agent_id}/duplicate`: absent, the name says that it is a copy. */
export const duplicateAgentSchema = z.object({ name: nameSchema.nullish() });

/** What the vendor tells of audio for waiting callers; there is no public address of it here. */
const holdAudioSchema = z.object({
  audio_path: z.string(),
  audio_url: z.literal(""),
  original_filename: z.string(),
  duration_secs: z.number(),
  size_bytes: z.number().int(),
});
export type HoldAudio = z.infer<typeof holdAudioSchema>;

export const holdAudioChangedSchema = z.object({
  agent_id: z.string(),
  hold_audio: holdAudioSchema,
  routing_revision: z.number().int(),
});

export const holdAudioRemovedSchema = z.object({
  agent_id: z.string(),
  routing_revision: z.number().int(),
});
