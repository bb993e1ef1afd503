import { describe, expect, test } from "vitest";
import { createRandom } from "../../tests/support/impairment.ts";
import { DelayEstimator } from "./delay-estimator.ts";

/** Packets every 20 ms, each `delayOf` late; returns the target after each. */
function targets(
  estimator: DelayEstimator,
  count: number,
  delayOf: (index: number) => number,
  first = 0,
  isPunctual = true,
): number[] {
  return Array.from({ length: count }, (_, i) => {
    const index = first + i;
    estimator.observe(1_000 + index * 20 + delayOf(index), index * 160, true, isPunctual);
    return estimator.targetMs;
  });
}

describe("DelayEstimator", () => {
  test("begins at 40 ms, and on a clean path comes down to 22 ms within 3.5 s", () => {
    const estimator = new DelayEstimator(8);
    expect(estimator.targetMs).toBe(40);
    const found = targets(estimator, 175, () => 0);
    expect(found[50]).toBe(40);
    expect(found.at(-1)).toBe(22);
  });

  test("jitter is covered within a second of its beginning, and forgotten in more than ten", () => {
    const random = createRandom(7);
    const estimator = new DelayEstimator(8);
    targets(estimator, 500, () => 0);
    const grown = targets(estimator, 50, () => 100 * random(), 500);
    expect(grown.at(-1)).toBeGreaterThanOrEqual(110);
    const shrunk = targets(estimator, 2_000, () => 0, 550);
    expect(shrunk[500]).toBeGreaterThanOrEqual(80);
    expect(shrunk.at(-1)).toBe(22);
  });

  test("one late packet in a minute changes nothing; three in five seconds do", () => {
    const one = new DelayEstimator(8);
    targets(one, 500, () => 0);
    expect(Math.max(...targets(one, 3_000, (i) => (i === 1_000 ? 120 : 0), 500))).toBeLessThan(40);
    const three = new DelayEstimator(8);
    targets(three, 500, () => 0);
    const found = targets(three, 250, (i) => (i % 80 === 0 ? 120 : 0), 500);
    expect(found.at(-1)).toBeGreaterThanOrEqual(140);
  });

  test("a single hitch of 80 ms, and what was held up by it, changes little once a path is known", () => {
    const estimator = new DelayEstimator(8);
    targets(estimator, 500, () => 0);
    const hitch = (i: number): number => (i >= 600 && i < 604 ? 80 - 20 * (i - 600) : 0);
    expect(Math.max(...targets(estimator, 400, hitch, 500))).toBeLessThanOrEqual(42);
  });

  test("never leaves 20 to 200 ms", () => {
    const estimator = new DelayEstimator(8);
    const found = targets(estimator, 500, (i) => (i % 2) * 240);
    expect(Math.max(...found)).toBeLessThanOrEqual(200);
    expect(found.at(-1)).toBe(200);
  });

  test("neither a clock that drifts nor a path that becomes longer is jitter for long", () => {
    for (const ppm of [200, -200]) {
      const estimator = new DelayEstimator(8);
      const found = targets(estimator, 3_000, (i) => (i * 20 * ppm) / 1e6);
      expect(found.at(-1)).toBeLessThanOrEqual(26);
    }
    const moved = new DelayEstimator(8);
    const found = targets(moved, 2_000, (i) => (i < 1_000 ? 0 : 70));
    expect(found[1_100]).toBe(92);
    // Nine seconds later at most it is the path, and none of it is remembered as jitter.
    for (const target of found.slice(1_450)) expect(target).toBe(22);
  });

  test("a sender whose clock stands still in its pauses is no jitter at all", () => {
    const estimator = new DelayEstimator(8);
    targets(estimator, 500, () => 0);
    const found = targets(estimator, 500, (i) => 1_500 * Math.floor(i / 100), 500);
    expect(Math.max(...found)).toBe(22);
  });

  test("what comes late because we stood still is not counted", () => {
    const estimator = new DelayEstimator(8);
    targets(estimator, 500, () => 0);
    expect(targets(estimator, 50, (i) => 1_000 - i, 500, false).at(-1)).toBe(22);
  });

  test("the wrap of the timestamp and a restart are no delay", () => {
    const estimator = new DelayEstimator(8);
    for (let i = 0; i < 400; i++) {
      if (i === 300) estimator.restart();
      const timestamp = (0xffff_ff00 + i * 160 + (i >= 300 ? 123_456 : 0)) >>> 0;
      expect(estimator.observe(1_000 + i * 20, timestamp, true, true)).toBeCloseTo(0, 5);
    }
  });
});
