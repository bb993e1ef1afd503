import { z } from "zod";
import { idSchema } from "../values/ids.ts";

/** Calls as the REST API shows and steers them, and the same over the link between hub and node. */

const digitsSchema = z
  .string()
  .regex(/^[0-9A-Da-d*#wW]{1,64}$/, "is not 1 to 64 of 0-9, A-D, *, #, w and W");
const destinationSchema = z.string().min(1).max(512);
const methodSchema = z.enum(["conference", "refer"]);

const callActionSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("hangup") }),
  z.object({ kind: z.literal("transfer"), destination: destinationSchema, method: methodSchema }),
  z.object({ kind: z.literal("dtmf"), digits: digitsSchema }),
]);
export type CallAction = z.infer<typeof callActionSchema>;

/** What a node says of an action: `done`, or why not. A transfer is done when it has begun. */
const callActionOutcomeSchema = z.enum([
  "done",
  "call_ended",
  "call_not_answered",
  "call_on_hold",
  "call_joined",
  "transfer_under_way",
  "destination_malformed",
  "destination_not_allowed",
  "no_outbound_trunk",
  "sip_uri_by_refer_only",
  "header_malformed",
]);
export type CallActionOutcome = z.infer<typeof callActionOutcomeSchema>;

/** Hub to node. An action that comes again under the same identifier is not done again. */
export const callActionToNodeSchema = z.object({
  type: z.literal("call_action"),
  actionId: z.string(),
  callId: idSchema("call"),
  action: callActionSchema,
});
export type CallActionToNode = z.infer<typeof callActionToNodeSchema>;

/** Node to hub. */
export const callActionToHubSchema = z.object({
  type: z.literal("call_action_result"),
  actionId: z.string(),
  outcome: callActionOutcomeSchema,
});
export type CallActionToHub = z.infer<typeof callActionToHubSchema>;

const directionSchema = z.enum(["inbound", "outbound"]);

/** `GET /v1/calls`: calls that have not ended, newest first. */
export const liveCallQuerySchema = z.object({
  status: z.enum(["ringing", "in_progress"]).optional(),
  direction: directionSchema.optional(),
  agent_id: z.string().optional(),
  phone_number_id: z.string().optional(),
  page_size: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().optional(),
});
export type LiveCallQuery = z.infer<typeof liveCallQuerySchema>;

export const callViewSchema = z.object({
  call_id: z.string(),
  conversation_id: z.string(),
  /** `ringing`: no agent has it yet. */
  status: z.enum(["ringing", "in_progress", "ended"]),
  direction: directionSchema,
  agent_id: z.string(),
  agent_name: z.string(),
  phone_number_id: z.string(),
  agent_number: z.string(),
  external_number: z.string(),
  started_at: z.string(),
  answered_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  duration_secs: z.number().int().nullable(),
  end: z.object({ code: z.string(), reason: z.string() }).nullable(),
});
export type CallView = z.infer<typeof callViewSchema>;

export const callPageSchema = z.object({
  data: z.array(callViewSchema),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});

export const transferCallSchema = z.strictObject({
  /** A phone number, a `tel:` or a SIP URI that the settings allow. */
  destination: destinationSchema,
  method: methodSchema.default("conference"),
});
export const dialKeysSchema = z.strictObject({ digits: digitsSchema });

export const callActionViewSchema = z.object({
  call_id: z.string(),
  action: z.enum(["hangup", "transfer", "dtmf"]),
  /** A transfer has only begun; what comes of it is in the conversation's `transfers`. */
  status: z.enum(["done", "started"]),
});
export type CallActionView = z.infer<typeof callActionViewSchema>;
