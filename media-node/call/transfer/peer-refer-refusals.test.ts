import { describe, expect, test } from "vitest";
import { answeredCall } from "../../../tests/support/answered-call.ts";
import { ROUTE } from "../../../tests/support/fake-call.ts";
import {
  callWithTrunk,
  expectOver,
  FakeRefer,
  TARGET,
} from "../../../tests/support/referring-call.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";

describe("a REFER of the peer", () => {
  test.each([
    ["no Refer-To", [], "400 Refer-To has one address."],
    ["two of them", [TARGET, TARGET], "400 Refer-To has one address."],
    ["two in one", [`${TARGET}, ${TARGET}`], "400 Refer-To has one address."],
    ["a text", ["Alice"], "400 Refer-To has one address."],
    ["a number that is not allowed", ["<tel:+4930999>"], "403 Calls may not be transferred there."],
    ["a host that is not", ["<sip:x@evil.example>"], "403 Calls may not be transferred there."],
    [
      "another method",
      ["<sip:desk@pbx.example.com;method=BYE>"],
      "501 A REFER asks for an INVITE.",
    ],
    [
      "Replaces",
      ["<sip:desk@pbx.example.com?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>"],
      "603 An attended transfer (Replaces) is not done.",
    ],
    ["a web page", ["<https://x.example>"], "603 The target is no phone number and no SIP URI."],
  ])("with %s is refused, and nothing is dialled", async (_what, referTo, answer) => {
    const call = await callWithTrunk();
    expect((await call.refer(...referTo)).sent).toEqual([answer]);
    expect(call.placed).toEqual([]);
    await call.hangUp();
    expectOver(call);
  });

  test("of a trunk that does not allow it reaches nobody, and Allow does not invite to it", async () => {
    const call = await callWithTrunk({ allowRefer: false });
    expect(call.handlers.referred).toBeUndefined();
    expect(call.invite.answerTerms).toEqual([
      { allowsRefer: false, remoteDomains: [], outboundAddress: "carrier.test" },
    ]);
    await call.hangUp();
    const allowed = await callWithTrunk();
    expect(allowed.invite.answerTerms).toMatchObject([{ allowsRefer: true }]);
    await allowed.hangUp();
  });

  test("where the number has no outbound trunk is refused", async () => {
    const call = await answeredCall(undefined, (node) => {
      node.decide = () => ({ kind: "accept", route: { ...ROUTE, allowRefer: true } });
    });
    const refer = new FakeRefer(TARGET);
    call.handlers.referred?.(refer);
    expect(refer.sent).toEqual(["403 The number has no outbound trunk."]);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("one transfer at a time, whoever asks for it", async () => {
    const call = await callWithTrunk();
    const request = { destination: "+4930123400", headers: {}, userToUser: null };
    await call.refer(TARGET);
    expect((await call.refer(TARGET)).sent).toEqual(["491 Another transfer is under way."]);
    call.agent.transfer({ ...request, id: "t1", method: "conference" });
    expect(call.node.agent.told).toContain(
      "transfer t1 failed null Another transfer is under way.",
    );
    call.placed[0]?.end({ kind: "failed", cause: "silent", detail: "32 s" });
    await settle();

    call.agent.transfer({ ...request, id: "t2", method: "refer" });
    await settle();
    expect((await call.refer(TARGET)).sent).toEqual(["491 Another transfer is under way."]);
    call.handlers.referNotice?.({ status: 486, reason: "Busy", isLast: true });
    await settle();

    call.agent.transfer({ ...request, id: "t3", method: "conference" });
    await settle();
    await call.placed.at(-1)?.answer();
    // Two people talk: there is no agent to be transferred.
    expect((await call.refer(TARGET)).sent).toEqual(["491 Another transfer is under way."]);
    await call.hangUp();
    expectOver(call);
  });

  test("the eleventh of one call is refused", async () => {
    const call = await callWithTrunk();
    for (let asked = 0; asked < 10; asked += 1) {
      expect((await call.refer(TARGET)).sent[0]).toBe("202");
      call.placed.at(-1)?.end({ kind: "failed", cause: "unreachable", detail: "ECONNREFUSED" });
      await settle();
    }
    expect((await call.refer(TARGET)).sent).toEqual([
      "603 The call has been transferred too often.",
    ]);
    await call.hangUp();
    expectOver(call);
  });
});
