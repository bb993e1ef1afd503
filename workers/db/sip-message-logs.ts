import { and, asc, desc, eq, inArray, lt, lte, or } from "drizzle-orm";
import { sipMessageLogs } from "../../schema/tables/sip-message-logs.ts";
import type { Database } from "./client.ts";
import { NOT_ERASED } from "./erased-calls.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import type { Statement } from "./write-unit.ts";

export type MessageLogRow = typeof sipMessageLogs.$inferSelect;

/** The first telling stands: a call has one log, and an erased one has none. */
export function insertMessageLog(row: MessageLogRow): Statement {
  return {
    sql: `INSERT INTO sip_message_logs (call_id, conversation_id, workspace_id, phone_number_id,
            started_at_ms, messages, bytes, object_key)
          SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE ${NOT_ERASED} ON CONFLICT (call_id) DO NOTHING`,
    args: [
      row.callId,
      row.conversationId,
      row.workspaceId,
      row.phoneNumberId,
      row.startedAtMs,
      row.messages,
      row.bytes,
      row.objectKey,
      row.callId,
    ],
  };
}

export async function findMessageLog(db: Database, callId: string): Promise<MessageLogRow | null> {
  const [row] = await db.read((reader) =>
    reader.select().from(sipMessageLogs).where(eq(sipMessageLogs.callId, callId)).limit(1),
  );
  return row ?? null;
}

/** Whose messages are looked for: a conversation's or a number's. */
export interface MessageLogFilter {
  readonly workspaceId: string;
  readonly conversationId?: string;
  readonly phoneNumberId?: string;
}

/** Newest call first, from `from` on, which is included: start and call of a log. */
export async function findMessageLogs(
  db: Database,
  filter: MessageLogFilter,
  from: readonly [number, string] | null,
  limit: number,
): Promise<readonly MessageLogRow[]> {
  const { workspaceId, conversationId, phoneNumberId } = filter;
  const { startedAtMs, callId } = sipMessageLogs;
  return db.read((reader) =>
    reader
      .select()
      .from(sipMessageLogs)
      .where(
        and(
          eq(sipMessageLogs.workspaceId, workspaceId),
          conversationId === undefined
            ? undefined
            : eq(sipMessageLogs.conversationId, conversationId),
          phoneNumberId === undefined ? undefined : eq(sipMessageLogs.phoneNumberId, phoneNumberId),
          from === null
            ? undefined
            : or(lt(startedAtMs, from[0]), and(eq(startedAtMs, from[0]), lte(callId, from[1]))),
        ),
      )
      .orderBy(desc(startedAtMs), desc(callId))
      .limit(limit),
  );
}

export async function findMessageLogsBefore(
  db: Database,
  beforeMs: number,
  limit: number,
): Promise<readonly MessageLogRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(sipMessageLogs)
      .where(lt(sipMessageLogs.startedAtMs, beforeMs))
      .orderBy(asc(sipMessageLogs.startedAtMs))
      .limit(limit),
  );
}

export function deleteMessageLogs(callIds: readonly string[]): Statement {
  return statementOf(
    statementBuilder.delete(sipMessageLogs).where(inArray(sipMessageLogs.callId, [...callIds])),
  );
}
