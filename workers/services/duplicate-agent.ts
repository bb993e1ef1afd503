import { newId } from "../../schema/values/ids.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { type AgentRow, findAgent, insertAgent } from "../db/agents.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { findWorkspaceSettings, guardSettingsUnchanged } from "../db/workspace-settings.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { copyAudio, eraseAudio } from "./agent-audio-files.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { agentEntry, routingRevision } from "./routing-entries.ts";

type DuplicateDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock" | "objects">;

const MAX_RACES = 5;

/** Another agent with the same settings, secrets and audio files; no number is assigned to it. */
export async function duplicateAgent(
  deps: DuplicateDeps,
  principal: Principal,
  agentId: string,
  name: string | null,
  keep: KeepAnswer,
): Promise<Outcome<{ agent_id: string; routing_revision: number }>> {
  const { region, workspaceId } = principal;
  const from = await findAgent(deps.db, workspaceId, agentId);
  if (from === null) return notFound("There is no such agent.");
  const id = newId("agent");
  const nowMs = deps.clock();
  const row: AgentRow = {
    ...from,
    ...(await resealed(deps, from, id)),
    id,
    name: (name ?? `${from.name} (copy)`).slice(0, 256),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  // Before anybody is told of them.
  await copyAudio(deps, from, id);
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const settings = await findWorkspaceSettings(deps.db, workspaceId);
    const committed = await commitUnit(deps.writer, [
      guardSettingsUnchanged(workspaceId, settings),
      insertAgent(row),
      appendRoutingChange(region, await agentEntry(deps, principal, row, settings), nowMs),
      ...(await keep({ agent_id: id }, region)),
    ]);
    if (!committed.ok) continue;
    const revision = await routingRevision(deps, region, committed.rows);
    return succeed({ agent_id: id, routing_revision: revision });
  }
  await eraseAudio(deps, row);
  throw new ServiceUnavailable(`settings of ${workspaceId} changed ${MAX_RACES} times`, 1);
}

/** A record opens only for whom it was sealed: the copy has its own. */
async function resealed(
  { secrets }: Pick<AppDeps, "secrets">,
  from: AgentRow,
  id: string,
): Promise<Pick<AgentRow, "connectionAuthToken" | "connectionHeaders" | "preCallHeaders">> {
  const again = async (
    sealed: Sealed | null,
    ownerOf: (workspace: string, id: string) => string,
  ) =>
    sealed === null
      ? null
      : secrets.seal(
          await secrets.unseal(sealed, ownerOf(from.workspaceId, from.id)),
          ownerOf(from.workspaceId, id),
        );
  return {
    connectionAuthToken: await again(from.connectionAuthToken, secretOwner.agentAuthToken),
    connectionHeaders: await again(from.connectionHeaders, secretOwner.agentHeaders),
    preCallHeaders: await again(from.preCallHeaders, secretOwner.preCallHeaders),
  };
}
