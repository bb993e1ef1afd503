import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { burstRatio, CODEC_IMPAIRMENTS, estimateMos, G711_BARE } from "./e-model.ts";

const mos = (delayMs: number, lossPercent: number, codec = CODEC_IMPAIRMENTS.PCMU, burst = 1) =>
  estimateMos({ delayMs, lossPercent, burstRatio: burst }, codec);

describe("estimateMos", () => {
  test.each([
    [50, 0, 4.385],
    [150, 0, 4.329],
    [50, 1, 4.297],
    [50, 5, 3.873],
    [300, 5, 2.929],
  ])("G.711 with concealment: %i ms and %i %% of loss are %f", (delayMs, lossPercent, expected) => {
    expect(mos(delayMs, lossPercent)).toBeCloseTo(expected, 3);
  });

  test.each([
    [50, 1, 3.782],
    [50, 5, 2.11],
  ])("G.711 without concealment: %i ms and %i %% of loss are %f", (delayMs, loss, expected) => {
    expect(mos(delayMs, loss, G711_BARE)).toBeCloseTo(expected, 3);
  });

  test("stays between 1 and 4.41, and more loss, delay or burstiness never sounds better", () => {
    const cases = fc.record({
      delayMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
      lossPercent: fc.double({ min: 0, max: 100, noNaN: true }),
      burstRatio: fc.double({ min: 1, max: 50, noNaN: true }),
      more: fc.double({ min: 0, max: 50, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ more, ...impairment }) => {
        const of = (changed: Partial<typeof impairment>) =>
          estimateMos({ ...impairment, ...changed }, CODEC_IMPAIRMENTS.PCMA);
        const score = of({});
        expect(score).toBeGreaterThanOrEqual(1);
        expect(score).toBeLessThanOrEqual(4.42);
        expect(of({ delayMs: impairment.delayMs + more })).toBeLessThanOrEqual(score + 1e-9);
        const worse = Math.min(100, impairment.lossPercent + more);
        expect(of({ lossPercent: worse })).toBeLessThanOrEqual(score + 1e-9);
        expect(of({ burstRatio: impairment.burstRatio + more })).toBeLessThanOrEqual(score + 1e-9);
      }),
      { seed: 107, numRuns: 1_000 },
    );
  });
});

describe("burstRatio", () => {
  test("is 1 for single losses and for independent ones, and grows with the length of the runs", () => {
    expect(burstRatio(5, 100, 5)).toBe(1);
    expect(burstRatio(20, 100, 16)).toBe(1);
    expect(burstRatio(20, 100, 2)).toBe(8);
  });

  test("is 1 where there is nothing to say", () => {
    expect(burstRatio(0, 100, 0)).toBe(1);
    expect(burstRatio(100, 100, 1)).toBe(1);
    expect(burstRatio(-3, 100, 1)).toBe(1);
  });
});
