import { expect, test } from "vitest";
import type { MediaSession, MediaSink } from "../media/media-session.ts";
import { plan, TestCall } from "../media/test-session.ts";
import { createTone } from "../protocol/audio/tone.ts";
import { analyseTone } from "../protocol/audio/tone-analysis.ts";
import { relayTo } from "./relay.ts";

const PLANS = {
  G722: plan({ codec: "G722", payloadType: 9 }),
  PCMU: plan(),
  PCMA: plan({ codec: "PCMA", payloadType: 8 }),
};
const TONE_HZ = 437;

/** Passes what one leg hears to the other, as its packets arrive there; returns what that leg's peer hears. */
async function relayed(from: keyof typeof PLANS, to: keyof typeof PLANS): Promise<Int16Array> {
  await using speaking = new TestCall();
  await using listening = new TestCall();
  const source = await speaking.open();
  const target = await listening.open();
  // The target's own packets, read back by a session that has its codec.
  await using ear = new TestCall();
  const heard = await ear.open();
  target.start(PLANS[to], listening.sink);
  const sink: MediaSink = relayTo(target);
  source.start(PLANS[from], speaking.sink);
  heard.start(PLANS[to], ear.sink);

  const rateHz = source.sampleRateHz;
  const tone = createTone(rateHz, TONE_HZ);
  for (let i = 0; i < 75; i++) {
    const frame = new Int16Array(rateHz / 50);
    tone.fill(frame);
    sink.audio(frame);
    listening.clock.advance(20);
    deliver(listening, ear, heard);
    ear.clock.advance(20);
  }
  return Int16Array.from(ear.sink.frames.flatMap((frame) => [...frame]));
}

function deliver(from: TestCall, to: TestCall, session: MediaSession): void {
  to.network.inject(from.lastRtp(), "203.0.113.5", 5_000, session.localPort);
}

test.each([
  ["G722", "PCMU", 8_000],
  ["PCMA", "G722", 16_000],
  ["G722", "G722", 16_000],
] as const)(
  "what is heard in %s is heard in %s, at its pitch and without a gap",
  async (from, to, rateHz) => {
    const heard = await relayed(from, to);
    const { snrDb, longestGapMs, presentMs } = analyseTone(heard, rateHz, TONE_HZ);
    expect(snrDb).toBeGreaterThan(20);
    expect(longestGapMs).toBe(0);
    expect(presentMs).toBeGreaterThan(1_300);
  },
);
