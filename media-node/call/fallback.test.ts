import { describe, expect, test } from "vitest";
import type { AgentFallbackRoute } from "../../schema/contracts/agent-fallback.ts";
import { answeredCall } from "../../tests/support/answered-call.ts";
import { FakeNode, ROUTE } from "../../tests/support/fake-call.ts";
import { answerTo, FakeOutboundNode, TRUNK } from "../../tests/support/fake-outbound.ts";
import { FakeDialog, FakeInvite, offerSdp } from "../../tests/support/fake-parties.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import { AgentUnavailable } from "./faults.ts";
import { handleInbound } from "./inbound/inbound.ts";
import type { InviteOutcome, OutboundCall } from "./outbound/outbound-ports.ts";

const NUMBER = "+4930123400";
const toNumber = (destination = NUMBER): NonNullable<AgentFallbackRoute> => ({
  action: "transfer",
  destination,
  method: "conference",
});
const announcement = { action: "announcement", sha256: "a".repeat(64) } as const;

function withFallback(node: FakeNode, fallback: AgentFallbackRoute): void {
  const agent = { ...ROUTE.agent, fallback };
  const transfers = { ...ROUTE.transfers, trunk: TRUNK };
  node.decide = () => ({ kind: "accept", route: { ...ROUTE, agent, transfers } });
}

const unreachable = async () => {
  throw new AgentUnavailable("ECONNREFUSED");
};

/** A call whose agent is lost for good, and what is dialled for it then. */
async function lostCall(fallback: AgentFallbackRoute) {
  const target = new FakeNode();
  const dialled = Promise.withResolvers<OutboundCall>();
  const outcome = Promise.withResolvers<InviteOutcome>();
  const call = await answeredCall(undefined, (node) => withFallback(node, fallback));
  call.node.openMedia = target.openMedia;
  call.node.dial = (invite) => {
    dialled.resolve(invite);
    invite.signal.addEventListener("abort", () => outcome.resolve({ kind: "cancelled" }));
    return outcome.promise;
  };
  call.agent.closed("cut off", false);
  await settle();
  return { ...call, target, dialled: dialled.promise, end: outcome.resolve };
}

describe("the fallback of an agent that is lost for good", () => {
  test("transfer: the caller hears the tone until the target answers, and talks to it then", async () => {
    const call = await lostCall(toNumber());
    const { sdp, requestUri } = await call.dialled;
    expect(requestUri).toContain(NUMBER);
    const { session } = call.node;
    const tone = session.sent.length;
    expect(tone).toBeGreaterThan(0);
    const dialog = new FakeDialog(call.target.journal);
    call.end({
      kind: "answered",
      dialog,
      sdp: answerTo(sdp),
      status: 200,
      headers: {},
      address: "192.0.2.77",
    });
    await settle();
    expect(call.node.record).toBeNull();
    // The tone has ended: what the target says is what the caller hears.
    await call.node.clock.advance(1_000);
    expect(session.sent).toHaveLength(tone);
    const words = new Int16Array(160).fill(9);
    call.target.session.sink?.audio(words);
    expect(session.sent.at(-1)).toBe(words);
    dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("transferred");
    expect(call.node.record?.transfers).toMatchObject([
      { destination: NUMBER, outcome: "succeeded" },
    ]);
  });

  test("transfer that fails ends the call as without one, and the record says why", async () => {
    const call = await lostCall(toNumber());
    await call.dialled;
    call.end({ kind: "failed", cause: "unreachable", detail: "down" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("agent_lost");
    expect(call.node.record?.warnings).toEqual([
      expect.stringMatching(/^The agent's fallback failed: /),
    ]);
  });

  test("transfer to whom the rules do not allow dials nobody", async () => {
    const call = await lostCall(toNumber("+19005550100"));
    await call.handled;
    expect(call.node.record?.end.code).toBe("agent_lost");
    expect(call.node.record?.warnings).toEqual([
      "The agent's fallback failed: The destination is not one of transfer_destinations.",
    ]);
  });

  test("the caller who hangs up while it runs ends the call, and what is dialled is cancelled", async () => {
    const call = await lostCall(toNumber());
    await call.dialled;
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("caller_hung_up");
    expect(call.node.clock.pendingTimers).toBe(0);
  });

  test("announcement that is not on the node ends the call, and the record says so", async () => {
    const call = await answeredCall(undefined, (node) => {
      withFallback(node, announcement);
      node.readAudio = async () => null;
    });
    call.agent.closed("cut off", false);
    await call.handled;
    expect(call.node.record?.end.code).toBe("agent_lost");
    expect(call.node.record?.warnings).toEqual([
      "The agent's fallback failed: the audio file is not on the node.",
    ]);
  });

  test("waits for a transfer that the agent had begun", async () => {
    const call = await answeredCall(undefined, (node) => withFallback(node, announcement));
    call.dialog.referAnswer = null;
    call.agent.transfer({
      id: null,
      destination: NUMBER,
      method: "refer",
      headers: {},
      userToUser: null,
    });
    call.agent.closed("cut off", false);
    await settle();
    expect(call.node.journal).not.toContain(`ensure ${announcement.sha256}`);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.node.clock.advance(40_000);
    await call.handled;
    expect(call.node.calls.count).toBe(0);
  });
});

describe("the fallback of an agent that cannot be had", () => {
  test("has an inbound call answered for it, without an agent on the line", async () => {
    const node = new FakeNode();
    withFallback(node, announcement);
    node.connectAgent = unreachable;
    const invite = new FakeInvite(node.journal, offerSdp());
    const handled = handleInbound(invite, node);
    await settle();
    expect(invite.answers).toHaveLength(1);
    expect(node.session.sent.at(-1)?.length).toBe(8_000);
    await node.clock.advance(1_000);
    await handled;
    expect(node.events.map(({ kind }) => kind)).toEqual(["call_started", "call_ended"]);
    expect(node.record?.end.code).toBe("agent_unavailable");
  });

  test("is none for a call that we place: nobody is called for an announcement", async () => {
    const node = new FakeOutboundNode();
    node.agentSettings = { ...node.agentSettings, fallback: announcement };
    node.connectAgent = unreachable;
    const call = await node.place();
    node.dialer.last.provisional(180, "Ringing");
    expect(await call.ended).toBe("agent_unavailable");
    expect(node.journal).not.toContain(`ensure ${announcement.sha256}`);
  });

  test("is there for a callee who has answered before the agent was ready", async () => {
    const node = new FakeOutboundNode();
    node.agentSettings = { ...node.agentSettings, fallback: announcement };
    const ready = Promise.withResolvers<never>();
    node.connectAgent = () => ready.promise;
    const call = await node.place();
    node.dialer.last.answer(answerTo(node.dialer.last.call.sdp), node.dialog);
    await settle();
    ready.reject(new AgentUnavailable("too late"));
    await settle();
    expect(node.session.sent.at(-1)?.length).toBe(8_000);
    await node.clock.advance(1_000);
    expect(await call.ended).toBe("agent_unavailable");
    expect(node.dialog.byes).toHaveLength(1);
  });
});
