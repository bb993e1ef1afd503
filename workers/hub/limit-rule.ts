import type { PermitRefusalCode } from "../../schema/contracts/permits.ts";
import type { RouteAnswer, RouteTestRule } from "../../schema/contracts/route-test.ts";

/** Calls that count against each limit now. */
export type LimitUse = Readonly<Record<PermitRefusalCode, number>>;

const COUNTED: Readonly<Record<PermitRefusalCode, string>> = {
  daily_limit: "of the agent's calls of today",
  workspace_limit: "of the workspace's calls at a time",
  agent_limit: "of the agent's calls at a time",
};

/** A node's answer to a route test with the rule that it cannot ask: whether there is a place now (docs/design/limits.md). */
export function withLimitRule(answer: RouteAnswer, use: LimitUse): RouteAnswer {
  if (answer.limits === null) return answer;
  const { rule, sipStatus } = limitRule(answer.limits, use);
  const found = answer.rules.findIndex((one) => one.rule === "media");
  const mediaAt = found < 0 ? answer.rules.length : found;
  const rules = answer.rules.toSpliced(mediaAt, 0, rule);
  const media = answer.rules[mediaAt];
  const isMediaRefused = media?.outcome === "refused" && media.code === answer.code;
  const decides = rule.outcome === "refused" && (answer.code === null || isMediaRefused);
  return decides ? { ...answer, rules, code: rule.code, sipStatus } : { ...answer, rules };
}

function limitRule(
  { ceilings, mayQueue }: NonNullable<RouteAnswer["limits"]>,
  use: LimitUse,
): { readonly rule: RouteTestRule; readonly sipStatus: number | null } {
  const detail = ceilings
    .map(({ code, limit }) => `${use[code]} of ${limit} ${COUNTED[code]}`)
    .join(", ");
  const rule = { rule: "limits", outcome: "passed", code: null, hint: null } as const;
  const reached = ceilings.find(({ code, limit }) => use[code] >= limit);
  if (reached === undefined) {
    const said = detail === "" ? "There is no limit." : `There is a place: ${detail}.`;
    return { rule: { ...rule, detail: said }, sipStatus: null };
  }
  const { code, hint, sipStatus } = reached;
  if (mayQueue && code !== "daily_limit") {
    return {
      rule: { ...rule, detail: `The call waits in the queue: ${detail}.` },
      sipStatus: null,
    };
  }
  return {
    rule: { rule: "limits", outcome: "refused", code, detail: `${detail}.`, hint },
    sipStatus,
  };
}
