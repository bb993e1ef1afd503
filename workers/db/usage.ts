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
  /** Of the calls: those that tried a number. */
  readonly tests: number;
}

/** Calls that began from `fromMs` on and before `toMs`, by day and direction. */
export async function readUsage(
  db: Database,
  workspaceId: WorkspaceId,
  fromMs: number,
  toMs: number,
): Promise<readonly UsageRow[]> {
  const { startedAtMs, direction } = conversations;
  const date = sql<string>`strftime('%Y-%m-%d', ${startedAtMs} / 1000, 'unixepoch')`;
  const isWithin = and(
    eq(conversations.workspaceId, workspaceId),
    gte(startedAtMs, fromMs),
    lt(startedAtMs, toMs),
  );
  const [rows, tested] = await Promise.all([
    db.read((reader) =>
      reader
        .select({
          date,
          direction,
          calls: count(),
          answered: count(conversations.acceptedAtMs),
          durationMs: sql<number>`COALESCE(SUM(${conversations.durationMs}), 0)`,
        })
        .from(conversations)
        .where(isWithin)
        .groupBy(date, direction)
        .orderBy(asc(date), asc(direction)),
    ),
    // Few, and in an index of their own: the column lies behind the records.
    db.read((reader) =>
      reader
        .select({ date, direction, tests: count() })
        .from(conversations)
        .where(and(isWithin, sql`${conversations.isTest} = 1`))
        .groupBy(date, direction),
    ),
  ]);
  const testsOf = new Map(tested.map((row) => [`${row.date} ${row.direction}`, row.tests]));
  return rows.map((row) => ({ ...row, tests: testsOf.get(`${row.date} ${row.direction}`) ?? 0 }));
}

export async function countLiveCalls(db: Database, workspaceId: WorkspaceId): Promise<number> {
  return db.read((reader) =>
    reader.$count(
      conversations,
      and(eq(conversations.workspaceId, workspaceId), isNull(conversations.endedAtMs)),
    ),
  );
}
