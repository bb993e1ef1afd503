import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_QUALITY_SAMPLES } from "../../schema/contracts/call-quality.ts";
import { joinQuality } from "./quality.ts";
import { joinSeries, MOS_RECEIVE, QUALITY_COLUMNS, QualitySeries } from "./quality-series.ts";

function seriesOf(values: readonly number[], startedAtMs = 0) {
  const series = new QualitySeries();
  const row = new Float64Array(QUALITY_COLUMNS).fill(Number.NaN);
  for (const [i, value] of values.entries()) {
    row[MOS_RECEIVE] = value;
    series.push((i + 1) * 5, row);
  }
  return series.contract(startedAtMs);
}

describe("QualitySeries", () => {
  test("keeps every sample of twenty minutes, null where nothing was known", () => {
    const values = Array.from({ length: 238 }, (_, i) => (i % 3 === 0 ? Number.NaN : 4));
    const { atSecs, receive, send, roundTripMs } = seriesOf(values);
    expect(atSecs).toEqual(values.map((_, i) => (i + 1) * 5));
    expect(receive.mos).toEqual(values.map((value) => (Number.isNaN(value) ? null : value)));
    expect(send.mos).toEqual(values.map(() => null));
    expect(roundTripMs).toHaveLength(238);
  });

  test("however long the call, it is bounded, evenly spread, in order, and means what was measured", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (count) => {
        const values = Array.from({ length: count }, (_, i) => 1 + (i % 2));
        const { atSecs, receive } = seriesOf(values);
        expect(atSecs.length).toBeLessThanOrEqual(MAX_QUALITY_SAMPLES);
        expect(receive.mos).toHaveLength(atSecs.length);
        expect(atSecs.at(-1)).toBe(count * 5);
        const gaps = atSecs.map((at, i) => at - (atSecs[i - 1] ?? 0));
        // All but the last, which is still being collected.
        expect(new Set(gaps.slice(0, -1)).size).toBeLessThanOrEqual(1);
        if (count > MAX_QUALITY_SAMPLES) {
          expect(atSecs.length).toBeGreaterThan(MAX_QUALITY_SAMPLES / 2 - 2);
          expect(new Set(receive.mos.slice(0, -1))).toEqual(new Set([1.5]));
        }
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  test("asking for it changes nothing", () => {
    const series = new QualitySeries();
    const row = new Float64Array(QUALITY_COLUMNS).fill(4);
    for (let i = 1; i <= 777; i++) {
      series.push(i * 5, row);
      if (i % 7 === 0) series.contract(0);
    }
    expect(series.contract(0).atSecs).toEqual(seriesOf(Array(777).fill(4)).atSecs);
  });

  test("two of one call, one after the other, are one", () => {
    const joined = joinSeries(seriesOf([4, 3], 1_000), seriesOf([2], 21_000));
    expect(joined).toMatchObject({ startedAtMs: 1_000, atSecs: [5, 10, 25] });
    expect(joined.receive.mos).toEqual([4, 3, 2]);
    const long = seriesOf(Array(238).fill(4));
    expect(joinSeries(long, seriesOf(Array(238).fill(4), 1_190_000)).atSecs).toHaveLength(238);
  });
});

describe("joinQuality", () => {
  const range = (min: number, avg: number, max: number, samples: number) => ({
    min,
    avg,
    max,
    samples,
  });
  const direction = (mos: ReturnType<typeof range> | null, packets: number) => ({
    mos,
    jitterMs: null,
    lossPercent: null,
    packets,
    packetsLost: 1,
  });
  const one = {
    summary: {
      receive: direction(range(3, 4, 4.2, 3), 100),
      send: direction(null, 10),
      roundTripMs: null,
    },
  };
  const other = {
    summary: {
      receive: direction(range(2, 2, 2, 1), 50),
      send: direction(range(4, 4, 4, 1), 20),
      roundTripMs: range(9, 9, 9, 1),
    },
  };

  test("weighs the means by their samples, adds what was counted, and knows what either knew", () => {
    expect(joinQuality(one, other)).toEqual({
      summary: {
        receive: { ...direction(range(2, 3.5, 4.2, 4), 150), packetsLost: 2 },
        send: { ...direction(range(4, 4, 4, 1), 30), packetsLost: 2 },
        roundTripMs: range(9, 9, 9, 1),
      },
    });
  });
});
