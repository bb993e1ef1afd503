import { describe, expect, test } from "vitest";
import { answeredCall, FRAME } from "../../tests/support/answered-call.ts";
import { type FakeNode, ROUTE } from "../../tests/support/fake-call.ts";
import { offerSdp } from "../../tests/support/fake-parties.ts";
import { settle } from "../../tests/support/virtual-clock.ts";

/** Hold, mute and files of the agent, in virtual time. */

const DIGEST = "a".repeat(64);
const BEEP = new Int16Array(4_000).fill(3);

async function call(
  readAudio: FakeNode["readAudio"] = async () => ({ pcm: BEEP, sampleRateHz: 8_000 }),
) {
  const agent = { ...ROUTE.agent, audioFiles: { beep: DIGEST } };
  const answered = await answeredCall(undefined, (node) => {
    node.decide = () => ({ kind: "accept", route: { ...ROUTE, agent } });
    node.readAudio = readAudio;
  });
  const { node } = answered;
  const acted = () =>
    node.agent.told.flatMap((line) =>
      line.startsWith("acted ") ? [JSON.parse(line.slice(6))] : [],
    );
  return { ...answered, acted, end: () => node.calls.endAll("node_shutdown") };
}

const hold = (isActive: boolean) => ({ kind: "hold", isActive }) as const;
const mute = (party: "caller" | "agent", isActive: boolean) =>
  ({ kind: "mute", party, isActive }) as const;
const play = (file = "beep", id: string | null = "p1") => ({ kind: "play", id, file }) as const;

describe("an agent that holds its caller", () => {
  test("neither hears nor is heard; the caller hears the hold tone, and keys are told", async () => {
    const held = await call();
    const { session } = held.node;
    held.agent.act(hold(true));
    const tone = session.sent.length;
    expect(tone).toBeGreaterThan(0);
    expect(session.cleared).toBe(0);
    held.agent.audio(FRAME);
    held.mediaSink.audio(FRAME);
    held.mediaSink.digit("5", 100);
    expect(session.sent).toHaveLength(tone);
    expect(held.node.agent.heard).toEqual([]);
    expect(held.node.agent.told).toContain("digit 5 100");
    held.agent.act(hold(false));
    expect(session.cleared).toBe(1);
    held.agent.audio(FRAME);
    held.mediaSink.audio(FRAME);
    expect(session.sent.at(-1)).toBe(FRAME);
    expect(held.node.agent.heard).toHaveLength(1);
    expect(held.acted()).toEqual([hold(true), hold(false)]);
    await held.end();
    expect(held.node.clock.pendingTimers).toBe(0);
  });

  test("and is lost leaves no hold behind: its caller hears the comfort tone, and it comes back without one", async () => {
    const held = await call();
    held.agent.act(hold(true));
    held.agent.act(mute("caller", true));
    held.agent.closed("closed with 1006", true);
    await held.node.clock.advance(0);
    held.agent.audio(FRAME);
    expect(held.node.session.sent.at(-1)).toBe(FRAME);
    held.mediaSink.audio(FRAME);
    expect(held.node.agent.heard).toHaveLength(1);
    await held.end();
    expect(held.node.clock.pendingTimers).toBe(0);
  });

  test("and hangs up is not waited for while the tone goes on", async () => {
    const held = await call();
    held.agent.act(hold(true));
    held.agent.hangUp("done");
    await held.node.clock.advance(300);
    await held.handled;
    expect(held.node.record?.end.code).toBe("agent_hung_up");
  });
});

test("a muted caller is not heard by the agent, a muted agent not by the caller, until each is unmuted", async () => {
  const muted = await call();
  const { agent, session } = muted.node;
  muted.agent.act(mute("caller", true));
  muted.mediaSink.audio(FRAME);
  muted.agent.audio(FRAME);
  expect([agent.heard.length, session.sent.length]).toEqual([0, 1]);
  muted.agent.act(mute("agent", true));
  muted.agent.act(mute("caller", false));
  muted.mediaSink.audio(FRAME);
  muted.agent.audio(FRAME);
  expect([agent.heard.length, session.sent.length]).toEqual([1, 1]);
  muted.agent.act(mute("agent", false));
  muted.agent.audio(FRAME);
  expect(session.sent).toHaveLength(2);
  expect(muted.acted()).toHaveLength(4);
  await muted.end();
});

describe("a file that the agent has played", () => {
  test("comes behind what it has said and before what it says next, however long it takes to read", async () => {
    const reading = Promise.withResolvers<{ pcm: Int16Array; sampleRateHz: number }>();
    const playing = await call(() => reading.promise);
    const { session } = playing.node;
    const after = new Int16Array(160).fill(8);
    playing.agent.audio(FRAME);
    playing.agent.act(play());
    playing.agent.audio(after);
    playing.agent.mark("after");
    expect(session.sent).toEqual([FRAME]);
    reading.resolve({ pcm: BEEP, sampleRateHz: 8_000 });
    await settle();
    expect(session.sent.map((pcm) => pcm[0])).toEqual([FRAME[0], BEEP[0], after[0]]);
    const [end = "", mark] = session.marks;
    expect(mark).toBe("after");
    expect(playing.acted()).toEqual([]);
    playing.mediaSink.markReached(end, "played", 0);
    playing.mediaSink.markReached("after", "played", 0);
    expect(playing.node.agent.told.slice(-2)).toEqual([
      `acted ${JSON.stringify({ ...play(), outcome: "played", reason: null })}`,
      "mark after played",
    ]);
    await playing.end();
  });

  test("is cleared as what it says", async () => {
    const playing = await call();
    playing.agent.act(play());
    await settle();
    playing.agent.clear();
    playing.mediaSink.markReached(playing.node.session.marks[0] ?? "", "cleared", 0);
    expect(playing.acted()).toEqual([{ ...play(), outcome: "cleared", reason: null }]);
    await playing.end();
  });

  test.each([
    ["that it does not have", play("__proto__"), "There is no such file on the node."],
    ["that is not on the node yet", play("gone"), "There is no such file on the node."],
  ])("%s fails, and what it says next is heard", async (_, action, reason) => {
    const playing = await call();
    playing.agent.act(action);
    playing.agent.audio(FRAME);
    await settle();
    expect(playing.acted()).toEqual([{ ...action, outcome: "failed", reason }]);
    expect(playing.node.session.sent).toEqual([FRAME]);
    await playing.end();
  });

  test("that nobody would hear, or that has no room, fails with why", async () => {
    const playing = await call();
    await playing.handlers.reoffer(offerSdp({ version: 2, direction: "inactive" }));
    playing.agent.act(play());
    await playing.handlers.reoffer(offerSdp({ version: 3 }));
    playing.node.session.queued = 29_600;
    playing.agent.act(play());
    await settle();
    expect(playing.acted().map(({ reason }) => reason)).toEqual([
      "The caller holds the call.",
      "30 s is queued.",
    ]);
    playing.node.session.queued = 0;
    await playing.end();
  });
});
