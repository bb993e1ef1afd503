import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tests/support/impairment.ts";
import { TimeStretcher } from "./time-stretch.ts";
import { createRandomNoise, createTone } from "./tone.ts";
import { analyseTone } from "./tone-analysis.ts";

/** Plays all of it through frames of 20 ms, one in `every` of which is to be shorter or longer. */
function stretched(
  audio: Int16Array,
  rateHz: number,
  kind: "shorten" | "lengthen",
  every = 5,
): { played: Int16Array; changes: number; samples: number } {
  const frameSamples = rateHz / 50;
  const stretcher = new TimeStretcher(rateHz, frameSamples);
  const played: number[] = [];
  const frame = new Int16Array(frameSamples);
  let at = 0;
  let changes = 0;
  let samples = 0;
  for (let i = 0; at + 2 * frameSamples <= audio.length; i++) {
    const window = audio.subarray(at, at + 2 * frameSamples);
    const lag = i % every === 0 ? stretcher[kind](window, frameSamples, 0.97, frame) : 0;
    if (lag === 0) frame.set(window.subarray(0, frameSamples));
    else changes += 1;
    samples += lag;
    stretcher.hear(frame);
    at += frameSamples + (kind === "shorten" ? lag : -lag);
    played.push(...frame);
  }
  return { played: Int16Array.from(played), changes, samples };
}

describe.each([
  [8_000, "shorten"],
  [8_000, "lengthen"],
  [16_000, "shorten"],
  [16_000, "lengthen"],
] as const)("TimeStretcher at %i Hz, %s", (rateHz, kind) => {
  test("a tone stays the tone that it was, without a click", () => {
    const pcm = new Int16Array(4 * rateHz);
    createTone(rateHz, 437).fill(pcm);
    const { played, changes, samples } = stretched(pcm, rateHz, kind);
    expect(changes).toBeGreaterThan(30);
    expect(samples / changes).toBeGreaterThanOrEqual(0.0025 * rateHz);
    const report = analyseTone(played, rateHz, 437);
    expect(report.snrDb).toBeGreaterThan(30);
    expect(report.longestGapMs).toBe(0);
  });

  test("noise at the usual level has no good place and is left alone", () => {
    const pcm = new Int16Array(2 * rateHz);
    createRandomNoise(4_000).fill(pcm);
    expect(stretched(pcm, rateHz, kind).changes).toBe(0);
  });

  test("a pause with the noise of a room in it is one, after speech", () => {
    const pcm = new Int16Array(2 * rateHz);
    createRandomNoise(4_000).fill(pcm.subarray(0, rateHz));
    createRandomNoise(100).fill(pcm.subarray(rateHz));
    const { changes, samples } = stretched(pcm, rateHz, kind);
    expect(changes).toBeGreaterThan(8);
    expect(samples / changes).toBeGreaterThan(0.011 * rateHz);
  });

  test("what is short in a silence is neither cut nor softened", () => {
    const random = createRandom(9);
    const pcm = new Int16Array(20 * rateHz);
    const click = Int16Array.from(
      { length: 24 },
      (_, i) => (i % 2 === 0 ? 1 : -1) * (900 + 90 * i),
    );
    const clicks = 190;
    for (let i = 0; i < clicks; i++) {
      pcm.set(click, Math.floor((i * 0.1 + 0.02 * random()) * rateHz));
    }
    const { played, changes } = stretched(pcm, rateHz, kind, 1);
    expect(changes).toBeGreaterThan(300);
    const text = Buffer.from(played.buffer).toString("latin1");
    const heard = text.split(Buffer.from(click.buffer).toString("latin1")).length - 1;
    // `lengthen` says the same twice in a silence: there is none of that around a click.
    expect(heard).toBe(clicks);
  });
});
