import { parseId } from "../../schema/values/ids.ts";
import { retentionMs } from "../../schema/values/retention.ts";
import type { AppDeps } from "../app-type.ts";
import { deleteBatchCall, findAbandonedDrafts } from "../db/batch-calls.ts";
import { forgetErasedBefore, hasErasedBefore } from "../db/erased-calls.ts";
import {
  deleteRejectedAttemptsBefore,
  hasRejectedAttemptsBefore,
} from "../db/rejected-attempts.ts";
import {
  type AgedTable,
  deleteAged,
  deleteExpiredKeys,
  deleteReplacedChanges,
  findAged,
  hasAged,
  hasExpiredKeys,
} from "../db/retention.ts";
import { deleteMessageLogs, findMessageLogsBefore } from "../db/sip-message-logs.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { log } from "../log.ts";
import { commitUnit } from "./commit-unit.ts";
import { deleteConversation } from "./delete-conversation.ts";
import { pruneRecordings } from "./recordings.ts";

/** Of one kind in one sweep: a minute later there is another. */
const PRUNED_ROWS = 1_000;
const PRUNED_OBJECTS = 200;
const PRUNED_CONVERSATIONS = 50;
const PRUNED_BATCHES = 5;
const PRUNED_CHANGES = 5_000;
/** Much longer than the largest batch takes to be stored. */
const DRAFT_MS = 3_600_000;

type PruneDeps = Pick<AppDeps, "config" | "db" | "writer" | "clock" | "objects">;

/** Removes what has been kept long enough (docs/design/retention.md). Several hubs may do so at once. */
export async function prune(deps: PruneDeps): Promise<void> {
  const { clock, config, db, writer } = deps;
  const before = (kind: Parameters<typeof retentionMs>[1]) =>
    clock() - retentionMs(config.retentionDays, kind);

  if (await hasRejectedAttemptsBefore(db, before("rejected_attempts"))) {
    const statement = deleteRejectedAttemptsBefore(before("rejected_attempts"), PRUNED_ROWS);
    await commitUnit(writer, [statement], "bulk");
  }
  if (await hasErasedBefore(db, before("erased_calls"))) {
    await commitUnit(writer, [forgetErasedBefore(before("erased_calls"), PRUNED_ROWS)], "bulk");
  }
  if (await hasExpiredKeys(db, clock())) {
    await commitUnit(writer, [deleteExpiredKeys(clock(), PRUNED_ROWS)], "bulk");
  }
  await pruneAged(deps, "join_tokens", before("join_tokens"));
  await pruneAged(deps, "webhook_deliveries", before("webhook_deliveries"));
  await pruneAged(deps, "outbound_orders", before("outbound_orders"));
  await pruneMessageLogs(deps, before("sip_messages"));
  await pruneBatches(deps, before("batch_calls"));
  await pruneConversations(deps, before("conversations"));
  await pruneRecordings(deps);
}

/** Of one region's log, up to the version that its hub's table hash has come to. */
export async function pruneRoutingChanges(
  { clock, config, writer }: Pick<AppDeps, "config" | "writer" | "clock">,
  region: string,
  hashedVersion: number,
): Promise<void> {
  if (hashedVersion === 0) return;
  const beforeMs = clock() - retentionMs(config.retentionDays, "routing_changes");
  const statement = deleteReplacedChanges(region, hashedVersion, beforeMs, PRUNED_CHANGES);
  await commitUnit(writer, [statement], "bulk");
}

async function pruneAged(deps: PruneDeps, table: AgedTable, beforeMs: number): Promise<void> {
  if (!(await hasAged(deps.db, table, beforeMs, PRUNED_ROWS))) return;
  await commitUnit(deps.writer, [deleteAged(table, beforeMs, PRUNED_ROWS)], "bulk");
}

async function pruneMessageLogs(deps: PruneDeps, beforeMs: number): Promise<void> {
  const logs = await findMessageLogsBefore(deps.db, beforeMs, PRUNED_OBJECTS);
  if (logs.length === 0) return;
  // The row goes last: it is what the object is found by.
  await Promise.all(logs.map(({ objectKey }) => deps.objects.delete(objectKey)));
  await commitUnit(deps.writer, [deleteMessageLogs(logs.map(({ callId }) => callId))], "bulk");
}

async function pruneBatches(deps: PruneDeps, beforeMs: number): Promise<void> {
  const drafts = await findAbandonedDrafts(deps.db, deps.clock() - DRAFT_MS, PRUNED_BATCHES);
  const old = await findAged(deps.db, "batch_calls", beforeMs, PRUNED_BATCHES);
  for (const { id, workspaceId } of [...drafts, ...old]) {
    if (workspaceId !== null) {
      await commitUnit(deps.writer, deleteBatchCall(workspaceId, id), "bulk");
    }
  }
}

/** With all that belongs to them, as if their workspace had deleted them. */
async function pruneConversations(deps: PruneDeps, beforeMs: number): Promise<void> {
  const old = await findAged(deps.db, "conversations", beforeMs, PRUNED_CONVERSATIONS);
  let kept = 0;
  for (const row of old) {
    const workspaceId = parseId("workspace", row.workspaceId ?? "");
    if (workspaceId === null) continue;
    try {
      await deleteConversation(deps, { workspaceId }, row.id);
    } catch (error) {
      // A bucket that does not give up a recording keeps its conversation, and holds nothing else back.
      if (!(error instanceof ServiceUnavailable)) throw error;
      kept += 1;
    }
  }
  if (kept > 0) log("warn", "conversations_not_pruned", { conversations: kept });
}
