import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newId } from "../../schema/values/ids.ts";
import { agentId, agentLimit, answer, ask, Region } from "./test-permit-region.ts";

const { workspaceId } = ask();

function keep(region: Region, limit: number, callIds: readonly string[]): number {
  const limits = { workspace: null, agent: limit, daily: null };
  return region.ledger.keepPlaces({ workspaceId, agentId, limits, callIds }, region.nowMs);
}

const newCalls = (count: number) => Array.from({ length: count }, () => newId("call"));

describe("places kept for the calls of batches", () => {
  test("in any order of arrivals no call with a place is refused, and nobody goes above the limit", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(
          fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom("call", "end", "arrive")),
          {
            maxLength: 80,
          },
        ),
        (limit, steps) => {
          const region = new Region();
          region.link("a");
          const onTheirWay: ReturnType<typeof newCalls> = [];
          const up: ReturnType<typeof newCalls> = [];
          for (const step of steps) {
            if (typeof step === "number") {
              const calls = newCalls(step);
              onTheirWay.push(...calls.slice(0, keep(region, limit, calls)));
            } else if (step === "end") {
              const [callId] = up.splice(0, 1);
              if (callId !== undefined) region.release("a", callId);
            } else {
              const [kept] = step === "arrive" ? onTheirWay.splice(0, 1) : [];
              const callId = kept ?? newId("call");
              const told = answer(region.ask("a", { callId, limits: agentLimit(limit) }));
              if (kept !== undefined) expect(told?.type).toBe("permit_granted");
              if (told?.type === "permit_granted") up.push(callId);
            }
            expect(up.length).toBeLessThanOrEqual(limit);
          }
        },
      ),
    );
  });

  test("one place in ten, at least one, stays free for calls that nobody can delay", () => {
    for (const [limit, places] of [
      [1, 1],
      [2, 1],
      [10, 9],
      [30, 27],
    ] as const) {
      expect(keep(new Region(), limit, newCalls(100))).toBe(places);
    }
  });

  test("while somebody waits in the queue none is kept", () => {
    const region = new Region();
    region.link("a");
    region.ask("a", { limits: agentLimit(1) });
    region.ask("a", { limits: agentLimit(1), mayQueue: true, waitMs: 60_000 });
    expect(keep(region, 10, newCalls(1))).toBe(0);
  });

  test("a place that no call takes is free again after 15 s", () => {
    const region = new Region();
    region.link("a");
    expect(keep(region, 2, newCalls(1))).toBe(1);
    expect(keep(region, 2, newCalls(1))).toBe(0);
    region.after(15_000);
    expect(keep(region, 2, newCalls(1))).toBe(1);
  });

  test("the calls of today count, and so do those on their way", () => {
    const region = new Region();
    region.link("a");
    const limits = { workspace: null, agent: null, daily: 3 };
    region.ask("a", { limits });
    const asked = { workspaceId, agentId, limits, callIds: newCalls(5) };
    expect(region.ledger.keepPlaces(asked, region.nowMs)).toBe(2);
  });
});
