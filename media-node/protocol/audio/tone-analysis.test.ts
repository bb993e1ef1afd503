import { describe, expect, test } from "vitest";
import { G711_CODECS } from "./g711.ts";
import { createSpeechLike, createTone } from "./tone.ts";
import { analyseTone, tonePower } from "./tone-analysis.ts";

const RATE_HZ = 8000;

function toneOf(frequencyHz: number, seconds: number, amplitude = 8_000): Int16Array {
  const pcm = new Int16Array(seconds * RATE_HZ);
  createTone(RATE_HZ, frequencyHz, amplitude).fill(pcm);
  return pcm;
}

describe("analyseTone", () => {
  test("a tone through G.711 has over 30 dB and no gap", () => {
    for (const codec of Object.values(G711_CODECS)) {
      const pcm = toneOf(437, 2).map(
        (sample) => codec.decodeTable[codec.encodeTable[sample & 0xffff] ?? 0] ?? 0,
      );
      const report = analyseTone(pcm, RATE_HZ, 437);
      expect(report.snrDb).toBeGreaterThan(30);
      expect(report.longestGapMs).toBe(0);
    }
  });

  test("a hole of 80 ms is found to within a window", () => {
    const pcm = toneOf(1037, 2).fill(0, 6_000, 6_640);
    const { longestGapMs } = analyseTone(pcm, RATE_HZ, 1037);
    expect(longestGapMs).toBeGreaterThanOrEqual(60);
    expect(longestGapMs).toBeLessThanOrEqual(100);
  });

  test("another tone, noise and silence are not it", () => {
    expect(analyseTone(toneOf(1037, 1), RATE_HZ, 437).presentMs).toBe(0);
    expect(analyseTone(new Int16Array(8_000), RATE_HZ, 437).snrDb).toBe(Number.NEGATIVE_INFINITY);
    let seed = 1;
    const noise = Int16Array.from({ length: 8_000 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return (seed % 16_000) - 8_000;
    });
    expect(analyseTone(noise, RATE_HZ, 437).presentMs).toBeLessThan(20);
  });

  test("noise of a known power gives the ratio that it has", () => {
    const pcm = toneOf(437, 2).map((sample, i) => sample + (i % 2 === 0 ? 80 : -80));
    // 8000 / sqrt(2) against 80: 37 dB.
    expect(analyseTone(pcm, RATE_HZ, 437).snrDb).toBeCloseTo(37, 0);
  });
});

test("the power of a sine of amplitude A is A^2 / 2 at its frequency and next to nothing elsewhere", () => {
  expect(tonePower(toneOf(1_000, 1), RATE_HZ, 1_000) / (8_000 ** 2 / 2)).toBeCloseTo(1, 2);
  expect(tonePower(toneOf(1_000, 1), RATE_HZ, 700) / (8_000 ** 2 / 2)).toBeLessThan(0.001);
});

describe("createSpeechLike", () => {
  test("is the same every time, whatever the size of the pieces", () => {
    const whole = new Int16Array(16_000);
    createSpeechLike(RATE_HZ).fill(whole);
    const pieces = new Int16Array(16_000);
    const source = createSpeechLike(RATE_HZ);
    for (let i = 0; i < pieces.length; i += 160) source.fill(pieces.subarray(i, i + 160));
    expect(pieces).toEqual(whole);
  });

  test("has syllables and pauses, and stays far from clipping", () => {
    const pcm = new Int16Array(4 * RATE_HZ);
    createSpeechLike(RATE_HZ).fill(pcm);
    const levels = Array.from({ length: 200 }, (_, frame) =>
      Math.max(...pcm.subarray(frame * 160, frame * 160 + 160)),
    );
    const silent = levels.filter((level) => level === 0).length;
    expect(silent).toBeGreaterThan(20);
    expect(silent).toBeLessThan(120);
    expect(Math.max(...levels)).toBeGreaterThan(3_000);
    expect(Math.max(...levels)).toBeLessThan(16_000);
  });
});
