import type { AppDeps } from "../app-type.ts";
import {
  findKeptRecordings,
  findOldestKeptRecordings,
  type KeptRecording,
} from "../db/kept-recordings.ts";
import { findRecording } from "../db/recordings.ts";
import { keepPart, partKey } from "../recordings/recording-bytes.ts";
import { openPart } from "../recordings/recording-keys.ts";

/**
 * The part of a change of the master key that is not in the database: recordings that are objects of the control plane
 * are sealed under keys made of it. They are sealed anew from the newest to the oldest, so that the oldest one tells
 * whether any is left.
 */

type ResealDeps = Pick<AppDeps, "config" | "db" | "objects">;

/** Of one request, unless one recording has more. A part is 3 MiB. */
const STEP_PARTS = 20;
const STEP_RECORDINGS = 20;
/** Recordings that are looked at for one that has bytes still. */
const PROBED = 10;

interface RecordingsResealed {
  readonly resealed: number;
  readonly unopened: number;
  /** Where the next step goes on; null: every recording was looked at. */
  readonly beforeRowId: number | null;
}

/** Seals some recordings under the key that seals, those of rows before `beforeRowId`. */
export async function resealRecordings(
  deps: ResealDeps,
  beforeRowId: number | null,
): Promise<RecordingsResealed> {
  const rows = await findKeptRecordings(deps.db, beforeRowId, STEP_RECORDINGS);
  let [resealed, unopened, parts] = [0, 0, 0];
  for (const row of rows) {
    if (parts > 0 && parts + row.parts > STEP_PARTS) {
      return { resealed, unopened, beforeRowId: row.rowId + 1 };
    }
    parts += row.parts;
    const outcome = await resealRecording(deps, row);
    if (outcome === "resealed") resealed += 1;
    if (outcome === "unopened") unopened += 1;
  }
  const last = rows.at(-1);
  const isDone = last === undefined || rows.length < STEP_RECORDINGS;
  return { resealed, unopened, beforeRowId: isDone ? null : last.rowId };
}

async function resealRecording(
  deps: ResealDeps,
  { callId, conversationId, expiresAtMs, parts, workspaceId }: KeptRecording,
): Promise<"resealed" | "unopened" | "unchanged"> {
  let outcome: "resealed" | "unchanged" = "unchanged";
  for (let part = 0; part < parts; part += 1) {
    const key = partKey(workspaceId, callId, part);
    const sealed = await deps.objects.get(key);
    if (sealed === null) continue;
    const opened = await openPart(deps.config, key, sealed);
    if (opened === null) return "unopened";
    if (opened.keyId === deps.config.masterKey.id) continue;
    await keepPart(deps, key, opened.bytes, expiresAtMs);
    outcome = "resealed";
    // Whoever erased it meanwhile may have been before the part that was put back.
    if ((await findRecording(deps.db, workspaceId, conversationId)) === null) {
      await deps.objects.delete(key);
      return "unchanged";
    }
  }
  return outcome;
}

/** The key of the oldest recording; null: there is none. `isHeld`: the Worker has it. */
export async function oldestRecordingKey(
  deps: ResealDeps,
): Promise<{ readonly keyId: string; readonly isHeld: boolean } | null> {
  for (const { callId, parts, workspaceId } of await findOldestKeptRecordings(deps.db, PROBED)) {
    // The last part: it is sealed anew after all others.
    const key = partKey(workspaceId, callId, parts - 1);
    const sealed = await deps.objects.get(key);
    if (sealed === null) continue;
    const opened = await openPart(deps.config, key, sealed);
    return opened === null
      ? { keyId: "unknown", isHeld: false }
      : { keyId: opened.keyId, isHeld: true };
  }
  return null;
}
