import { and, asc, desc, eq, or, type SQL, sql } from "drizzle-orm";
import { agents } from "../../schema/tables/agents.ts";
import { inboundTrunks } from "../../schema/tables/inbound-trunks.ts";
import { outboundTrunks } from "../../schema/tables/outbound-trunks.ts";
import { phoneNumberKeys, phoneNumbers } from "../../schema/tables/phone-numbers.ts";
import { beyond } from "./beyond.ts";
import { type Database, preparedOnce, type Reader, type RowPage, readRows } from "./client.ts";
import { packRows } from "./packed-rows.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guard, type Statement } from "./write-unit.ts";

export type PhoneNumberRow = typeof phoneNumbers.$inferSelect;
export type InboundTrunkRow = typeof inboundTrunks.$inferSelect;
export type OutboundTrunkRow = typeof outboundTrunks.$inferSelect;

/** A number with what belongs to it. */
export interface PhoneNumberRecord {
  readonly number: PhoneNumberRow;
  readonly inboundTrunk: InboundTrunkRow | null;
  readonly outboundTrunk: OutboundTrunkRow | null;
  readonly agentName: string | null;
}

export interface PhoneNumberFilter {
  readonly workspaceId: string;
  readonly agentId?: string | undefined;
  /** The vendor's, as it was given. */
  readonly branchId?: string | undefined;
  readonly label?: string | undefined;
  /** As imported or in canonical form. */
  readonly phoneNumber?: string | undefined;
  readonly supportsOutbound?: boolean | undefined;
  /** An identifier, or a part of label or number in any case. */
  readonly search?: string | undefined;
}

export interface PhoneNumberPage {
  readonly sortBy: NumberOrder;
  readonly direction: "asc" | "desc";
  /** Where the page before ended: the sorted column and the identifier. */
  readonly after: readonly [string | number, string] | null;
  readonly limit: number;
}

const SORT_COLUMNS = {
  id: phoneNumbers.id,
  label: phoneNumbers.label,
  phone_number: phoneNumbers.calledIdentifier,
  agent_name: sql<string>`coalesce(${agents.name}, '')`,
  created_at: phoneNumbers.createdAtMs,
} as const;
type NumberOrder = keyof typeof SORT_COLUMNS;

/** The number `id` of the workspace `workspaceId`. */
const IS_ASKED_FOR = and(
  eq(phoneNumbers.id, sql.placeholder("id")),
  eq(phoneNumbers.workspaceId, sql.placeholder("workspaceId")),
);

export async function findPhoneNumber(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<PhoneNumberRecord | null> {
  const [row] = await db.read((reader) => recordById(reader).all({ id, workspaceId }));
  return row === undefined ? null : toRecord(row);
}

const recordById = preparedOnce((reader) =>
  recordsOf(reader).where(IS_ASKED_FOR).limit(1).prepare(),
);

export async function findInboundTrunk(db: Database, id: string): Promise<InboundTrunkRow | null> {
  const [row] = await db.read((reader) =>
    reader.select().from(inboundTrunks).where(eq(inboundTrunks.id, id)).limit(1),
  );
  return row ?? null;
}

export async function findOutboundTrunk(
  db: Database,
  id: string,
): Promise<OutboundTrunkRow | null> {
  const [row] = await db.read((reader) =>
    reader.select().from(outboundTrunks).where(eq(outboundTrunks.id, id)).limit(1),
  );
  return row ?? null;
}

/** A state of a number: what clients see of it is the same as long as this is. */
export interface PhoneNumberVersion {
  readonly id: string;
  /** Rises with every change of the number or its trunks. */
  readonly updatedAtMs: number;
  readonly agentName: string | null;
}

const VERSION = {
  id: phoneNumbers.id,
  updatedAtMs: phoneNumbers.updatedAtMs,
  agentName: agents.name,
} as const;

const versionById = preparedOnce((reader) =>
  reader
    .select(VERSION)
    .from(phoneNumbers)
    .leftJoin(agents, eq(agents.id, phoneNumbers.agentId))
    .where(IS_ASKED_FOR)
    .limit(1)
    .prepare(),
);

export async function findPhoneNumberVersion(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<PhoneNumberVersion | null> {
  const [row] = await db.read((reader) => versionById(reader).all({ id, workspaceId }));
  return row ?? null;
}

/** Which numbers a page has, in its order: `sorted` is each one's value of the column it is sorted by. */
export function findPhoneNumberVersions(
  db: Database,
  filter: PhoneNumberFilter,
  page: PhoneNumberPage,
): Promise<RowPage<PhoneNumberVersion & { readonly sorted: string | number }>> {
  const column = SORT_COLUMNS[page.sortBy];
  const order = page.direction === "asc" ? asc : desc;
  const after = beyond([column, phoneNumbers.id], page.after, page.direction);
  return readRows(db, page.limit, (reader, step) =>
    reader
      .select({ ...VERSION, sorted: sql<string | number>`${column}`.as("sorted") })
      .from(phoneNumbers)
      .leftJoin(agents, eq(agents.id, phoneNumbers.agentId))
      .where(and(matches(filter), after))
      .orderBy(order(column), order(phoneNumbers.id))
      .limit(step),
  );
}

/** Those of the numbers that are there, by identifier. */
export async function findPhoneNumbersById(
  db: Database,
  workspaceId: string,
  ids: readonly string[],
): Promise<PhoneNumberRecord[]> {
  const records: PhoneNumberRecord[] = [];
  for (let rest = ids.toSorted(); rest.length > 0; ) {
    const wanted = sql`${phoneNumbers.id} IN (SELECT value FROM json_each(${JSON.stringify(rest)}))`;
    const { rows, isLast } = await readRows(db, rest.length, (reader, step) =>
      recordsOf(reader)
        .where(and(eq(phoneNumbers.workspaceId, workspaceId), wanted))
        .orderBy(asc(phoneNumbers.id))
        .limit(step),
    );
    const found = rows.map(toRecord);
    records.push(...found);
    const last = found.at(-1)?.number.id;
    if (isLast || last === undefined) break;
    rest = rest.filter((id) => id > last);
  }
  return records;
}

function matches(filter: PhoneNumberFilter): SQL | undefined {
  const { agentId, branchId, label, phoneNumber, search, supportsOutbound } = filter;
  return and(
    eq(phoneNumbers.workspaceId, filter.workspaceId),
    agentId === undefined ? undefined : eq(phoneNumbers.agentId, agentId),
    branchId === undefined
      ? undefined
      : sql`json_extract(${phoneNumbers.vendorFields}, '$.branch_id') = ${branchId}`,
    label === undefined ? undefined : eq(phoneNumbers.label, label),
    phoneNumber === undefined
      ? undefined
      : or(
          eq(phoneNumbers.calledIdentifier, phoneNumber),
          eq(phoneNumbers.canonicalIdentifier, phoneNumber),
        ),
    supportsOutbound === undefined
      ? undefined
      : eq(phoneNumbers.supportsOutbound, supportsOutbound),
    search === undefined
      ? undefined
      : or(
          eq(phoneNumbers.id, search),
          sql`instr(lower(${phoneNumbers.label}), lower(${search})) > 0`,
          sql`instr(lower(${phoneNumbers.calledIdentifier}), lower(${search})) > 0`,
        ),
  );
}

const PACKED = packRows({
  number: phoneNumbers,
  inboundTrunk: inboundTrunks,
  outboundTrunk: outboundTrunks,
});

function recordsOf(reader: Reader) {
  return reader
    .select({ packed: PACKED.selection, agentName: agents.name })
    .from(phoneNumbers)
    .leftJoin(inboundTrunks, eq(inboundTrunks.id, phoneNumbers.inboundTrunkId))
    .leftJoin(outboundTrunks, eq(outboundTrunks.id, phoneNumbers.outboundTrunkId))
    .leftJoin(agents, eq(agents.id, phoneNumbers.agentId));
}

function toRecord(row: {
  readonly packed: string;
  readonly agentName: string | null;
}): PhoneNumberRecord {
  const { inboundTrunk, number, outboundTrunk } = PACKED.unpack(row.packed);
  if (number === null) throw new TypeError("a record is a number's");
  return { number, inboundTrunk, outboundTrunk, agentName: row.agentName };
}

export function insertPhoneNumber(row: PhoneNumberRow, keys: readonly string[]): Statement[] {
  return [statementOf(statementBuilder.insert(phoneNumbers).values(row)), ...insertKeys(row, keys)];
}

/**
 * Fails with guard `number_unchanged` when the number was changed after `readAtMs` was its last change.
 * `keys` null: they stay.
 */
export function updatePhoneNumber(
  row: PhoneNumberRow,
  keys: readonly string[] | null,
  readAtMs: number,
): Statement[] {
  return [
    guardNumberUnchanged(row.id, readAtMs),
    statementOf(statementBuilder.update(phoneNumbers).set(row).where(eq(phoneNumbers.id, row.id))),
    ...(keys === null ? [] : [deleteKeys(row.id), ...insertKeys(row, keys)]),
  ];
}

/** Fails with guard `number_unchanged`, as `updatePhoneNumber` does. */
export function deletePhoneNumber(row: PhoneNumberRow): Statement[] {
  const { id, inboundTrunkId, outboundTrunkId } = row;
  return [
    guardNumberUnchanged(id, row.updatedAtMs),
    deleteKeys(id),
    statementOf(statementBuilder.delete(phoneNumbers).where(eq(phoneNumbers.id, id))),
    ...(inboundTrunkId === null
      ? []
      : [
          statementOf(
            statementBuilder.delete(inboundTrunks).where(eq(inboundTrunks.id, inboundTrunkId)),
          ),
        ]),
    ...(outboundTrunkId === null
      ? []
      : [
          statementOf(
            statementBuilder.delete(outboundTrunks).where(eq(outboundTrunks.id, outboundTrunkId)),
          ),
        ]),
  ];
}

/** Inserts the trunk, or replaces the row of the same identifier. */
export function putInboundTrunk(row: InboundTrunkRow): Statement {
  return statementOf(
    statementBuilder
      .insert(inboundTrunks)
      .values(row)
      .onConflictDoUpdate({ target: inboundTrunks.id, set: row }),
  );
}

/** Inserts the trunk, or replaces the row of the same identifier. */
export function putOutboundTrunk(row: OutboundTrunkRow): Statement {
  return statementOf(
    statementBuilder
      .insert(outboundTrunks)
      .values(row)
      .onConflictDoUpdate({ target: outboundTrunks.id, set: row }),
  );
}

function guardNumberUnchanged(id: string, readAtMs: number): Statement {
  return guard(
    "number_unchanged",
    "EXISTS (SELECT 1 FROM phone_numbers WHERE id = ? AND updated_at_ms = ?)",
    [id, readAtMs],
  );
}

function insertKeys(row: PhoneNumberRow, keys: readonly string[]): Statement[] {
  if (keys.length === 0) return [];
  const rows = keys.map((key) => ({ region: row.region, key, phoneNumberId: row.id }));
  return [statementOf(statementBuilder.insert(phoneNumberKeys).values(rows))];
}

function deleteKeys(phoneNumberId: string): Statement {
  return statementOf(
    statementBuilder
      .delete(phoneNumberKeys)
      .where(eq(phoneNumberKeys.phoneNumberId, phoneNumberId)),
  );
}
