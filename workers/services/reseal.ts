import {
  type MasterKeys,
  RECORDINGS_KIND,
  type ResealResponse,
} from "../../schema/contracts/keys.ts";
import { UnsealError } from "../../schema/sealing/sealing.ts";
import type { AppDeps } from "../app-type.ts";
import {
  countByKey,
  findSealedUnderOthers,
  replaceSealed,
  type SealedRow,
} from "../db/sealed-rows.ts";
import type { Statement } from "../db/write-unit.ts";
import { type Outcome, refuse, succeed } from "../errors/refusal.ts";
import { SEALED_COLUMNS, type SealedColumn } from "../secrets/sealed-columns.ts";
import { commitUnit } from "./commit-unit.ts";
import { oldestRecordingKey, resealRecordings } from "./reseal-recordings.ts";

/**
 * Change of the master key (docs/design/keys.md). What is done is told by the records themselves, so that
 * a resealing that was cut off goes on by being begun again, and several at once do no harm.
 */

type ResealDeps = Pick<AppDeps, "config" | "db" | "writer" | "secrets" | "objects">;

/** Recordings come after the columns: the cursor's place behind them. */
const RECORDINGS_AT = SEALED_COLUMNS.length;

/** Of one request: some tens of milliseconds of work, one transaction. */
const STEP_ROWS = 200;

export async function readMasterKeys(
  deps: Pick<AppDeps, "config" | "db" | "objects">,
): Promise<MasterKeys> {
  const { config, db } = deps;
  const sealingId = config.masterKey.id;
  const heldIds = config.heldMasterKeys.map(({ id }) => id);
  const counted = [];
  for (const place of SEALED_COLUMNS) {
    for (const { keyId, rows } of await countByKey(db, place)) {
      const isHeld = keyId === sealingId || heldIds.includes(keyId);
      counted.push({ key_id: keyId, kind: kindOf(place), rows, is_held: isHeld });
    }
  }
  const oldest = await oldestRecordingKey(deps);
  if (oldest !== null) {
    // Recordings are not counted by key: the oldest stands for all.
    counted.push({ key_id: oldest.keyId, kind: RECORDINGS_KIND, rows: 1, is_held: oldest.isHeld });
  }
  // Those after the oldest may be under any key that came after its own.
  const mayRetire = oldest === null || oldest.keyId === sealingId;
  const inUse = new Set(counted.map(({ key_id }) => key_id));
  return {
    sealing_key_id: sealingId,
    held_key_ids: heldIds,
    rows: counted,
    retirable_key_ids: mayRetire ? heldIds.filter((id) => !inUse.has(id)) : [],
  };
}

/** Seals up to 200 more records, or some recordings, under the key that seals. `cursor` is of the answer before. */
export async function resealSome(
  deps: ResealDeps,
  cursor: string | null,
): Promise<Outcome<ResealResponse>> {
  const position = cursor === null ? { at: 0, afterRowId: 0 } : readPosition(cursor);
  if (position?.at === RECORDINGS_AT) return succeed(await resealMedia(deps, position.afterRowId));
  const place = position === null ? undefined : SEALED_COLUMNS[position.at];
  if (position === null || place === undefined) return refuse(CURSOR_WRONG);
  const { at, afterRowId } = position;
  const keyId = deps.config.masterKey.id;
  const rows = await findSealedUnderOthers(deps.db, place, keyId, afterRowId, STEP_ROWS);
  const statements = await Promise.all(rows.map((row) => reseal(deps, place, row)));
  const changes = statements.filter((statement) => statement !== null);
  if (changes.length > 0) await commitUnit(deps.writer, changes, "bulk");
  const last = rows.at(-1);
  const isPlaceDone = last === undefined || rows.length < STEP_ROWS;
  const next = isPlaceDone ? { at: at + 1, afterRowId: 0 } : { at, afterRowId: last.rowId };
  return succeed({
    resealed: changes.length,
    unopened: rows.length - changes.length,
    cursor: `${next.at}.${next.afterRowId}`,
  });
}

/** 0: from the newest recording on. */
async function resealMedia(deps: ResealDeps, beforeRowId: number): Promise<ResealResponse> {
  const step = await resealRecordings(deps, beforeRowId === 0 ? null : beforeRowId);
  const { beforeRowId: next, resealed, unopened } = step;
  return { resealed, unopened, cursor: next === null ? null : `${RECORDINGS_AT}.${next}` };
}

/** Null when the record does not open: who holds its key may try again. */
async function reseal(
  { secrets }: Pick<AppDeps, "secrets">,
  place: SealedColumn,
  row: SealedRow,
): Promise<Statement | null> {
  const owner = place.owner(...row.owners);
  try {
    const text = await secrets.unseal(row.sealed, owner);
    return replaceSealed(place, row, await secrets.seal(text, owner));
  } catch (error) {
    if (error instanceof UnsealError) return null;
    throw error;
  }
}

function kindOf({ column, table }: SealedColumn): string {
  return `${table}.${column}`;
}

function readPosition(cursor: string): { readonly at: number; readonly afterRowId: number } | null {
  const match = /^(\d{1,3})\.(\d{1,16})$/.exec(cursor);
  return match === null ? null : { at: Number(match[1]), afterRowId: Number(match[2]) };
}

const CURSOR_WRONG = {
  status: 400,
  code: "cursor_invalid",
  detail: "The cursor is not of an answer of this path.",
  hint: "Leave it out to begin from the first record.",
} as const;
