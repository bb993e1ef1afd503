import { z } from "zod";
import { presetWarningSchema } from "./provider-preset.ts";
import {
  callerIdentitySchema,
  digestAlgorithmSchema,
  digestChallengeSchema,
  mediaEncryptionSchema,
  phoneTransferFormSchema,
} from "./routing.ts";
import { transferDestinationsSchema } from "./transfer-destinations.ts";

/**
 * Phone numbers of the REST API, in the vendor's shapes. Ours beside them: what an inbound trunk has from
 * `enabled_codecs` on, what an outbound trunk has from `caller_identity` on and its `port`, `open`,
 * `transfer_destinations`, `provider_preset` and its `warnings`, and `routing_revision` in the answer of a change.
 */

export const mediaCodecSchema = z.enum(["G722/8000", "PCMU/8000", "PCMA/8000"]);
const transportSchema = z.enum(["auto", "udp", "tcp", "tls"]);
const livekitStackSchema = z.enum(["standard", "static"]);

/** RFC 3261 §25.1 `token`. */
const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]{1,64}$/;
/** Text of one header line: printable, so that it can never end the line. */
const HEADER_VALUE = /^[\x20-\x7e\u00a0-\uffff]{0,1024}$/;
/** What the engine writes itself. */
const RESERVED_HEADERS = new Set(
  `accept allow authorization call-id contact content-encoding content-length content-type cseq
   expires from max-forwards min-se proxy-authenticate proxy-authorization proxy-require reason
   record-route replaces require rack rseq route session-expires supported to unsupported via
   www-authenticate c f i k l m t v x`.split(/\s+/),
);

/** `{{name}}` of a dynamic variable, blanks around the name allowed. */
const PLACEHOLDER = /\{\{\s*[^\s{}]{1,128}\s*\}\}/g;

const staticHeadersSchema = z.record(
  z.string().regex(/^x-/i, "must begin with X-").regex(TOKEN, "is not a header name"),
  z
    .string()
    .regex(HEADER_VALUE, "is not the text of a header")
    // What looks like a variable and is none would go to the carrier as it stands.
    .refine(
      (value) => !/\{\{|\}\}/.test(value.replace(PLACEHOLDER, "")),
      "has braces that are no `{{variable}}`",
    ),
);
const attributesToHeadersSchema = z.record(
  z.string().min(1).max(128),
  z
    .string()
    .regex(TOKEN, "is not a header name")
    .refine((name) => !RESERVED_HEADERS.has(name.toLowerCase()), "is set by the SIP server itself"),
);

/** New calls a second; null or absent: no limit. */
const callsPerSecondSchema = z.number().positive().max(1_000);

const credentialsSchema = z.object({
  username: z.string().regex(/^[\x20-\x7e]{1,255}$/, "is not a digest user name"),
  /** Absent or null in an update: the password stays, as long as the user name does. */
  password: z.string().min(1).max(255).nullish(),
});

export const inboundTrunkConfigSchema = z.object({
  allowed_addresses: z.array(z.string()).max(1_000).nullish(),
  allowed_numbers: z.array(z.string().min(1).max(128)).max(1_000).nullish(),
  media_encryption: mediaEncryptionSchema.default("allowed"),
  credentials: credentialsSchema.nullish(),
  remote_domains: z.array(z.string()).max(100).nullish(),
  attributes_to_headers: attributesToHeadersSchema.default({}),
  /** Most wanted first, whatever the order of the offer. Empty: all, in the order of the offer. */
  enabled_codecs: z.array(mediaCodecSchema).default([]),
  /** ISO 3166-1 alpha-2, for national dialling forms; absent: the number's own country. */
  country: z.string().nullish(),
  /** What callers prove the password by. */
  digest_algorithm: digestAlgorithmSchema.default("MD5"),
  /** Status of the challenge. */
  digest_challenge: digestChallengeSchema.default(401),
  /** DNS names or `sip:` URIs of which the caller's client certificate must have one; no wildcards. */
  tls_identities: z.array(z.string()).max(100).nullish(),
  /** A phone number in a REFER of ours: a `tel:` URI, or `sip:` at the number's outbound trunk. */
  phone_transfer_form: phoneTransferFormSchema.default("tel"),
  /** Whether the other side may transfer a call by REFER. */
  allow_refer: z.boolean().default(false),
  calls_per_second: callsPerSecondSchema.nullish(),
});
export type InboundTrunkConfig = z.infer<typeof inboundTrunkConfigSchema>;

/** As clients see and write `callerIdentitySchema`. */
const callerIdentityConfigSchema = z.object({
  from_user: callerIdentitySchema.shape.fromUser,
  asserted_identity: callerIdentitySchema.shape.assertedIdentity,
  number_form: callerIdentitySchema.shape.numberForm,
});

export const outboundTrunkConfigSchema = z.object({
  address: z.string(),
  /** Null or absent: what the DNS says, else that of the transport. */
  port: z.number().int().min(1).max(65_535).nullish(),
  transport: transportSchema.default("auto"),
  media_encryption: mediaEncryptionSchema.default("allowed"),
  headers: staticHeadersSchema.default({}),
  attributes_to_headers: attributesToHeadersSchema.default({}),
  credentials: credentialsSchema.nullish(),
  /** What is offered, most wanted first. Empty: G.722, PCMU, PCMA. */
  enabled_codecs: z.array(mediaCodecSchema).default([]),
  caller_identity: callerIdentityConfigSchema.nullish(),
  /** Keys in SDP over a transport that is not encrypted, by the customer's own wish. */
  insecure_sdes: z.boolean().default(false),
  calls_per_second: callsPerSecondSchema.nullish(),
  /** Names of which the certificate of a follow-up connection must have one, in the place of the address. */
  remote_domains: z.array(z.string()).max(100).nullish(),
  /** A phone number in a REFER of ours: a `tel:` URI, or `sip:` at the number's outbound trunk. */
  phone_transfer_form: phoneTransferFormSchema.default("tel"),
  /** Whether the other side may transfer a call by REFER. */
  allow_refer: z.boolean().default(false),
});
export type OutboundTrunkConfig = z.infer<typeof outboundTrunkConfigSchema>;

const providerSchema = z.enum(["sip_trunk", "twilio", "exotel"]);
const labelSchema = z.string().max(256);

export const createPhoneNumberSchema = z.object({
  phone_number: z.string(),
  label: labelSchema,
  /** Others than `sip_trunk` are refused with what to do instead. */
  provider: providerSchema.default("sip_trunk"),
  agent_id: z.string().nullish(),
  supports_inbound: z.boolean().default(true),
  supports_outbound: z.boolean().default(true),
  inbound_trunk_config: inboundTrunkConfigSchema.nullish(),
  outbound_trunk_config: outboundTrunkConfigSchema.nullish(),
  transfer_destinations: transferDestinationsSchema.nullish(),
  /** Ours: a row of `GET /v1/provider-presets` that the settings are compared with; an empty one is none. */
  provider_preset: z.string().max(64).nullish(),
});
export type CreatePhoneNumber = z.infer<typeof createPhoneNumberSchema>;

export const phoneNumberCreatedSchema = z.object({
  phone_number_id: z.string(),
  /** Nodes at this version of their region's table answer calls to the number. */
  routing_revision: z.number().int(),
});

/**
 * What is absent stays; a trunk's configuration is replaced as a whole. `null` unassigns the agent
 * and leaves everything else as it is, since some clients write null for what was not set.
 */
export const updatePhoneNumberSchema = z.object({
  agent_id: z.string().nullish(),
  label: labelSchema.nullish(),
  inbound_trunk_config: inboundTrunkConfigSchema.nullish(),
  outbound_trunk_config: outboundTrunkConfigSchema.nullish(),
  livekit_stack: livekitStackSchema.nullish(),
  store_sip_messages: z.boolean().nullish(),
  transfer_destinations: transferDestinationsSchema.nullish(),
  environment: z.string().max(128).nullish(),
  branch_id: z.string().max(128).nullish(),
  provider_preset: z.string().max(64).nullish(),
});
export type UpdatePhoneNumber = z.infer<typeof updatePhoneNumberSchema>;

const inboundTrunkViewSchema = z.object({
  allowed_addresses: z.array(z.string()),
  allowed_numbers: z.array(z.string()).nullable(),
  media_encryption: mediaEncryptionSchema,
  has_auth_credentials: z.boolean(),
  username: z.string().nullable(),
  remote_domains: z.array(z.string()).nullable(),
  attributes_to_headers: z.record(z.string(), z.string()),
  enabled_codecs: z.array(mediaCodecSchema),
  country: z.string().nullable(),
  digest_algorithm: digestAlgorithmSchema,
  digest_challenge: digestChallengeSchema,
  tls_identities: z.array(z.string()).nullable(),
  phone_transfer_form: phoneTransferFormSchema,
  allow_refer: z.boolean(),
  calls_per_second: z.number().nullable(),
  /** Neither addresses nor credentials nor TLS identities: whoever knows the number may call it. */
  open: z.boolean(),
});

const outboundTrunkViewSchema = z.object({
  address: z.string(),
  port: z.number().int().nullable(),
  transport: transportSchema,
  media_encryption: mediaEncryptionSchema,
  headers: z.record(z.string(), z.string()),
  attributes_to_headers: z.record(z.string(), z.string()),
  has_auth_credentials: z.boolean(),
  username: z.string().nullable(),
  has_outbound_trunk: z.boolean(),
  enabled_codecs: z.array(mediaCodecSchema),
  caller_identity: callerIdentityConfigSchema,
  insecure_sdes: z.boolean(),
  calls_per_second: z.number().nullable(),
  remote_domains: z.array(z.string()).nullable(),
  phone_transfer_form: phoneTransferFormSchema,
  allow_refer: z.boolean(),
});

export const phoneNumberViewSchema = z.object({
  phone_number_id: z.string(),
  /** As it was given. */
  phone_number: z.string(),
  /** Ours: null of an extension or a name. */
  e164: z.string().nullable(),
  label: z.string(),
  provider: z.literal("sip_trunk"),
  supports_inbound: z.boolean(),
  supports_outbound: z.boolean(),
  assigned_agent: z
    .object({
      agent_id: z.string(),
      agent_name: z.string(),
      environment: z.string().nullable(),
      branch_id: z.string().nullable(),
    })
    .nullable(),
  /** The vendor's deprecated name of `outbound_trunk`. */
  provider_config: outboundTrunkViewSchema.nullable(),
  outbound_trunk: outboundTrunkViewSchema.nullable(),
  inbound_trunk: inboundTrunkViewSchema.nullable(),
  livekit_stack: livekitStackSchema,
  store_sip_messages: z.boolean(),
  transfer_destinations: z.array(z.string()),
  provider_preset: z.string().nullable(),
  /** Where the settings contradict what the provider publishes; nothing is refused for it. */
  warnings: z.array(presetWarningSchema),
});
export type PhoneNumberView = z.infer<typeof phoneNumberViewSchema>;

export const phoneNumberChangedSchema = phoneNumberViewSchema.extend({
  routing_revision: z.number().int(),
});

export const listPhoneNumbersQuerySchema = z.object({
  provider: providerSchema.optional(),
  agent_id: z.string().optional(),
  branch_id: z.string().optional(),
});

export const phoneNumberPageQuerySchema = listPhoneNumbersQuerySchema.extend({
  page_size: z.coerce.number().int().min(1).max(100).default(100),
  cursor: z.string().optional(),
  /** An identifier, or a part of label or number in any case. */
  search: z.string().optional(),
  label: z.string().optional(),
  phone_number: z.string().optional(),
  supports_outbound: z.stringbool().optional(),
  /** Ours: `agent_name`, with numbers that have none first, and `created_at`. */
  sort_by: z.enum(["label", "phone_number", "agent_name", "created_at"]).optional(),
  sort_direction: z.enum(["asc", "desc"]).default("asc"),
});
export type PhoneNumberPageQuery = z.infer<typeof phoneNumberPageQuerySchema>;

export const phoneNumberPageSchema = z.object({
  phone_numbers: z.array(phoneNumberViewSchema),
  next_cursor: z.string().nullable(),
  has_more: z.boolean(),
});

export type PhoneNumberPage = z.infer<typeof phoneNumberPageSchema>;

export const routingRevisionSchema = z.object({ routing_revision: z.number().int() });
