import type { AgentPage, AgentPageQuery, AgentView } from "../../schema/contracts/agent.ts";
import { elevenlabsViewOf } from "../../schema/contracts/agent-elevenlabs.ts";
import { openaiSettingsSchema, openaiViewOf } from "../../schema/contracts/agent-openai.ts";
import { parseText } from "../../schema/values/json-text.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { type AgentRow, findAgent, findAgents } from "../db/agents.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { conversationConfigOf, memberOf } from "./agent-settings.ts";
import { pageOf, readCursor, writeCursor } from "./cursor.ts";
import { platformSettingsView } from "./pre-call-webhook.ts";
import { listPhoneNumbers } from "./read-phone-numbers.ts";

type ReadDeps = Pick<AppDeps, "db" | "numberTexts">;

export async function readAgent(
  deps: ReadDeps,
  principal: Principal,
  id: string,
): Promise<Outcome<AgentView>> {
  const row = await findAgent(deps.db, principal.workspaceId, id);
  if (row === null) return notFound("There is no such agent.");
  const { platform_settings: _settings, tags, ...vendor } = row.vendorFields;
  return succeed({
    ...vendor,
    agent_id: row.id,
    name: row.name,
    conversation_config: conversationConfigOf(row),
    metadata: {
      created_at_unix_secs: unixSecs(row.createdAtMs),
      updated_at_unix_secs: unixSecs(row.updatedAtMs),
    },
    platform_settings: platformSettingsView(row),
    phone_numbers: parseText(await listPhoneNumbers(deps, principal, { agent_id: id })),
    tags: textsOf(tags),
    connection: connectionView(row),
  });
}

export async function pageAgents(
  deps: ReadDeps,
  principal: Principal,
  query: AgentPageQuery,
): Promise<Outcome<AgentPage>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readCursor(cursor, filters);
  if (!position.ok) return position;
  if (query.archived === true || query.created_by_user_id !== undefined) {
    return succeed({ agents: [], next_cursor: null, has_more: false });
  }
  const rows = await findAgents(deps.db, {
    workspaceId: principal.workspaceId,
    search: query.search,
    sortBy: query.sort_by,
    direction: query.sort_direction,
    after: position.value,
    limit: size + 1,
  });
  const { last, page } = pageOf(rows, size);
  return succeed({
    agents: page.map(({ agent, lastCallAtMs }) => ({
      agent_id: agent.id,
      name: agent.name,
      tags: textsOf(agent.vendorFields["tags"]),
      voice_id: voiceOf(agent.vendorFields["conversation_config"]),
      created_at_unix_secs: unixSecs(agent.createdAtMs),
      // Keys belong to a workspace, not to people: whoever sees an agent may do everything with it.
      access_info: { is_creator: true, creator_name: "", creator_email: "", role: "admin" },
      last_call_time_unix_secs: lastCallAtMs === null ? null : unixSecs(lastCallAtMs),
      archived: false,
    })),
    next_cursor:
      last === null
        ? null
        : writeCursor(
            [query.sort_by === "name" ? last.agent.name : last.agent.createdAtMs, last.agent.id],
            filters,
          ),
    has_more: last !== null,
  });
}

/** Names of the headers only, and whether there is a token: what they hold is write-only. */
function connectionView(row: AgentRow): AgentView["connection"] {
  if (row.connectionProtocol === "builtin" || row.connectionUrl === null) {
    return { protocol: "builtin" };
  }
  const shown = { url: row.connectionUrl, header_names: row.connectionHeaderNames ?? [] };
  if (row.connectionProtocol === "native") return { protocol: "native", ...shown };
  const hasToken = row.connectionAuthToken !== null;
  if (row.connectionProtocol === "elevenlabs") {
    const agent = elevenlabsViewOf(row.connectionUrl);
    return { protocol: "elevenlabs", ...shown, ...agent, has_api_key: hasToken };
  }
  if (row.connectionProtocol !== "openai") {
    return { protocol: row.connectionProtocol, ...shown, has_auth_token: hasToken };
  }
  const settings = openaiSettingsSchema.parse(row.connectionSettings);
  return { protocol: "openai", ...shown, ...openaiViewOf(settings), has_api_key: hasToken };
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function voiceOf(conversationConfig: unknown): string {
  const voice = memberOf(memberOf(conversationConfig, "tts"), "voice_id");
  return typeof voice === "string" ? voice : "";
}

function unixSecs(ms: number): number {
  return Math.floor(ms / 1_000);
}
