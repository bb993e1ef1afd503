import { z } from "zod";

/** What was changed through the API, by whom: `/v1/audit-log`. */

export const auditQuerySchema = z.object({
  page_size: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().optional(),
  /** The identifier of what was changed. */
  target: z.string().optional(),
  /** Of the API key that changed it. */
  actor_id: z.string().optional(),
  /** RFC 3339. */
  after: z.iso.datetime({ offset: true }).optional(),
  before: z.iso.datetime({ offset: true }).optional(),
});
export type AuditQuery = z.infer<typeof auditQuerySchema>;

const auditEntrySchema = z.object({
  id: z.string(),
  /** From 1, without gaps. */
  sequence: z.number().int(),
  at: z.string(),
  actor: z.object({ kind: z.string(), id: z.string().nullable() }),
  /** Method and path. */
  operation: z.string(),
  target: z.string(),
  request_id: z.string(),
  source_address: z.string().nullable(),
  /** As it was; null: it was not there, or is not kept. */
  before: z.unknown(),
  /** What was asked for, without secrets. */
  after: z.unknown(),
  /** Hex SHA-256 of the entry before; 64 zeros of the first. */
  previous_hash: z.string(),
  hash: z.string(),
});
export type AuditEntryView = z.infer<typeof auditEntrySchema>;

export const auditPageSchema = z.object({
  data: z.array(auditEntrySchema),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});
export type AuditPage = z.infer<typeof auditPageSchema>;

export const verifyAuditQuerySchema = z
  .object({
    /** A sequence and the hash that it had: what was cut off at the end is found by one that was kept elsewhere. */
    sequence: z.coerce.number().int().min(1).optional(),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "is no hex SHA-256 in lower case")
      .optional(),
  })
  .refine(({ sequence, hash }) => (sequence === undefined) === (hash === undefined), {
    message: "sequence and hash belong together",
  });
export type VerifyAuditQuery = z.infer<typeof verifyAuditQuerySchema>;

export const auditVerdictSchema = z.object({
  valid: z.boolean(),
  /** Entries that were looked at. */
  entries: z.number().int(),
  /** The newest: keep it, and ask with it later. Null: there is none. */
  head: z.object({ sequence: z.number().int(), hash: z.string() }).nullable(),
  /** The first entry that does not fit; null when all do. */
  broken: z
    .object({
      sequence: z.number().int(),
      reason: z.enum(["altered", "unlinked", "missing", "not_as_kept"]),
    })
    .nullable(),
});
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;
