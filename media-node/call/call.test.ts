import { describe, expect, test } from "vitest";
import { answeredCall, FRAME } from "../../tests/support/answered-call.ts";
import { FakeNode, ROUTE } from "../../tests/support/fake-call.ts";
import { qualityOf } from "../../tests/support/fake-media.ts";
import { FakeInvite, offerSdp } from "../../tests/support/fake-parties.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import { CALL_ENDS, type CallEndCode } from "./call-ends.ts";
import { handleInbound } from "./inbound/inbound.ts";

describe("the end of a call", () => {
  type Call = Awaited<ReturnType<typeof answeredCall>>;
  const endings: readonly [CallEndCode, (call: Call) => unknown, number | null][] = [
    ["caller_hung_up", (call) => call.handlers.ended({ by: "peer", reason: "BYE" }), null],
    ["signalling_lost", (call) => call.handlers.ended({ by: "engine", reason: "gone" }), null],
    ["agent_hung_up", (call) => call.agent.hangUp("done"), 200],
    ["agent_lost", (call) => call.agent.closed("cut off", false), 480],
    ["media_timeout", (call) => call.node.session.timeout.abort(), 408],
    ["media_lost", (call) => call.node.mediaEvents?.lost("exit 1"), 500],
    ["max_duration", (call) => call.node.clock.advance(ROUTE.agent.maxDurationSecs * 1000), 200],
    ["node_shutdown", (call) => void call.node.calls.endAll("node_shutdown"), 503],
  ];

  test.each(endings)(
    "%s is recorded, said in the BYE and told to the agent",
    async (code, end, cause) => {
      const call = await answeredCall();
      end(call);
      await call.node.clock.advance(1_000);
      await call.handled;
      expect(call.dialog.byes).toEqual(
        cause === null ? [] : [{ cause, text: CALL_ENDS[code].reason }],
      );
      expect(call.node.record?.end).toEqual({ code, ...CALL_ENDS[code] });
      expect(call.node.agent.told).toEqual(["answered", `ended ${code}`]);
      expect(call.node.counted.at(-1)).toBe(`ended ${code}`);
      expect(call.node.session.disposed).toBe(1);
      expect(call.node.agent.disposed).toBe(1);
      expect(call.node.clock.pendingTimers).toBe(0);
      expect(call.node.calls.count).toBe(0);
    },
  );

  test("has one reason: later ones are logged and change nothing", async () => {
    const call = await answeredCall();
    call.node.session.timeout.abort();
    call.agent.closed("cut off", false);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("media_timeout");
    expect(
      call.node.logs
        .filter(({ event }) => event === "call_end_ignored")
        .map(({ fields }) => fields["code"]),
    ).toEqual(["agent_lost", "caller_hung_up"]);
  });

  test("saves the record without waiting for a BYE that nobody answers", async () => {
    const call = await answeredCall();
    const bye = Promise.withResolvers<void>();
    call.dialog.bye = () => bye.promise;
    const ended = call.node.calls.endAll("node_shutdown");
    await settle();
    expect(call.node.record?.end.code).toBe("node_shutdown");
    expect(call.node.session.disposed).toBe(0);
    bye.resolve();
    await ended;
    expect(call.node.session.disposed).toBe(1);
  });

  test("tells how well the call was heard: all of it to the record, what it comes to in the log", async () => {
    const call = await answeredCall();
    const quality = qualityOf(4.2, 1_000);
    call.node.session.measured = quality;
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(call.node.record?.media?.quality).toEqual(quality);
    const logged = call.node.logs.find(({ event }) => event === "call_ended");
    expect(logged?.fields["media"]).toMatchObject({ quality: quality.summary });
    expect(JSON.stringify(logged)).not.toContain("atSecs");
  });

  test("stops the media with the BYE, before its answer and the agent's close (RFC 3261 §15.1.1)", async () => {
    const call = await answeredCall();
    call.dialog.bye = async () => void call.node.journal.push("bye");
    call.node.session.timeout.abort();
    await call.handled;
    const { journal } = call.node;
    expect(journal.indexOf("media.stop")).toBe(journal.indexOf("bye") + 1);
    expect(journal.indexOf("agent.dispose")).toBeGreaterThan(journal.indexOf("media.stop"));
  });

  test("of the peer's making stops the media at once, whatever the agent's close takes", async () => {
    const call = await answeredCall();
    const closing = Promise.withResolvers<void>();
    call.node.agent[Symbol.asyncDispose] = () => closing.promise;
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await settle();
    expect(call.node.journal).toContain("media.stop");
    closing.resolve();
    await call.handled;
  });
});

describe("an agent that hangs up", () => {
  test("is heard to its end, and 200 ms more, before the BYE", async () => {
    const call = await answeredCall();
    call.node.session.queued = 3_000;
    call.agent.hangUp("done");
    await call.node.clock.advance(2_999);
    expect(call.dialog.byes).toEqual([]);
    call.node.session.queued = 0;
    await call.node.clock.advance(1 + 199);
    expect(call.dialog.byes).toEqual([]);
    await call.node.clock.advance(1);
    expect(call.dialog.byes).toHaveLength(1);
    await call.handled;
  });

  test("is heard for 30 s at most", async () => {
    const call = await answeredCall();
    call.node.session.queued = 20_000; // never gets shorter
    call.agent.hangUp("done");
    await call.node.clock.advance(29_999);
    expect(call.dialog.byes).toEqual([]);
    await call.node.clock.advance(1);
    expect(call.dialog.byes).toHaveLength(1);
    await call.handled;
  });

  test("is not waited for on hold, where nobody listens", async () => {
    const call = await answeredCall();
    await call.handlers.reoffer(offerSdp({ version: 2, direction: "sendonly" }));
    call.node.session.queued = 5_000;
    call.agent.hangUp("done");
    await call.handled;
    expect(call.dialog.byes).toHaveLength(1);
  });

  test("may close its connection at once: that is no loss, and what it said is still heard", async () => {
    const call = await answeredCall();
    call.node.session.queued = 1_000;
    call.agent.hangUp("done");
    call.agent.closed("closed with 1000", true);
    await call.node.clock.advance(500);
    expect(call.dialog.byes).toEqual([]);
    call.node.session.queued = 0;
    await call.node.clock.advance(1_000);
    await call.handled;
    expect(call.node.record?.end.code).toBe("agent_hung_up");
  });

  test.each([
    ["the caller hangs up", 0],
    ["the node is stopped", 1],
  ] as const)("is not waited for when %s meanwhile", async (_, byes) => {
    const call = await answeredCall();
    call.node.session.queued = 25_000;
    call.agent.hangUp("done");
    await call.node.clock.advance(100);
    if (byes === 0) call.handlers.ended({ by: "peer", reason: "BYE" });
    else void call.node.calls.endAll("node_shutdown");
    await call.handled;
    expect(call.dialog.byes).toHaveLength(byes);
    expect(call.node.record?.end.code).toBe("agent_hung_up");
  });
});

describe("audio and digits", () => {
  test("flow both ways, marks and clears with them", async () => {
    const call = await answeredCall();
    call.mediaSink.audio(FRAME);
    call.agent.audio(FRAME);
    call.agent.mark("m");
    call.agent.clear();
    call.mediaSink.markReached("m", "cleared", 0);
    call.mediaSink.digit("5", 120);
    expect(call.node.agent.heard).toEqual([FRAME]);
    expect(call.node.session.sent).toEqual([FRAME]);
    expect(call.node.session.marks).toEqual(["m"]);
    expect(call.node.session.cleared).toBe(1);
    expect(call.node.agent.told).toEqual(["answered", "mark m cleared", "digit 5 120"]);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });

  test("of the caller do not reach the agent before it is told of the answer", async () => {
    const node = new FakeNode();
    const invite = new FakeInvite(node.journal, offerSdp());
    const acknowledged = Promise.withResolvers<void>();
    invite.onAnswer = () => acknowledged.promise;
    const handled = handleInbound(invite, node);
    await settle();
    node.session.sink?.audio(FRAME);
    node.session.sink?.digit("1", 100);
    expect(node.agent.heard).toEqual([]);
    acknowledged.resolve();
    await settle();
    expect(node.agent.told).toEqual(["answered"]);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
  });

  test("of the agent before the answer are the first that the caller hears, in order", async () => {
    const node = new FakeNode();
    const invite = new FakeInvite(node.journal, null);
    invite.query = { ...invite.query, transport: "tcp" };
    invite.dialog.remoteAnswer = offerSdp();
    const acknowledged = Promise.withResolvers<void>();
    invite.onAnswer = () => acknowledged.promise;
    const handled = handleInbound(invite, node);
    await settle();
    const { sink } = node.agent;
    sink?.audio(FRAME);
    sink?.mark("greeting");
    for (let second = 0; second < 30; second++) sink?.audio(new Int16Array(8_000));
    expect(node.session.sent).toEqual([]);
    acknowledged.resolve();
    await settle();
    expect(node.session.sent[0]).toEqual(FRAME);
    expect(node.session.sent).toHaveLength(30); // 30 s and no more
    expect(node.session.marks).toEqual(["greeting"]);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
  });

  test("an agent that is 30 s ahead is told once that its audio is dropped, and again after it was taken", async () => {
    const call = await answeredCall();
    const full = () => call.node.agent.told.filter((told) => told === "playout full").length;
    call.node.session.isFull = true;
    call.agent.audio(FRAME);
    call.agent.audio(FRAME);
    expect(full()).toBe(1);
    call.node.session.isFull = false;
    call.agent.audio(FRAME);
    call.node.session.isFull = true;
    call.agent.audio(FRAME);
    expect(full()).toBe(2);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
  });
});
