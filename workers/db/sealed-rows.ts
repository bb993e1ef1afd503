import { sql } from "drizzle-orm";
import { parseSealed, type Sealed } from "../../schema/values/sealed.ts";
import type { Database } from "./client.ts";
import type { Statement } from "./write-unit.ts";

/** Where sealed records stand. The names are of our own tables, never of a request. */
interface SealedPlace {
  readonly table: string;
  readonly column: string;
  readonly ownedBy: readonly string[];
}

/** The key id between the first two dots of a record (schema/values/sealed.ts). */
const keyIdOf = (column: string) => `substr(${column}, 4, instr(substr(${column}, 4), '.') - 1)`;

/** How many records are sealed under each key. */
export async function countByKey(
  db: Database,
  { column, table }: SealedPlace,
): Promise<readonly { readonly keyId: string; readonly rows: number }[]> {
  return db.read((reader) =>
    reader.all<{ keyId: string; rows: number }>(
      `SELECT ${keyIdOf(column)} AS keyId, count(*) AS rows FROM ${table}
       WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY 1`,
    ),
  );
}

export interface SealedRow {
  readonly rowId: number;
  readonly sealed: Sealed;
  /** Values of `ownedBy`. */
  readonly owners: readonly string[];
}

/** Records that are sealed under another key than `keyId`, after row `afterRowId`. */
export async function findSealedUnderOthers(
  db: Database,
  { column, ownedBy, table }: SealedPlace,
  keyId: string,
  afterRowId: number,
  limit: number,
): Promise<readonly SealedRow[]> {
  const owners = sql.raw(ownedBy.map((name, at) => `${name} AS owner${at}`).join(", "));
  const rows = await db.read((reader) =>
    reader.all<Record<string, string | number>>(
      sql`SELECT rowid AS row_id, ${sql.raw(column)} AS sealed, ${owners} FROM ${sql.raw(table)}
          WHERE ${sql.raw(column)} IS NOT NULL AND ${sql.raw(keyIdOf(column))} <> ${keyId}
            AND rowid > ${afterRowId} ORDER BY rowid LIMIT ${limit}`,
    ),
  );
  return rows.map((row) => {
    const sealed = parseSealed(String(row["sealed"]));
    if (sealed === null) throw new TypeError(`${table}.${column} does not hold a sealed record`);
    const ids = ownedBy.map((_, at) => String(row[`owner${at}`]));
    return { rowId: Number(row["row_id"]), sealed, owners: ids };
  });
}

/** Replaces a record unless it was changed meanwhile. */
export function replaceSealed(
  { column, table }: SealedPlace,
  row: SealedRow,
  sealed: Sealed,
): Statement {
  return {
    sql: `UPDATE ${table} SET ${column} = ? WHERE rowid = ? AND ${column} = ?`,
    args: [sealed, row.rowId, row.sealed],
  };
}
