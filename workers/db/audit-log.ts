import { and, asc, desc, eq, gt, gte, lt, lte } from "drizzle-orm";
import { auditLog } from "../../schema/tables/audit-log.ts";
import { sha256Hex } from "../auth/api-key.ts";
import type { Database } from "./client.ts";

export type AuditRow = typeof auditLog.$inferSelect;

/** Of what an operator has done to no workspace. */
export const PLATFORM_CHAIN = "platform";

/** `previousHash` of the first row. */
export const NO_HASH = "0".repeat(64);

/** Of a row, from its content and the hash of the row before: altering one breaks all that follow. */
export function auditHash(row: Omit<AuditRow, "hash">): Promise<string> {
  return sha256Hex(
    JSON.stringify([
      row.previousHash,
      row.chain,
      row.sequence,
      row.id,
      row.atMs,
      row.actorKind,
      row.actorId,
      row.operation,
      row.target,
      row.requestId,
      row.sourceAddress,
      row.before,
      row.after,
    ]),
  );
}

/** The sequence of the chain's newest row; 0: none. */
export async function readAuditHead(db: Database, chain: string): Promise<number> {
  const [row] = await db.read((reader) =>
    reader
      .select({ sequence: auditLog.sequence })
      .from(auditLog)
      .where(eq(auditLog.chain, chain))
      .orderBy(desc(auditLog.sequence))
      .limit(1),
  );
  return row?.sequence ?? 0;
}

/** What a list of rows is restricted to; undefined: not. */
export interface AuditFilter {
  readonly target: string | undefined;
  readonly actorId: string | undefined;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** Newest first, from before `before` on. */
export async function listAuditRows(
  db: Database,
  chain: string,
  filter: AuditFilter,
  before: number | null,
  limit: number,
): Promise<AuditRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(auditLog)
      .where(
        and(
          eq(auditLog.chain, chain),
          before === null ? undefined : lt(auditLog.sequence, before),
          filter.target === undefined ? undefined : eq(auditLog.target, filter.target),
          filter.actorId === undefined ? undefined : eq(auditLog.actorId, filter.actorId),
          filter.fromMs === undefined ? undefined : gte(auditLog.atMs, filter.fromMs),
          filter.toMs === undefined ? undefined : lte(auditLog.atMs, filter.toMs),
        ),
      )
      .orderBy(desc(auditLog.sequence))
      .limit(limit),
  );
}

/** Oldest first, after `after`. */
export async function readAuditChain(
  db: Database,
  chain: string,
  after: number,
  limit: number,
): Promise<AuditRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.chain, chain), gt(auditLog.sequence, after)))
      .orderBy(asc(auditLog.sequence))
      .limit(limit),
  );
}
