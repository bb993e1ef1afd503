import { expect, test } from "vitest";
import { FakeNode } from "../../tests/support/fake-call.ts";
import { createSilenceWatch } from "./silence.ts";

const tone = (amplitude: number, samples = 160) =>
  Int16Array.from(
    { length: samples },
    (_, i) => amplitude * Math.sin((2 * Math.PI * 440 * i) / 8_000),
  );
const SPEECH = tone(4_000);
/** Comfort noise of a mobile network: about -55 dBFS. */
const NOISE = tone(80);

function watched(timeoutSecs: number) {
  const { clock } = new FakeNode();
  const watch = createSilenceWatch(clock);
  const state = { isSilent: false, isOnHold: false };
  const running = watch.start(
    timeoutSecs,
    () => state.isOnHold,
    () => {
      state.isSilent = true;
    },
  );
  const say = (frame: Int16Array, frames: number) => {
    for (let i = 0; i < frames; i += 1) watch.caller(frame);
  };
  return { clock, watch, state, running, say };
}

test("a line on which nobody speaks is silent after the timeout, and not before", async () => {
  const { clock, state } = watched(10);
  await clock.advance(9_999);
  expect(state.isSilent).toBe(false);
  await clock.advance(1);
  expect(state.isSilent).toBe(true);
});

test("speech of the caller begins the silence anew; noise and clicks do not", async () => {
  const { clock, state, say } = watched(10);
  await clock.advance(8_000);
  say(SPEECH, 3);
  await clock.advance(8_000);
  say(NOISE, 50);
  say(SPEECH, 2);
  say(NOISE, 1);
  await clock.advance(1_999);
  expect(state.isSilent).toBe(false);
  await clock.advance(1);
  expect(state.isSilent).toBe(true);
});

test("what the agent says counts until it has been heard, not until it was sent", async () => {
  const { clock, watch, state } = watched(10);
  await clock.advance(5_000);
  watch.agent(tone(4_000, 8_000), 8_000, 4_000);
  watch.agent(NOISE, 8_000, 20_000);
  await clock.advance(14_999);
  expect(state.isSilent).toBe(false);
  await clock.advance(1);
  expect(state.isSilent).toBe(true);
});

test("time on hold does not count", async () => {
  const { clock, watch, state } = watched(10);
  await clock.advance(9_000);
  state.isOnHold = true;
  watch.touched();
  await clock.advance(60_000);
  expect(state.isSilent).toBe(false);
  state.isOnHold = false;
  watch.touched();
  await clock.advance(9_999);
  expect(state.isSilent).toBe(false);
  await clock.advance(1);
  expect(state.isSilent).toBe(true);
});

test("a watch that is disposed of holds no timer", async () => {
  const { clock, running, say } = watched(10);
  say(SPEECH, 3);
  await clock.advance(10_000);
  running[Symbol.dispose]();
  expect(clock.pendingTimers).toBe(0);
});
