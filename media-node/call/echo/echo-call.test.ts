import { expect, test } from "vitest";
import type { EchoReport } from "../../../schema/contracts/echo-report.ts";
import { FakeNode } from "../../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp, QUERY } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import { AgentUnavailable } from "../faults.ts";
import { handleEcho, isEchoCall } from "./echo-call.ts";
import type { EchoLimit } from "./echo-limit.ts";

function echoNode(limit: EchoLimit = { take: () => ({ [Symbol.dispose]() {} }) }) {
  const node = new FakeNode();
  const kept: { token: string; report: EchoReport }[] = [];
  const deps = Object.assign(node, {
    limit,
    reportsUrl: "https://api.example.com/",
    keep: (token: string, report: EchoReport) => void kept.push({ token, report }),
  });
  const invite = new FakeInvite(node.journal, offerSdp());
  invite.query = { ...QUERY, requestUser: "echo" };
  invite.headers = { via: ["SIP/2.0/TLS 10.0.0.5:5061;branch=z9hG4bK1"] };
  return { node, deps, kept, invite };
}

test("only the user part echo is the node's own, in this writing", () => {
  const called = (requestUser: string) => isEchoCall({ query: { ...QUERY, requestUser } });
  expect(["echo", "Echo", "echo2", "+15005550100", ""].map(called)).toEqual([
    true,
    ...Array(4).fill(false),
  ]);
});

test("a call is answered with the address of its report, which is kept when it ends, and nothing else of it is", async () => {
  const { node, deps, kept, invite } = echoNode();
  node.decide = () => {
    throw new Error("looked up");
  };
  const handled = handleEcho(invite, deps);
  await settle();
  const info = invite.answerHeaders[0]?.["Call-Info"] ?? "";
  const token = /echo-reports\/([\w-]{22})>;purpose=info$/.exec(info)?.[1];
  expect(info).toMatch(/^<https:\/\/api\.example\.com\/v1\/network\/echo-reports\//);
  expect(node.calls.count).toBe(1);
  node.session.counters = { ...node.session.counters, packetsSent: 100, packetsReceived: 100 };
  invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
  await handled;
  expect(kept.map((one) => one.token)).toEqual([token]);
  expect(kept[0]?.report).toMatchObject({
    ended_by: "caller_hung_up",
    verdict: "passed",
    signalling: { observed: { address: "192.0.2.10", port: 40_000 } },
  });
  expect(kept[0]?.report.findings.map(({ code }) => code)).toContain("nat_seen");
  // Neither a record nor a permit, and no REFER: nobody's call, and it goes nowhere.
  expect(node.events).toEqual([]);
  expect(node.permitsOut).toBe(0);
  expect(invite.dialog.handlers?.referred).toBeUndefined();
  expect(invite.answerTerms).toEqual([{}]);
  expect(node.session).toMatchObject({ disposed: 1, tap: null });
  expect(node.clock.pendingTimers).toBe(0);
  expect(node.calls.count).toBe(0);
});

test("after a minute the node hangs up", async () => {
  const { node, deps, kept, invite } = echoNode();
  const handled = handleEcho(invite, deps);
  await settle();
  await node.clock.advance(59_999);
  expect(kept).toEqual([]);
  await node.clock.advance(1);
  await handled;
  expect(invite.dialog.byes).toHaveLength(1);
  expect(kept[0]?.report.ended_by).toBe("max_duration");
});

const REFUSING: readonly (readonly [string, Partial<FakeNode>])[] = [
  ["node_draining", { admission: () => "node_draining" }],
  ["ports_exhausted", { openMedia: async () => null }],
  ["agent_unavailable", { connectAgent: () => Promise.reject(new AgentUnavailable("refused")) }],
];

test.each(REFUSING)("what would refuse a call refuses an echo too: %s", async (code, change) => {
  const { node, deps, kept, invite } = echoNode();
  Object.assign(node, change);
  await handleEcho(invite, deps);
  expect(invite.rejections).toEqual([code]);
  expect(kept).toEqual([]);
  expect(node.calls.count).toBe(0);
});

test("without a place it is refused before any port is opened", async () => {
  const { node, deps, invite } = echoNode({ take: () => null });
  await handleEcho(invite, deps);
  expect(invite.rejections).toEqual(["echo_limit"]);
  expect(node.journal).toEqual(["reject echo_limit"]);
});

test("a caller that gives up leaves no report, and its place is free", async () => {
  let places = 0;
  const take = () => {
    places += 1;
    return {
      [Symbol.dispose]() {
        places -= 1;
      },
    };
  };
  const { node, deps, kept, invite } = echoNode({ take });
  node.connectAgent = node.neverReady;
  const handled = handleEcho(invite, deps);
  await settle();
  expect(places).toBe(1);
  invite.cancel();
  await handled;
  expect(places).toBe(0);
  expect(kept).toEqual([]);
  expect(node.session.disposed).toBe(1);
});
