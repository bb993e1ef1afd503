import type { ClientData } from "./client-data.ts";
import type { PreCallWebhookRoute } from "./routing.ts";

/** What an agent's settings let clients override. */
export type EnabledOverrides = PreCallWebhookRoute["overrides"];

/** Path into the client's data. */
type OverridePath = readonly [string, ...string[]];

/** Paths of the overrides that the agent's settings do not enable, in the order in which they were written. */
export function* overridesNotEnabled(
  data: Pick<ClientData, "conversationConfigOverride" | "customLlmExtraBody">,
  enabled: EnabledOverrides,
): Generator<OverridePath> {
  const paths = pathsOutside(
    data.conversationConfigOverride,
    [],
    new Set(enabled.conversationConfig),
  );
  for (const path of paths) yield ["conversation_config_override", ...path];
  const hasExtraBody = Object.keys(data.customLlmExtraBody).length > 0;
  if (hasExtraBody && !enabled.customLlmExtraBody) yield ["custom_llm_extra_body"];
}

/** Depth is bounded by the schema that the data has passed. */
function* pathsOutside(
  value: unknown,
  path: readonly string[],
  enabled: ReadonlySet<string>,
): Generator<readonly string[]> {
  // A dot in a name must not make it pass for a path.
  if (path.length > 0 && !path.some((name) => name.includes(".")) && enabled.has(path.join("."))) {
    return;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    yield path;
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    yield* pathsOutside(member, [...path, name], enabled);
  }
}
