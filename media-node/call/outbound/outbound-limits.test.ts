import { expect, test } from "vitest";
import { ROUTE } from "../../../tests/support/fake-call.ts";
import { answerTo, FakeOutboundNode, TRUNK } from "../../../tests/support/fake-outbound.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import type { PermitQuery } from "../ports.ts";

async function answered(node: FakeOutboundNode) {
  const call = await node.place();
  const invite = node.dialer.last;
  invite.answer(answerTo(invite.call.sdp), node.dialog);
  await settle();
  return call;
}

test.each([
  "workspace_limit",
  "agent_limit",
  "daily_limit",
  "trunk_rate_limit",
  "limit_undecided",
] as const)("an order that %s refuses ends with it: no port, no INVITE, a record", async (code) => {
  const node = new FakeOutboundNode();
  node.acquirePermit = async () => ({ kind: "refused", code, detail: "full" });
  node.openMedia = () => Promise.reject(new Error("opened"));
  node.openTrunkSecret = () => Promise.reject(new Error("opened"));
  const call = await node.place();
  expect(await call.ended).toBe(code);
  expect(node.dialer.invites).toEqual([]);
  expect(node.agentCalls).toEqual([]);
  expect(node.progress).toEqual([
    { state: "ended", sipCallId: null, sipStatus: null, sipReason: null, endCode: code },
  ]);
  expect(node.record).toMatchObject({ answeredAtMs: null, durationMs: 0, end: { code } });
  expect(node.calls.count).toBe(0);
  expect(node.clock.pendingTimers).toBe(0);
});

test("the permit is asked for with the outbound trunk's rate and without a queue, and is held until the end", async () => {
  const node = new FakeOutboundNode();
  const asked: PermitQuery[] = [];
  node.trunk = { ...TRUNK, callsPerSecond: 3 };
  node.agentSettings = { ...ROUTE.agent, queue: { waitTimeoutSecs: 60 } };
  node.acquirePermit = async (query) => {
    asked.push(query);
    return node.givePermit();
  };
  const call = await answered(node);
  expect(asked).toMatchObject([
    {
      workspaceId: ROUTE.workspaceId,
      agent: { id: ROUTE.agent.id },
      trunk: { id: TRUNK.id, callsPerSecond: 3 },
      ringingMs: 60_000,
      queue: null,
    },
  ]);
  expect(node.permitsOut).toBe(1);
  node.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
  await call.ended;
  expect(node.permitsOut).toBe(0);
});

test("the permit comes back when nobody answers", async () => {
  const node = new FakeOutboundNode();
  const call = await node.place();
  expect(node.permitsOut).toBe(1);
  await node.clock.advance(60_000);
  expect(await call.ended).toBe("no_answer");
  expect(node.permitsOut).toBe(0);
});

test("a client that gives up while the permit is asked for ends the call as that", async () => {
  const node = new FakeOutboundNode();
  node.acquirePermit = (_query, _callId, signal) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () =>
        resolve({ kind: "refused", code: "cancelled", detail: "before the hub answered" }),
      );
    });
  const call = await node.place();
  call.end("order_cancelled", "by the client");
  expect(await call.ended).toBe("order_cancelled");
  expect(node.dialer.invites).toEqual([]);
});

test("a permit that comes after the order's time dials nothing, and goes back", async () => {
  const node = new FakeOutboundNode();
  const granted = Promise.withResolvers<void>();
  node.acquirePermit = async () => {
    await granted.promise;
    return node.givePermit();
  };
  const call = await node.place();
  await node.clock.advance(10_000);
  granted.resolve();
  expect(await call.ended).toBe("order_expired");
  expect([node.dialer.invites, node.permitsOut]).toEqual([[], 0]);
});

test("silence of both sides ends a call that we placed; ringing is none of it", async () => {
  const node = new FakeOutboundNode();
  node.agentSettings = { ...ROUTE.agent, silenceTimeoutSecs: 20 };
  const call = await node.place();
  const invite = node.dialer.last;
  invite.provisional(180, "Ringing");
  await node.clock.advance(30_000);
  invite.answer(answerTo(invite.call.sdp), node.dialog);
  await settle();
  await node.clock.advance(15_000);
  node.dialog.handlers?.digit?.("5", 100);
  await node.clock.advance(19_999);
  expect(node.dialog.byes).toEqual([]);
  await node.clock.advance(1);
  expect(await call.ended).toBe("silence_timeout");
  expect(node.dialog.byes).toHaveLength(1);
  expect(node.clock.pendingTimers).toBe(0);
});
