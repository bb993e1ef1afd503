import { z } from "zod";

/** What a workspace has used, and what it may use: `/v1/usage`, `/v1/limits`, `/v1/workspaces`. */

const DAY = /^\d{4}-\d{2}-\d{2}$/;
export const MAX_USAGE_DAYS = 92;
const daySchema = z.string().regex(DAY, "is no day such as 2026-11-22").pipe(z.iso.date());

/** Days in UTC, both included. Absent: the last 30. */
export const usageQuerySchema = z.object({ from: daySchema.optional(), to: daySchema.optional() });
export type UsageQuery = z.infer<typeof usageQuerySchema>;

const countsSchema = z.object({
  calls: z.number().int(),
  answered_calls: z.number().int(),
  /** Of answered calls. */
  call_secs: z.number().int(),
  /** Of the calls: those that somebody has placed to try a number. */
  test_calls: z.number().int(),
});

export const usageSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** Days with calls, by direction, the oldest first. */
  data: z.array(
    countsSchema.extend({ date: z.string(), direction: z.enum(["inbound", "outbound"]) }),
  ),
  total: countsSchema,
});
export type Usage = z.infer<typeof usageSchema>;

export const limitsSchema = z.object({
  /** Calls at the same time; null: no limit. */
  concurrency_limit: z.number().int().nullable(),
  /** Calls of the workspace that go on now. */
  active_calls: z.number().int(),
  /** Outbound calls a second of one API key; null: no limit. */
  calls_per_second: z.number().nullable(),
  /** Of this API key, this request counted. */
  requests: z.object({
    limit: z.number().int(),
    window_secs: z.number().int(),
    /** Null: not known. */
    remaining: z.number().int().nullable(),
    reset_secs: z.number().int().nullable(),
  }),
});
export type Limits = z.infer<typeof limitsSchema>;

export const workspaceViewSchema = z.object({
  workspace_id: z.string(),
  name: z.string(),
  host_label: z.string(),
  region: z.string(),
  /** Where its callers dial. */
  sip_host: z.string(),
  concurrency_limit: z.number().int().nullable(),
  /** Its keys may hold `nodes:admin`. */
  operates_nodes: z.boolean(),
  created_at: z.string(),
});
export type WorkspaceView = z.infer<typeof workspaceViewSchema>;

export const workspaceListSchema = z.object({
  data: z.array(workspaceViewSchema),
  has_more: z.literal(false),
  next_cursor: z.null(),
});
