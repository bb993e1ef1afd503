import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAILY_ASKED_BELOW, type PermitHubMessage } from "../../schema/contracts/permits.ts";
import { newId } from "../../schema/values/ids.ts";
import { LEASE_MS, RELINK_MS, SKEW_MS } from "./permit-ledger.ts";
import {
  agentId,
  agentLimit,
  answer,
  held,
  MAX_CALL_MS,
  Region,
  START_MS,
  types,
} from "./test-permit-region.ts";

describe("limits", () => {
  test("over any distribution of calls over nodes exactly as many are granted as the limit has", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 60 }),
        (limit, nodes) => {
          const region = new Region();
          for (const node of ["a", "b", "c"]) region.link(node);
          const answers = nodes.map((node) =>
            answer(region.ask(node, { limits: agentLimit(limit) })),
          );
          const granted = answers.filter((one) => one?.type === "permit_granted");
          expect(granted).toHaveLength(Math.min(limit, nodes.length));
          for (const [index, one] of answers.entries()) {
            expect(one?.type).toBe(index < limit ? "permit_granted" : "permit_refused");
          }
        },
      ),
    );
  });

  test("the limit that is reached is the one that is named, the workspace's first", () => {
    const region = new Region();
    region.link("a");
    const both = { workspace: 1, agent: 1, daily: null };
    region.ask("a", { limits: both });
    expect(answer(region.ask("a", { limits: both }))).toMatchObject({ code: "workspace_limit" });
    const agentAlone = { limits: agentLimit(1), workspaceId: newId("workspace") };
    const busy = { ...agentAlone, agentId: newId("agent") };
    region.ask("a", busy);
    expect(answer(region.ask("a", busy))).toMatchObject({ code: "agent_limit" });
  });

  test("asked twice for one call, the answer is the same permit", () => {
    const region = new Region();
    region.link("a");
    const callId = newId("call");
    const first = answer(region.ask("a", { callId, limits: agentLimit(1) }));
    expect(answer(region.ask("a", { callId, limits: agentLimit(1) }))).toEqual(first);
    expect(region.ledger.permits).toBe(1);
  });

  test("a node whose table is older does not bring an old limit back", () => {
    const region = new Region();
    region.link("a");
    const newest = { epoch: 2, version: 9 };
    region.ask("a", { limits: agentLimit(1), limitsAt: newest });
    const stale = { epoch: 2, version: 8 };
    expect(answer(region.ask("a", { limits: agentLimit(5), limitsAt: stale }))).toMatchObject({
      code: "agent_limit",
    });
  });

  test("what is left when everything is over is nothing", () => {
    const region = new Region();
    region.link("a");
    const callId = newId("call");
    region.ask("a", { callId, limits: agentLimit(1) });
    region.release("a", callId);
    region.linked.clear();
    region.after(10 * LEASE_MS);
    for (const prefix of ["permit/", "permit-limit/", "permit-node/", "permit-waiting/"]) {
      expect([...region.store.list({ prefix })]).toEqual([]);
    }
  });
});

describe("a lost node", () => {
  const [callId] = [newId("call")];

  function lost(): Region {
    const region = new Region();
    region.link("a");
    region.link("b");
    region.ask("a", { callId, limits: agentLimit(1) });
    region.linked.delete("a");
    return region;
  }
  const isFree = (region: Region) =>
    answer(region.ask("b", { limits: agentLimit(1) }))?.type === "permit_granted";

  test("keeps its permits until no call of it can be left, and the skew is over", () => {
    const region = lost();
    region.after(LEASE_MS + MAX_CALL_MS + SKEW_MS - 1);
    expect(isFree(region)).toBe(false);
    region.after(1);
    expect(isFree(region)).toBe(true);
  });

  test("gives them up at once when another process of it links", () => {
    const region = lost();
    region.link("a", { bootId: "boot-2" });
    expect(isFree(region)).toBe(true);
  });

  test("keeps those of the calls that it still has when it links again", () => {
    const region = lost();
    region.after(LEASE_MS + MAX_CALL_MS);
    region.link("a", { held: [held(callId)] });
    region.after(LEASE_MS + MAX_CALL_MS);
    expect(isFree(region)).toBe(false);
    region.release("a", callId);
    expect(isFree(region)).toBe(true);
  });

  test("gives up with the link what it no longer has", () => {
    const region = lost();
    region.link("a");
    expect(isFree(region)).toBe(true);
  });

  test("tells of calls that it took alone, and they count though they are too many", () => {
    const region = lost();
    const alone = newId("call");
    region.link("a", { held: [held(callId), held(alone, 0)] });
    expect(region.ledger.inUse(agentId)).toBe(2);
    region.release("a", callId);
    expect(isFree(region)).toBe(false);
  });

  test("a permit that it was never told of ends with its lease", () => {
    const region = new Region();
    region.link("a");
    region.link("b");
    const first = newId("call");
    region.ask("b", { callId: first, limits: agentLimit(1) });
    region.ask("a", { limits: agentLimit(1), mayQueue: true, waitMs: 1_000_000 });
    region.linked.delete("a");
    region.release("b", first);
    region.after(LEASE_MS + SKEW_MS - 1);
    expect(isFree(region)).toBe(false);
    region.after(1);
    expect(isFree(region)).toBe(true);
  });
});

describe("a restart of the hub", () => {
  test("takes nothing back before every node has had 30 s to link again", () => {
    const region = new Region();
    region.link("a");
    const callId = newId("call");
    region.ask("a", { callId, limits: agentLimit(1) });
    region.restart(10 * MAX_CALL_MS);
    region.link("b");
    region.after(RELINK_MS - 1);
    expect(answer(region.ask("b", { limits: agentLimit(1) }))).toMatchObject({
      code: "agent_limit",
    });
    region.link("a", { held: [held(callId)] });
    region.after(LEASE_MS);
    expect(answer(region.ask("b", { limits: agentLimit(1) }))).toMatchObject({
      code: "agent_limit",
    });
  });

  test("takes back what nobody has claimed by then", () => {
    const region = new Region();
    region.link("a");
    region.ask("a", { limits: agentLimit(1) });
    region.restart(10 * MAX_CALL_MS);
    region.link("b");
    region.after(RELINK_MS);
    expect(answer(region.ask("b", { limits: agentLimit(1) }))?.type).toBe("permit_granted");
  });

  test("numbers its grants on from where it was", () => {
    const region = new Region();
    region.link("a");
    const before = answer(region.ask("a", { limits: agentLimit(9) }));
    region.restart();
    region.link("b");
    const after = answer(region.ask("b", { limits: agentLimit(9) }));
    const fenceOf = (one: PermitHubMessage | undefined) =>
      one?.type === "permit_granted" ? one.fence : 0;
    expect(fenceOf(after)).toBeGreaterThan(fenceOf(before));
  });
});

describe("the daily limit", () => {
  const two = { workspace: null, agent: null, daily: 2 };
  const DAY_MS = 86_400_000;

  test("counts calls, not those at a time, and is never queued for", () => {
    const region = new Region();
    region.link("a");
    for (let call = 0; call < 2; call += 1) {
      const callId = newId("call");
      region.ask("a", { callId, limits: two });
      region.release("a", callId);
    }
    expect(answer(region.ask("a", { limits: two, mayQueue: true, waitMs: 9_000 }))).toMatchObject({
      type: "permit_refused",
      code: "daily_limit",
    });
  });

  test("does not count a permit of which no call came, nor twice what a node has taken alone", () => {
    const region = new Region();
    region.link("a");
    const [withdrawn, alone] = [newId("call"), newId("call")];
    region.ask("a", { callId: withdrawn, limits: two });
    region.ledger.receive(
      { nodeId: "a", bootId: "boot-1" },
      { type: "permit_release", callId: withdrawn, isUnused: true },
      region.nowMs,
    );
    region.link("a", { held: [held(alone, 0)] });
    const told = { agentId, day: "2026-09-21", calls: 1, limit: 2 };
    region.ledger.receive(
      { nodeId: "a", bootId: "boot-1" },
      { type: "daily_used", ...told },
      region.nowMs,
    );
    expect(answer(region.ask("a", { limits: two }))?.type).toBe("permit_granted");
    expect(answer(region.ask("a", { limits: two }))).toMatchObject({ code: "daily_limit" });
  });

  test("begins anew at midnight UTC, and lasts over a restart of the hub", () => {
    const region = new Region();
    region.link("a");
    for (let call = 0; call < 2; call += 1) region.ask("a", { limits: two });
    region.restart();
    region.link("b");
    expect(answer(region.ask("b", { limits: two }))).toMatchObject({ code: "daily_limit" });
    region.nowMs = START_MS - (START_MS % DAY_MS) + DAY_MS;
    expect(answer(region.ask("b", { limits: two }))?.type).toBe("permit_granted");
  });

  test("ends a wait that began before it was reached", () => {
    const region = new Region();
    region.link("a");
    const limits = { workspace: null, agent: 1, daily: 2 };
    const [first, second] = [newId("call"), newId("call")];
    region.ask("a", { callId: first, limits });
    region.ask("a", { callId: second, limits, mayQueue: true, waitMs: 9_000 });
    const third = newId("call");
    region.ask("a", { callId: third, limits, mayQueue: true, waitMs: 9_000 });
    expect(region.release("a", first)).toMatchObject([
      { message: { type: "permit_granted", callId: second } },
      { message: { type: "permit_refused", callId: third, code: "daily_limit" } },
    ]);
  });

  test("of a size that nobody asks for is asked for when nine tenths of it are told of", () => {
    const region = new Region();
    const limit = DAILY_ASKED_BELOW;
    for (const node of ["a", "b"]) region.link(node);
    const report = (nodeId: string, calls: number) =>
      region.ledger.receive(
        { nodeId, bootId: "boot-1" },
        { type: "daily_used", agentId, day: "2026-09-21", calls, limit },
        region.nowMs,
      );
    expect(new Date(START_MS).toISOString().slice(0, 10)).toBe("2026-09-21");
    expect(report("a", 0.6 * limit)).toEqual([]);
    expect(report("a", 0.6 * limit)).toEqual([]);
    expect(types(report("b", 0.3 * limit))).toEqual(["daily_near"]);
    expect(types(region.link("a"))).toEqual(["permit_lease", "daily_near"]);
    const limits = { workspace: null, agent: null, daily: limit };
    report("b", 0.4 * limit - 1);
    expect(answer(region.ask("a", { limits }))?.type).toBe("permit_granted");
    expect(answer(region.ask("a", { limits }))).toMatchObject({ code: "daily_limit" });
  });
});
