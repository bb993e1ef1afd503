import { expect, test } from "vitest";
import { FRAME } from "../../../tests/support/answered-call.ts";
import { answerTo, FakeOutboundNode, TRUNK } from "../../../tests/support/fake-outbound.ts";
import { offerSdp } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import { AgentUnavailable } from "../faults.ts";

/** Rings and is answered as offered. */
async function answeredCall(node = new FakeOutboundNode()) {
  const call = await node.place();
  const invite = node.dialer.last;
  invite.provisional(180, "Ringing");
  await settle();
  invite.answer(answerTo(invite.call.sdp), node.dialog);
  await settle();
  return { node, call, invite };
}

test("the agent is connected while it rings and told of the answer; the record says outbound", async () => {
  const node = new FakeOutboundNode();
  const call = await node.place();
  expect(node.journal).toEqual(["call_started"]);
  expect(node.progress).toEqual([
    { state: "dialling", sipCallId: "call@node", sipStatus: null, sipReason: null, endCode: null },
  ]);
  const invite = node.dialer.last;
  expect(invite.call).toMatchObject({
    requestUri: "sip:+15005550123@carrier.test",
    nextHop: "sip:carrier.test;transport=tls",
    from: "<sip:+15005550100@203.0.113.5>",
    to: "<sip:+15005550123@carrier.test>",
  });
  expect(invite.offered).toBe("RTP/SAVP");

  invite.provisional(180, "Ringing");
  await settle();
  expect(node.journal).toEqual(["call_started", "agent.connect"]);
  expect(node.agent.told).toEqual(["ringing"]);
  expect(node.session.plans).toEqual([]);
  invite.answer(answerTo(invite.call.sdp), node.dialog);
  await settle();
  expect(node.session.plans[0]).toMatchObject({ direction: "sendrecv", remotePort: 4000 });
  expect(node.session.plans[0]?.srtp).not.toBeNull();
  expect(node.agent.told).toEqual(["ringing", "answered"]);
  node.agent.sink?.audio(FRAME);
  expect(node.session.sent).toEqual([FRAME]);
  node.session.sink?.audio(FRAME);
  expect(node.agent.heard).toHaveLength(1);

  await node.clock.advance(5_000);
  node.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
  expect(await call.ended).toBe("callee_hung_up");
  expect(node.record).toMatchObject({
    direction: "outbound",
    agentNumber: "+15005550100",
    externalNumber: "+15005550123",
    sipCallId: "call@node",
    callSid: "call@node",
    transport: "tls",
    sourceAddress: "192.0.2.10",
    durationMs: 5_000,
    refusal: null,
    end: { code: "callee_hung_up" },
    clientData: { dynamicVariables: { customer: "42" } },
  });
  expect(node.states).toEqual(["dialling", "ringing", "answered", "ended"]);
  expect(node.progress.at(-1)).toMatchObject({ sipStatus: 200, endCode: "callee_hung_up" });
  expect(node.counted).toEqual(["started", "ended callee_hung_up"]);
  expect(node.clock.pendingTimers).toBe(0);
  expect(node.calls.count).toBe(0);
});

test("the agent is told who is called, its secrets and the system's variables, which the client cannot set", async () => {
  const { node } = await answeredCall();
  expect(node.agentCalls).toMatchObject([
    {
      callId: node.order.callId,
      conversationId: expect.stringMatching(/^conv_/),
      direction: "outbound",
      from: "+15005550100",
      to: "+15005550123",
      dynamicVariables: {
        customer: "42",
        secret__token: "t0p",
        system__call_sid: "call@node",
        system__caller_id: "+15005550100",
        system__called_number: "+15005550123",
        system__conversation_id: expect.stringMatching(/^conv_/),
      },
    },
  ]);
  expect(JSON.stringify(node.events)).not.toContain("t0p");
});

test("an agent that is not there yet at the answer is connected under it, and hears the answer then", async () => {
  const node = new FakeOutboundNode();
  const ready = Promise.withResolvers<typeof node.agent>();
  node.connectAgent = () => ready.promise;
  await answeredCall(node);
  expect(node.session.plans).toHaveLength(1);
  expect(node.states).toContain("answered");
  ready.resolve(node.agent);
  await settle();
  expect(node.agent.told).toEqual(["ringing", "answered"]);
});

test("without an agent the call is cancelled while it rings, and ended when it has been answered", async () => {
  const ringing = new FakeOutboundNode();
  ringing.connectAgent = async () => {
    throw new AgentUnavailable("ECONNREFUSED");
  };
  const cancelled = await ringing.place();
  ringing.dialer.last.provisional(180, "Ringing");
  expect(await cancelled.ended).toBe("agent_unavailable");
  expect(ringing.dialer.last.call.signal.aborted).toBe(true);

  const late = new FakeOutboundNode();
  const connecting = Promise.withResolvers<typeof late.agent>();
  late.connectAgent = () => connecting.promise;
  const { call } = await answeredCall(late);
  connecting.reject(new AgentUnavailable("too late"));
  expect(await call.ended).toBe("agent_unavailable");
  expect(late.dialog.byes).toEqual([{ cause: 480, text: "The agent could not be reached." }]);
});

test("an agent that hangs up before the answer cancels the call", async () => {
  const node = new FakeOutboundNode();
  const call = await node.place();
  node.dialer.last.provisional(180, "Ringing");
  await settle();
  node.agent.sink?.hangUp("changed my mind");
  expect(await call.ended).toBe("agent_unavailable");
  expect(node.agent.told.at(-1)).toBe("ended agent_unavailable");
});

test("early media is heard by an agent that wants it, and nothing is sent before the answer", async () => {
  const node = new FakeOutboundNode();
  Object.assign(node.agent, { wantsEarlyAudio: true });
  await node.place();
  const invite = node.dialer.last;
  const sdp = answerTo(invite.call.sdp);
  invite.provisional(183, "Session Progress", sdp);
  await settle();
  expect(node.session.plans).toMatchObject([{ direction: "recvonly" }]);
  node.session.sink?.audio(FRAME);
  expect(node.agent.heard).toHaveLength(1);
  node.agent.sink?.audio(FRAME);
  expect(node.session.sent).toEqual([]);
  invite.provisional(180, "Ringing");
  invite.provisional(183, "Session Progress", sdp);
  await settle();
  expect(node.session.plans).toHaveLength(1);
  invite.answer(sdp, node.dialog);
  await settle();
  expect(node.session.plans).toMatchObject([{ direction: "recvonly" }, { direction: "sendrecv" }]);
  expect(node.session.sent).toEqual([FRAME]);
  expect(node.agent.told).toEqual(["ringing", "answered"]);
});

test("an agent that does not ask for it hears nothing of the early media", async () => {
  const node = new FakeOutboundNode();
  await node.place();
  const invite = node.dialer.last;
  invite.provisional(183, "Session Progress", answerTo(invite.call.sdp));
  await settle();
  node.session.sink?.audio(FRAME);
  expect(node.agent.heard).toEqual([]);
});

test("an answer that differs from the early one is the one that counts", async () => {
  const node = new FakeOutboundNode();
  await node.place();
  const invite = node.dialer.last;
  invite.provisional(183, "Session Progress", answerTo(invite.call.sdp));
  await settle();
  const moved = answerTo(invite.call.sdp, { version: 2 }).replace("m=audio 4000", "m=audio 4444");
  invite.answer(moved, node.dialog);
  await settle();
  expect(node.session.plans.at(-1)).toMatchObject({ remotePort: 4444, direction: "sendrecv" });
});

test("an early answer that cannot be used starts no media; the final one decides", async () => {
  const node = new FakeOutboundNode();
  const call = await node.place();
  const invite = node.dialer.last;
  invite.provisional(183, "Session Progress", offerSdp());
  await settle();
  expect(node.session.plans).toEqual([]);
  invite.answer(answerTo(invite.call.sdp), node.dialog);
  await settle();
  expect(node.session.plans).toHaveLength(1);
  node.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
  await call.ended;
});

test("the client's cancel is a CANCEL before the answer and a BYE after it", async () => {
  const node = new FakeOutboundNode();
  const call = await node.place();
  call.end("order_cancelled", "by the client");
  expect(await call.ended).toBe("order_cancelled");
  expect(node.dialer.last.call.signal.aborted).toBe(true);

  const up = await answeredCall();
  up.call.end("order_cancelled", "by the client");
  expect(await up.call.ended).toBe("order_cancelled");
  expect(up.node.dialog.byes).toHaveLength(1);
});

test("nothing is dialled that must not be: too late, keys in clear, or a number that is no user part", async () => {
  const late = new FakeOutboundNode();
  const expired = await late.place({ dialBeforeMs: late.clock.nowMs() });
  expect(await expired.ended).toBe("order_expired");
  const insecure = new FakeOutboundNode();
  insecure.trunk = { ...TRUNK, mediaEncryption: "required", transport: "tcp" };
  expect(await (await insecure.place()).ended).toBe("trunk_insecure");
  const evil = new FakeOutboundNode();
  expect(await (await evil.place({ toNumber: "x@evil.test" })).ended).toBe("callee_not_dialable");
  for (const node of [late, insecure, evil]) {
    expect(node.dialer.invites).toEqual([]);
    // A call that never left has its record all the same: somebody ordered it.
    expect(node.events.map(({ kind }) => kind)).toEqual(["call_started", "call_ended"]);
    expect(node.record).toMatchObject({ sourceAddress: "carrier.test", sipCallId: "" });
    expect(node.states).toEqual(["ended"]);
  }
});

test("the trunk's password is opened for the call, and a call without it is not placed", async () => {
  const credentials = { username: "acme", password: "sealed" as never };
  const node = new FakeOutboundNode();
  node.trunk = { ...TRUNK, credentials };
  await node.place();
  expect(node.dialer.last.call.account?.username).toBe("acme");
  expect(node.dialer.last.call.account?.password.reveal()).toBe("open sesame");
  expect(JSON.stringify(node.logs)).not.toContain("open sesame");

  const without = new FakeOutboundNode();
  without.trunk = { ...TRUNK, credentials };
  without.openTrunkSecret = async () => {
    throw new Error("no key");
  };
  expect(await (await without.place()).ended).toBe("credentials_unavailable");
  expect(without.dialer.invites).toEqual([]);
});

test("headers of the trunk go with the INVITE, variables of the call with our BYE", async () => {
  const node = new FakeOutboundNode();
  node.trunk = {
    ...TRUNK,
    headers: {
      "X-Customer": "{{customer}}",
      "X-Secret": "{{secret__token}}",
      "X-Sid": "{{system__call_sid}}",
    },
    attributesToHeaders: { customer: "X-Customer-Id", system__call_sid: "X-Sid", unset: "X-Unset" },
  };
  const { call } = await answeredCall(node);
  expect(node.dialer.last.call.headers).toEqual({ "X-Customer": "42" });
  expect(node.logs.find(({ event }) => event === "headers_left_out")?.fields["names"]).toEqual([
    "X-Secret",
    "X-Sid",
  ]);
  node.agent.sink?.hangUp("done");
  await node.clock.advance(1_000);
  expect(await call.ended).toBe("agent_hung_up");
  expect(node.dialog.byeHeaders).toEqual([{ "X-Customer-Id": "42", "X-Sid": "call@node" }]);
});

test("a fault is internal_error with a record, and nothing is left open", async () => {
  const node = new FakeOutboundNode();
  node.openMedia = async () => {
    throw new Error("EMFILE");
  };
  expect(await (await node.place()).ended).toBe("internal_error");
  expect(node.record?.end.code).toBe("internal_error");
  expect(node.calls.count).toBe(0);
});

test("stopping the node cancels what rings", async () => {
  const node = new FakeOutboundNode();
  const call = await node.place();
  node.dialer.last.provisional(180, "Ringing");
  await settle();
  await node.calls.endAll("node_shutdown");
  expect(await call.ended).toBe("node_shutdown");
});
