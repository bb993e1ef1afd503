import { expect, test } from "vitest";
import { findPeaks, PairSpectrum, type TonePeaks, WINDOW_SAMPLES } from "./spectrum.ts";

const RATE_HZ = 8_000;

function sines(...tones: readonly (readonly [hz: number, amplitude: number])[]): Float64Array {
  return Float64Array.from({ length: WINDOW_SAMPLES }, (_, i) =>
    tones.reduce((sum, [hz, a]) => sum + a * Math.sin((2 * Math.PI * hz * i) / RATE_HZ + 0.3), 0),
  );
}

/** Both windows side by side. */
function peaksOf(one: Float64Array, other: Float64Array): readonly [TonePeaks, TonePeaks] {
  const samples = new Float64Array(2 * WINDOW_SAMPLES);
  samples.set(one);
  samples.set(other, WINDOW_SAMPLES);
  const spectrum = new PairSpectrum();
  spectrum.measure(samples, 0, WINDOW_SAMPLES);
  const [first, second] = [spectrum.earlier, spectrum.later].map((powers) => {
    const peaks = { firstHz: 0, secondHz: 0, tonePower: 0, bandPower: 0 };
    findPeaks(powers, RATE_HZ, 200, 3_400, peaks);
    return peaks;
  });
  if (first === undefined || second === undefined) throw new Error("two windows");
  return [first, second];
}

test.each([350, 437, 1_000, 1_234.5, 2_500])(
  "a sine of %f Hz is found within 4 Hz, with all of its power",
  (hz) => {
    const [peaks] = peaksOf(sines([hz, 1_000]), sines([700, 30]));
    expect(Math.abs(peaks.firstHz - hz)).toBeLessThan(4);
    expect(peaks.secondHz).toBe(0);
    expect(peaks.tonePower / (1_000 ** 2 / 2)).toBeCloseTo(1, 1);
    expect(peaks.tonePower / peaks.bandPower).toBeGreaterThan(0.99);
  },
);

test("two windows of one transform do not disturb each other, however different they are", () => {
  const [loud, soft] = peaksOf(sines([1_000, 10_000]), sines([2_000, 10]));
  expect(Math.round(loud.firstHz / 10)).toBe(100);
  expect(Math.round(soft.firstHz / 10)).toBe(200);
  expect(soft.bandPower / 50).toBeCloseTo(1, 1);
});

test("of two sines both are found, unless one has less than a tenth of the other's power", () => {
  const [two, nearlyOne] = peaksOf(
    sines([700, 1_000], [1_200, 700]),
    sines([700, 1_000], [1_200, 200]),
  );
  expect(Math.abs(two.firstHz - 700)).toBeLessThan(4);
  expect(Math.abs(two.secondHz - 1_200)).toBeLessThan(4);
  expect(nearlyOne.secondHz).toBe(0);
});

test("silence has no power, and nothing of it is not a number", () => {
  const [peaks] = peaksOf(sines(), sines());
  expect(peaks).toMatchObject({ secondHz: 0, tonePower: 0, bandPower: 0 });
  expect(Number.isNaN(peaks.firstHz)).toBe(false);
});
