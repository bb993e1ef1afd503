import { z } from "zod";
import type { CreateAgent, UpdateAgent } from "../../schema/contracts/agent.ts";
import {
  type PreCallWebhookConfig,
  type PreCallWebhookView,
  STORED_SECRET_ID,
} from "../../schema/contracts/settings.ts";
import type { AppDeps } from "../app-type.ts";
import type { AgentRow } from "../db/agents.ts";
import type { WorkspaceSettingsRow } from "../db/workspace-settings.ts";
import type { RefusedField } from "../errors/refusal.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { checkOutboundUrl } from "../webhooks/outbound-policy.ts";
import { platformSettingsOf } from "./agent-limits.ts";
import { isObject } from "./agent-settings.ts";
import { enabledOverrides, enablesPreCallWebhook } from "./enabled-overrides.ts";
import { holdAudioOf } from "./hold-audio-view.ts";
import type { Parsed } from "./trunk-settings.ts";

/** The pre-call webhook of a workspace or an agent: from what clients write to what nodes are told. */

type WebhookColumns = Pick<AgentRow, "preCallWebhook" | "preCallHeaders">;
type WebhookDeps = Pick<AppDeps, "config" | "secrets">;

const DEFAULT_TIMEOUT_MS = 3_000;

export const NO_WEBHOOK: WebhookColumns = { preCallWebhook: null, preCallHeaders: null };

const headersSchema = z.record(z.string(), z.string());

/** The columns of a webhook, or what is wrong with it. `stored` is what stood before, `owner` whose secret it is. */
export async function preCallColumns(
  deps: WebhookDeps,
  config: PreCallWebhookConfig,
  stored: WebhookColumns,
  place: { readonly owner: string; readonly pointer: string },
): Promise<Parsed<WebhookColumns>> {
  const checked = checkOutboundUrl(config.url, "https:", deps.config.outboundPolicy);
  if (!checked.ok) {
    const { code, detail } = checked;
    return wrong({ pointer: `${place.pointer}/url`, code, detail: `The URL ${detail}.` });
  }
  const isSameOrigin =
    stored.preCallWebhook !== null &&
    new URL(stored.preCallWebhook.url).origin === checked.url.origin;
  const kept = await storedHeaders(deps, stored, place.owner);
  const headers: Record<string, string> = {};
  const errors: RefusedField[] = [];
  const asked = config.request_headers ?? keepAll(kept);
  for (const [name, value] of Object.entries(asked)) {
    const pointer = `${place.pointer}/request_headers/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const text = typeof value === "string" ? value : keptValue(kept, name, value.secret_id);
    if (text === undefined) {
      const detail = "No value is kept for this header: send it as text.";
      errors.push({ pointer, code: "secret_unknown", detail });
    } else if (typeof value !== "string" && !isSameOrigin) {
      // Kept headers go only where they went before: else a new URL would collect what nobody can read.
      const detail = "The URL names another host: send the header's value again.";
      errors.push({ pointer, code: "headers_missing", detail });
    } else headers[name] = text;
  }
  if (errors.length > 0) return { ok: false, errors };
  const headerNames = Object.keys(headers);
  return {
    ok: true,
    value: {
      preCallWebhook: {
        url: checked.url.href,
        headerNames,
        timeoutMs: config.timeout_ms ?? stored.preCallWebhook?.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        onFailure: config.on_failure ?? stored.preCallWebhook?.onFailure ?? "continue",
      },
      preCallHeaders:
        headerNames.length === 0
          ? null
          : await deps.secrets.seal(JSON.stringify(headers), place.owner),
    },
  };
}

async function storedHeaders(
  deps: WebhookDeps,
  { preCallHeaders }: WebhookColumns,
  owner: string,
): Promise<ReadonlyMap<string, string>> {
  if (preCallHeaders === null) return new Map();
  const headers = headersSchema.parse(JSON.parse(await deps.secrets.unseal(preCallHeaders, owner)));
  return new Map(Object.entries(headers));
}

function keepAll(kept: ReadonlyMap<string, string>): Record<string, { secret_id: string }> {
  return Object.fromEntries(
    [...kept.keys()].map((name) => [name, { secret_id: STORED_SECRET_ID }]),
  );
}

function keptValue(
  kept: ReadonlyMap<string, string>,
  name: string,
  secretId: string,
): string | undefined {
  return secretId === STORED_SECRET_ID ? kept.get(name) : undefined;
}

function wrong(field: RefusedField): Parsed<never> {
  return { ok: false, errors: [field] };
}

/** Names of the headers only: their values are write-only. */
export function preCallView({ preCallWebhook }: WebhookColumns): PreCallWebhookView | null {
  if (preCallWebhook === null) return null;
  const { headerNames, onFailure, timeoutMs, url } = preCallWebhook;
  return {
    url,
    request_headers: Object.fromEntries(
      headerNames.map((name) => [name, { secret_id: STORED_SECRET_ID }]),
    ),
    timeout_ms: timeoutMs,
    on_failure: onFailure,
  };
}

/** `preCallWebhook` of an agent's route: null unless the agent enables it and there is one to ask. */
export async function preCallRoute(
  deps: Pick<AppDeps, "secrets">,
  region: string,
  agent: AgentRow,
  settings: WorkspaceSettingsRow | null,
): Promise<unknown> {
  if (!enablesPreCallWebhook(agent)) return null;
  const { workspaceId } = agent;
  const owner = secretOwner.preCallHeaders(workspaceId, agent.id);
  const isOwn = agent.preCallWebhook !== null;
  const columns: WebhookColumns = isOwn ? agent : (settings ?? NO_WEBHOOK);
  if (columns.preCallWebhook === null) return null;
  const { onFailure, timeoutMs, url } = columns.preCallWebhook;
  const atRest = isOwn ? owner : secretOwner.workspacePreCallHeaders(workspaceId);
  return {
    url,
    headers:
      columns.preCallHeaders === null
        ? null
        : await deps.secrets.sealForRegion(
            region,
            await deps.secrets.unseal(columns.preCallHeaders, atRest),
            owner,
          ),
    timeoutMs,
    onFailure,
    overrides: enabledOverrides(agent),
  };
}

const WEBHOOK_KEY = "conversation_initiation_client_data_webhook";

/**
 * An agent's platform settings apart from its webhook, whose headers are secrets and must not stand among the
 * vendor's fields. `webhook` is undefined when the settings do not speak of it.
 */
export function splitPreCallWebhook<T extends CreateAgent | UpdateAgent>(
  input: T,
): { readonly rest: T; readonly webhook: PreCallWebhookConfig | null | undefined } {
  const overrides = input.platform_settings?.workspace_overrides;
  if (overrides == null || !(WEBHOOK_KEY in overrides)) return { rest: input, webhook: undefined };
  const { [WEBHOOK_KEY]: webhook, ...workspaceOverrides } = overrides;
  const platformSettings = { ...input.platform_settings, workspace_overrides: workspaceOverrides };
  return { rest: { ...input, platform_settings: platformSettings }, webhook };
}

/** Platform settings as clients see them. */
export function platformSettingsView(row: AgentRow): Record<string, unknown> {
  const kept = platformSettingsOf(row.vendorFields);
  const queueing = kept["queueing_config"];
  const settings = {
    ...kept,
    queueing_config: { ...(isObject(queueing) ? queueing : {}), hold_audio: holdAudioOf(row) },
  };
  const webhook = preCallView(row);
  if (webhook === null) return settings;
  const overrides = kept["workspace_overrides"];
  return {
    ...settings,
    workspace_overrides: { ...(isObject(overrides) ? overrides : {}), [WEBHOOK_KEY]: webhook },
  };
}
