import {
  type AgentConnectionConfig,
  type CreateAgent,
  dtmfInputSettingsSchema,
  type UpdateAgent,
} from "../../schema/contracts/agent.ts";
import { elevenlabsConversationUrl } from "../../schema/contracts/agent-elevenlabs.ts";
import { OPENAI_REALTIME_URL, openaiSettingsOf } from "../../schema/contracts/agent-openai.ts";
import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { AppDeps } from "../app-type.ts";
import type { AgentRow } from "../db/agents.ts";
import type { RefusedField } from "../errors/refusal.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { checkOutboundUrl } from "../webhooks/outbound-policy.ts";
import type { Parsed } from "./trunk-settings.ts";

/** An agent's row from what clients write. */

type SettingsDeps = Pick<AppDeps, "config" | "secrets">;
type ConnectionColumns = Pick<
  AgentRow,
  | "connectionProtocol"
  | "connectionUrl"
  | "connectionHeaders"
  | "connectionHeaderNames"
  | "connectionAuthToken"
  | "connectionSettings"
>;
type RemoteConfig = Exclude<AgentConnectionConfig, { protocol: "builtin" }>;
type Identity = { readonly id: string; readonly workspaceId: string };

const DEFAULT_MAX_DURATION_SECS = 600;

/** The columns of a connection, or what is wrong with it. `stored` is what stood before. */
export async function connectionColumns(
  deps: SettingsDeps,
  identity: Identity,
  config: AgentConnectionConfig,
  stored: ConnectionColumns | null,
): Promise<Parsed<ConnectionColumns>> {
  if (config.protocol === "builtin") return { ok: true, value: BUILTIN };
  const url =
    config.protocol === "elevenlabs"
      ? elevenlabsConversationUrl(config)
      : (config.url ?? OPENAI_REALTIME_URL);
  const checked = checkOutboundUrl(url, "wss:", deps.config.outboundPolicy);
  if (!checked.ok) {
    const { code, detail } = checked;
    return wrong({ pointer: "/connection/url", code, detail: `The URL ${detail}.` });
  }
  const { href, origin } = checked.url;
  // Kept secrets go only where they went before: else a new URL would collect what nobody can read.
  const isElsewhere =
    stored !== null &&
    (stored.connectionUrl === null || new URL(stored.connectionUrl).origin !== origin);
  const headers = await headerColumns(deps, identity, config, stored);
  if (config.headers == null && headers.connectionHeaders !== null && isElsewhere) {
    return wrong({
      pointer: "/connection/headers",
      code: "headers_missing",
      detail: "The URL names another host: send the headers again, or `{}` for none.",
    });
  }
  const connectionAuthToken = await authTokenColumn(deps, identity, config, stored);
  if (tokenOf(config) == null && connectionAuthToken !== null && isElsewhere) {
    const name = hasApiKey(config) ? "api_key" : "auth_token";
    return wrong({
      pointer: `/connection/${name}`,
      code: `${name}_missing`,
      detail: "The URL names another host: send it again, or an empty one for none.",
    });
  }
  const { protocol: connectionProtocol } = config;
  return {
    ok: true,
    value: {
      connectionProtocol,
      connectionUrl: href,
      ...headers,
      connectionAuthToken,
      connectionSettings: config.protocol === "openai" ? openaiSettingsOf(config) : null,
    },
  };
}

type HeaderColumns = Pick<ConnectionColumns, "connectionHeaders" | "connectionHeaderNames">;

async function headerColumns(
  deps: SettingsDeps,
  { id, workspaceId }: Identity,
  config: RemoteConfig,
  stored: ConnectionColumns | null,
): Promise<HeaderColumns> {
  if (config.headers == null) {
    const { connectionHeaderNames, connectionHeaders } = stored ?? NO_SECRETS;
    return { connectionHeaderNames, connectionHeaders };
  }
  const names = Object.keys(config.headers);
  if (names.length === 0) return { connectionHeaders: null, connectionHeaderNames: null };
  const owner = secretOwner.agentHeaders(workspaceId, id);
  const connectionHeaders = await deps.secrets.seal(JSON.stringify(config.headers), owner);
  return { connectionHeaders, connectionHeaderNames: names };
}

/** What one protocol's token was is nothing to another's. */
async function authTokenColumn(
  deps: SettingsDeps,
  { id, workspaceId }: Identity,
  config: RemoteConfig,
  stored: ConnectionColumns | null,
): Promise<ConnectionColumns["connectionAuthToken"]> {
  const token = tokenOf(config);
  if (config.protocol === "native" || token === "") return null;
  if (token == null) {
    return stored?.connectionProtocol === config.protocol ? stored.connectionAuthToken : null;
  }
  return await deps.secrets.seal(token, secretOwner.agentAuthToken(workspaceId, id));
}

/** Null or absent: the stored one stays. */
function tokenOf(config: RemoteConfig): string | null | undefined {
  if (config.protocol === "native") return null;
  return hasApiKey(config) ? config.api_key : config.auth_token;
}

function hasApiKey(
  config: RemoteConfig,
): config is Extract<RemoteConfig, { protocol: "openai" | "elevenlabs" }> {
  return config.protocol === "openai" || config.protocol === "elevenlabs";
}

function wrong(field: RefusedField): Parsed<never> {
  return { ok: false, errors: [field] };
}

const NO_SECRETS = {
  connectionHeaders: null,
  connectionHeaderNames: null,
  connectionAuthToken: null,
  connectionSettings: null,
} as const;

export const BUILTIN: ConnectionColumns = {
  connectionProtocol: "builtin",
  connectionUrl: null,
  ...NO_SECRETS,
};

/** Everything of the request that is the vendor's, merged member by member into what stood before. */
export function vendorFieldsAfter(
  before: Readonly<Record<string, unknown>>,
  input: CreateAgent | UpdateAgent,
): Record<string, unknown> {
  const { connection: _connection, name: _name, fallback, ...vendor } = input;
  const given = Object.entries(vendor).filter(([, value]) => value != null);
  const merged = merge(before, Object.fromEntries(given));
  return fallback == null ? merged : { ...merged, fallback };
}

type VendorFields = Readonly<Record<string, unknown>>;

export function maxDurationSecs(vendorFields: VendorFields): number {
  const secs = memberOf(conversationOf(vendorFields), MAX_DURATION);
  return typeof secs === "number" ? secs : DEFAULT_MAX_DURATION_SECS;
}

/** Null when keys are told one by one only. To agents of the platform whose settings these are, an answer is a turn in any case. */
export function digitInput(
  row: Pick<AgentRow, "connectionProtocol" | "vendorFields">,
): AgentRoute["digitInput"] {
  const given = memberOf(conversationOf(row.vendorFields), "dtmf_input_settings");
  const isDefault = row.connectionProtocol === "elevenlabs" && given == null;
  const settings = dtmfInputSettingsSchema.safeParse(isDefault ? {} : given);
  if (!settings.success) return null;
  const { dtmf_input_timeout: timeoutSecs = 2, hash_terminator: hashTerminator = true } =
    settings.data;
  return { timeoutMs: Math.round(timeoutSecs * 1000), hashTerminator };
}

/** Our own rules, and the destinations of the vendor's transfer tool that are named as they are. */
export function transferDestinations(vendorFields: VendorFields): string[] {
  const tools = memberOf(
    memberOf(memberOf(vendorFields["conversation_config"], "agent"), "prompt"),
    "built_in_tools",
  );
  const tool = memberOf(memberOf(tools, "transfer_to_number"), "params");
  const named = listOf(memberOf(tool, "transfers")).flatMap((transfer) => {
    const destination = memberOf(transfer, "transfer_destination");
    return [
      memberOf(destination, "phone_number"),
      memberOf(destination, "sip_uri"),
      memberOf(transfer, "phone_number"),
    ];
  });
  const rules = [...listOf(vendorFields["transfer_destinations"]), ...named];
  return [...new Set(rules.filter((rule) => typeof rule === "string"))];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function conversationOf(vendorFields: VendorFields): unknown {
  return memberOf(vendorFields["conversation_config"], "conversation");
}

/** The configuration as it is in force, with the duration that applies. */
export function conversationConfigOf(row: AgentRow): Record<string, unknown> {
  const inForce = { conversation: { [MAX_DURATION]: row.maxDurationSecs } };
  const config = row.vendorFields["conversation_config"];
  return merge(isObject(config) ? config : {}, inForce);
}

const MAX_DURATION = "max_duration_seconds";

function merge(
  before: Readonly<Record<string, unknown>>,
  change: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(change)) {
    const old = merged.get(key);
    merged.set(key, isObject(old) && isObject(value) ? merge(old, value) : value);
  }
  return Object.fromEntries(merged);
}

export function memberOf(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
