import { and, asc, desc, eq, gte, lt, or } from "drizzle-orm";
import type { RejectedAttempt } from "../../schema/contracts/call-record.ts";
import { rejectedAttempts } from "../../schema/tables/rejected-attempts.ts";
import { type Database, type RowPage, readRows } from "./client.ts";
import type { Statement } from "./write-unit.ts";

export type RejectedAttemptRow = typeof rejectedAttempts.$inferSelect;

/** As often as it is told, in any order: the count of a row only rises. */
export function upsertRejectedAttempt(attempt: RejectedAttempt): Statement {
  return {
    sql: `INSERT INTO rejected_attempts
      (id, workspace_id, phone_number_id, conversation_id, node_id, code, sip_status, reason, hint,
       source_address, source_port, transport, request_user, request_host, to_user, from_user,
       sip_call_id, attempts, first_at_ms, last_at_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        attempts = max(attempts, excluded.attempts),
        last_at_ms = max(last_at_ms, excluded.last_at_ms)
      WHERE workspace_id = excluded.workspace_id`,
    args: [
      attempt.id,
      attempt.workspaceId,
      attempt.phoneNumberId,
      attempt.conversationId,
      attempt.nodeId,
      attempt.code,
      attempt.sipStatus,
      attempt.reason,
      attempt.hint,
      attempt.sourceAddress,
      attempt.sourcePort,
      attempt.transport,
      attempt.requestUser,
      attempt.requestHost,
      attempt.toUser,
      attempt.fromUser,
      attempt.sipCallId,
      attempt.attempts,
      attempt.firstAtMs,
      attempt.lastAtMs,
    ],
  };
}

export interface RejectedAttemptPageQuery {
  readonly workspaceId: string;
  readonly phoneNumberId?: string | undefined;
  readonly code?: string | undefined;
  readonly sinceMs: number;
  /** Where the page before ended: time of the first attempt, and identifier. */
  readonly after: readonly [number, string] | null;
  readonly limit: number;
}

/** Newest first. */
export async function findRejectedAttempts(
  db: Database,
  query: RejectedAttemptPageQuery,
): Promise<RowPage<RejectedAttemptRow>> {
  const { workspaceId, phoneNumberId, code, sinceMs, after } = query;
  const { firstAtMs, id } = rejectedAttempts;
  return readRows(db, query.limit, (reader, limit) =>
    reader
      .select()
      .from(rejectedAttempts)
      .where(
        and(
          eq(rejectedAttempts.workspaceId, workspaceId),
          gte(firstAtMs, sinceMs),
          phoneNumberId === undefined
            ? undefined
            : eq(rejectedAttempts.phoneNumberId, phoneNumberId),
          code === undefined ? undefined : eq(rejectedAttempts.code, code),
          after === null
            ? undefined
            : or(lt(firstAtMs, after[0]), and(eq(firstAtMs, after[0]), lt(id, after[1]))),
        ),
      )
      .orderBy(desc(firstAtMs), desc(id))
      .limit(limit),
  );
}

/** Whether anything is older than `beforeMs`. */
export async function hasRejectedAttemptsBefore(db: Database, beforeMs: number): Promise<boolean> {
  const rows = await db.read((reader) =>
    reader
      .select({ id: rejectedAttempts.id })
      .from(rejectedAttempts)
      .where(lt(rejectedAttempts.firstAtMs, beforeMs))
      .orderBy(asc(rejectedAttempts.firstAtMs))
      .limit(1),
  );
  return rows.length > 0;
}

/** The oldest ones first, so many at once that no other write waits long. */
export function deleteRejectedAttemptsBefore(beforeMs: number, limit: number): Statement {
  return {
    sql: `DELETE FROM rejected_attempts WHERE id IN
      (SELECT id FROM rejected_attempts WHERE first_at_ms < ? ORDER BY first_at_ms LIMIT ?)`,
    args: [beforeMs, limit],
  };
}
