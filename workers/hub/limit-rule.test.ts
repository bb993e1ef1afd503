import { expect, test } from "vitest";
import type { RouteAnswer } from "../../schema/contracts/route-test.ts";
import { withLimitRule } from "./limit-rule.ts";

const passed = { outcome: "passed", code: null, detail: "", hint: null } as const;
const AGENT = { rule: "agent", ...passed } as const;
const MEDIA = { rule: "media", ...passed } as const;
const NO_CODEC = { ...MEDIA, outcome: "refused", code: "no_common_codec" } as const;
const NO_AGENT = { ...AGENT, outcome: "refused", code: "no_agent_assigned" } as const;

const ceiling = (code: "daily_limit" | "workspace_limit" | "agent_limit", limit: number) => ({
  code,
  limit,
  sipStatus: 486,
  hint: `raise ${code}`,
});

function answer(changes: Partial<RouteAnswer> = {}): RouteAnswer {
  const refused = changes.rules?.find(({ outcome }) => outcome === "refused") ?? null;
  return {
    code: refused?.code ?? null,
    sipStatus: refused === null ? null : 488,
    number: { id: "phnum_1", phoneNumber: "+15005550100" },
    matchedBy: "exact",
    trunkId: "itrk_1",
    agent: { id: "agent_1", name: "Reception" },
    media: null,
    dynamicVariables: {},
    rules: [AGENT, MEDIA],
    limits: {
      ceilings: [
        ceiling("daily_limit", 100),
        ceiling("workspace_limit", 10),
        ceiling("agent_limit", 2),
      ],
      mayQueue: false,
    },
    ...changes,
  };
}

const use = (daily: number, workspace: number, agent: number) => ({
  daily_limit: daily,
  workspace_limit: workspace,
  agent_limit: agent,
});

test("a place is told with what is taken of each limit, between the agent and the offer", () => {
  const { code, rules } = withLimitRule(answer(), use(7, 3, 1));
  expect(code).toBeNull();
  expect(rules.map(({ rule }) => rule)).toEqual(["agent", "limits", "media"]);
  expect(rules[1]).toEqual({
    rule: "limits",
    ...passed,
    detail:
      "There is a place: 7 of 100 of the agent's calls of today, 3 of 10 of the workspace's calls at a time, 1 of 2 of the agent's calls at a time.",
  });
});

test.each([
  ["daily_limit", use(100, 10, 2)],
  ["workspace_limit", use(99, 10, 2)],
  ["agent_limit", use(99, 9, 2)],
  ["agent_limit", use(0, 0, 3)],
] as const)("the first limit that is reached refuses: %s", (code, used) => {
  const told = withLimitRule(answer(), used);
  expect(told).toMatchObject({ code, sipStatus: 486 });
  expect(told.rules[1]).toMatchObject({ outcome: "refused", code, hint: `raise ${code}` });
});

test("it stands before a refused offer, and behind what is refused before it", () => {
  const full = use(0, 10, 0);
  const media = withLimitRule(answer({ rules: [AGENT, NO_CODEC] }), full);
  expect(media).toMatchObject({ code: "workspace_limit", sipStatus: 486 });
  const agent = withLimitRule(answer({ rules: [NO_AGENT, NO_CODEC] }), full);
  expect(agent).toMatchObject({ code: "no_agent_assigned", sipStatus: 488 });
  expect(agent.rules[1]).toMatchObject({ outcome: "refused", code: "workspace_limit" });
  const place = withLimitRule(answer({ rules: [AGENT, NO_CODEC] }), use(0, 0, 0));
  expect(place).toMatchObject({ code: "no_common_codec", sipStatus: 488 });
});

test("an agent with a queue refuses nobody but for its day", () => {
  const limits = { ceilings: answer().limits?.ceilings ?? [], mayQueue: true };
  const waits = withLimitRule(answer({ limits }), use(0, 10, 2));
  expect(waits.code).toBeNull();
  expect(waits.rules[1]).toMatchObject({
    outcome: "passed",
    detail: expect.stringContaining("queue"),
  });
  expect(withLimitRule(answer({ limits }), use(100, 0, 0)).code).toBe("daily_limit");
});

test("without a limit there is always a place, and an older node's answer is told as it is", () => {
  const free = withLimitRule(
    answer({ limits: { ceilings: [], mayQueue: false } }),
    use(999, 999, 999),
  );
  expect(free.rules[1]).toMatchObject({ outcome: "passed", detail: "There is no limit." });
  const older = answer({ limits: null });
  expect(withLimitRule(older, use(999, 999, 999))).toBe(older);
});
