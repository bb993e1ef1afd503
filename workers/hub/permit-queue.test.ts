import { describe, expect, test } from "vitest";
import type { PermitRequest } from "../../schema/contracts/permits.ts";
import { newId } from "../../schema/values/ids.ts";
import { LEASE_MS, SKEW_MS } from "./permit-ledger.ts";
import { agentLimit, answer, Region, types } from "./test-permit-region.ts";

describe("the queue", () => {
  const one = agentLimit(1);
  const queue = { limits: one, mayQueue: true, waitMs: 180_000 };

  function full(): { region: Region; first: PermitRequest["callId"] } {
    const region = new Region();
    for (const node of ["a", "b", "c"]) region.link(node);
    const first = newId("call");
    region.ask("a", { callId: first, limits: one });
    return { region, first };
  }

  test("admits in the order of arrival over all nodes", () => {
    const { region, first } = full();
    const calls = ["b", "c", "a", "b"].map((node) => ({ node, callId: newId("call") }));
    for (const [index, { node, callId }] of calls.entries()) {
      expect(answer(region.ask(node, { ...queue, callId }))).toMatchObject({
        type: "permit_queued",
        position: index + 1,
      });
    }
    let over = { node: "a", callId: first };
    for (const next of calls) {
      expect(region.release(over.node, over.callId)).toMatchObject([
        { nodeId: next.node, message: { type: "permit_granted", callId: next.callId } },
      ]);
      over = next;
    }
  });

  test("keeps its order through a restart of the hub, whoever links first", () => {
    const { region, first } = full();
    const [early, late] = [newId("call"), newId("call")];
    region.ask("b", { ...queue, callId: early });
    region.ask("c", { ...queue, callId: late });
    region.restart(1_000);
    region.link("c", { waiting: [late] });
    expect(answer(region.ask("c", { ...queue, callId: late }))).toMatchObject({ position: 2 });
    region.link("a", { held: [] });
    expect(region.ledger.waiting).toBe(1);
    region.link("b", { waiting: [early] });
    expect(answer(region.ask("b", { ...queue, callId: early }))).toMatchObject({
      type: "permit_granted",
      callId: early,
    });
    expect(first).not.toBe(early);
  });

  test("across agents of a workspace the oldest comes first", () => {
    const region = new Region();
    region.link("a");
    const limits = { workspace: 1, agent: null, daily: null };
    const first = newId("call");
    region.ask("a", { callId: first, limits });
    const [older, newer] = [newId("call"), newId("call")];
    region.ask("a", { ...queue, limits, callId: older, agentId: newId("agent") });
    region.ask("a", { ...queue, limits, callId: newer });
    expect(region.release("a", first)).toMatchObject([{ message: { callId: older } }]);
  });

  test("a call that its agent holds back does not hold back another agent's", () => {
    const region = new Region();
    region.link("a");
    const limits = { workspace: 2, agent: 1, daily: null };
    const busy = newId("agent");
    region.ask("a", { agentId: busy, limits });
    const other = newId("call");
    region.ask("a", { callId: other, limits });
    region.ask("a", { ...queue, limits, agentId: busy });
    const free = newId("call");
    region.ask("a", { ...queue, limits, callId: free });
    expect(region.release("a", other)).toMatchObject([{ message: { callId: free } }]);
  });

  test("a caller who hangs up gives the place to the next", () => {
    const { region, first } = full();
    const [gone, next] = [newId("call"), newId("call")];
    region.ask("b", { ...queue, callId: gone });
    region.ask("c", { ...queue, callId: next });
    region.release("b", gone);
    expect(region.release("a", first)).toMatchObject([{ message: { callId: next } }]);
    expect(region.ledger.waiting).toBe(0);
  });

  test("a raised limit is for who waits, not for who comes with the news of it", () => {
    const { region } = full();
    const patient = newId("call");
    region.ask("b", { ...queue, callId: patient });
    const told = region.ask("c", { limits: agentLimit(2), limitsAt: { epoch: 1, version: 2 } });
    expect(told).toMatchObject([
      { nodeId: "b", message: { type: "permit_granted", callId: patient } },
      { nodeId: "c", message: { type: "permit_refused", code: "agent_limit" } },
    ]);
  });

  test("places of a node that is gone are given up with its lease", () => {
    const { region, first } = full();
    region.ask("b", { ...queue, waitMs: 10_000_000 });
    const next = newId("call");
    region.ask("c", { ...queue, waitMs: 10_000_000, callId: next });
    region.linked.delete("b");
    region.after(LEASE_MS + SKEW_MS);
    expect(region.release("a", first)).toMatchObject([{ message: { callId: next } }]);
  });

  test("nobody waits longer than was asked for, even if the node does not say so", () => {
    const { region, first } = full();
    region.ask("b", { ...queue, waitMs: 5_000 });
    region.nowMs += 5_000;
    expect(types(region.release("a", first))).toEqual([]);
    region.after(SKEW_MS);
    expect(region.ledger.waiting).toBe(0);
  });
});
