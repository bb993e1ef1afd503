import { and, asc, eq, inArray, lt } from "drizzle-orm";
import type { RecordingReport } from "../../schema/contracts/recording.ts";
import { recordings } from "../../schema/tables/recordings.ts";
import type { Database } from "./client.ts";
import { NOT_ERASED } from "./erased-calls.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guardChangedOne, type Statement } from "./write-unit.ts";

export type RecordingRow = typeof recordings.$inferSelect;

/** A report that tells nothing new, or of a call that has been erased. */
export const RECORDING_NEWS = "recording_news";

const RANK = (state: string): string =>
  `CASE ${state} WHEN 'recording' THEN 0 WHEN 'uploading' THEN 1 ELSE 2 END`;

/** Fails with guard `recording_news` unless it is news: states go forward only, in whatever order they are told. */
export function upsertRecording(report: RecordingReport): readonly Statement[] {
  const { place, isComplete } = report;
  return [
    {
      sql: `INSERT INTO recordings
              (call_id, conversation_id, workspace_id, agent_id, state, code, format, started_at_ms,
               expires_at_ms, duration_ms, bytes, is_complete, place)
            SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE ${NOT_ERASED}
            ON CONFLICT (call_id) DO UPDATE SET
              state = excluded.state, code = excluded.code, duration_ms = excluded.duration_ms,
              bytes = excluded.bytes, is_complete = excluded.is_complete, place = excluded.place
            WHERE ${RANK("excluded.state")} > ${RANK("recordings.state")}
              AND recordings.workspace_id = excluded.workspace_id`,
      args: [
        report.callId,
        report.conversationId,
        report.workspaceId,
        report.agentId,
        report.state,
        report.code,
        report.format,
        report.startedAtMs,
        report.expiresAtMs,
        report.durationMs,
        report.bytes,
        isComplete === null ? null : Number(isComplete),
        place === null ? null : JSON.stringify(place),
        report.callId,
      ],
    },
    guardChangedOne(RECORDING_NEWS),
  ];
}

export async function findRecording(
  db: Database,
  workspaceId: string,
  conversationId: string,
): Promise<RecordingRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(recordings)
      .where(
        and(eq(recordings.conversationId, conversationId), eq(recordings.workspaceId, workspaceId)),
      )
      .limit(1),
  );
  return row ?? null;
}

/** Of these calls. */
export async function findRecordingsOf(
  db: Database,
  callIds: readonly string[],
): Promise<ReadonlyMap<string, RecordingRow>> {
  if (callIds.length === 0) return new Map();
  const rows = await db.read((reader) =>
    reader
      .select()
      .from(recordings)
      .where(inArray(recordings.callId, [...callIds])),
  );
  return new Map(rows.map((row) => [row.callId, row]));
}

/** Those that have been kept long enough, the longest first. */
export async function findExpiredRecordings(
  db: Database,
  nowMs: number,
  limit: number,
): Promise<readonly RecordingRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(recordings)
      .where(lt(recordings.expiresAtMs, nowMs))
      .orderBy(asc(recordings.expiresAtMs))
      .limit(limit),
  );
}

export function deleteRecordings(callIds: readonly string[]): Statement {
  return statementOf(
    statementBuilder.delete(recordings).where(inArray(recordings.callId, [...callIds])),
  );
}
