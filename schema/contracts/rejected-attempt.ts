import { z } from "zod";

/** Refused INVITEs of the REST API's own surface. */

const timeSchema = z.iso.datetime();

const rejectedAttemptViewSchema = z.object({
  id: z.string(),
  /** Null when the number that was dialled is not one of the workspace's. */
  phone_number_id: z.string().nullable(),
  /** Of the last one, where an agent was asked before the refusal. */
  conversation_id: z.string().nullable(),
  /** A row of docs/call-ends.md. */
  code: z.string(),
  sip_status: z.number().int(),
  reason: z.string(),
  /** What would let such a call through. */
  hint: z.string().nullable(),
  /** Null: several sources, counted together because there were too many. */
  source_address: z.string().nullable(),
  source_port: z.number().int(),
  transport: z.enum(["tcp", "tls", "udp"]),
  request_user: z.string(),
  request_host: z.string(),
  to_user: z.string(),
  from_user: z.string(),
  sip_call_id: z.string(),
  /** INVITEs that this row stands for; all but the times are those of the first. */
  attempts: z.number().int().positive(),
  first_at: timeSchema,
  last_at: timeSchema,
});
export type RejectedAttemptView = z.infer<typeof rejectedAttemptViewSchema>;

/** Newest first. */
export const rejectedAttemptPageSchema = z.object({
  data: z.array(rejectedAttemptViewSchema),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});

export const rejectedAttemptQuerySchema = z.object({
  phone_number_id: z.string().optional(),
  code: z.string().optional(),
  /** Attempts since then: RFC 3339. */
  after: z.iso.datetime({ offset: true }).optional(),
  page_size: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().optional(),
});
export type RejectedAttemptQuery = z.infer<typeof rejectedAttemptQuerySchema>;
