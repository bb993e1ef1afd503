import type { AppDeps } from "../app-type.ts";
import { deleteBatchCall, findAbandonedDrafts } from "../db/batch-calls.ts";
import { forgetErasedBefore, hasErasedBefore } from "../db/erased-calls.ts";
import {
  deleteRejectedAttemptsBefore,
  hasRejectedAttemptsBefore,
} from "../db/rejected-attempts.ts";
import { deleteMessageLogs, findMessageLogsBefore } from "../db/sip-message-logs.ts";
import { commitUnit } from "./commit-unit.ts";
import { pruneRecordings } from "./recordings.ts";

const DAY_MS = 86_400_000;
/** How long what grows is kept. */
export const RETENTION_MS = {
  rejectedAttempts: 7 * DAY_MS,
  sipMessages: 30 * DAY_MS,
  qualitySeries: 30 * DAY_MS,
  transcripts: 730 * DAY_MS,
  /** Longer than any node still tells of a call. */
  erasedCalls: 30 * DAY_MS,
} as const;

/** Of one kind in one sweep: a minute later there is another. */
const PRUNED_ROWS = 1_000;
const PRUNED_OBJECTS = 200;
const PRUNED_DRAFTS = 5;
/** Much longer than the largest batch takes to be stored. */
const DRAFT_MS = 3_600_000;

type PruneDeps = Pick<AppDeps, "config" | "db" | "writer" | "clock" | "objects">;

/** Removes what has been kept long enough. Several hubs may do so at once. */
export async function prune(deps: PruneDeps): Promise<void> {
  const attemptsBeforeMs = deps.clock() - RETENTION_MS.rejectedAttempts;
  if (await hasRejectedAttemptsBefore(deps.db, attemptsBeforeMs)) {
    const statement = deleteRejectedAttemptsBefore(attemptsBeforeMs, PRUNED_ROWS);
    await commitUnit(deps.writer, [statement], "bulk");
  }
  const erasedBeforeMs = deps.clock() - RETENTION_MS.erasedCalls;
  if (await hasErasedBefore(deps.db, erasedBeforeMs)) {
    await commitUnit(deps.writer, [forgetErasedBefore(erasedBeforeMs, PRUNED_ROWS)], "bulk");
  }
  await pruneMessageLogs(deps);
  const drafts = await findAbandonedDrafts(deps.db, deps.clock() - DRAFT_MS, PRUNED_DRAFTS);
  for (const { id, workspaceId } of drafts) {
    await commitUnit(deps.writer, deleteBatchCall(workspaceId, id), "bulk");
  }
  await pruneRecordings(deps);
}

async function pruneMessageLogs(deps: PruneDeps): Promise<void> {
  const logsBeforeMs = deps.clock() - RETENTION_MS.sipMessages;
  const logs = await findMessageLogsBefore(deps.db, logsBeforeMs, PRUNED_OBJECTS);
  if (logs.length === 0) return;
  // The row goes last: it is what the object is found by.
  await Promise.all(logs.map(({ objectKey }) => deps.objects.delete(objectKey)));
  await commitUnit(deps.writer, [deleteMessageLogs(logs.map(({ callId }) => callId))], "bulk");
}
