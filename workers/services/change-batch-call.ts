import type { BatchCallView } from "../../schema/contracts/batch-call.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import {
  closeBatchCall,
  countRecipients,
  deleteBatchCall,
  findBatchCall,
  NO_RECIPIENTS,
  reopenBatchCall,
} from "../db/batch-calls.ts";
import { type Outcome, refuse, succeed } from "../errors/refusal.ts";
import { batchCallView } from "./batch-call-view.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { NO_BATCH_CALL, viewOf } from "./read-batch-calls.ts";

type ChangeDeps = Pick<AppDeps, "db" | "writer" | "clock">;

/**
 * Nobody is called any more from the moment of the commit on; calls that were dispatched go on. A batch that was
 * cancelled before is answered as it stands.
 */
export async function cancelBatchCall(
  deps: ChangeDeps,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<BatchCallView>> {
  if ((await findBatchCall(deps.db, workspaceId, id)) === null) return NO_BATCH_CALL;
  const committed = await commitUnit(deps.writer, closeBatchCall(id, "cancelled", deps.clock()));
  const row = await findBatchCall(deps.db, workspaceId, id);
  if (row === null) return NO_BATCH_CALL;
  if (committed.ok || row.status === "cancelled") return succeed(await viewOf(deps, row));
  return refuse({
    status: 409,
    code: "batch_call_over",
    detail: "The batch is over: there is nobody left to call.",
  });
}

/**
 * Whoever could not be reached is called again, and nobody else.
 * @throws KeyUsedMeanwhile, ServiceUnavailable
 */
export async function retryBatchCall(
  deps: ChangeDeps,
  { workspaceId }: Principal,
  id: string,
  keep: KeepAnswer,
): Promise<Outcome<BatchCallView>> {
  const row = await findBatchCall(deps.db, workspaceId, id);
  if (row === null) return NO_BATCH_CALL;
  const nowMs = deps.clock();
  const counts = (await countRecipients(deps.db, [id])).get(id) ?? NO_RECIPIENTS;
  const waiting = (counts.get("pending") ?? 0) + (counts.get("failed") ?? 0);
  const view = batchCallView(
    { ...row, status: "in_progress", retryCount: row.retryCount + 1, updatedAtMs: nowMs },
    new Map([...counts, ["pending", waiting], ["failed", 0]]),
  );
  const committed = await commitUnit(deps.writer, [
    ...reopenBatchCall(id, nowMs),
    ...(await keep(view, null)),
  ]);
  if (committed.ok) return succeed(view);
  if (committed.refusedBy === "somebody_failed") {
    return refuse({
      status: 409,
      code: "nobody_failed",
      detail: "Nobody of the batch failed to be reached.",
    });
  }
  return refuse({
    status: 409,
    code: "batch_call_not_over",
    detail: "The batch still goes on. Retry it when it is over, or cancel it first.",
  });
}

/** Removes the batch with its recipients. Conversations stay, and calls that were dispatched go on. */
export async function removeBatchCall(
  deps: ChangeDeps,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<null>> {
  if ((await findBatchCall(deps.db, workspaceId, id)) === null) return NO_BATCH_CALL;
  const committed = await commitUnit(deps.writer, deleteBatchCall(workspaceId, id));
  return committed.ok ? succeed(null) : NO_BATCH_CALL;
}
