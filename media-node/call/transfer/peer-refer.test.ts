import { describe, expect, test } from "vitest";
import { FRAME } from "../../../tests/support/answered-call.ts";
import { FakeNode } from "../../../tests/support/fake-call.ts";
import { qualityOf } from "../../../tests/support/fake-media.ts";
import { answerTo, FakeOutboundNode, TRUNK } from "../../../tests/support/fake-outbound.ts";
import { FakeDialog } from "../../../tests/support/fake-parties.ts";
import {
  callWithTrunk,
  expectOver,
  FakeRefer,
  TARGET,
} from "../../../tests/support/referring-call.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";

describe("a REFER of the peer", () => {
  test("puts the target in the peer's place: audio, keys, marks, hold and the end are the target's", async () => {
    const call = await callWithTrunk();
    const { node } = call;
    call.agent.audio(FRAME);
    call.agent.mark("before");
    const { refer, leg } = await call.transferred();
    expect(leg.invite).toMatchObject({
      requestUri: "sip:+493012340055@carrier.test",
      headers: { "Referred-By": "<sip:boss@pbx.example>", "X-Account": "42" },
      allowsRefer: false,
    });
    expect(leg.invite.from).toContain("+15005550100");
    expect(refer.sent).toEqual(["202", "NOTIFY 100 Trying", "NOTIFY 200 OK (last)"]);
    expect(node.agent.told).toContain("far end +493012340055");
    // What the peer had not heard is nobody's.
    expect(node.session.cleared).toBe(1);
    expect(node.journal.filter((event) => event === "media.stop")).toHaveLength(1);

    call.agent.audio(FRAME);
    call.agent.mark("after");
    call.agent.sendDigits("1", "auto");
    leg.media.sink?.audio(FRAME);
    leg.media.sink?.digit("7", 90);
    expect([node.session.sent, leg.media.sent]).toEqual([[FRAME], [FRAME]]);
    expect([node.session.marks, leg.media.marks]).toEqual([["before"], ["after"]]);
    expect(leg.media.digits).toEqual(["1 auto"]);
    expect(node.agent.heard).toHaveLength(1);
    expect(node.agent.told).toContain("digit 7 90");
    const sdp = answerTo(leg.invite.sdp, { version: 2, direction: "sendonly" });
    expect(await leg.dialog.handlers?.reoffer(sdp)).toHaveProperty("answer");
    expect(node.agent.told.at(-1)).toBe("held");

    // The peer goes by itself, and the call goes on.
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await settle();
    expect(node.session.disposed).toBe(1);
    expect(node.record).toBeNull();
    leg.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(node.record?.end.code).toBe("callee_hung_up");
    expect([call.dialog.byes, leg.dialog.byes]).toEqual([[], []]);
    expectOver(call);
  });

  test("a peer that does not leave after its transfer gets our BYE in 5 s", async () => {
    const call = await callWithTrunk();
    const { leg } = await call.transferred();
    await call.node.clock.advance(4_999);
    expect(call.dialog.byes).toEqual([]);
    await call.node.clock.advance(1);
    expect(call.dialog.byes).toMatchObject([{ cause: 200 }]);
    // Its silence is nothing any more: the target's would end the call.
    call.node.session.timeout.abort();
    expect(call.node.record).toBeNull();
    leg.media.timeout.abort();
    await call.handled;
    expect(call.node.record?.end.code).toBe("media_timeout");
    expect(leg.dialog.byes).toHaveLength(1);
    expectOver(call);
  });

  test("the end of the call reaches both, one that is on the way out included, and counts the packets of both", async () => {
    const call = await callWithTrunk();
    const { node } = call;
    node.session.counters = { ...node.session.counters, packetsSent: 100, jitterMs: 9 };
    node.session.measured = qualityOf(4, 1_000);
    const { leg } = await call.transferred();
    leg.media.counters = { ...leg.media.counters, packetsSent: 20, jitterMs: 3 };
    leg.media.measured = qualityOf(3, 31_000);
    call.agent.hangUp("done");
    await node.clock.advance(200);
    await call.handled;
    expect([call.dialog.byes.length, leg.dialog.byes.length]).toEqual([1, 1]);
    expect(node.record).toMatchObject({
      end: { code: "agent_hung_up" },
      media: {
        packetsSent: 120,
        jitterMs: 3,
        quality: {
          summary: { receive: { mos: { min: 3, avg: 3.5, max: 4 }, packets: 500 } },
          series: { startedAtMs: 1_000, atSecs: [5, 35], receive: { mos: [4, 3] } },
        },
      },
    });
    expectOver(call);
  });

  test("that fails is told so, and the call goes on with the peer; another may follow", async () => {
    const call = await callWithTrunk();
    const refer = await call.refer(TARGET);
    const [leg] = call.placed;
    leg?.invite.onProvisional?.({
      status: 180,
      reason: "Ringing",
      sdp: null,
      address: "192.0.2.77",
    });
    const sent = { sipCallId: "c", from: "f", cseq: 1 };
    leg?.end({ kind: "refused", status: 486, reason: "Busy Here", retryAfter: null, sent });
    await settle();
    expect(refer.sent).toEqual([
      "202",
      "NOTIFY 100 Trying",
      "NOTIFY 180 Ringing",
      "NOTIFY 486 Busy Here (last)",
    ]);
    call.agent.audio(FRAME);
    expect(call.node.session.sent).toEqual([FRAME]);
    expect((await call.refer(TARGET)).sent[0]).toBe("202");
    call.placed[1]?.end({ kind: "failed", cause: "unreachable", detail: "ECONNREFUSED" });
    await settle();
    await call.hangUp();
    expect(call.node.record?.end.code).toBe("caller_hung_up");
    expectOver(call);
  });

  test("a peer that leaves at once has been taken at its word: the agent waits for the target", async () => {
    const call = await callWithTrunk();
    const refer = await call.refer(TARGET);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await settle();
    expect(call.node.agent.told.at(-1)).toBe("held");
    await call.placed[0]?.answer();
    // RFC 3515 §2.4: the dialog of the subscription is over.
    expect(refer.sent).toEqual(["202", "NOTIFY 100 Trying"]);
    expect(call.node.agent.told.slice(-2)).toEqual(["far end +493012340055", "resumed"]);
    call.agent.audio(FRAME);
    expect(call.placed[0]?.media.sent).toEqual([FRAME]);
    call.placed[0]?.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("callee_hung_up");
    expectOver(call);
  });

  test("a peer that leaves at once and whose target does not answer has hung up", async () => {
    const call = await callWithTrunk();
    await call.refer(TARGET);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    call.placed[0]?.end({ kind: "failed", cause: "silent", detail: "32 s" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("caller_hung_up");
    expect(call.dialog.byes).toEqual([]);
    expectOver(call);
  });

  test("the end of the call ends the ringing, and an answer that crosses it", async () => {
    const ringing = await callWithTrunk();
    await ringing.refer(TARGET);
    ringing.agent.hangUp("enough");
    await ringing.node.clock.advance(200);
    await ringing.handled;
    expect(ringing.placed[0]?.invite.signal.aborted).toBe(true);
    expectOver(ringing);

    const crossing = await callWithTrunk();
    await crossing.refer(TARGET);
    const [leg] = crossing.placed;
    const answering = leg?.answer();
    crossing.agent.hangUp("enough");
    await answering;
    await crossing.node.clock.advance(200);
    await crossing.handled;
    expect(leg?.dialog.byes).toHaveLength(1);
    expectOver(crossing);
  });

  test("a fault of ours while the target is called is told as 500, and the call goes on", async () => {
    const call = await callWithTrunk();
    call.node.openMedia = async () => {
      throw new Error("no sockets");
    };
    const refer = await call.refer(TARGET);
    expect(refer.sent.at(-1)).toBe("NOTIFY 500 Server Internal Error (last)");
    expect(call.node.logs.map(({ event }) => event)).toContain("peer_transfer_failed");
    await call.hangUp();
    expect(call.node.record?.end.code).toBe("caller_hung_up");
    expectOver(call);
  });

  test("a peer that leaves while the agent's last words are played is not waited for", async () => {
    const call = await callWithTrunk();
    await call.refer(TARGET);
    call.node.session.queued = 20_000;
    call.agent.hangUp("bye");
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("agent_hung_up");
    expectOver(call);
  });

  test("the target may transfer on where its trunk says so, and the duration is the call's", async () => {
    const call = await callWithTrunk({ trunkAllows: true });
    const { leg } = await call.transferred();
    expect(leg.invite.allowsRefer).toBe(true);
    const refer = new FakeRefer("<sip:desk@pbx.example.com;transport=tcp>");
    leg.dialog.handlers?.referred?.(refer);
    await settle();
    // The trunk is the way there; the URI says whom to ask for.
    expect(call.placed[1]?.invite.requestUri).toBe("sip:desk@pbx.example.com");
    expect(call.placed[1]?.invite.nextHop).toMatch(/^sip:carrier\.test/);
    await call.placed[1]?.answer();
    expect(call.node.agent.told).toContain("far end sip:desk@pbx.example.com");
    const late = new FakeRefer(TARGET);
    leg.dialog.handlers?.referred?.(late);
    expect(late.sent).toEqual(["603 The call has been transferred."]);
    await call.node.clock.advance(600_000);
    await call.handled;
    expect(call.node.record?.end.code).toBe("max_duration");
    expectOver(call);
  });
});

test("whom we have called may transfer where the trunk says so, and is told so in the INVITE", async () => {
  const placed = async (allowRefer: boolean) => {
    const node = new FakeOutboundNode();
    node.trunk = { ...TRUNK, allowRefer, remoteDomains: ["sbc.carrier.test"] };
    const call = await node.place();
    const invite = node.dialer.last;
    invite.answer(answerTo(invite.call.sdp), node.dialog);
    await settle();
    return { node, call, invite };
  };
  const closed = await placed(false);
  expect(closed.invite.call.allowsRefer).toBe(false);
  expect(closed.node.dialog.handlers?.referred).toBeUndefined();

  const { node, call, invite } = await placed(true);
  expect(invite.call).toMatchObject({ allowsRefer: true, remoteDomains: ["sbc.carrier.test"] });
  const target = new FakeNode().session;
  node.openMedia = async () => ({ session: target, address: "203.0.113.5", rtpPort: 10_002 });
  const refer = new FakeRefer(TARGET);
  node.dialog.handlers?.referred?.(refer);
  await settle();
  const second = node.dialer.last;
  expect(second.call.requestUri).toBe("sip:+493012340055@carrier.test");
  const dialog = new FakeDialog(node.journal);
  second.answer(answerTo(second.call.sdp), dialog);
  await settle();
  expect(refer.sent.at(-1)).toBe("NOTIFY 200 OK (last)");
  node.agent.sink?.audio(FRAME);
  expect(target.sent).toEqual([FRAME]);
  dialog.handlers?.ended({ by: "peer", reason: "BYE" });
  expect(await call.ended).toBe("callee_hung_up");
  expect(node.states.filter((state) => state === "ended")).toHaveLength(1);
  expect([target.disposed, node.clock.pendingTimers]).toEqual([1, 0]);
});
