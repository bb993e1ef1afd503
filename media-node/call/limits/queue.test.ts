import { describe, expect, test } from "vitest";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import type { CallEndCode } from "../call-ends.ts";
import { AgentUnavailable } from "../faults.ts";
import { handleInbound } from "../inbound/inbound.ts";

/** A node whose every call finds the agent busy and waits until the test lets it go on. */
class BusyNode extends FakeNode {
  readonly admitted = Promise.withResolvers<CallEndCode | null>();
  placesOut = 0;
  override acquirePermit: FakeNode["acquirePermit"] = async () => {
    this.placesOut += 1;
    return {
      kind: "queued",
      admitted: this.admitted.promise,
      [Symbol.asyncDispose]: async () => {
        this.journal.push("place.dispose");
        this.placesOut -= 1;
      },
    };
  };
}

async function waiting(offer: string | null = offerSdp()) {
  const node = new BusyNode();
  const invite = new FakeInvite(node.journal, offer);
  const handled = handleInbound(invite, node);
  await settle();
  return { node, invite, handled };
}

function expectNothingLeft(node: BusyNode): void {
  expect(node.placesOut).toBe(0);
  expect(node.session.disposed).toBe(1);
  expect(node.clock.pendingTimers).toBe(0);
  expect(node.calls.count).toBe(0);
}

const isTone = (frames: readonly Int16Array[]) =>
  frames.some((frame) => Math.max(...frame) > 1_000);

describe("a refused permit", () => {
  test.each([
    "workspace_limit",
    "agent_limit",
    "daily_limit",
    "trunk_rate_limit",
    "limit_undecided",
  ] as const)(
    "%s is told before a port is opened, an answer made or a phone rings",
    async (code) => {
      const node = new FakeNode();
      node.acquirePermit = async () => ({ kind: "refused", code, detail: "full" });
      node.openMedia = () => Promise.reject(new Error("opened"));
      const invite = new FakeInvite(node.journal, offerSdp());
      await handleInbound(invite, node);
      expect(node.journal).toEqual([`reject ${code}`]);
      expect(node.counted).toEqual([`refused ${code}`]);
      expect(node.logs).toMatchObject([{ fields: { code, sipStatus: 486, detail: "full" } }]);
    },
  );

  test("of a call that was cancelled meanwhile is the cancellation", async () => {
    const node = new FakeNode();
    const invite = new FakeInvite(node.journal, offerSdp());
    node.acquirePermit = async () => {
      invite.cancel();
      return { kind: "refused", code: "limit_undecided", detail: "" };
    };
    await handleInbound(invite, node);
    expect(invite.rejections).toEqual(["cancelled"]);
  });
});

describe("a permit", () => {
  test("comes back when nothing of the call is left, whatever ended it", async () => {
    const node = new FakeNode();
    const invite = new FakeInvite(node.journal, offerSdp());
    const handled = handleInbound(invite, node);
    await settle();
    expect(node.permitsOut).toBe(1);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expect(node.permitsOut).toBe(0);
  });

  test.each([
    [
      "an offer that cannot be answered",
      (_node: FakeNode, invite: FakeInvite) => {
        invite.offer = offerSdp({ lines: ["m=audio 4000 RTP/AVP 18"] });
      },
    ],
    [
      "no free port",
      (node: FakeNode) => {
        node.openMedia = async () => null;
      },
    ],
    [
      "an agent that is not there",
      (node: FakeNode) => {
        node.connectAgent = () => Promise.reject(new AgentUnavailable("refused"));
      },
    ],
    ["a CANCEL", (_node: FakeNode, invite: FakeInvite) => invite.cancel()],
  ])("comes back after %s", async (_, arrange) => {
    const node = new FakeNode();
    const invite = new FakeInvite(node.journal, offerSdp());
    arrange(node, invite);
    await handleInbound(invite, node);
    expect(invite.rejections).toHaveLength(1);
    expect(node.permitsOut).toBe(0);
  });
});

describe("a queued call", () => {
  test("is answered and hears the hold tone; no agent is asked", async () => {
    const { node, invite, handled } = await waiting();
    expect(node.journal).toEqual(["ringing", "call_started", "media.start", "answer"]);
    expect(invite.answers).toHaveLength(1);
    await node.clock.advance(10_000);
    expect(isTone(node.session.sent)).toBe(true);
    expect(node.agentCalls).toEqual([]);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
  });

  test("goes to its agent when its permit comes; the wait is in the record and in no duration", async () => {
    const { node, invite, handled } = await waiting();
    await node.clock.advance(90_000);
    node.admitted.resolve(null);
    await settle();
    expect(node.session.cleared).toBe(1);
    expect(node.agent.told).toEqual(["answered"]);
    await node.clock.advance(30_000);
    node.agent.sink?.hangUp("done");
    await node.clock.advance(1_000);
    await handled;
    expect(invite.dialog.byes).toHaveLength(1);
    expect(node.record).toMatchObject({
      queueWaitMs: 90_000,
      durationMs: 30_200,
      end: { code: "agent_hung_up" },
    });
    expectNothingLeft(node);
  });

  test("is not ended by its maximum duration while it waits", async () => {
    const { node, handled } = await waiting();
    await node.clock.advance(700_000);
    expect(node.events.map(({ kind }) => kind)).toEqual(["call_started"]);
    node.admitted.resolve(null);
    await settle();
    await node.clock.advance(599_999);
    expect(node.record).toBe(null);
    await node.clock.advance(1);
    await handled;
    expect(node.record).toMatchObject({ end: { code: "max_duration" }, queueWaitMs: 700_000 });
  });

  test.each([
    ["queue_timeout", 486],
    ["daily_limit", 486],
  ] as const)("that ends as %s gets a BYE that says %d, and a record", async (code, cause) => {
    const { node, invite, handled } = await waiting();
    await node.clock.advance(5_000);
    node.admitted.resolve(code);
    await handled;
    expect(invite.dialog.byes).toMatchObject([{ cause }]);
    expect(node.record).toMatchObject({
      answeredAtMs: null,
      durationMs: 0,
      queueWaitMs: 5_000,
      end: { code },
    });
    expect(node.agentCalls).toEqual([]);
    expectNothingLeft(node);
  });

  test("whose caller hangs up frees its place without a BYE of ours", async () => {
    const { node, invite, handled } = await waiting();
    await node.clock.advance(5_000);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expect(invite.dialog.byes).toEqual([]);
    expect(node.record).toMatchObject({ queueWaitMs: 5_000, end: { code: "caller_hung_up" } });
    expectNothingLeft(node);
  });

  test("whose agent cannot be reached at last is told so", async () => {
    const { node, invite, handled } = await waiting();
    node.connectAgent = () => Promise.reject(new AgentUnavailable("refused"));
    node.admitted.resolve(null);
    await handled;
    expect(invite.dialog.byes).toMatchObject([{ cause: 480 }]);
    expect(node.record?.end.code).toBe("agent_unavailable");
    expectNothingLeft(node);
  });

  test("ends with the node, and with its media", async () => {
    const stopped = await waiting();
    await stopped.node.calls.endAll("node_shutdown");
    await stopped.handled;
    expect(stopped.node.record?.end.code).toBe("node_shutdown");
    expectNothingLeft(stopped.node);
    const silent = await waiting();
    silent.node.session.timeout.abort();
    await silent.handled;
    expect(silent.node.record?.end.code).toBe("media_timeout");
    expectNothingLeft(silent.node);
  });

  test("answers re-INVITEs while it waits, and a call on hold comes to its agent on hold", async () => {
    const { node, invite, handled } = await waiting();
    const held = offerSdp({ version: 2, direction: "sendonly" });
    expect(await invite.dialog.handlers?.reoffer(held)).toMatchObject({
      answer: expect.stringContaining("a=recvonly"),
    });
    node.admitted.resolve(null);
    await settle();
    expect(node.agent.told).toContain("held");
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expectNothingLeft(node);
  });

  test("without an offer has its media from the answer in the ACK", async () => {
    const node = new BusyNode();
    const invite = new FakeInvite(node.journal, null);
    invite.query = { ...invite.query, transport: "tcp" };
    invite.dialog.remoteAnswer = offerSdp();
    const handled = handleInbound(invite, node);
    await settle();
    expect(node.session.plans).toHaveLength(1);
    await node.clock.advance(1_000);
    expect(isTone(node.session.sent)).toBe(true);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expectNothingLeft(node);
  });
});

describe("silence", () => {
  test("ends a call of an agent with a silence timeout, and says so", async () => {
    const node = new FakeNode();
    const agent = { ...ROUTE.agent, silenceTimeoutSecs: 20 };
    node.decide = () => ({ kind: "accept", route: { ...ROUTE, agent } });
    const invite = new FakeInvite(node.journal, offerSdp());
    const handled = handleInbound(invite, node);
    await settle();
    await node.clock.advance(15_000);
    node.session.sink?.digit("5", 100);
    await node.clock.advance(19_999);
    expect(invite.dialog.byes).toEqual([]);
    await node.clock.advance(1);
    await handled;
    expect(invite.dialog.byes).toHaveLength(1);
    expect(node.record?.end.code).toBe("silence_timeout");
    expect(node.clock.pendingTimers).toBe(0);
  });
});
