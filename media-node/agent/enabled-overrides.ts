import type { ClientData } from "../../schema/contracts/client-data.ts";
import type { PreCallWebhookRoute } from "../../schema/contracts/routing.ts";

/** The path of the first override that the agent's settings do not enable; null when all are. */
export function overrideNotEnabled(
  data: ClientData,
  enabled: PreCallWebhookRoute["overrides"],
): string | null {
  const hasExtraBody = Object.keys(data.customLlmExtraBody).length > 0;
  if (hasExtraBody && !enabled.customLlmExtraBody) return "custom_llm_extra_body";
  const path = firstOutside(
    data.conversationConfigOverride,
    [],
    new Set(enabled.conversationConfig),
  );
  return path === null ? null : `conversation_config_override.${path.join(".")}`;
}

/** Depth is bounded by the schema that the data has passed. */
function firstOutside(
  value: unknown,
  path: readonly string[],
  enabled: ReadonlySet<string>,
): readonly string[] | null {
  // A dot in a name must not make it pass for a path.
  if (path.length > 0 && !path.some((name) => name.includes(".")) && enabled.has(path.join("."))) {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return path;
  for (const [name, member] of Object.entries(value)) {
    const outside = firstOutside(member, [...path, name], enabled);
    if (outside !== null) return outside;
  }
  return null;
}
