import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import type { Statement } from "./write-unit.ts";

/**
 * Tables whose rows are written once and in the order of their age. A look at the oldest ones by row
 * number costs the same however large the table is, and needs no index of ages.
 */
const AGED = {
  join_tokens: { id: "sha256", time: "expires_at_ms", and: "1 = 1" },
  events: { id: "id", time: "created_at_ms", and: "1 = 1" },
  webhook_deliveries: { id: "id", time: "created_at_ms", and: "1 = 1" },
  outbound_orders: { id: "id", time: "created_at_ms", and: "status = 'settled'" },
  conversations: { id: "id", time: "started_at_ms", and: "ended_at_ms IS NOT NULL" },
  batch_calls: {
    id: "id",
    time: "created_at_ms",
    and: "status IN ('completed', 'failed', 'cancelled')",
  },
} as const;
export type AgedTable = keyof typeof AGED;

/** Of the `looked` oldest rows those that are older than `beforeMs` and done with. */
function oldestOf(table: AgedTable, columns: string): string {
  const { and, time } = AGED[table];
  return `SELECT ${columns} FROM (SELECT * FROM ${table} ORDER BY rowid LIMIT ?)
          WHERE ${time} < ? AND ${and}`;
}

export async function hasAged(
  db: Database,
  table: AgedTable,
  beforeMs: number,
  looked: number,
): Promise<boolean> {
  const found = await findAged(db, table, beforeMs, looked);
  return found.length > 0;
}

/** Rows with the workspace that has them; null where a table has none. */
export async function findAged(
  db: Database,
  table: AgedTable,
  beforeMs: number,
  looked: number,
): Promise<readonly { readonly id: string; readonly workspaceId: string | null }[]> {
  const workspace = table === "join_tokens" ? "NULL" : "workspace_id";
  const text = oldestOf(table, `${AGED[table].id} AS id, ${workspace} AS workspaceId`);
  const [before, after = ""] = text.split("LIMIT ?");
  const [middle, end = ""] = after.split("< ?");
  return db.read((reader) =>
    reader.all<{ id: string; workspaceId: string | null }>(
      sql`${sql.raw(`${before}LIMIT `)}${looked}${sql.raw(`${middle}< `)}${beforeMs}${sql.raw(end)}`,
    ),
  );
}

export function deleteAged(table: AgedTable, beforeMs: number, looked: number): Statement {
  const { id } = AGED[table];
  return {
    sql: `DELETE FROM ${table} WHERE ${id} IN (${oldestOf(table, id)})`,
    args: [looked, beforeMs],
  };
}

export function deleteExpiredKeys(nowMs: number, limit: number): Statement {
  return {
    sql: `DELETE FROM idempotency_keys WHERE rowid IN
          (SELECT rowid FROM idempotency_keys WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?)`,
    args: [nowMs, limit],
  };
}

export async function hasExpiredKeys(db: Database, nowMs: number): Promise<boolean> {
  const rows = await db.read((reader) =>
    reader.all(sql`SELECT 1 FROM idempotency_keys WHERE expires_at_ms <= ${nowMs} LIMIT 1`),
  );
  return rows.length > 0;
}

/**
 * Changes of a region that a later one has replaced. That one must be old enough, and not above `upTo`,
 * the version that the hub's table hash has come to: a hash that knows the older change must have seen it
 * go. Removals stay: they are what tells a node that was away.
 */
export function deleteReplacedChanges(
  region: string,
  upTo: number,
  beforeMs: number,
  limit: number,
): Statement {
  return {
    sql: `DELETE FROM routing_changes WHERE rowid IN (
            SELECT r.rowid FROM routing_changes r
            WHERE r.region = ? AND r.version < ? AND r.created_at_ms < ? AND EXISTS (
              SELECT 1 FROM routing_changes n
              WHERE n.region = r.region AND n.kind = r.kind AND n.entity_id = r.entity_id
                AND n.version > r.version AND n.version <= ? AND n.created_at_ms < ?)
            ORDER BY r.version LIMIT ?)`,
    args: [region, upTo, beforeMs, upTo, beforeMs, limit],
  };
}
