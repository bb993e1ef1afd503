import { clientDataOf } from "../../schema/contracts/client-data.ts";
import type { OutboundCallRequest } from "../../schema/contracts/outbound-call.ts";
import { type EnabledOverrides, overridesNotEnabled } from "../../schema/contracts/overrides.ts";
import type { AgentRow } from "../db/agents.ts";
import { pointerOf } from "../errors/problem.ts";
import type { RefusedField } from "../errors/refusal.ts";
import { isObject } from "./agent-settings.ts";

/** What an agent's `platform_settings.overrides` let clients say of its conversations: nothing, unless it is named. */

const MAX_DEPTH = 8;
const MAX_PATHS = 256;
/** Of one request; what is behind them is told when they are gone. */
const MAX_REFUSED = 20;

const NOT_ENABLED =
  "The agent's settings do not let clients override this. PATCH the agent to enable it, or leave it out.";

type AgentSettings = Pick<AgentRow, "vendorFields">;

/** Whether the agent asks a pre-call webhook. */
export function enablesPreCallWebhook(agent: AgentSettings): boolean {
  return isEnabled(agent, "enable_conversation_initiation_client_data_from_webhook");
}

/** For the data of the pre-call webhook and of a request alike. */
export function enabledOverrides(agent: AgentSettings): EnabledOverrides {
  const paths = enabledPaths(overridesOf(agent)["conversation_config_override"], []);
  return {
    conversationConfig: Array.from(paths, (path) => path.join(".")).slice(0, MAX_PATHS),
    customLlmExtraBody: isEnabled(agent, "custom_llm_extra_body"),
  };
}

/** What in the request's data the agent does not let clients say. */
export function refusedOverrides(
  agent: AgentSettings,
  data: NonNullable<OutboundCallRequest["conversation_initiation_client_data"]>,
): readonly RefusedField[] {
  const paths = Array.from(overridesNotEnabled(clientDataOf(data), enabledOverrides(agent)));
  const refused = paths.slice(0, MAX_REFUSED).map((path) => ({
    pointer: pointerOf(["conversation_initiation_client_data", ...path]),
    code: "override_not_enabled",
    detail: NOT_ENABLED,
    hint: hintFor(path),
  }));
  return [...refused, ...refusedStarts(agent, data)];
}

/** The change of the agent that would enable it. */
function hintFor(path: readonly string[]): string {
  const enabled = path.reduceRight<unknown>((below, name) => ({ [name]: below }), true);
  return JSON.stringify({ platform_settings: { overrides: enabled } });
}

/** Where a conversation starts, which has a switch of its own each; and agents here have neither workflow nor procedures. */
function refusedStarts(
  agent: AgentSettings,
  data: NonNullable<OutboundCallRequest["conversation_initiation_client_data"]>,
): readonly RefusedField[] {
  const { procedure_ids: procedures, starting_workflow_node_id: node } = data;
  return [
    ...(node == null
      ? []
      : [refusedStart(agent, "starting_workflow_node_id", "The agent has no workflow.")]),
    ...(procedures == null ||
    (procedures.length === 0 && isEnabled(agent, switchOf("procedure_ids")))
      ? []
      : [refusedStart(agent, "procedure_ids", "The agent has no procedures.")]),
  ];
}

function refusedStart(agent: AgentSettings, field: string, detail: string): RefusedField {
  const pointer = pointerOf(["conversation_initiation_client_data", field]);
  if (isEnabled(agent, switchOf(field))) return { pointer, code: "unknown_id", detail };
  return { pointer, code: "override_not_enabled", detail: NOT_ENABLED };
}

function switchOf(field: string): string {
  return `enable_${field}_from_client`;
}

/** `{ agent: { first_message: true, language: false } }` to `agent`, `first_message`. */
function* enabledPaths(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  if (value === true && path.length > 0) yield path;
  if (!isObject(value) || path.length === MAX_DEPTH) return;
  for (const [name, member] of Object.entries(value)) {
    // A dot in a name would allow what another path means.
    if (!name.includes(".")) yield* enabledPaths(member, [...path, name]);
  }
}

function isEnabled(agent: AgentSettings, name: string): boolean {
  return overridesOf(agent)[name] === true;
}

function overridesOf({ vendorFields }: AgentSettings): Readonly<Record<string, unknown>> {
  const settings = vendorFields["platform_settings"];
  const overrides = isObject(settings) ? settings["overrides"] : undefined;
  return isObject(overrides) ? overrides : {};
}
