/**
 * Low-pass filters for changes of sample rate by a ratio of small numbers, as polyphase FIR: between samples of the input
 * stand `phases` places, each output sample is `step` places behind the one before, and the taps of its place give it.
 * What the filters pass and stop is written in docs/design/media.md and held to it by `media/resampler.test.ts`.
 */
export interface ResampleFilter {
  readonly phases: number;
  readonly step: number;
  /** A multiple of 8: samples of the input that make one of the output. */
  readonly tapsPerPhase: number;
  /** `phases` times `tapsPerPhase` numbers, 2^14 is 1, the tap of the oldest sample first. */
  readonly taps: Int16Array;
}

/** The filter's length in samples of the lower rate: its delay is half of it. */
const LENGTH_LOW_SAMPLES = 32;
/** Kaiser window: about 62 dB of attenuation. */
const KAISER_BETA = 6.7;
const TAP_ONE = 1 << 14;
const LANES = 8;

/** @throws RangeError unless both rates are whole and above 0. */
export function createResampleFilter(fromHz: number, toHz: number): ResampleFilter {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const phases = toHz / divisor;
  const step = fromHz / divisor;
  // Of the rate at which both meet, and in which the filter is designed.
  const placesPerLowSample = Math.max(phases, step);
  const length = LENGTH_LOW_SAMPLES * placesPerLowSample;
  const tapsPerPhase = Math.ceil(length / phases / LANES) * LANES;
  const taps = new Int16Array(phases * tapsPerPhase);
  for (let phase = 0; phase < phases; phase++) {
    const wanted = Array.from({ length: tapsPerPhase }, (_, k) =>
      tapAt(phase + phases * (tapsPerPhase - 1 - k), length, placesPerLowSample),
    );
    taps.set(quantised(wanted), phase * tapsPerPhase);
  }
  return { phases, step, tapsPerPhase, taps };
}

/** The windowed sinc with its cut-off at half the lower rate; `place` counts from the newest end. */
function tapAt(place: number, length: number, placesPerLowSample: number): number {
  const centre = length / 2;
  const x = (place - centre) / placesPerLowSample;
  const edge = (place - centre) / centre;
  if (Math.abs(edge) >= 1) return 0;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  return (sinc * besselI0(KAISER_BETA * Math.sqrt(1 - edge * edge))) / besselI0(KAISER_BETA);
}

/** With a sum of exactly 1: what is constant stays constant, in every phase alike. */
function quantised(wanted: readonly number[]): Int16Array {
  const sum = wanted.reduce((total, tap) => total + tap, 0);
  const taps = Int16Array.from(wanted, (tap) => Math.round((tap / sum) * TAP_ONE));
  const largest = taps.indexOf(Math.max(...taps));
  const rest = TAP_ONE - taps.reduce((total, tap) => total + tap, 0);
  taps[largest] = (taps[largest] ?? 0) + rest;
  return taps;
}

/** Modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(one: number, other: number): number {
  if (!Number.isInteger(one) || !Number.isInteger(other) || one <= 0 || other <= 0) {
    throw new RangeError(`${one} and ${other} are no sample rates`);
  }
  let [a, b] = [one, other];
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
