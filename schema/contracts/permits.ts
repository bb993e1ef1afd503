import { z } from "zod";
import { idSchema } from "../values/ids.ts";

/**
 * Permits on the link between a node and its region's hub: who may take a call when a workspace or an
 * agent may have only so many. docs/design/limits.md has the state machine.
 */

/** Null: no limit. */
const limitSchema = z.number().int().nonnegative().nullable();

/** The limits of one call, as the node's table has them. */
const callLimitsSchema = z.object({
  workspace: limitSchema,
  agent: limitSchema,
  /** Of the agent, per day in UTC. */
  daily: limitSchema,
});
export type CallLimits = z.infer<typeof callLimitsSchema>;

/** Where in the routing log they stand: the newest that any node has told counts. */
const limitsAtSchema = z.object({
  epoch: z.number().int().nonnegative(),
  version: z.number().int().nonnegative(),
});

/** `YYYY-MM-DD` in UTC. */
const daySchema = z.iso.date();

/** A permit that a node holds; `callId` is that of the call it was first given to. */
const heldPermitSchema = z.object({
  callId: idSchema("call"),
  workspaceId: idSchema("workspace"),
  agentId: idSchema("agent"),
  /** 0: taken by the node alone, while no hub could be asked. */
  fence: z.number().int().nonnegative(),
  /** The longest that a call under it lasts, from its set-up to the release. */
  maxCallMs: z.number().int().positive(),
});
export type HeldPermit = z.infer<typeof heldPermitSchema>;

/** Idempotent by `callId`: asked again, the answer is what stands. */
const permitRequestSchema = z.object({
  type: z.literal("permit_request"),
  requestId: z.string(),
  callId: idSchema("call"),
  workspaceId: idSchema("workspace"),
  agentId: idSchema("agent"),
  limits: callLimitsSchema,
  limitsAt: limitsAtSchema,
  maxCallMs: z.number().int().positive(),
  mayQueue: z.boolean(),
  /** How much longer the call may wait; with `mayQueue` only. */
  waitMs: z.number().int().nonnegative(),
});
export type PermitRequest = z.infer<typeof permitRequestSchema>;

export const permitNodeMessages = [
  permitRequestSchema,
  /** The call is over, has left the queue, or its request is withdrawn. */
  z.object({
    type: z.literal("permit_release"),
    callId: idSchema("call"),
    /** No call came of it: it is none of the day's. */
    isUnused: z.boolean().optional(),
  }),
  /** After each welcome, before any request: all that the node has. The hub forgets the rest of it. */
  z.object({
    type: z.literal("permits_held"),
    sentAtMs: z.number(),
    held: z.array(heldPermitSchema),
    waiting: z.array(idSchema("call")),
  }),
  /** Calls of this process to an agent that were taken without asking: the sum of the day so far. */
  z.object({
    type: z.literal("daily_used"),
    agentId: idSchema("agent"),
    day: daySchema,
    calls: z.number().int().nonnegative(),
    limit: z.number().int().nonnegative(),
  }),
] as const;

export const permitRefusalSchema = z.enum(["workspace_limit", "agent_limit", "daily_limit"]);
export type PermitRefusalCode = z.infer<typeof permitRefusalSchema>;

export const permitHubMessages = [
  z.object({
    type: z.literal("permit_granted"),
    requestId: z.string(),
    callId: idSchema("call"),
    /** Rises with every grant of the region. */
    fence: z.number().int().positive(),
    /** Until when the hub counts it, by its own clock, if it hears no more of the node. */
    notAfterMs: z.number().int(),
  }),
  z.object({
    type: z.literal("permit_refused"),
    requestId: z.string(),
    callId: idSchema("call"),
    code: permitRefusalSchema,
  }),
  z.object({
    type: z.literal("permit_queued"),
    requestId: z.string(),
    callId: idSchema("call"),
    /** 1: the next of this agent. */
    position: z.number().int().positive(),
  }),
  /** The answer to a beat: for so long after it was sent, permits that the node holds may change calls. */
  z.object({
    type: z.literal("permit_lease"),
    /** As the beat had it: the node's own monotonic clock. */
    sentAtMs: z.number(),
    leaseMs: z.number().int().positive(),
  }),
  /** The agent's day is nearly full: from here on every call of it asks. */
  z.object({ type: z.literal("daily_near"), agentId: idSchema("agent"), day: daySchema }),
] as const;

const permitNodeMessageSchema = z.discriminatedUnion("type", [...permitNodeMessages]);
export type PermitNodeMessage = z.infer<typeof permitNodeMessageSchema>;
const permitHubMessageSchema = z.discriminatedUnion("type", [...permitHubMessages]);
export type PermitHubMessage = z.infer<typeof permitHubMessageSchema>;

/**
 * An agent whose only limit is a daily one of at least this many calls asks nobody: its nodes tell what
 * they have taken, until the hub says that the day is nearly full.
 */
export const DAILY_ASKED_BELOW = 10_000;

/** The day of a limit. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
