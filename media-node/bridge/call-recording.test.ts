import { beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../schema/values/ids.ts";
import { FakeMedia } from "../../tests/support/fake-media.ts";
import { FakeAgent } from "../../tests/support/fake-parties.ts";
import { createVirtualClock } from "../../tests/support/virtual-clock.ts";
import type { CallMedia, MediaCall } from "../call/media-ports.ts";
import type { AudioTap } from "../media/audio-tap.ts";
import { createMediaPorts } from "./call-media.ts";

/** What of a call is copied, by the real bridge between media and an agent that are not. */

const TAP: AudioTap = { received() {}, sent() {} };
const SPOOL = { path: "/nowhere", key: new Uint8Array(32), facts: "" };
const EVENTS = {
  agentHungUp() {},
  agentLost() {},
  agentAway() {},
  agentBack() {},
  lost() {},
  failed() {},
};
const TALK = {
  silenceTimeoutSecs: null,
  voicemail: null,
  silent() {},
  screened() {},
  transcript() {},
  transfer() {},
};

let sessions: FakeMedia[];
let told: string[];
let agent: FakeAgent;

beforeEach(() => {
  sessions = [];
  told = [];
  agent = new FakeAgent([]);
});

async function openCall(spool: MediaCall["spool"] = SPOOL): Promise<CallMedia> {
  const ports = createMediaPorts({
    clock: createVirtualClock(),
    async openSession() {
      const session = new FakeMedia([]);
      sessions.push(session);
      return { session, address: "192.0.2.1", rtpPort: 10_000 };
    },
    agents: { connect: async () => agent },
    audioFiles: { read: async () => null },
    recordings: {
      begin(call, sampleRateHz) {
        if (call.spool === null) return null;
        told.push(`begin ${sampleRateHz}`);
        return { tap: TAP, end: () => void told.push("end") };
      },
      unused: () => void told.push("unused"),
    },
  });
  const media = await ports.open({ callId: newId("call"), digitInput: null, spool }, EVENTS);
  if (media === null) throw new Error("no media");
  return media;
}

async function answer(media: CallMedia): Promise<void> {
  const call = {} as never; // nobody looks into it
  const target = Promise.resolve({ protocol: "builtin" } as const);
  const { signal } = new AbortController();
  const link = media.connectAgent(target, call, signal, { isListening: false });
  await link.accepted;
  media.open(TALK);
}

const taps = () => sessions.map(({ tap }) => (tap === TAP ? "recorded" : "not"));

describe("of a call that is to be recorded", () => {
  test("what comes before the answer is not, and what comes after it is", async () => {
    const media = await openCall();
    expect(taps()).toEqual(["not"]);
    expect(told).toEqual([]);
    await answer(media);
    expect(taps()).toEqual(["recorded"]);
    expect(told).toEqual(["begin 8000"]);
    media.close();
    expect(taps()).toEqual(["not"]);
    expect(told[1]).toBe("end");
  });

  test("on hold neither side is recorded: nobody listens, and what comes is music", async () => {
    const media = await openCall();
    await answer(media);
    media.hold(true);
    expect(taps()).toEqual(["not"]);
    media.hold(false);
    expect(taps()).toEqual(["recorded"]);
    expect(told).toEqual(["begin 8000"]);
  });

  test("a call that begins on hold is recorded from when it is taken back", async () => {
    const media = await openCall();
    media.hold(true);
    await answer(media);
    expect(taps()).toEqual(["not"]);
    media.hold(false);
    expect(taps()).toEqual(["recorded"]);
  });

  test("the party that the peer has put in its place is recorded, and the one that left is not", async () => {
    const media = await openCall();
    await answer(media);
    const leg = await media.openLeg();
    if (leg === null) throw new Error("no leg");
    media.turnTo(leg);
    expect(taps()).toEqual(["not", "recorded"]);
  });

  test("what the caller says to somebody else than the agent is not", async () => {
    const media = await openCall();
    await answer(media);
    const leg = await media.openLeg();
    if (leg === null) throw new Error("no leg");
    expect(taps()).toEqual(["recorded", "not"]);
    media.join(leg);
    expect(taps()).toEqual(["not", "not"]);
    expect(told).toEqual(["begin 8000", "end"]);
    media.hold(false);
    expect(taps()).toEqual(["not", "not"]);
  });

  test("one that is never answered leaves word that there is nothing", async () => {
    const media = await openCall();
    await media[Symbol.asyncDispose]();
    expect(told).toEqual(["unused"]);
  });
});

test("a call that is not to be recorded is not", async () => {
  const media = await openCall(null);
  await answer(media);
  expect(taps()).toEqual(["not"]);
  expect(told).toEqual([]);
});
