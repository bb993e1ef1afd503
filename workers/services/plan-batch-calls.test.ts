import { describe, expect, test } from "vitest";
import {
  type Ceilings,
  planBatchCalls,
  type RunningBatch,
  UNLIMITED_CEILING,
} from "./plan-batch-calls.ts";
import { recipientOutcome } from "./recipient-outcome.ts";

const batch = (id: string, more: Partial<RunningBatch> = {}): RunningBatch => ({
  id,
  agentId: "agent",
  target: null,
  pending: 1_000,
  ...more,
});
const up = (batchCallId: string, calls: number, agentId = "agent") => ({
  batchCallId,
  agentId,
  up: calls,
});
const ceilings = (workspace: number | null, agent: number | null = null): Ceilings => ({
  workspace,
  agents: new Map([["agent", agent]]),
});
const plan = (...args: Parameters<typeof planBatchCalls>) =>
  Object.fromEntries(planBatchCalls(...args));

describe("how many calls a batch may place", () => {
  test.each([
    ["half of the workspace's limit", ceilings(30), 15],
    ["seven tenths of the agent's", ceilings(null, 10), 7],
    ["the lower of both", ceilings(10, 6), 4],
    ["one under the smallest limit", ceilings(1, 1), 1],
    ["none where the limit is none", ceilings(0), undefined],
    ["as many as stand fast where there is no limit", ceilings(null), UNLIMITED_CEILING],
  ])("%s", (_name, limits, calls) => {
    expect(plan([batch("a")], [], limits, 1_000)["a"]).toBe(calls);
  });

  test("calls that are up count, also those of a batch that is over", () => {
    expect(plan([batch("a")], [up("a", 4), up("over", 3)], ceilings(20), 100)).toEqual({ a: 3 });
  });

  test("what a client asks for counts for its batch alone, and stands for the shares", () => {
    const asked = batch("a", { target: 12 });
    expect(plan([asked, batch("b")], [up("a", 2)], ceilings(10), 100)).toEqual({ a: 10, b: 1 });
  });

  test("batches take turns, and one that has few left leaves its turn to the others", () => {
    const batches = [batch("a"), batch("b", { pending: 2 }), batch("c")];
    expect(plan(batches, [], ceilings(null), 10)).toEqual({ a: 4, b: 2, c: 4 });
  });

  test("an agent that is full does not hold back another's batch", () => {
    const limits = {
      workspace: null,
      agents: new Map([
        ["agent", 10],
        ["other", 10],
      ]),
    };
    const batches = [batch("a"), batch("b", { agentId: "other" })];
    expect(plan(batches, [up("x", 7)], limits, 100)).toEqual({ b: 7 });
  });
});

describe("what becomes of a recipient", () => {
  const call = { isAnswered: false, isVoicemail: false, isUntaken: false, endCode: "busy" };
  test.each([
    [{ isAnswered: true, endCode: "callee_hung_up" }, "completed"],
    [{ isAnswered: true, isVoicemail: true, endCode: "agent_hung_up" }, "voicemail"],
    [{ endCode: "busy" }, "failed"],
    [{ endCode: "no_answer" }, "failed"],
    [{ endCode: "callee_unknown" }, "failed"],
    [{ endCode: "node_restarted" }, "failed"],
    [{ endCode: "agent_limit" }, "not_placed"],
    [{ endCode: "order_expired" }, "not_placed"],
    // After an INVITE: the phone may have rung.
    [{ endCode: "node_draining" }, "failed"],
    [{ endCode: "node_draining", isUntaken: true }, "not_placed"],
    [{ endCode: "no_node_available", isUntaken: true }, "not_placed"],
    [{ endCode: "number_unknown", isUntaken: true }, "failed"],
  ])("%j is %s", (facts, outcome) => {
    expect(recipientOutcome({ ...call, ...facts })).toBe(outcome);
  });
});
