import type { AgentView, CreateAgent, UpdateAgent } from "../../schema/contracts/agent.ts";
import { routingEntrySchema } from "../../schema/contracts/routing.ts";
import type { PreCallWebhookConfig } from "../../schema/contracts/settings.ts";
import { newId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import {
  type AgentRow,
  deleteAgent,
  findAgent,
  findNumbersOfAgent,
  insertAgent,
  updateAgent,
} from "../db/agents.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { findWorkspaceSettings, guardSettingsUnchanged } from "../db/workspace-settings.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { eraseAudio } from "./agent-audio-files.ts";
import { missingAudioFile } from "./agent-fallback.ts";
import {
  BUILTIN,
  connectionColumns,
  maxDurationSecs,
  vendorFieldsAfter,
} from "./agent-settings.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { refuseFields } from "./import-phone-number.ts";
import { NO_WEBHOOK, preCallColumns, splitPreCallWebhook } from "./pre-call-webhook.ts";
import { readAgent } from "./read-agents.ts";
import { agentEntry, phoneNumberEntry, routingRevision } from "./routing-entries.ts";

type ChangeDeps = Pick<AppDeps, "config" | "db" | "writer" | "secrets" | "clock" | "numberTexts">;

const MAX_RACES = 5;
const NO_AGENT = "There is no such agent.";
const UNNAMED = "New agent";

export async function createAgent(
  deps: ChangeDeps,
  principal: Principal,
  input: CreateAgent,
  keep: KeepAnswer,
): Promise<Outcome<{ agent_id: string; routing_revision: number }>> {
  const { region, workspaceId } = principal;
  const nowMs = deps.clock();
  const identity = { id: newId("agent"), workspaceId };
  const { rest, webhook } = splitPreCallWebhook(input);
  const connection =
    input.connection == null
      ? ({ ok: true, value: BUILTIN } as const)
      : await connectionColumns(deps, identity, input.connection, null);
  if (!connection.ok) return refuseFields(connection.errors);
  const preCall = await preCallOf(deps, identity, webhook, NO_WEBHOOK);
  if (!preCall.ok) return refuseFields(preCall.errors);
  const vendorFields = vendorFieldsAfter({}, rest);
  const missing = missingAudioFile({ vendorFields, audioFiles: null });
  if (missing !== null) return refuseFields([missing]);
  const row: AgentRow = {
    ...identity,
    ...connection.value,
    ...preCall.value,
    name: input.name ?? UNNAMED,
    maxDurationSecs: maxDurationSecs(vendorFields),
    vendorFields,
    audioFiles: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const settings = await findWorkspaceSettings(deps.db, workspaceId);
    const committed = await commitUnit(deps.writer, [
      guardSettingsUnchanged(workspaceId, settings),
      insertAgent(row),
      appendRoutingChange(region, await agentEntry(deps, principal, row, settings), nowMs),
      ...(await keep({ agent_id: row.id }, region)),
    ]);
    if (!committed.ok) continue;
    const revision = await routingRevision(deps, region, committed.rows);
    return succeed({ agent_id: row.id, routing_revision: revision });
  }
  throw new ServiceUnavailable(`settings of ${workspaceId} changed ${MAX_RACES} times`, 1);
}

export async function changeAgent(
  deps: ChangeDeps,
  principal: Principal,
  id: string,
  update: UpdateAgent,
): Promise<Outcome<AgentView & { routing_revision: number }>> {
  const { region, workspaceId } = principal;
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const before = await findAgent(deps.db, workspaceId, id);
    if (before === null) return notFound(NO_AGENT);
    const connection =
      update.connection == null
        ? ({ ok: true, value: {} } as const)
        : await connectionColumns(deps, before, update.connection, before);
    if (!connection.ok) return refuseFields(connection.errors);
    const { rest, webhook } = splitPreCallWebhook(update);
    const preCall = await preCallOf(deps, before, webhook, before);
    if (!preCall.ok) return refuseFields(preCall.errors);
    const settings = await findWorkspaceSettings(deps.db, workspaceId);
    const vendorFields = vendorFieldsAfter(before.vendorFields, rest);
    const missing = missingAudioFile({ ...before, vendorFields });
    if (missing !== null) return refuseFields([missing]);
    // Later than the last change even within one millisecond: it is what a racing change is told by.
    const nowMs = Math.max(deps.clock(), before.updatedAtMs + 1);
    const row: AgentRow = {
      ...before,
      ...connection.value,
      ...preCall.value,
      name: update.name ?? before.name,
      maxDurationSecs: maxDurationSecs(vendorFields),
      vendorFields,
      updatedAtMs: nowMs,
    };
    const committed = await commitUnit(deps.writer, [
      guardSettingsUnchanged(workspaceId, settings),
      ...updateAgent(row, before.updatedAtMs),
      appendRoutingChange(region, await agentEntry(deps, principal, row, settings), nowMs),
    ]);
    if (!committed.ok) continue;
    const view = await readAgent(deps, principal, id);
    if (!view.ok) return view;
    const revision = await routingRevision(deps, region, committed.rows);
    return succeed({ ...view.value, routing_revision: revision });
  }
  throw new ServiceUnavailable(`agent ${id} changed ${MAX_RACES} times`, 1);
}

/** The columns of the agent's own webhook; as they stand when the request does not speak of it. */
async function preCallOf(
  deps: ChangeDeps,
  agent: Pick<AgentRow, "id" | "workspaceId">,
  webhook: PreCallWebhookConfig | null | undefined,
  stored: Pick<AgentRow, "preCallHeaders" | "preCallWebhook">,
) {
  const { preCallHeaders, preCallWebhook } = stored;
  if (webhook === undefined)
    return { ok: true, value: { preCallHeaders, preCallWebhook } } as const;
  if (webhook === null) return { ok: true, value: NO_WEBHOOK } as const;
  return preCallColumns(deps, webhook, stored, {
    owner: secretOwner.preCallHeaders(agent.workspaceId, agent.id),
    pointer: "/platform_settings/workspace_overrides/conversation_initiation_client_data_webhook",
  });
}

/** Deletes the agent and unassigns its numbers, as one step of the routing table. */
export async function removeAgent(
  deps: ChangeDeps & Pick<AppDeps, "objects">,
  principal: Principal,
  id: string,
): Promise<Outcome<{ routing_revision: number }>> {
  const { region, workspaceId } = principal;
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const agent = await findAgent(deps.db, workspaceId, id);
    if (agent === null) return notFound(NO_AGENT);
    const numbers = await findNumbersOfAgent(deps.db, workspaceId, id);
    const nowMs = deps.clock();
    const entries = [
      ...numbers.map((number) => phoneNumberEntry({ ...number, agentId: null })),
      routingEntrySchema.parse({ kind: "agent", entityId: id, value: null }),
    ];
    const committed = await commitUnit(deps.writer, [
      ...deleteAgent(id, numbers, nowMs),
      ...entries.map((entry) => appendRoutingChange(region, entry, nowMs)),
    ]);
    if (committed.ok) {
      await eraseAudio(deps, agent);
      return succeed({ routing_revision: await routingRevision(deps, region, committed.rows) });
    }
  }
  throw new ServiceUnavailable(`numbers of agent ${id} changed ${MAX_RACES} times`, 1);
}
