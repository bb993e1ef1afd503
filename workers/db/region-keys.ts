import { and, asc, eq, isNull } from "drizzle-orm";
import { regionKeys } from "../../schema/tables/regions.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import type { Database } from "./client.ts";
import { guard, type Statement } from "./write-unit.ts";

/** Those that are held, the oldest first. The last one seals. */
export async function findRegionKeys(
  db: Database,
  region: string,
): Promise<readonly { readonly id: string; readonly key: Sealed }[]> {
  return db.read((reader) =>
    reader
      .select({ id: regionKeys.id, key: regionKeys.key })
      .from(regionKeys)
      .where(and(eq(regionKeys.region, region), isNull(regionKeys.retiredAtMs)))
      .orderBy(asc(regionKeys.createdAtMs), asc(regionKeys.id)),
  );
}

interface NewRegionKey {
  readonly id: string;
  readonly region: string;
  readonly key: Sealed;
  readonly createdAtMs: number;
}

/** A region's first key. Fails with guard `region_has_key` when another request was first. */
export function insertFirstRegionKey(row: NewRegionKey): readonly Statement[] {
  return [
    guard(
      "region_has_key",
      "NOT EXISTS (SELECT 1 FROM region_keys WHERE region = ? AND retired_at_ms IS NULL)",
      [row.region],
    ),
    insertRegionKey(row),
  ];
}

/** A key beside those that are held: it is the newest, and seals from now on. */
export function insertRegionKey(row: NewRegionKey): Statement {
  return {
    sql: `INSERT INTO region_keys (id, region, key, created_at_ms)
          SELECT ?, ?, ?, MAX(?, 1 + COALESCE(MAX(created_at_ms), 0)) FROM region_keys WHERE region = ?`,
    args: [row.id, row.region, row.key, row.createdAtMs, row.region],
  };
}

/** Nothing is sealed under it and every node holds a newer one. */
export function retireRegionKey(id: string, nowMs: number): Statement {
  return {
    sql: "UPDATE region_keys SET retired_at_ms = ? WHERE id = ? AND retired_at_ms IS NULL",
    args: [nowMs, id],
  };
}
