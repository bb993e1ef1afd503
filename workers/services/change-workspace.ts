import type { UpdateWorkspaceRequest, WorkspaceChanged } from "../../schema/contracts/admin.ts";
import { parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { findWorkspace, updateWorkspace } from "../db/workspaces.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { commitUnit } from "./commit-unit.ts";
import { routingRevision, workspaceEntry } from "./routing-entries.ts";

const MAX_RACES = 5;
const NO_WORKSPACE = "There is no such workspace.";

/** Changes what the operator sets of a workspace, and tells its region's nodes. */
export async function changeWorkspace(
  deps: Pick<AppDeps, "db" | "writer" | "clock">,
  id: string,
  update: UpdateWorkspaceRequest,
): Promise<Outcome<WorkspaceChanged>> {
  const workspaceId = parseId("workspace", id);
  if (workspaceId === null) return notFound(NO_WORKSPACE);
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const before = await findWorkspace(deps.db, workspaceId);
    if (before === null) return notFound(NO_WORKSPACE);
    const { region } = before;
    const limit = update.concurrency_limit;
    // Later than the last change even within one millisecond: it is what a racing change is told by.
    const nowMs = Math.max(deps.clock(), before.updatedAtMs + 1);
    const row = {
      ...before,
      concurrencyLimit: limit === undefined ? before.concurrencyLimit : limit,
      updatedAtMs: nowMs,
    };
    const committed = await commitUnit(deps.writer, [
      ...updateWorkspace(row, before.updatedAtMs),
      appendRoutingChange(region, workspaceEntry(row), nowMs),
    ]);
    if (!committed.ok) continue;
    return succeed({
      workspace_id: workspaceId,
      name: row.name,
      host_label: row.hostLabel,
      region,
      concurrency_limit: row.concurrencyLimit,
      routing_revision: await routingRevision(deps, region, committed.rows),
    });
  }
  throw new ServiceUnavailable(`workspace ${workspaceId} changed ${MAX_RACES} times`, 1);
}
