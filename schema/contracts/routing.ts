import { z } from "zod";
import { parseCalledIdentifier } from "../values/called-identifier.ts";
import { parseCidr } from "../values/cidr.ts";
import { idSchema } from "../values/ids.ts";
import { parseSealed } from "../values/sealed.ts";
import { agentAudioRouteSchema, agentFallbackRouteSchema } from "./agent-fallback.ts";
import { openaiSettingsSchema } from "./agent-openai.ts";
import { recordingRouteSchema } from "./agent-recording.ts";
import { voicemailRouteSchema } from "./agent-voicemail.ts";

/**
 * The routing table: what a node needs to decide an INVITE from memory. The control plane writes it,
 * the node applies it; both parse it with these schemas. Keys are camelCase, times are milliseconds.
 */

export const mediaEncryptionSchema = z.enum(["required", "allowed", "disabled"]);
/** In the order of our own offers where a trunk has none. */
export const codecSchema = z.enum(["G722", "PCMU", "PCMA"]);
/** Whose order decides which codec of an offer is answered: the trunk's own list, or the offer. */
const codecOrderSchema = z.enum(["ours", "offer"]);
/** RFC 8760: what a caller's response is asked for in. */
export const digestAlgorithmSchema = z.enum(["MD5", "SHA-256"]);
/** RFC 3966, or RFC 3261 §19.1. */
export const phoneTransferFormSchema = z.enum(["tel", "sip"]);
/** RFC 3261 §22.2, §22.3: as a server, or as a proxy asks. */
export const digestChallengeSchema = z.union([z.literal(401), z.literal(407)]);

const sealedSchema = z.string().transform((text, context) => {
  const sealed = parseSealed(text);
  if (sealed === null) context.addIssue("is not a sealed record");
  return sealed ?? z.NEVER;
});
const cidrSchema = z.string().transform((text, context) => {
  const cidr = parseCidr(text);
  if (cidr === null) context.addIssue("is not an address block");
  return cidr ?? z.NEVER;
});
const calledIdentifierSchema = z.string().transform((text, context) => {
  const identifier = parseCalledIdentifier(text);
  if (identifier === null) context.addIssue("cannot be dialled");
  return identifier ?? z.NEVER;
});

/** Media streams of telephony vendors, which differ in how they spell them. */
export const MEDIA_STREAM_PROTOCOLS = ["twilio", "telnyx"] as const;

/** How a node reaches an agent. `builtin` is the demonstration agent of the node itself. */
const agentConnectionSchema = z.discriminatedUnion("protocol", [
  z.object({ protocol: z.literal("builtin") }),
  z.object({
    protocol: z.literal("native"),
    /** ws: or wss: URL of the agent. */
    url: z.string(),
    /** JSON object of handshake headers, sealed under the region key, owner `<workspace>/<agent>/headers`. */
    headers: sealedSchema.nullable(),
  }),
  z.object({
    protocol: z.enum(MEDIA_STREAM_PROTOCOLS),
    url: z.string(),
    /** As those of `native`. */
    headers: sealedSchema.nullable(),
    /** Signs the handshake or stands in it; sealed under the region key, owner `<workspace>/<agent>/auth-token`. */
    authToken: sealedSchema.nullable(),
  }),
  z.object({
    protocol: z.literal("openai"),
    url: z.string(),
    headers: sealedSchema.nullable(),
    /** The API key; sealed as that of media streams. */
    authToken: sealedSchema.nullable(),
    settings: openaiSettingsSchema,
  }),
  z.object({
    protocol: z.literal("elevenlabs"),
    /** Of conversations, with the agent's identifier. */
    url: z.string(),
    headers: sealedSchema.nullable(),
    /** The API key; sealed as the token of media streams. */
    authToken: sealedSchema.nullable(),
  }),
]);

const phoneNumberRouteSchema = z.object({
  id: idSchema("phoneNumber"),
  workspaceId: idSchema("workspace"),
  calledIdentifier: calledIdentifierSchema,
  agentId: idSchema("agent").nullable(),
  inboundTrunkId: idSchema("inboundTrunk").nullable(),
  supportsInbound: z.boolean(),
  outboundTrunkId: idSchema("outboundTrunk").nullable().default(null),
  supportsOutbound: z.boolean().default(false),
  /** The SIP messages of its calls are kept for the tenant to read. */
  storeSipMessages: z.boolean().default(false),
  /** Whom its calls may be transferred to, beside what the agent's rules allow. */
  transferDestinations: z.array(z.string()).default([]),
});
export type PhoneNumberRoute = z.infer<typeof phoneNumberRouteSchema>;

export const inboundTrunkRouteSchema = z.object({
  id: idSchema("inboundTrunk"),
  workspaceId: idSchema("workspace"),
  /** `<hostLabel>.sip.<region domain>` reaches this workspace's trunks only. */
  hostLabel: z.string(),
  /** Null: any source; the trunk is open unless it has credentials. */
  allowedAddresses: z.array(cidrSchema).nullable(),
  /** Callers who may call, as given; null or empty: all. */
  allowedNumbers: z.array(z.string()).nullable(),
  mediaEncryption: mediaEncryptionSchema,
  codecs: z.array(codecSchema).min(1),
  /** Absent: the offer's. */
  codecOrder: codecOrderSchema.optional(),
  /** ISO 3166-1 alpha-2 of national dialling forms. */
  country: z.string().nullable(),
  /** A phone number that a call is transferred to: `tel:` URI, or `sip:` at the number's outbound trunk. */
  phoneTransferForm: phoneTransferFormSchema.default("tel"),
  /** Password sealed under the region key, owner `<workspace>/<trunk>/password`. */
  credentials: z.object({ username: z.string(), password: sealedSchema.nullable() }).nullable(),
  /** Dynamic variable to the header that carries its value in our 200 and BYE. */
  attributesToHeaders: z.record(z.string(), z.string()).default({}),
  // What follows is newer than the rows of some tables: absent means the default.
  digestAlgorithm: digestAlgorithmSchema.default("MD5"),
  digestChallenge: digestChallengeSchema.default(401),
  /** Names of which the caller's verified client certificate must have one, lower case; null: none is asked for. */
  tlsIdentities: z.array(z.string()).nullable().default(null),
  /** Whether the peer may transfer the call by REFER. */
  allowRefer: z.boolean().default(false),
  /** Names that the peer's server certificate may show on our follow-up connections. */
  remoteDomains: z.array(z.string()).default([]),
  /** New calls a second, at each node; null: no limit. */
  callsPerSecond: z.number().positive().nullable().default(null),
});
export type InboundTrunkRoute = z.infer<typeof inboundTrunkRouteSchema>;

/** Who the far side is told is calling. */
export const callerIdentitySchema = z.object({
  /** User part of From: the number, or the user name of the trunk's credentials. */
  fromUser: z.enum(["number", "username"]).default("number"),
  /** RFC 3325 header with the number; `none` sends neither. */
  assertedIdentity: z.enum(["none", "p_asserted_identity", "p_preferred_identity"]).default("none"),
  /** Of numbers in From, identity and Request-URI: as given, `+15005550100`, or `15005550100`. */
  numberForm: z.enum(["as_given", "e164", "e164_without_plus"]).default("as_given"),
});

export const outboundTrunkRouteSchema = z.object({
  id: idSchema("outboundTrunk"),
  workspaceId: idSchema("workspace"),
  /** Host name or address, an IPv6 address in brackets, with a port or without: what Request-URI and To carry. */
  address: z.string(),
  transport: z.enum(["auto", "udp", "tcp", "tls"]),
  mediaEncryption: mediaEncryptionSchema,
  /** Keys in SDP over a transport that is not encrypted, by the customer's own wish. */
  insecureSdes: z.boolean().default(false),
  codecs: z.array(codecSchema).min(1),
  /** In offers of the other side, within a call; absent: the offer's. */
  codecOrder: codecOrderSchema.optional(),
  /** Sent with every INVITE; values may hold `{{dynamic_variable}}`. */
  headers: z.record(z.string(), z.string()),
  /** Dynamic variable to the header that carries its final value on our BYE. */
  attributesToHeaders: z.record(z.string(), z.string()),
  /** Password sealed under the region key, owner `<workspace>/<trunk>/password`. */
  credentials: z.object({ username: z.string(), password: sealedSchema.nullable() }).nullable(),
  callerIdentity: callerIdentitySchema,
  /** New calls a second, at each node; null: no limit. */
  callsPerSecond: z.number().positive().nullable().default(null),
  /** Names of which the certificate of a follow-up connection must have one, in the place of the address. */
  remoteDomains: z.array(z.string()).default([]),
  /** A phone number that a call is transferred to: `tel:` URI, or `sip:` at the trunk's address. */
  phoneTransferForm: phoneTransferFormSchema.default("tel"),
  /** Whether the peer may transfer the call by REFER. */
  allowRefer: z.boolean().default(false),
});
export type OutboundTrunkRoute = z.infer<typeof outboundTrunkRouteSchema>;
/** Asked for the data of a conversation while the phone rings. */
const preCallWebhookRouteSchema = z.object({
  url: z.string(),
  /** JSON object of request headers, sealed under the region key, owner `<workspace>/<agent>/pre-call`. */
  headers: sealedSchema.nullable(),
  /** From the question to the last byte of the answer. */
  timeoutMs: z.number().int().positive(),
  onFailure: z.enum(["continue", "reject"]),
  /** What its answer may override; anything else in it is a failure. */
  overrides: z.object({
    /** Paths such as `agent.first_message`; a path allows what lies below it. */
    conversationConfig: z.array(z.string()),
    customLlmExtraBody: z.boolean(),
  }),
});
export type PreCallWebhookRoute = z.infer<typeof preCallWebhookRouteSchema>;

/** Null: no limit. */
const limitSchema = z.number().int().nonnegative().nullable();

export const agentRouteSchema = z.object({
  id: idSchema("agent"),
  workspaceId: idSchema("workspace"),
  name: z.string(),
  connection: agentConnectionSchema,
  maxDurationSecs: z.number().int().positive(),
  /** Numbers, `+49*` for all that begin so, SIP URIs, `sip:*@host`: whom an agent may transfer calls to. */
  transferDestinations: z.array(z.string()).default([]),
  /** How the keys that a caller presses make one answer; null: they are told one by one only. */
  digitInput: z
    .object({ timeoutMs: z.number().int().positive(), hashTerminator: z.boolean() })
    .nullable()
    .default(null),
  preCallWebhook: preCallWebhookRouteSchema.nullable().default(null),
  limits: z
    .object({ concurrency: limitSchema, daily: limitSchema })
    .default({ concurrency: null, daily: null }),
  /** Null: a call over the limit is refused. */
  queue: z.object({ waitTimeoutSecs: z.number().positive() }).nullable().default(null),
  /** Null: silence ends no call. */
  silenceTimeoutSecs: z.number().positive().nullable().default(null),
  /** Of calls that are placed; null: nobody listens for a machine. */
  voicemail: voicemailRouteSchema.nullable().default(null),
  fallback: agentFallbackRouteSchema,
  audioFiles: agentAudioRouteSchema,
  /** Null: its calls are not recorded. */
  recording: recordingRouteSchema.nullable().default(null),
});
export type AgentRoute = z.infer<typeof agentRouteSchema>;

const workspaceRouteSchema = z.object({
  id: idSchema("workspace"),
  /** Calls at the same time; null: no limit. */
  concurrencyLimit: limitSchema,
});
export type WorkspaceRoute = z.infer<typeof workspaceRouteSchema>;

/** The one id of its kind: a table has one row of addresses, about all of the region's. */
export const ADDRESS_BLOCK_ID = "block";

/** Where nodes of the region may be: the published ranges, and whether they are held to them. */
const addressBlockRouteSchema = z.object({
  id: z.literal(ADDRESS_BLOCK_ID),
  /** Of the published block. */
  version: z.number().int().positive(),
  /** A range of the deployment has been in use: from then on a node outside of them takes no calls. */
  isEnforced: z.boolean(),
  /** Those in use: customers allow them. */
  prefixes: z.array(cidrSchema),
});
export type AddressBlockRoute = z.infer<typeof addressBlockRouteSchema>;

/** One entity of the table; `value` null removes it. */
export const routingEntrySchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("phone_number"),
    entityId: idSchema("phoneNumber"),
    value: phoneNumberRouteSchema.nullable(),
  }),
  z.object({
    kind: z.literal("inbound_trunk"),
    entityId: idSchema("inboundTrunk"),
    value: inboundTrunkRouteSchema.nullable(),
  }),
  z.object({
    kind: z.literal("outbound_trunk"),
    entityId: idSchema("outboundTrunk"),
    value: outboundTrunkRouteSchema.nullable(),
  }),
  z.object({
    kind: z.literal("agent"),
    entityId: idSchema("agent"),
    value: agentRouteSchema.nullable(),
  }),
  z.object({
    kind: z.literal("workspace"),
    entityId: idSchema("workspace"),
    value: workspaceRouteSchema.nullable(),
  }),
  z.object({
    kind: z.literal("address_block"),
    entityId: z.literal(ADDRESS_BLOCK_ID),
    value: addressBlockRouteSchema.nullable(),
  }),
]);
export type RoutingEntry = z.infer<typeof routingEntrySchema>;
export type RoutingKind = RoutingEntry["kind"];

/** A change as it stands in the log: entries of a kind that a node does not know are kept opaque. */
export const routingChangeSchema = z.object({
  version: z.number().int().positive(),
  kind: z.string(),
  entityId: z.string(),
  value: z.unknown(),
});
export type RoutingChange = z.infer<typeof routingChangeSchema>;

/** `GET /v1/nodes/routing?epoch=E&since=V`, and 410 with `routingGoneSchema` when only a snapshot helps. */
export const routingChangesSchema = z.object({
  epoch: z.number().int().positive(),
  since: z.number().int().nonnegative(),
  /** The version the node has after these; `more` asks for the next page at once. */
  version: z.number().int().nonnegative(),
  more: z.boolean(),
  changes: z.array(routingChangeSchema),
});
export type RoutingChanges = z.infer<typeof routingChangesSchema>;

export const routingGoneSchema = z.object({
  epoch: z.number().int().positive(),
  version: z.number().int().nonnegative(),
  snapshotUrl: z.string(),
});
export type RoutingGone = z.infer<typeof routingGoneSchema>;

/**
 * First line of a snapshot (NDJSON, gzip); every further line is a `routingChangeSchema`. The response
 * carries `x-trunkline-sha256` (hex, of the gzip bytes) and `x-trunkline-signature` (base64url Ed25519
 * of the text `<epoch>.<version>.<sha256>`).
 */
export const routingSnapshotHeadSchema = z.object({
  format: z.literal("trunkline-routing-1"),
  region: z.string(),
  epoch: z.number().int().positive(),
  version: z.number().int().nonnegative(),
  rows: z.number().int().nonnegative(),
  /** Rows that the operator means to be gone; a larger loss is refused by the node. */
  expectedRemovals: z.number().int().nonnegative(),
});
export type RoutingSnapshotHead = z.infer<typeof routingSnapshotHeadSchema>;

/** The text whose SHA-256 stands for one row in the table hash; keys sorted at every depth. */
export function routingRowText(kind: string, entityId: string, value: unknown): string {
  return `${kind}\n${entityId}\n${canonicalJson(value)}`;
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** What the call domain is given when an INVITE is accepted. */
export interface InboundRoute {
  readonly workspaceId: PhoneNumberRoute["workspaceId"];
  readonly phoneNumberId: PhoneNumberRoute["id"];
  /** As imported. */
  readonly phoneNumber: string;
  readonly inboundTrunkId: InboundTrunkRoute["id"];
  /** Of the trunk. */
  readonly callsPerSecond: number | null;
  /** Calls of the workspace at the same time; null: no limit. */
  readonly workspaceConcurrency: number | null;
  readonly agent: AgentRoute;
  /** Absent: false. */
  readonly storeSipMessages?: boolean;
  readonly media: {
    readonly encryption: z.infer<typeof mediaEncryptionSchema>;
    readonly codecs: readonly z.infer<typeof codecSchema>[];
    readonly codecOrder?: z.infer<typeof codecOrderSchema> | undefined;
  };
  readonly transfers: {
    /** Where the call may be sent on to: the number's rules and the agent's. */
    readonly destinations: readonly string[];
    /** Host of SIP URIs made of phone numbers; null: `tel:` URIs. */
    readonly phoneHost: string | null;
    /** What a target is called over in a conference; null: the number has none. */
    readonly trunk: OutboundTrunkRoute | null;
    /** Who calls it then. */
    readonly callerNumber: string;
  };
  readonly attributesToHeaders: InboundTrunkRoute["attributesToHeaders"];
  readonly allowRefer: boolean;
  readonly remoteDomains: readonly string[];
  readonly matchedBy: "exact" | "normalised" | "to_exact" | "to_normalised";
}
