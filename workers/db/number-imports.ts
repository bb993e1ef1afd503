import { and, eq, gt, gte, inArray, lte } from "drizzle-orm";
import { agents } from "../../schema/tables/agents.ts";
import { inboundTrunks } from "../../schema/tables/inbound-trunks.ts";
import { type MadeRow, numberImports } from "../../schema/tables/number-imports.ts";
import { outboundTrunks } from "../../schema/tables/outbound-trunks.ts";
import { phoneNumberKeys, phoneNumbers } from "../../schema/tables/phone-numbers.ts";
import type { Database } from "./client.ts";
import type { InboundTrunkRow, OutboundTrunkRow, PhoneNumberRow } from "./phone-numbers.ts";
import { insertAll } from "./statements.ts";
import { guard, type Statement } from "./write-unit.ts";

export type { MadeRow };

/** A number as it is about to stand, with its trunks and the forms that it is found by. */
export interface NumberRows {
  readonly number: PhoneNumberRow;
  readonly inboundTrunk: InboundTrunkRow;
  readonly outboundTrunk: OutboundTrunkRow | null;
  readonly forms: readonly string[];
}

/** A statement for each table, however many numbers there are. */
export function insertNumbers(rows: readonly NumberRows[]): readonly Statement[] {
  const outbound = rows.flatMap(({ outboundTrunk }) => outboundTrunk ?? []);
  const keys = rows.flatMap(({ forms, number }) =>
    forms.map((key) => ({ region: number.region, key, phoneNumberId: number.id })),
  );
  return [
    insertAll(
      inboundTrunks,
      rows.map(({ inboundTrunk }) => inboundTrunk),
    ),
    insertAll(outboundTrunks, outbound),
    insertAll(
      phoneNumbers,
      rows.map(({ number }) => number),
    ),
    insertAll(phoneNumberKeys, keys),
  ];
}

/** What a client calls one import by. */
export interface ImportScope {
  readonly workspaceId: string;
  readonly key: string;
}

/** Places of the first and the last row of a part. */
export interface RowRange {
  readonly first: number;
  readonly last: number;
}

export interface MadeBefore {
  readonly made: ReadonlyMap<number, MadeRow>;
  /** Records that were read: what the guard compares. */
  readonly records: number;
}

export const NOTHING_MADE: MadeBefore = { made: new Map(), records: 0 };

/** Rows of the range that the import has made before. */
export async function findMadeRows(
  db: Database,
  { key, workspaceId }: ImportScope,
  range: RowRange,
  nowMs: number,
): Promise<MadeBefore> {
  const records = await db.read((reader) =>
    reader
      .select({ made: numberImports.made })
      .from(numberImports)
      .where(
        and(
          eq(numberImports.workspaceId, workspaceId),
          eq(numberImports.key, key),
          gte(numberImports.lastIndex, range.first),
          lte(numberImports.firstIndex, range.last),
          gt(numberImports.expiresAtMs, nowMs),
        ),
      ),
  );
  const made = new Map<number, MadeRow>();
  for (const record of records) for (const row of record.made) made.set(row[0], row);
  return { made, records: records.length };
}

const PRUNED_ROWS_AT_ONCE = 20;

/** Fails with guard `import_unchanged` when another request has made some of the range meanwhile. */
export function keepMadeRows(
  { key, workspaceId }: ImportScope,
  range: RowRange,
  kept: {
    readonly before: MadeBefore;
    readonly made: readonly MadeRow[];
    readonly nowMs: number;
    readonly expiresAtMs: number;
  },
): readonly Statement[] {
  const { expiresAtMs, made } = kept;
  const indexes = made.map(([index]) => index);
  return [
    guard(
      "import_unchanged",
      `(SELECT COUNT(*) FROM number_imports
        WHERE workspace_id = ? AND key = ? AND last_index >= ? AND first_index <= ?
          AND expires_at_ms > ?) = ?`,
      [workspaceId, key, range.first, range.last, kept.nowMs, kept.before.records],
    ),
    {
      sql: `DELETE FROM number_imports WHERE rowid IN
            (SELECT rowid FROM number_imports WHERE expires_at_ms <= ?
             ORDER BY expires_at_ms LIMIT ?)`,
      args: [kept.nowMs, PRUNED_ROWS_AT_ONCE],
    },
    {
      // What stands there has expired: of the rest of the key every row is made once.
      sql: `INSERT OR REPLACE INTO number_imports
              (workspace_id, key, first_index, last_index, made, expires_at_ms)
            VALUES (?, ?, ?, ?, ?, ?)`,
      args: [
        workspaceId,
        key,
        Math.min(...indexes),
        Math.max(...indexes),
        JSON.stringify(made),
        expiresAtMs,
      ],
    },
  ];
}

/** Those of the agents that the workspace has. */
export async function findAgentIds(
  db: Database,
  workspaceId: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.read((reader) =>
    reader
      .select({ id: agents.id })
      .from(agents)
      .where(and(eq(agents.workspaceId, workspaceId), inArray(agents.id, [...ids]))),
  );
  return new Set(rows.map(({ id }) => id));
}

/** Fails with guard `agents_exist` unless the workspace has all of these. */
export function guardAgentsExist(workspaceId: string, ids: readonly string[]): Statement {
  return guard(
    "agents_exist",
    `(SELECT COUNT(*) FROM agents
      WHERE workspace_id = ? AND id IN (SELECT value FROM json_each(?))) = ?`,
    [workspaceId, JSON.stringify(ids), ids.length],
  );
}
