import { and, asc, desc, eq, inArray, lt, ne, or, sql } from "drizzle-orm";
import { batchCalls, batchRecipients } from "../../schema/tables/batch-calls.ts";
import { type Database, type RowPage, readRows } from "./client.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guard, guardChangedOne, type Statement } from "./write-unit.ts";

export type BatchCallRow = typeof batchCalls.$inferSelect;
type RecipientStatus = (typeof batchRecipients.$inferSelect)["status"];

/** How many recipients of a batch have each status; a status that none has is absent. */
export type RecipientCounts = ReadonlyMap<RecipientStatus, number>;

export const NO_RECIPIENTS: RecipientCounts = new Map();

/** An SQL condition: something is still to be done for the batch. */
const OPEN = "status IN ('pending', 'in_progress')";

export async function findBatchCall(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<BatchCallRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(batchCalls)
      .where(
        and(
          eq(batchCalls.id, id),
          eq(batchCalls.workspaceId, workspaceId),
          ne(batchCalls.status, "draft"),
        ),
      )
      .limit(1),
  );
  return row ?? null;
}

export interface BatchCallPageQuery {
  readonly workspaceId: string;
  readonly agentId?: string | undefined;
  /** Where the page before ended: creation and identifier. */
  readonly after: readonly [number, string] | null;
  readonly limit: number;
}

/** Newest first. */
export async function findBatchCalls(
  db: Database,
  { after, agentId, limit, workspaceId }: BatchCallPageQuery,
): Promise<RowPage<BatchCallRow>> {
  const { createdAtMs, id } = batchCalls;
  return readRows(db, limit, (reader, step) =>
    reader
      .select()
      .from(batchCalls)
      .where(
        and(
          eq(batchCalls.workspaceId, workspaceId),
          ne(batchCalls.status, "draft"),
          agentId === undefined ? undefined : eq(batchCalls.agentId, agentId),
          after === null
            ? undefined
            : or(lt(createdAtMs, after[0]), and(eq(createdAtMs, after[0]), lt(id, after[1]))),
        ),
      )
      .orderBy(desc(createdAtMs), desc(id))
      .limit(step),
  );
}

/** By batch. */
export async function countRecipients(
  db: Database,
  batchCallIds: readonly string[],
): Promise<ReadonlyMap<string, RecipientCounts>> {
  if (batchCallIds.length === 0) return new Map();
  const { batchCallId, status } = batchRecipients;
  const rows = await db.read((reader) =>
    reader
      .select({ batchCallId, status, count: sql<number>`COUNT(*)` })
      .from(batchRecipients)
      .where(inArray(batchCallId, [...batchCallIds]))
      .groupBy(batchCallId, status),
  );
  const counts = new Map<string, Map<RecipientStatus, number>>();
  for (const row of rows) {
    const ofBatch = counts.get(row.batchCallId) ?? new Map<RecipientStatus, number>();
    counts.set(row.batchCallId, ofBatch.set(row.status, row.count));
  }
  return counts;
}

/** Batches of the workspace that have or will have somebody to call, oldest first. */
export async function findOpenBatchCalls(
  db: Database,
  region: string,
  workspaceId: string,
): Promise<readonly BatchCallRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(batchCalls)
      .where(
        and(
          eq(batchCalls.region, region),
          eq(batchCalls.workspaceId, workspaceId),
          sql`${batchCalls.status} IN ('draft', 'pending', 'in_progress')`,
          ne(batchCalls.status, "draft"),
        ),
      )
      .orderBy(asc(batchCalls.createdAtMs)),
  );
}

/** Workspaces of the region with such batches. */
export async function findWorkspacesWithOpenBatchCalls(
  db: Database,
  region: string,
): Promise<readonly string[]> {
  const rows = await db.read((reader) =>
    reader
      .selectDistinct({ workspaceId: batchCalls.workspaceId })
      .from(batchCalls)
      .where(
        and(
          eq(batchCalls.region, region),
          sql`${batchCalls.status} IN ('draft', 'pending', 'in_progress')`,
        ),
      ),
  );
  return rows.map(({ workspaceId }) => workspaceId);
}

export function insertBatchCall(row: BatchCallRow): Statement {
  return statementOf(statementBuilder.insert(batchCalls).values(row));
}

/**
 * Shows a batch whose recipients are all stored. Fails with guard `draft_complete` when one is missing, or
 * somebody has removed the draft.
 */
export function showDraft(row: BatchCallRow): readonly Statement[] {
  return [
    {
      sql: `UPDATE batch_calls SET status = 'pending' WHERE id = ? AND status = 'draft'
            AND recipients = (SELECT COUNT(*) FROM batch_recipients WHERE batch_call_id = ?)`,
      args: [row.id, row.id],
    },
    guardChangedOne("draft_complete"),
  ];
}

/** Fails with guard `batch_open` when nobody of the batch is to be called any more. */
export function guardBatchOpen(id: string): Statement {
  return guard("batch_open", `EXISTS (SELECT 1 FROM batch_calls WHERE id = ? AND ${OPEN})`, [id]);
}

/** It has begun, whether or not there was a place for a first call. */
export function startBatchCall(id: string, nowMs: number): Statement {
  return {
    sql: "UPDATE batch_calls SET status = 'in_progress', updated_at_ms = ? WHERE id = ? AND status = 'pending'",
    args: [nowMs, id],
  };
}

export function touchBatchCall(id: string, nowMs: number): Statement {
  return { sql: "UPDATE batch_calls SET updated_at_ms = ? WHERE id = ?", args: [nowMs, id] };
}

/** Nothing when somebody is still to be called, or on the phone. */
export function completeBatchCall(id: string, nowMs: number): Statement {
  return {
    sql: `UPDATE batch_calls SET status = 'completed', updated_at_ms = ?
          WHERE id = ? AND ${OPEN} AND NOT EXISTS
            (SELECT 1 FROM batch_recipients WHERE batch_call_id = ?
             AND status IN ('pending', 'dispatched', 'initiated', 'in_progress'))`,
    args: [nowMs, id, id],
  };
}

/**
 * Whoever has not been called is not called any more; calls that were dispatched go on. Fails with guard
 * `batch_open` when the batch was over.
 */
export function closeBatchCall(
  id: string,
  as: "cancelled" | "failed",
  nowMs: number,
): readonly Statement[] {
  return [
    {
      sql: `UPDATE batch_calls SET status = ?, updated_at_ms = ? WHERE id = ? AND ${OPEN}`,
      args: [as, nowMs, id],
    },
    guardChangedOne("batch_open"),
    {
      sql: `UPDATE batch_recipients SET status = ?, updated_at_ms = ?
            WHERE batch_call_id = ? AND status = 'pending'`,
      args: [as, nowMs, id],
    },
  ];
}

/**
 * Whoever could not be reached is called again. Fails with guard `batch_over` while the batch goes on, and with
 * `somebody_failed` when there is nobody to call.
 */
export function reopenBatchCall(id: string, nowMs: number): readonly Statement[] {
  return [
    {
      sql: `UPDATE batch_calls SET status = 'in_progress', retry_count = retry_count + 1, updated_at_ms = ?
            WHERE id = ? AND status IN ('completed', 'failed', 'cancelled')`,
      args: [nowMs, id],
    },
    guardChangedOne("batch_over"),
    {
      sql: `UPDATE batch_recipients
            SET status = 'pending', call_id = NULL, not_before_ms = 0, updated_at_ms = ?
            WHERE batch_call_id = ? AND status = 'failed' AND phone_number <> ''`,
      args: [nowMs, id],
    },
    guard("somebody_failed", "changes() > 0", []),
  ];
}

/** Removes the batch and its recipients. Calls that were dispatched go on, as calls of nobody's batch. */
export function deleteBatchCall(workspaceId: string, id: string): readonly Statement[] {
  return [
    {
      sql: `UPDATE outbound_orders SET batch_call_id = NULL, batch_recipient_id = NULL
            WHERE batch_call_id = ? AND status = 'placed'`,
      args: [id],
    },
    { sql: "DELETE FROM batch_recipients WHERE batch_call_id = ?", args: [id] },
    {
      sql: "DELETE FROM batch_calls WHERE id = ? AND workspace_id = ?",
      args: [id, workspaceId],
    },
    guardChangedOne("batch_exists"),
  ];
}

/** Drafts of before `beforeMs`: whoever stored them is gone. */
export async function findAbandonedDrafts(
  db: Database,
  beforeMs: number,
  limit: number,
): Promise<readonly BatchCallRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(batchCalls)
      .where(and(eq(batchCalls.status, "draft"), lt(batchCalls.createdAtMs, beforeMs)))
      .limit(limit),
  );
}
