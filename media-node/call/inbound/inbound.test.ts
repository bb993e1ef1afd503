import { describe, expect, test } from "vitest";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp, QUERY } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import { CALL_ENDS } from "../call-ends.ts";
import { AgentUnavailable } from "../faults.ts";
import { handleInbound } from "./inbound.ts";

function inviteTo(node: FakeNode, offer: string | null = offerSdp()): FakeInvite {
  return new FakeInvite(node.journal, offer);
}

/** Whatever happened, nothing of the call may be left. */
function expectNothingLeft(node: FakeNode, opened: { media: boolean; agent: boolean }): void {
  expect(node.session.disposed).toBe(opened.media ? 1 : 0);
  expect(node.agent.disposed).toBe(opened.agent ? 1 : 0);
  expect(node.clock.pendingTimers).toBe(0);
  expect(node.calls.count).toBe(0);
}

test("the messages of a call are logged from its INVITE to its end, where its number keeps them", async () => {
  const node = new FakeNode();
  node.connectAgent = () => Promise.reject(new AgentUnavailable("none"));
  await handleInbound(new FakeInvite(node.journal, offerSdp()), node);
  expect(node.logged).toEqual([]);
  node.decide = () => ({ kind: "accept", route: { ...ROUTE, storeSipMessages: true } });
  const invite = new FakeInvite(node.journal, offerSdp());
  const callId = node.newCallId();
  await handleInbound(invite, node);
  expect(node.logged.splice(0)).toEqual([`open ${callId}`, `close ${callId}`]);
  invite.headers = { from: ["<sip:+4930123456@peer.example>;tag=theirs"] };
  await handleInbound(invite, node);
  expect(node.logged).toEqual([`open ${callId}`, `${callId} call@peer theirs`, `close ${callId}`]);
});

describe("an accepted call", () => {
  test("rings before the agent is connected, and media runs before the answer", async () => {
    const node = new FakeNode();
    const invite = inviteTo(node);
    const handled = handleInbound(invite, node);
    await settle();
    expect(node.journal).toEqual([
      "ringing",
      "call_started",
      "agent.connect",
      "media.start",
      "answer",
      "call_answered",
      "agent.answered",
    ]);
    expect(node.session.signallingAddress).toBe(QUERY.sourceAddress);

    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expect(node.counted).toEqual(["started", "set up", "ended caller_hung_up"]);
    expectNothingLeft(node, { media: true, agent: true });
  });

  test("the answer takes the first offered codec that the trunk allows, from the advertised address", async () => {
    const node = new FakeNode();
    const invite = inviteTo(node);
    const handled = handleInbound(invite, node);
    await settle();
    expect(invite.answers).toEqual([
      [
        "v=0",
        "o=- 7726764066567 1 IN IP4 203.0.113.5",
        "s=-",
        "c=IN IP4 203.0.113.5",
        "t=0 0",
        "m=audio 10000 RTP/AVP 0 101",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=sendrecv",
        "",
      ].join("\r\n"),
    ]);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
  });

  test("the record tells the headers, the numbers and a duration that starts with the answer", async () => {
    const node = new FakeNode();
    const invite = inviteTo(node);
    invite.headers = {
      "x-customer": ["42"],
      "x-call-id": ["pbx-1"],
      "x-caller-id": ["+49401"],
    };
    node.connectAgent = async () => {
      await node.clock.advance(700);
      return node.agent;
    };
    const handled = handleInbound(invite, node);
    await settle();
    await settle();
    node.session.counters = { ...node.session.counters, packetsSent: 61, jitterMs: 1.5 };
    await node.clock.advance(1_234);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;

    const [begun, answered] = node.events;
    const kinds = ["call_started", "call_answered", "call_ended"];
    expect(node.events.map((event) => event.kind)).toEqual(kinds);
    // The facts of the beginning again, so that it needs no event before it.
    expect(answered?.call).toEqual({ ...begun?.call, answeredAtMs: 1_750_000_000_700 });
    expect(node.record).toMatchObject({
      workspaceId: ROUTE.workspaceId,
      agentName: "Reception",
      direction: "inbound",
      agentNumber: "+15005550100",
      externalNumber: "+49401",
      callSid: "pbx-1",
      sipCallId: "call@peer",
      dynamicVariables: { sip_customer: "42" },
      nodeId: node.node.id,
      region: "test",
      transport: "tls",
      sourceAddress: "192.0.2.10",
      startedAtMs: 1_750_000_000_000,
      answeredAtMs: 1_750_000_000_700,
      endedAtMs: 1_750_000_001_934,
      durationMs: 1_234,
      end: { code: "caller_hung_up", ...CALL_ENDS.caller_hung_up },
      media: { codec: "PCMU", srtpSuite: null, packetsSent: 61, jitterMs: 1.5 },
    });
    expect(node.agentCalls).toMatchObject([
      {
        from: "+49401",
        to: "+15005550100",
        dynamicVariables: {
          sip_customer: "42",
          system__call_sid: "pbx-1",
          system__caller_id: "+49401",
          system__called_number: "+15005550100",
        },
      },
    ]);
  });

  test("a record that cannot be saved ends no call", async () => {
    const node = new FakeNode();
    node.saveRecord = () => Promise.reject(new Error("disk full"));
    const invite = inviteTo(node);
    const handled = handleInbound(invite, node);
    await settle();
    expect(node.agent.told).toEqual(["answered"]);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expect(node.logs.filter(({ event }) => event === "call_record_not_saved")).toHaveLength(3);
    expectNothingLeft(node, { media: true, agent: true });
  });
});

describe("an INVITE without an offer (RFC 3261 §13.2.1)", () => {
  const answer = offerSdp({ lines: ["m=audio 4000 RTP/AVP 8"] });

  test("gets our offer in the 200, and media starts from the answer in the ACK", async () => {
    const node = new FakeNode();
    const invite = inviteTo(node, null);
    invite.query = { ...QUERY, transport: "tcp" };
    invite.dialog.remoteAnswer = answer;
    const handled = handleInbound(invite, node);
    await settle();
    expect(invite.answers[0]).toContain("m=audio 10000 RTP/AVP 0 8 101\r\n");
    const kept = node.journal.filter((step) => step !== "call_answered");
    expect(kept.slice(-3)).toEqual(["answer", "media.start", "agent.answered"]);
    expect(node.session.plans).toMatchObject([{ codec: "PCMA", remotePort: 4000, srtp: null }]);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expectNothingLeft(node, { media: true, agent: true });
  });

  test.each([
    ["allowed", "tls", "RTP/SAVP"],
    ["allowed", "tcp", "RTP/AVP"],
    ["required", "tls", "RTP/SAVP"],
    ["disabled", "tls", "RTP/AVP"],
  ] as const)(
    "with encryption %s over %s is offered %s",
    async (encryption, transport, profile) => {
      const node = new FakeNode();
      node.decide = () => ({
        kind: "accept",
        route: { ...ROUTE, media: { ...ROUTE.media, encryption } },
      });
      const invite = inviteTo(node, null);
      invite.query = { ...QUERY, transport };
      await handleInbound(invite, node);
      expect(invite.answers[0]).toContain(`m=audio 10000 ${profile} 0 8 101\r\n`);
    },
  );

  test.each([
    ["no answer in the ACK", null, "no_audio"],
    ["a plain answer to an encrypted offer", answer, "encryption_required"],
  ] as const)("%s ends the call with a BYE and without a packet", async (_, remoteAnswer, code) => {
    const node = new FakeNode();
    const invite = inviteTo(node, null);
    invite.dialog.remoteAnswer = remoteAnswer;
    await handleInbound(invite, node);
    expect(node.session.plans).toEqual([]);
    expect(invite.dialog.byes).toEqual([{ cause: 488, text: CALL_ENDS[code].reason }]);
    expect(node.record?.end.code).toBe(code);
    expectNothingLeft(node, { media: true, agent: true });
  });
});
