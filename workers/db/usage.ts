import { and, asc, count, eq, gte, isNull, lt, sql } from "drizzle-orm";
import { conversations } from "../../schema/tables/conversations.ts";
import type { WorkspaceId } from "../../schema/values/ids.ts";
import type { Database } from "./client.ts";

export interface UsageRow {
  /** `2026-11-22`, in UTC. */
  readonly date: string;
  readonly direction: "inbound" | "outbound";
  readonly calls: number;
  readonly answered: number;
  readonly durationMs: number;
}

/** Calls that began from `fromMs` on and before `toMs`, by day and direction. */
export async function readUsage(
  db: Database,
  workspaceId: WorkspaceId,
  fromMs: number,
  toMs: number,
): Promise<readonly UsageRow[]> {
  const date = sql<string>`strftime('%Y-%m-%d', ${conversations.startedAtMs} / 1000, 'unixepoch')`;
  return db.read((reader) =>
    reader
      .select({
        date,
        direction: conversations.direction,
        calls: count(),
        answered: count(conversations.acceptedAtMs),
        durationMs: sql<number>`COALESCE(SUM(${conversations.durationMs}), 0)`,
      })
      .from(conversations)
      .where(
        and(
          eq(conversations.workspaceId, workspaceId),
          gte(conversations.startedAtMs, fromMs),
          lt(conversations.startedAtMs, toMs),
        ),
      )
      .groupBy(date, conversations.direction)
      .orderBy(asc(date), asc(conversations.direction)),
  );
}

export async function countLiveCalls(db: Database, workspaceId: WorkspaceId): Promise<number> {
  return db.read((reader) =>
    reader.$count(
      conversations,
      and(eq(conversations.workspaceId, workspaceId), isNull(conversations.endedAtMs)),
    ),
  );
}
