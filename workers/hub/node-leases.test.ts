import { expect, test } from "vitest";
import { NODE_LEASE_MS, NodeLeases } from "./node-leases.ts";
import type { NodeLinks } from "./node-links.ts";
import { state } from "./test-link.ts";

const MINUTE_MS = 60_000;

/** Links by node, each heard when it says, with so many calls. */
function region() {
  const heard = new Map<string, { heardAtMs: number; activeCalls: number }>();
  const now = { ms: 1_000_000 };
  type Entry = ReturnType<NodeLinks["of"]>[number];
  const entryOf = (nodeId: string): Entry[] => {
    const { activeCalls } = heard.get(nodeId) ?? { activeCalls: 0 };
    if (!heard.has(nodeId)) return [];
    const link = { nodeId, bootId: "b", seenAtMs: 0, isWelcome: true, abilities: [] };
    // The socket is the name by which this fake knows when it was heard.
    const socket = nodeId as unknown as WebSocket;
    return [
      { socket, link: { ...link, takesRelay: false, state: { ...state(0, 0), activeCalls } } },
    ];
  };
  const leases = new NodeLeases(
    {
      of: entryOf,
      greeted: () => [...heard.keys()].flatMap(entryOf),
      heardAtMs: (socket) => heard.get(String(socket))?.heardAtMs ?? 0,
    },
    () => now.ms,
  );
  const hear = (nodeId: string, activeCalls = 1) =>
    heard.set(nodeId, { heardAtMs: now.ms, activeCalls });
  return { leases, now, heard, hear };
}

test("after the hub's start every node has the whole lease to be heard", () => {
  const { leases, now } = region();
  expect(leases.dueAtMs()).toBe(now.ms + NODE_LEASE_MS);
  now.ms += NODE_LEASE_MS - 1;
  expect([leases.hasDue(), leases.isLost("node-a", 0)]).toEqual([false, false]);
  now.ms += 1;
  expect([leases.hasDue(), leases.isLost("node-a", 0)]).toEqual([true, true]);
  expect([leases.hasDue(), leases.dueAtMs()]).toEqual([false, Number.POSITIVE_INFINITY]);
});

test("a node whose link has ended is lost a lease later, and within thirty seconds; another one beside it is not", () => {
  const { leases, now, heard, hear } = region();
  now.ms += MINUTE_MS;
  leases.hasDue();
  hear("node-a");
  hear("node-b");
  heard.delete("node-a");
  leases.unlinked("node-a");
  expect(leases.dueAtMs()).toBe(now.ms + NODE_LEASE_MS);
  expect(NODE_LEASE_MS).toBeLessThan(30_000);
  now.ms += NODE_LEASE_MS - 1;
  hear("node-b");
  expect([leases.hasDue(), leases.isLost("node-a", 0)]).toEqual([false, false]);
  now.ms += 1;
  expect(leases.hasDue()).toBe(true);
  expect([leases.isLost("node-a", 0), leases.isLost("node-b", 0)]).toEqual([true, false]);
});

test("a node that is linked and silent is lost as well; one that is back with its calls is not", () => {
  const { leases, now, hear } = region();
  now.ms += MINUTE_MS;
  leases.hasDue();
  hear("node-a", 3);
  now.ms += NODE_LEASE_MS;
  expect([leases.hasDue(), leases.isLost("node-a", 0)]).toEqual([true, true]);
  expect(leases.hasDue()).toBe(false);
  hear("node-a", 3);
  expect([leases.hasDue(), leases.isLost("node-a", 0)]).toEqual([false, false]);
});

test("of a node that has begun anew, and says that it has no calls, a call of a minute's age is lost", () => {
  const { leases, now, hear } = region();
  now.ms += 2 * MINUTE_MS;
  hear("node-a", 0);
  expect(leases.isLost("node-a", now.ms - MINUTE_MS)).toBe(true);
  expect(leases.isLost("node-a", now.ms - MINUTE_MS + 1)).toBe(false);
});
