import { describe, expect, test } from "vitest";
import { answeredCall } from "../../tests/support/answered-call.ts";
import { FakeNode } from "../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp } from "../../tests/support/fake-parties.ts";
import { handleInbound } from "../call/inbound/inbound.ts";
import type { CallMediaEvents } from "../call/media-ports.ts";

const EVENTS: CallMediaEvents = {
  agentHungUp() {},
  agentAway() {},
  agentBack() {},
  agentLost() {},
  lost() {},
  failed() {},
};

test("a leg that is opened while its call ends is released, and nobody gets it", async () => {
  const node = new FakeNode();
  const media = await node.media.open({ callId: node.newCallId(), digitInput: null }, EVENTS);
  const late = new FakeNode();
  const opening = Promise.withResolvers<void>();
  node.openMedia = async () => {
    await opening.promise;
    return late.openMedia();
  };
  const leg = media?.openLeg();
  await media?.[Symbol.asyncDispose]();
  opening.resolve();
  expect(await leg).toBeNull();
  expect([node.session.disposed, late.session.disposed]).toEqual([1, 1]);
});

describe("a defect of media in the same process", () => {
  const defect = () => {
    throw new Error("bug");
  };

  test("before the answer is a 500 with a record, and nothing is left", async () => {
    const node = new FakeNode();
    node.session.start = defect;
    const invite = new FakeInvite(node.journal, offerSdp());
    await handleInbound(invite, node);
    expect(invite.rejections).toEqual(["internal_error"]);
    expect(node.record?.end.code).toBe("internal_error");
    expect(node.session.disposed).toBe(1);
    expect(node.agent.disposed).toBe(1);
  });

  test("in a re-INVITE refuses it and ends the call", async () => {
    const call = await answeredCall();
    call.node.session.update = defect;
    const outcome = await call.handlers.reoffer(offerSdp({ version: 2, direction: "inactive" }));
    expect(outcome).toEqual({ refuse: "internal_error" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("internal_error");
  });

  test("at the end of a call still says BYE, records and releases", async () => {
    const call = await answeredCall();
    call.node.session.queuedMs = defect;
    call.agent.hangUp("done");
    await call.handled;
    expect(call.dialog.byes).toHaveLength(1);
    expect(call.node.record?.end.code).toBe("agent_hung_up");
    expect(call.node.logs.at(-1)?.event).toBe("call_failed");
    expect(call.node.session.disposed).toBe(1);
    expect(call.node.agent.disposed).toBe(1);
  });
});
