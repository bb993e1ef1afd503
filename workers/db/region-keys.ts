import { and, asc, eq, isNull } from "drizzle-orm";
import { regionKeys } from "../../schema/tables/regions.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import type { Database } from "./client.ts";
import { guard, type Statement } from "./write-unit.ts";

export async function findRegionKey(
  db: Database,
  region: string,
): Promise<{ id: string; key: Sealed } | null> {
  const [row] = await db.read((reader) =>
    reader
      .select({ id: regionKeys.id, key: regionKeys.key })
      .from(regionKeys)
      .where(and(eq(regionKeys.region, region), isNull(regionKeys.retiredAtMs)))
      .orderBy(asc(regionKeys.createdAtMs))
      .limit(1),
  );
  return row ?? null;
}

/** Fails with guard `region_has_key` when another request was first. */
export function insertRegionKey(row: {
  readonly id: string;
  readonly region: string;
  readonly key: Sealed;
  readonly createdAtMs: number;
}): readonly Statement[] {
  return [
    guard(
      "region_has_key",
      "NOT EXISTS (SELECT 1 FROM region_keys WHERE region = ? AND retired_at_ms IS NULL)",
      [row.region],
    ),
    {
      sql: "INSERT INTO region_keys (id, region, key, created_at_ms) VALUES (?, ?, ?, ?)",
      args: [row.id, row.region, row.key, row.createdAtMs],
    },
  ];
}
