import { describe, expect, test } from "vitest";
import { tonePower } from "../protocol/audio/tone-analysis.ts";
import { Resampler } from "./resampler.ts";

/** The limits that docs/design/media.md states, as shares of the lower rate. */
const PASS_TO = 0.425;
const STOP_FROM = 0.575;
const RIPPLE_DB = 0.05;
const ATTENUATION_DB = 60;
const DELAY_LOW_SAMPLES = 16;

const RATES_HZ = [8_000, 16_000, 24_000, 48_000];
/** Of agents that speak a vendor's protocol; met by the rates of our codecs only. */
const ODD_RATES_HZ = [22_050, 44_100];
const PAIRS = [
  ...RATES_HZ.flatMap((from) =>
    RATES_HZ.filter((to) => to !== from).map((to) => [from, to] as const),
  ),
  ...[8_000, 16_000].flatMap((ours) =>
    ODD_RATES_HZ.flatMap((theirs) => [[ours, theirs] as const, [theirs, ours] as const]),
  ),
];
const AMPLITUDE = 16_000;
const TONE_POWER = AMPLITUDE ** 2 / 2;
/** Windows of 100 ms hold whole periods of multiples of 10 Hz. */
const SETTLE_S = 0.02;
const WINDOW_S = 0.1;

function tone(rateHz: number, frequencyHz: number): Int16Array {
  return Int16Array.from({ length: (SETTLE_S + WINDOW_S) * rateHz }, (_, i) =>
    Math.round(AMPLITUDE * Math.sin((2 * Math.PI * frequencyHz * i) / rateHz)),
  );
}

function resampled(pcm: Int16Array, from: number, to: number): Int16Array {
  const resampler = new Resampler(from, to);
  const output = new Int16Array(resampler.outputSamples(pcm.length));
  expect(resampler.process(pcm, pcm.length, output)).toBe(output.length);
  return output;
}

/** What a tone becomes, after the filter has settled. */
function responseTo(frequencyHz: number, from: number, to: number): Int16Array {
  return resampled(tone(from, frequencyHz), from, to).subarray(SETTLE_S * to);
}

const decibels = (ratio: number): number => 10 * Math.log10(ratio);
const meanSquare = (pcm: Int16Array): number =>
  pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;

function* sweep(fromHz: number, toHz: number, steps: number): Generator<number> {
  for (let i = 0; i <= steps; i++) {
    yield 10 * Math.round((fromHz + ((toHz - fromHz) * i) / steps) / 10);
  }
}

describe.each(PAIRS)("from %i to %i Hz", (from, to) => {
  const lowHz = Math.min(from, to);

  test("tones of the pass band keep their level and have nothing beside them", () => {
    for (const hz of sweep(50, PASS_TO * lowHz, 20)) {
      const output = responseTo(hz, from, to);
      const power = tonePower(output, to, hz);
      expect(Math.abs(decibels(power / TONE_POWER)), `${hz} Hz`).toBeLessThan(RIPPLE_DB);
      const beside = Math.max(meanSquare(output) - power, 1e-9);
      expect(decibels(power / beside), `beside ${hz} Hz`).toBeGreaterThan(ATTENUATION_DB);
    }
  });

  test("the delay is half the filter at every frequency", () => {
    const delayS = DELAY_LOW_SAMPLES / lowHz;
    for (const hz of sweep(50, PASS_TO * lowHz, 7)) {
      const output = responseTo(hz, from, to);
      const expected = Int16Array.from(output, (_, i) =>
        Math.round(AMPLITUDE * Math.sin(2 * Math.PI * hz * (SETTLE_S + i / to - delayS))),
      );
      const apart = output.map((sample, i) => sample - (expected[i] ?? 0));
      expect(decibels(meanSquare(apart) / TONE_POWER), `${hz} Hz`).toBeLessThan(-45);
    }
  });

  test("pieces of any length give what the whole gives", () => {
    const pcm = Int16Array.from({ length: 7_001 }, (_, i) => ((i * i * 7_919) % 40_009) - 20_000);
    const whole = resampled(pcm, from, to);
    const resampler = new Resampler(from, to);
    const pieces: number[] = [];
    for (let at = 0, piece = 1; at < pcm.length; at += piece, piece = (piece * 7 + 3) % 1_999) {
      const part = pcm.subarray(at, at + piece);
      const output = new Int16Array(resampler.outputSamples(part.length));
      expect(resampler.process(part, part.length, output)).toBe(output.length);
      pieces.push(...output);
    }
    expect(Int16Array.from(pieces)).toEqual(whole);
  });

  test("what is constant stays so, and full scale saturates instead of turning over", () => {
    const level = new Int16Array(2_000).fill(-12_345);
    expect(new Set(resampled(level, from, to).subarray(100 * Math.ceil(to / from)))).toEqual(
      new Set([-12_345]),
    );
    const square = Int16Array.from({ length: 4_000 }, (_, i) => (i % 80 < 40 ? 32_767 : -32_768));
    const output = resampled(square, from, to);
    const samplesOfHalf = (40 * to) / from;
    // In the middle of each half the sign is that of the input.
    for (let half = 4; half < 90; half++) {
      const delay = (DELAY_LOW_SAMPLES * to) / lowHz;
      const middle = Math.round((half + 0.5) * samplesOfHalf + delay);
      expect((output[middle] ?? 0) > 0, `half ${half}`).toBe(half % 2 === 0);
    }
  });
});

test.each(PAIRS.filter(([from, to]) => from > to))(
  "from %i to %i Hz tones of the stop band leave nothing",
  (from, to) => {
    for (const hz of sweep(STOP_FROM * to, from / 2 - 10, 20)) {
      const power = Math.max(meanSquare(responseTo(hz, from, to)), 1e-9);
      expect(decibels(power / TONE_POWER), `${hz} Hz`).toBeLessThan(-ATTENUATION_DB);
    }
  },
);

test("frames of 20 ms become frames of 20 ms, at every pair of rates", () => {
  for (const [from, to] of PAIRS) {
    const resampler = new Resampler(from, to);
    const frame = new Int16Array(from / 50);
    const output = new Int16Array(to / 50);
    for (let i = 0; i < 5; i++) {
      expect(resampler.process(frame, frame.length, output), `${from} ${to}`).toBe(to / 50);
    }
  }
});

test("streams that take turns do not hear each other", () => {
  const loud = tone(8_000, 1_000);
  const [one, silent] = [new Resampler(8_000, 16_000), new Resampler(8_000, 16_000)];
  const output = new Int16Array(320);
  for (let at = 0; at + 160 <= loud.length; at += 160) {
    one.process(loud.subarray(at), 160, output);
    silent.process(new Int16Array(160), 160, output);
    expect(output.some((sample) => sample !== 0)).toBe(false);
  }
});

test("a rate that is none is refused", () => {
  expect(() => new Resampler(0, 8_000)).toThrow(RangeError);
  expect(() => new Resampler(8_000, 11_027)).toThrow(RangeError);
});
