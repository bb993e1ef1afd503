import { expect, test } from "vitest";
import { findEcho } from "./echo.ts";
import { makeProbe, type Probe, segmentsOf } from "./probe.ts";

/** A generator that gives the same calls each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

/** What is heard when `pcm` comes back after `delaySamples`, at `gain`, over noise of an amplitude. */
function heardAs(pcm: Int16Array, delaySamples: number, gain: number, noise: number): Int16Array {
  const random = seeded(7);
  return Int16Array.from({ length: pcm.length + delaySamples + 4_000 }, (_, index) => {
    const echo = (pcm[index - delaySamples] ?? 0) * gain;
    return Math.round(echo + (random() - 0.5) * 2 * noise);
  });
}

/** µ-law's eight bits lose about this much: a coarse stand-in with steps that grow with the level. */
function quantised(pcm: Int16Array): Int16Array {
  return pcm.map((sample) => {
    const step = 2 ** Math.max(1, Math.floor(Math.log2(Math.abs(sample) + 33)) - 4);
    return Math.round(sample / step) * step;
  });
}

test.each([0, 333, 1_600, 12_000])("an echo %i samples late is found with its delay", (delay) => {
  const probe = makeProbe(seeded(1));
  const result = findEcho(probe, quantised(heardAs(probe.pcm, delay, 0.5, 60)), 2_000);
  expect(result.isHeard).toBe(true);
  expect(Math.abs((result.roundTripMs ?? -1) - delay / 8)).toBeLessThanOrEqual(1);
  expect(Math.min(...result.correlations)).toBeGreaterThan(0.95);
});

test("silence, noise and a steady tone are not an echo", () => {
  const probe = makeProbe(seeded(2));
  const tone = Int16Array.from({ length: 16_000 }, (_, index) => 9_000 * Math.sin(index * 0.9));
  for (const heard of [
    new Int16Array(16_000),
    heardAs(new Int16Array(12_000), 0, 1, 9_000),
    tone,
  ]) {
    expect(findEcho(probe, heard, 1_000)).toMatchObject({ isHeard: false, roundTripMs: null });
  }
});

test("the probe of another call is not taken for our own", () => {
  for (let call = 1; call <= 20; call += 1) {
    const own = makeProbe(seeded(call));
    const other = makeProbe(seeded(call + 100));
    expect(findEcho(own, heardAs(other.pcm, 800, 1, 0), 1_500).isHeard).toBe(false);
  }
});

test("an echo that was cut off half way has not come back", () => {
  const probe = makeProbe(seeded(3));
  const heard = heardAs(probe.pcm, 400, 1, 10);
  heard.fill(0, probe.segments[2]?.start);
  expect(findEcho(probe, heard, 1_000).isHeard).toBe(false);
});

test("one stretch in four may be lost on the way", () => {
  const probe = makeProbe(seeded(4));
  const heard = heardAs(probe.pcm, 400, 1, 10);
  const lost = probe.segments[1] ?? { start: 0, length: 0 };
  heard.fill(0, lost.start, lost.start + lost.length + 400);
  expect(findEcho(probe, heard, 1_000)).toMatchObject({ isHeard: true, roundTripMs: 50 });
});

test("an echo out of which jitter buffers have cut a period in each stretch has come back", () => {
  const probe = makeProbe(seeded(6));
  const heard = [...heardAs(probe.pcm, 800, 1, 10)];
  for (const { start, length } of probe.segments.toReversed()) {
    heard.splice(800 + start + Math.round(length * 0.4), 90);
  }
  expect(findEcho(probe, Int16Array.from(heard), 1_000).isHeard).toBe(true);
});

test("audio of the user's own is looked for by its loudest stretches", () => {
  const random = seeded(5);
  const pcm = Int16Array.from({ length: 24_000 }, (_, index) =>
    Math.round((random() - 0.5) * (index > 8_000 && index < 16_000 ? 20_000 : 40)),
  );
  const probe: Probe = { pcm, segments: segmentsOf(pcm) };
  expect(probe.segments.length).toBe(4);
  expect(probe.segments.every((one) => one.start >= 6_400 && one.start < 16_000)).toBe(true);
  expect(findEcho(probe, heardAs(pcm, 960, 0.7, 20), 500)).toMatchObject({ roundTripMs: 120 });
  expect(segmentsOf(new Int16Array(8_000))).toEqual([]);
});
