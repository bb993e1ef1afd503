import { z } from "zod";
import { idSchema } from "../values/ids.ts";
import { voicemailReportSchema } from "./agent-voicemail.ts";
import { callQualitySchema } from "./call-quality.ts";
import { clientDataSchema } from "./client-data.ts";
import { recordingReportSchema } from "./recording.ts";

/**
 * What a node tells of a call: made once on the node, durable there before it is sent, delivered at
 * least once and applied exactly once (by `eventId`; a call's end also by `callId`).
 */

const callFactsSchema = z.object({
  callId: idSchema("call"),
  conversationId: idSchema("conversation"),
  workspaceId: idSchema("workspace"),
  phoneNumberId: idSchema("phoneNumber"),
  agentId: idSchema("agent"),
  agentName: z.string(),
  direction: z.enum(["inbound", "outbound"]),
  /** The number as imported, and the other side as signalled (or by X-CALLER-ID). */
  agentNumber: z.string(),
  externalNumber: z.string(),
  /** X-CALL-ID when it was sent, else the SIP Call-ID. */
  callSid: z.string(),
  sipCallId: z.string(),
  /** `sip_…` variables made from the INVITE's headers. */
  dynamicVariables: z.record(z.string(), z.string()),
  /** What the pre-call webhook, or the request that placed the call, said of the conversation. */
  clientData: clientDataSchema.optional(),
  /** Somebody has tried the number from the console; absent: a caller's call. */
  isTest: z.boolean().optional(),
  /** What went wrong without ending the call, a sentence each. */
  warnings: z.array(z.string()).optional(),
  nodeId: z.string(),
  region: z.string(),
  transport: z.enum(["tcp", "tls", "udp"]),
  sourceAddress: z.string(),
  startedAtMs: z.number().int(),
});

const callMediaSchema = z.object({
  codec: z.string(),
  /** RFC 4568 suite name, or null for plain RTP. */
  srtpSuite: z.string().nullable(),
  packetsSent: z.number().int(),
  packetsReceived: z.number().int(),
  packetsLost: z.number().int(),
  jitterMs: z.number(),
  /** Absent: of a node that does not measure it. */
  quality: callQualitySchema.optional(),
});

/** One transfer that the agent asked for and that was tried. */
const transferRecordSchema = z.object({
  method: z.enum(["refer", "conference"]),
  destination: z.string(),
  outcome: z.enum(["succeeded", "failed"]),
  /** What the other side said last; null when nobody said a status. */
  sipStatus: z.number().int().nullable(),
  reason: z.string(),
  endedAtMs: z.number().int(),
});
export type TransferRecord = z.infer<typeof transferRecordSchema>;

/** One utterance, as the agent's protocol told it. */
export const transcriptEntrySchema = z.object({
  role: z.enum(["user", "agent"]),
  text: z.string(),
  /** Since the answer. */
  timeMs: z.number().int().nonnegative(),
  /** The caller broke in: not all of it was heard. */
  interrupted: z.literal(true).optional(),
  /** What `text` was before it was corrected. */
  originalText: z.string().optional(),
});
export type TranscriptEntry = z.infer<typeof transcriptEntrySchema>;

const callRecordSchema = callFactsSchema.extend({
  answeredAtMs: z.number().int().nullable(),
  endedAtMs: z.number().int(),
  /** From the answer to the end on the monotonic clock; 0 for a call never answered. */
  durationMs: z.number().int().nonnegative(),
  /** How long the caller heard the hold tone before an agent was free; in no duration. */
  queueWaitMs: z.number().int().nonnegative().optional(),
  end: z.object({
    /** A row of the node's CALL_ENDS. */
    code: z.string(),
    blame: z.string(),
    sipStatus: z.number().int().nullable(),
    reason: z.string(),
  }),
  /** The peer's final response to our INVITE when it was not an answer; null for inbound calls. */
  refusal: z.object({ status: z.number().int(), reason: z.string() }).nullable().default(null),
  /** Oldest first. */
  transfers: z.array(transferRecordSchema).optional(),
  /** Of a call that we placed, where the agent's settings want it. */
  voicemail: voicemailReportSchema.optional(),
  /** In the order of their times; absent where the agent's protocol tells none. */
  transcript: z.array(transcriptEntrySchema).optional(),
  /** In its place where it is kept apart: how long it is. */
  transcriptMessages: z.number().int().positive().optional(),
  media: callMediaSchema.nullable(),
});
export type CallRecord = z.infer<typeof callRecordSchema>;

export const callStartedSchema = callFactsSchema;
export type CallStarted = z.infer<typeof callStartedSchema>;

/** A call that an agent has from now on. All of its facts again, so that it needs no event before it. */
const callAnsweredSchema = callFactsSchema.extend({ answeredAtMs: z.number().int() });
export type CallAnswered = z.infer<typeof callAnsweredSchema>;

/** Whether a machine has answered, as soon as it is known. What follows from it is in the record of the end. */
const callScreenedSchema = callAnsweredSchema.extend({ voicemail: voicemailReportSchema });
export type CallScreened = z.infer<typeof callScreenedSchema>;

/** As signalled, and cut: a peer writes what it likes. */
const signalledSchema = z.string().max(256);

/**
 * INVITEs that were refused, of one source, for one reason, at one number, within a minute. Told when the
 * first comes, and again under the same id when the minute is over and there were more.
 */
const rejectedAttemptSchema = z.object({
  id: idSchema("rejectedAttempt"),
  workspaceId: idSchema("workspace"),
  /** Null: what was dialled at the workspace's own host name is none of its numbers. */
  phoneNumberId: idSchema("phoneNumber").nullable(),
  /** Of the last one, where an agent was asked before the refusal. */
  conversationId: idSchema("conversation").nullable(),
  nodeId: z.string(),
  region: z.string(),
  /** A row of the node's CALL_ENDS. */
  code: z.string(),
  sipStatus: z.number().int(),
  reason: z.string(),
  /** What would let such a call through; null when the tenant can do nothing. */
  hint: z.string().nullable(),
  /** Null: several, counted together because there were too many. */
  sourceAddress: z.string().nullable(),
  /** Of the first one, like all that was signalled. */
  sourcePort: z.number().int(),
  transport: z.enum(["tcp", "tls", "udp"]),
  requestUser: signalledSchema,
  requestHost: signalledSchema,
  toUser: signalledSchema,
  fromUser: signalledSchema,
  sipCallId: signalledSchema,
  firstAtMs: z.number().int(),
  lastAtMs: z.number().int(),
  attempts: z.number().int().positive(),
});
export type RejectedAttempt = z.infer<typeof rejectedAttemptSchema>;

const callEventSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("call_started"),
    eventId: idSchema("event"),
    call: callStartedSchema,
  }),
  z.object({
    kind: z.literal("call_answered"),
    eventId: idSchema("event"),
    call: callAnsweredSchema,
  }),
  z.object({
    kind: z.literal("call_screened"),
    eventId: idSchema("event"),
    call: callScreenedSchema,
  }),
  z.object({ kind: z.literal("call_ended"), eventId: idSchema("event"), call: callRecordSchema }),
]);
export type CallEvent = z.infer<typeof callEventSchema>;

const callRejectedSchema = z.object({
  kind: z.literal("call_rejected"),
  eventId: idSchema("event"),
  attempt: rejectedAttemptSchema,
});
export type CallRejected = z.infer<typeof callRejectedSchema>;

const recordingChangedSchema = z.object({
  kind: z.literal("recording"),
  eventId: idSchema("event"),
  recording: recordingReportSchema,
});

/** What a node tells: of its calls, of those that it took none of, and of recordings. */
export const nodeEventSchema = z.discriminatedUnion("kind", [
  ...callEventSchema.options,
  callRejectedSchema,
  recordingChangedSchema,
]);
export type NodeEvent = z.infer<typeof nodeEventSchema>;

/** `POST /v1/nodes/events`: at most 100 events, oldest first. */
export const callEventsRequestSchema = z.object({
  events: z.array(nodeEventSchema).min(1).max(100),
});

/**
 * What is in `rejected` is wrong for ever and is not sent again; what is in neither list could not be
 * stored now and is sent again.
 */
export const callEventsResponseSchema = z.object({
  accepted: z.array(z.string()),
  rejected: z.array(z.object({ eventId: z.string(), code: z.string(), detail: z.string() })),
});
export type CallEventsResponse = z.infer<typeof callEventsResponseSchema>;
