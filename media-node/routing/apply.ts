import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  RoutingChange,
  RoutingChanges,
  RoutingSnapshotHead,
} from "../../schema/contracts/routing.ts";
import { parseRow, type RoutingRow, rowKey } from "./row.ts";
import { RoutingTable } from "./table.ts";

/** Rows parsed in one turn of the event loop: parsing must never delay audio. */
const ROWS_PER_TURN = 50;
const ROWS_COMPARED_PER_TURN = 5_000;
/** A snapshot may lose this share of the table it replaces, beyond what it declares. */
const MAX_LOSS_SHARE = 0.2;
/** Tables below this size are not guarded: in a small one any change is a large share. */
const GUARDED_ROWS = 1000;

type RefusedUpdateCode =
  | "row_invalid"
  | "versions_not_ascending"
  | "epoch_differs"
  | "gap"
  | "row_count_differs"
  | "too_many_rows_lost";

export type ApplyOutcome =
  /** `changed`: whether the table is another than before. */
  | { readonly ok: true; readonly changed: boolean }
  | { readonly ok: false; readonly code: RefusedUpdateCode; readonly detail: string };

type RoutingUpdate = Pick<RoutingChanges, "epoch" | "since" | "version" | "changes">;

/**
 * Applies changes as one step: either the table has all of them and their version, or it is as before.
 * Changes that the table already has are skipped, so that a pull and a hint may overlap.
 */
export function applyChanges(table: RoutingTable, update: RoutingUpdate): ApplyOutcome {
  const steps = applySteps(table, update);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** As `applyChanges`, for pages: rows are read in slices, and still committed as one step. */
export async function applyPage(table: RoutingTable, update: RoutingUpdate): Promise<ApplyOutcome> {
  const steps = applySteps(table, update);
  let step = steps.next();
  while (step.done !== true) {
    await nextTurn();
    step = steps.next();
  }
  return step.value;
}

/** Yields after every slice of rows that it has read. */
function* applySteps(table: RoutingTable, update: RoutingUpdate): Generator<void, ApplyOutcome> {
  if (update.epoch !== table.epoch) {
    return refuse("epoch_differs", `table is of epoch ${table.epoch}, update of ${update.epoch}`);
  }
  if (update.since > table.version) {
    return refuse("gap", `table is at ${table.version}, update starts after ${update.since}`);
  }
  const read: { readonly version: number; readonly row: RoutingRow }[] = [];
  let last = update.since;
  for (const change of update.changes) {
    if (update.version <= table.version) break;
    if (change.version <= last || change.version > update.version) {
      return refuse("versions_not_ascending", `version ${change.version} after ${last}`);
    }
    last = change.version;
    if (change.version <= table.version) continue;
    const parsed = parseRow(change);
    if (!parsed.ok) return refuse("row_invalid", parsed.detail);
    read.push({ version: change.version, row: parsed.row });
    if (read.length % ROWS_PER_TURN === 0) yield;
  }
  let prepared = 0;
  for (const _ of table.prepare(read.map(({ row }) => row))) {
    prepared += 1;
    if (prepared % ROWS_PER_TURN === 0) yield;
  }
  // A hint may have moved the table on while the slices were read.
  const known = table.version;
  if (update.version <= known) return { ok: true, changed: false };
  const rows = read.filter(({ version }) => version > known).map(({ row }) => row);
  table.commit(rows, update.version);
  return { ok: true, changed: true };
}

export type BuildOutcome =
  | { readonly ok: true; readonly table: RoutingTable }
  | { readonly ok: false; readonly code: RefusedUpdateCode; readonly detail: string };

/** Builds a table that nobody sees yet, in slices, so that 100,000 rows do not hold up the process. */
export async function buildTable(
  head: Pick<RoutingSnapshotHead, "epoch" | "version" | "rows">,
  changes: readonly Pick<RoutingChange, "kind" | "entityId" | "value">[],
): Promise<BuildOutcome> {
  if (changes.length !== head.rows) {
    return refuse("row_count_differs", `${head.rows} rows announced, ${changes.length} found`);
  }
  const table = new RoutingTable(head.epoch, head.version);
  for (let start = 0; start < changes.length; start += ROWS_PER_TURN) {
    const rows: RoutingRow[] = [];
    for (const change of changes.slice(start, start + ROWS_PER_TURN)) {
      const parsed = parseRow(change);
      if (!parsed.ok) return refuse("row_invalid", parsed.detail);
      if (parsed.row.value === null) return refuse("row_invalid", `${change.entityId}: no value`);
      rows.push(parsed.row);
    }
    table.commit(rows, head.version);
    await nextTurn();
  }
  return { ok: true, table };
}

/**
 * Whether a snapshot may replace the table. `declaredRemovals` are the rows that the changes applied on
 * top of the snapshot removed by name: a change is exempt, what silently misses is not.
 */
export async function checkLoss(
  current: RoutingTable | null,
  candidate: RoutingTable,
  expectedRemovals: number,
  declaredRemovals: ReadonlySet<string>,
): Promise<ApplyOutcome> {
  if (current === null || current.size < GUARDED_ROWS) return { ok: true, changed: true };
  let lost = 0;
  for (const [index, row] of current.rows().entries()) {
    if (index % ROWS_COMPARED_PER_TURN === 0) await nextTurn();
    if (!candidate.has(row) && !declaredRemovals.has(rowKey(row))) lost += 1;
  }
  if (lost - expectedRemovals <= current.size * MAX_LOSS_SHARE) return { ok: true, changed: true };
  return refuse(
    "too_many_rows_lost",
    `${lost} of ${current.size} rows are missing, ${expectedRemovals} removals were announced`,
  );
}

function refuse(code: RefusedUpdateCode, detail: string) {
  return { ok: false, code, detail } as const;
}
