import { expect, test } from "vitest";
import {
  type InboundRoute,
  type OutboundTrunkRoute,
  routingEntrySchema,
} from "../../../schema/contracts/routing.ts";
import { newId } from "../../../schema/values/ids.ts";
import { answeredCall, FRAME } from "../../../tests/support/answered-call.ts";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { FakeDialog } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import { answerOffer } from "../../protocol/sdp/offer-answer.ts";
import type { InviteOutcome, OutboundCall } from "../outbound/outbound-ports.ts";
import type { TransferRequest } from "./transfers.ts";

const REQUEST: TransferRequest = {
  id: "c1",
  destination: "+4930123400",
  method: "conference",
  headers: {},
  userToUser: null,
};

function trunkRoute(): OutboundTrunkRoute {
  const entry = routingEntrySchema.parse({
    kind: "outbound_trunk",
    entityId: newId("outboundTrunk"),
    value: {
      id: newId("outboundTrunk"),
      workspaceId: newId("workspace"),
      address: "carrier.example",
      transport: "tls",
      mediaEncryption: "disabled",
      codecs: ["PCMU"],
      headers: { "X-Conversation": "{{system__conversation_id}}" },
      attributesToHeaders: {},
      credentials: null,
      callerIdentity: {},
    },
  });
  if (entry.kind !== "outbound_trunk" || entry.value === null) throw new Error("no trunk");
  return entry.value;
}

function answerTo(offer: string): string {
  const negotiated = answerOffer(
    offer,
    { encryption: "disabled", codecs: ["PCMU"] },
    {
      address: "192.0.2.77",
      rtpPort: 7_000,
      sessionId: "9",
      sessionVersion: 1,
      masterKeyAndSalt: () => new Uint8Array(30),
    },
  );
  if (!negotiated.ok) throw new Error(negotiated.code);
  return negotiated.answer;
}

/** An answered call whose number has an outbound trunk, and what is dialled over it. */
async function callWithTrunk(change: (route: InboundRoute) => InboundRoute = (route) => route) {
  const route = change({ ...ROUTE, transfers: { ...ROUTE.transfers, trunk: trunkRoute() } });
  const call = await answeredCall(undefined, (node) => {
    node.decide = () => ({ kind: "accept", route });
  });
  const target = new FakeNode();
  const dialled = Promise.withResolvers<OutboundCall>();
  const outcome = Promise.withResolvers<InviteOutcome>();
  call.node.openMedia = target.openMedia;
  call.node.dial = (invite) => {
    dialled.resolve(invite);
    invite.signal.addEventListener("abort", () => outcome.resolve({ kind: "cancelled" }));
    return outcome.promise;
  };
  const dialog = new FakeDialog(target.journal);
  return {
    ...call,
    targetMedia: target.session,
    targetDialog: dialog,
    dialled: dialled.promise,
    end: outcome.resolve,
    async answer() {
      const { sdp } = await dialled.promise;
      outcome.resolve({
        kind: "answered",
        dialog,
        sdp: answerTo(sdp),
        status: 200,
        headers: {},
        address: "192.0.2.77",
      });
      await settle();
      const { handlers } = dialog;
      const { sink } = target.session;
      if (handlers === null || sink === null) throw new Error("not joined");
      return { handlers, sink };
    },
  };
}

const told = (call: { node: FakeNode }) =>
  call.node.agent.told.filter((line) => line.startsWith("transfer") || line.startsWith("ended"));

test("the target answers: both hear each other, keys pass, and the agent is out of the call", async () => {
  const call = await callWithTrunk();
  call.agent.transfer(REQUEST);
  const invite = await call.dialled;
  expect(invite.requestUri).toBe("sip:+4930123400@carrier.example");
  expect(invite.from).toContain("+15005550100");
  expect(invite.headers["X-Conversation"]).toMatch(/^conv_/);
  invite.onProvisional?.({ status: 180, reason: "Ringing", sdp: null, address: "192.0.2.77" });
  const { handlers, sink } = await call.answer();
  expect(told(call)).toEqual([
    "transfer c1 ringing 180 Ringing",
    "transfer c1 succeeded 200 OK",
    "ended transferred",
  ]);
  expect(call.node.agent.disposed).toBe(1);

  call.mediaSink.audio(FRAME);
  expect(call.targetMedia.sent).toEqual([FRAME]);
  sink.audio(FRAME);
  expect(call.node.session.sent).toEqual([FRAME]);
  call.mediaSink.digit("1", 100);
  sink.digit("2", 100);
  expect([call.targetMedia.digits, call.node.session.digits]).toEqual([["1 auto"], ["2 auto"]]);
  // What the agent still says is not heard.
  call.agent.audio(FRAME);
  expect(call.node.session.sent).toHaveLength(1);

  // The agent's longest duration is not that of two people.
  await call.node.clock.advance(700_000);
  handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
  expect(call.node.record?.end.code).toBe("transferred");
  expect(call.dialog.byes).toHaveLength(1);
  expect(call.targetDialog.byes).toEqual([]);
  expect(call.targetMedia.disposed).toBe(1);
  expect(call.node.clock.pendingTimers).toBe(0);
});

test("the caller hangs up first: the target gets its BYE, and every port is free", async () => {
  const call = await callWithTrunk();
  call.agent.transfer(REQUEST);
  await call.answer();
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
  expect(call.targetDialog.byes).toHaveLength(1);
  expect(call.dialog.byes).toEqual([]);
  expect([call.targetMedia.disposed, call.node.session.disposed]).toEqual([1, 1]);
  expect(call.node.record?.end.code).toBe("transferred");
});

test("a target that is busy leaves the caller with the agent, who may try again", async () => {
  const call = await callWithTrunk();
  call.agent.transfer(REQUEST);
  await call.dialled;
  call.end({
    kind: "refused",
    status: 486,
    reason: "Busy Here",
    retryAfter: null,
    sent: { sipCallId: "x", from: "y", cseq: 1 },
  });
  await settle();
  expect(told(call)).toEqual(["transfer c1 failed 486 Busy Here"]);
  expect(call.targetMedia.disposed).toBe(1);
  call.mediaSink.audio(FRAME);
  expect(call.node.agent.heard).toEqual([FRAME]);
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
  expect(call.node.record).toMatchObject({
    end: { code: "caller_hung_up" },
    transfers: [{ method: "conference", outcome: "failed", sipStatus: 486, reason: "Busy Here" }],
  });
});

test("a caller who hangs up while the target rings ends the ringing", async () => {
  const call = await callWithTrunk();
  call.agent.transfer(REQUEST);
  const invite = await call.dialled;
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
  expect(invite.signal.aborted).toBe(true);
  expect(call.targetMedia.disposed).toBe(1);
  expect(call.node.record?.end.code).toBe("caller_hung_up");
});

test("an answer that crosses the caller's BYE is ended too", async () => {
  const call = await callWithTrunk();
  call.agent.transfer(REQUEST);
  const { sdp } = await call.dialled;
  const { targetDialog: dialog } = call;
  call.end({
    kind: "answered",
    dialog,
    sdp: answerTo(sdp),
    status: 200,
    headers: {},
    address: "192.0.2.77",
  });
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
  expect(dialog.byes).toHaveLength(1);
  expect(call.targetMedia.disposed).toBe(1);
});

test("a number without an outbound trunk, and a SIP URI, are refused", async () => {
  const without = await answeredCall();
  without.agent.transfer(REQUEST);
  const call = await callWithTrunk();
  call.agent.transfer({ ...REQUEST, destination: "sip:desk@pbx.example.com" });
  await settle();
  expect([told(without), told(call)]).toEqual([
    ["transfer c1 failed null The number has no outbound trunk."],
    ["transfer c1 failed null A SIP URI is reached by the method refer only."],
  ]);
  for (const one of [without, call]) {
    one.handlers.ended({ by: "peer", reason: "BYE" });
    await one.handled;
  }
});

test("a re-INVITE of the target is answered for the target's leg alone", async () => {
  const call = await callWithTrunk();
  call.agent.transfer(REQUEST);
  const { handlers } = await call.answer();
  const held = await handlers.reoffer(
    [
      "v=0",
      "o=- 9 2 IN IP4 192.0.2.77",
      "s=-",
      "c=IN IP4 192.0.2.77",
      "t=0 0",
      "m=audio 7000 RTP/AVP 0",
      "a=sendonly",
      "",
    ].join("\r\n"),
  );
  expect("answer" in held && held.answer).toContain("a=recvonly");
  expect(call.targetMedia.plans.at(-1)?.direction).toBe("recvonly");
  expect(call.node.session.plans).toHaveLength(1);
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
});

test("the agent's silence timeout is not that of two people, and the permit is held until they have hung up", async () => {
  const call = await callWithTrunk((route) => ({
    ...route,
    agent: { ...route.agent, silenceTimeoutSecs: 20 },
  }));
  call.agent.transfer(REQUEST);
  const { handlers } = await call.answer();
  await call.node.clock.advance(120_000);
  expect(call.dialog.byes).toEqual([]);
  expect(call.node.permitsOut).toBe(1);
  handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
  expect(call.node.record?.end.code).toBe("transferred");
  expect(call.node.permitsOut).toBe(0);
  expect(call.node.clock.pendingTimers).toBe(0);
});

test("a call that cannot even be placed has failed: the caller stays with the agent, and another may follow", async () => {
  const call = await callWithTrunk();
  const { dial } = call.node;
  call.node.dial = () => Promise.reject(new RangeError("not a URI"));
  call.agent.transfer(REQUEST);
  await settle();
  expect(told(call)).toEqual(["transfer c1 failed null The node could not place the call."]);
  expect(call.node.logs.map(({ event }) => event)).toContain("transfer_failed");
  call.node.dial = dial;
  call.agent.transfer({ ...REQUEST, id: "c2" });
  await call.answer();
  expect(told(call)).toContain("transfer c2 succeeded 200 OK");
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
});
