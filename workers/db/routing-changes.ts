import { and, asc, count, desc, eq, gt, isNotNull, lte, notExists, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { RoutingChange, RoutingEntry } from "../../schema/contracts/routing.ts";
import { routingChanges } from "../../schema/tables/routing-changes.ts";
import { newId } from "../../schema/values/ids.ts";
import { type Database, preparedOnce, type Reader, readRows } from "./client.ts";
import { guard, type Statement } from "./write-unit.ts";

/**
 * Appends a change to a region's log, in the transaction of what it tells. The version is given by
 * the database: RETURNING gives it back as `version`.
 */
export function appendRoutingChange(region: string, entry: RoutingEntry, nowMs: number): Statement {
  return {
    sql: `INSERT INTO routing_changes (region, version, change_id, kind, entity_id, value, created_at_ms)
          SELECT ?, COALESCE(MAX(version), 0) + 1, ?, ?, ?, ?, ? FROM routing_changes WHERE region = ?
          RETURNING version`,
    args: [
      region,
      newId("routingChange"),
      entry.kind,
      entry.entityId,
      entry.value === null ? null : JSON.stringify(entry.value),
      nowMs,
      region,
    ],
  };
}

/** The same for many, in their order; the second statement gives the last one's `version` back. */
export function appendRoutingChanges(
  region: string,
  entries: readonly RoutingEntry[],
  nowMs: number,
): readonly Statement[] {
  const values = entries.map((entry) => [
    newId("routingChange"),
    entry.kind,
    entry.entityId,
    entry.value === null ? null : JSON.stringify(entry.value),
  ]);
  return [
    {
      sql: `INSERT INTO routing_changes (region, version, change_id, kind, entity_id, value, created_at_ms)
            SELECT ?, (SELECT COALESCE(MAX(version), 0) FROM routing_changes WHERE region = ?) + 1 + key,
              value ->> 0, value ->> 1, value ->> 2, value ->> 3, ? FROM json_each(?)`,
      args: [region, region, nowMs, JSON.stringify(values)],
    },
    {
      sql: "SELECT MAX(version) AS version FROM routing_changes WHERE region = ?",
      args: [region],
    },
  ];
}

/** A place in a region's log: two logs that agree in it are the same up to there. */
interface LogPosition {
  readonly version: number;
  readonly changeId: string;
}

export interface LogIdentity {
  /** Null when the log is empty. */
  readonly head: LogPosition | null;
  /** The change at the version asked for, or null when the log has none there. */
  readonly changeIdAt: string | null;
}

const positionsAt = preparedOnce((reader) =>
  reader
    .select({ version: routingChanges.version, changeId: routingChanges.changeId })
    .from(routingChanges)
    .where(
      and(
        eq(routingChanges.region, sql.placeholder("region")),
        sql`${routingChanges.version} IN (${sql.placeholder("version")},
          (SELECT MAX(version) FROM routing_changes WHERE region = ${sql.placeholder("region")}))`,
      ),
    )
    .orderBy(desc(routingChanges.version))
    .prepare(),
);

/** The head of the log and what stands at `version`: one look-up in the primary key. */
export async function readLogIdentity(
  db: Database,
  region: string,
  version: number,
): Promise<LogIdentity> {
  const rows = await db.read((reader) => positionsAt(reader).all({ region, version }));
  return {
    head: rows[0] ?? null,
    changeIdAt: rows.find((row) => row.version === version)?.changeId ?? null,
  };
}

/** An entity of the table whose newest change carries something that is sealed under a key. */
export interface SealedRoute {
  readonly version: number;
  readonly kind: string;
  readonly entityId: string;
}

export async function findRoutesSealedUnder(
  db: Database,
  region: string,
  keyId: string,
  limit: number,
): Promise<readonly SealedRoute[]> {
  const upTo = Number.MAX_SAFE_INTEGER;
  return db.read((reader) =>
    reader
      .select({
        version: routingChanges.version,
        kind: routingChanges.kind,
        entityId: routingChanges.entityId,
      })
      .from(routingChanges)
      .where(
        and(
          ...isLive(reader, region, 0, upTo),
          sql`instr(${routingChanges.value}, ${`"v1.${keyId}.`}) > 0`,
        ),
      )
      .orderBy(asc(routingChanges.version))
      .limit(limit),
  );
}

/** Fails with guard `route_unchanged` when the entity was changed after `version`. */
export function guardNewestChange(region: string, route: SealedRoute): Statement {
  return guard(
    "route_unchanged",
    `(SELECT MAX(version) FROM routing_changes
      WHERE region = ? AND kind = ? AND entity_id = ?) = ?`,
    [region, route.kind, route.entityId, route.version],
  );
}

/** Whether the region's nodes have ever been told of the entity. */
export async function hasRoute(
  db: Database,
  region: string,
  kind: RoutingEntry["kind"],
  entityId: string,
): Promise<boolean> {
  const rows = await db.read((reader) =>
    reader
      .select({ version: routingChanges.version })
      .from(routingChanges)
      .where(
        and(
          eq(routingChanges.region, region),
          eq(routingChanges.kind, kind),
          eq(routingChanges.entityId, entityId),
        ),
      )
      .limit(1),
  );
  return rows.length > 0;
}

/** Versions above `after`, up to and with `upTo`; at most `limit` rows. */
interface LogPage {
  readonly after: number;
  readonly upTo: number;
  readonly limit: number;
}

const changesInPage = preparedOnce((reader) =>
  reader
    .select(changeColumns)
    .from(routingChanges)
    .where(
      and(
        eq(routingChanges.region, sql.placeholder("region")),
        gt(routingChanges.version, sql.placeholder("after")),
        lte(routingChanges.version, sql.placeholder("upTo")),
      ),
    )
    .orderBy(asc(routingChanges.version))
    .limit(sql.placeholder("limit"))
    .prepare(),
);

/**
 * A page of the log: versions above `after`, up to and with `upTo`, oldest first. Large rows make it
 * shorter than `limit`; it is empty only when there is none.
 */
export async function readChanges(
  db: Database,
  region: string,
  page: LogPage,
): Promise<RoutingChange[]> {
  const { rows } = await readRows(db, page.limit, (reader, limit) =>
    changesInPage(reader).all({ ...page, region, limit }),
  );
  return rows.map(toChange);
}

export interface ReplacedChange extends RoutingChange {
  /** The entity's value before this change; null when it was not in the table. */
  readonly previousValue: unknown;
}

/** As `readChanges`, each with what it replaced. */
export async function readReplacedChanges(
  db: Database,
  region: string,
  page: LogPage,
): Promise<ReplacedChange[]> {
  const { rows } = await readRows(db, page.limit, (reader, limit) =>
    reader
      .select({
        ...changeColumns,
        previousValue: sql<string | null>`(
          SELECT p.value FROM routing_changes p
          WHERE p.region = routing_changes.region AND p.kind = routing_changes.kind
            AND p.entity_id = routing_changes.entity_id AND p.version < routing_changes.version
          ORDER BY p.version DESC LIMIT 1)`,
      })
      .from(routingChanges)
      .where(
        and(
          eq(routingChanges.region, region),
          gt(routingChanges.version, page.after),
          lte(routingChanges.version, page.upTo),
        ),
      )
      .orderBy(asc(routingChanges.version))
      .limit(limit),
  );
  return rows.map((row) => ({ ...toChange(row), previousValue: parseValue(row.previousValue) }));
}

/** How many rows the table of `readTable` has at version `upTo`. */
export async function countTable(db: Database, region: string, upTo: number): Promise<number> {
  const [row] = await db.read((reader) =>
    reader
      .select({ rows: count() })
      .from(routingChanges)
      .where(and(...isLive(reader, region, 0, upTo))),
  );
  return row?.rows ?? 0;
}

/**
 * A page of the region's table as it stood at version `upTo`: the newest change of each entity that
 * is not a removal, by version. Large rows make it shorter than `limit`, as in `readChanges`.
 */
export async function readTable(
  db: Database,
  region: string,
  page: LogPage,
): Promise<RoutingChange[]> {
  const { rows } = await readRows(db, page.limit, (reader, limit) =>
    reader
      .select(changeColumns)
      .from(routingChanges)
      .where(and(...isLive(reader, region, page.after, page.upTo)))
      .orderBy(asc(routingChanges.version))
      .limit(limit),
  );
  return rows.map(toChange);
}

const newer = alias(routingChanges, "newer");

function isLive(reader: Reader, region: string, after: number, upTo: number) {
  return [
    eq(routingChanges.region, region),
    gt(routingChanges.version, after),
    lte(routingChanges.version, upTo),
    isNotNull(routingChanges.value),
    notExists(
      reader
        .select({ version: newer.version })
        .from(newer)
        .where(
          and(
            eq(newer.region, routingChanges.region),
            eq(newer.kind, routingChanges.kind),
            eq(newer.entityId, routingChanges.entityId),
            gt(newer.version, routingChanges.version),
            lte(newer.version, upTo),
          ),
        ),
    ),
  ];
}

const changeColumns = {
  version: routingChanges.version,
  kind: routingChanges.kind,
  entityId: routingChanges.entityId,
  value: routingChanges.value,
};

function toChange(row: {
  readonly version: number;
  readonly kind: string;
  readonly entityId: string;
  readonly value: string | null;
}): RoutingChange {
  const { version, kind, entityId } = row;
  return { version, kind, entityId, value: parseValue(row.value) };
}

function parseValue(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
