import type { SettingsView, UpdateSettings } from "../../schema/contracts/settings.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import {
  findAgentsAskingWorkspaceWebhook,
  findWorkspaceSettings,
  guardAgentsUnchanged,
  guardSettingsUnchanged,
  putWorkspaceSettings,
  readAgentsState,
  type WorkspaceSettingsRow,
} from "../db/workspace-settings.ts";
import { type Outcome, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { isObject } from "./agent-settings.ts";
import { commitUnit } from "./commit-unit.ts";
import { refuseFields } from "./import-phone-number.ts";
import { NO_WEBHOOK, preCallColumns, preCallView } from "./pre-call-webhook.ts";
import { agentEntry, routingRevision } from "./routing-entries.ts";

type SettingsDeps = Pick<AppDeps, "config" | "db" | "writer" | "secrets" | "clock">;

const MAX_RACES = 5;
const WEBHOOK_KEY = "conversation_initiation_client_data_webhook";
/** What the vendor answers where nothing was set. */
const DEFAULTS = {
  webhooks: { post_call_webhook_id: null, events: ["transcript"], send_audio: false },
  default_livekit_stack: "standard",
  can_use_mcp_servers: false,
} as const;

export async function readSettings(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
): Promise<SettingsView> {
  return settingsView(await findWorkspaceSettings(deps.db, workspaceId));
}

/** Changes the settings, and the routes of the agents that ask the workspace's webhook in the same step. */
export async function changeSettings(
  deps: SettingsDeps,
  principal: Principal,
  update: UpdateSettings,
): Promise<Outcome<SettingsView & { routing_revision: number }>> {
  const { region, workspaceId } = principal;
  const { [WEBHOOK_KEY]: webhook, ...vendor } = update;
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const agentsState = await readAgentsState(deps.db, workspaceId);
    const before = await findWorkspaceSettings(deps.db, workspaceId);
    const columns = await webhookColumns(deps, workspaceId, webhook, before);
    if (!columns.ok) return refuseFields(columns.errors);
    // Later than the last change even within one millisecond: it is what a racing change is told by.
    const nowMs = Math.max(deps.clock(), (before?.updatedAtMs ?? 0) + 1);
    const row: WorkspaceSettingsRow = {
      workspaceId,
      ...columns.value,
      vendorFields: fieldsAfter(before?.vendorFields ?? {}, vendor),
      createdAtMs: before?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
    };
    const asking =
      webhook === undefined ? [] : await findAgentsAskingWorkspaceWebhook(deps.db, workspaceId);
    const entries = await Promise.all(
      asking.map((agent) => agentEntry(deps, principal, agent, row)),
    );
    const committed = await commitUnit(deps.writer, [
      guardSettingsUnchanged(workspaceId, before),
      guardAgentsUnchanged(workspaceId, agentsState),
      putWorkspaceSettings(row),
      ...entries.map((entry) => appendRoutingChange(region, entry, nowMs)),
    ]);
    if (!committed.ok) continue;
    const revision = await routingRevision(deps, region, committed.rows);
    return succeed({ ...settingsView(row), routing_revision: revision });
  }
  throw new ServiceUnavailable(`settings of ${workspaceId} changed ${MAX_RACES} times`, 1);
}

async function webhookColumns(
  deps: SettingsDeps,
  workspaceId: string,
  webhook: UpdateSettings[typeof WEBHOOK_KEY],
  before: WorkspaceSettingsRow | null,
) {
  const { preCallHeaders, preCallWebhook } = before ?? NO_WEBHOOK;
  if (webhook === undefined)
    return { ok: true, value: { preCallHeaders, preCallWebhook } } as const;
  if (webhook === null) return { ok: true, value: NO_WEBHOOK } as const;
  return preCallColumns(
    deps,
    webhook,
    { preCallHeaders, preCallWebhook },
    { owner: secretOwner.workspacePreCallHeaders(workspaceId), pointer: `/${WEBHOOK_KEY}` },
  );
}

/** The vendor's fields, `webhooks` member by member; what is null stays. */
function fieldsAfter(
  before: Readonly<Record<string, unknown>>,
  change: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fields = { ...before };
  for (const [name, value] of Object.entries(change)) {
    const old = fields[name];
    if (value != null)
      fields[name] = isObject(old) && isObject(value) ? { ...old, ...value } : value;
  }
  return fields;
}

function settingsView(row: WorkspaceSettingsRow | null): SettingsView {
  const { webhooks, ...fields } = row?.vendorFields ?? {};
  return {
    ...DEFAULTS,
    ...fields,
    webhooks: {
      ...DEFAULTS.webhooks,
      events: [...DEFAULTS.webhooks.events],
      ...(isObject(webhooks) ? webhooks : {}),
    },
    [WEBHOOK_KEY]: preCallView(row ?? NO_WEBHOOK),
  };
}
