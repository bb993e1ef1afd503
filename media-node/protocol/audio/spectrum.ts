/** Samples of one window: 32 ms at 8 kHz. */
export const WINDOW_SAMPLES = 256;
/** Bins of a spectrum, from 0 Hz up to half the sample rate. */
const BINS = WINDOW_SAMPLES / 2;

const BITS = Math.log2(WINDOW_SAMPLES);
/** Hann, scaled so that the bins of a whole spectrum add up to the mean square of the samples. */
const WINDOW = Float64Array.from({ length: WINDOW_SAMPLES }, (_, i) => {
  const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW_SAMPLES);
  return hann / Math.sqrt(0.375 * (WINDOW_SAMPLES ** 2 / 2));
});
const COSINE = Float64Array.from({ length: BINS }, (_, i) =>
  Math.cos((2 * Math.PI * i) / WINDOW_SAMPLES),
);
const SINE = Float64Array.from({ length: BINS }, (_, i) =>
  Math.sin((2 * Math.PI * i) / WINDOW_SAMPLES),
);
const REVERSED = Uint8Array.from({ length: WINDOW_SAMPLES }, (_, i) => {
  let reversed = 0;
  for (let bit = 0; bit < BITS; bit += 1) reversed |= ((i >> bit) & 1) << (BITS - 1 - bit);
  return reversed;
});

/**
 * Power spectra of two windows at the price of one: both are real, so that one of them is the real and the other the imaginary
 * part of one fast Fourier transform. Allocates nothing after it is made.
 */
export class PairSpectrum {
  /** Mean square of the samples at each bin. */
  readonly earlier = new Float64Array(BINS);
  readonly later = new Float64Array(BINS);
  readonly #real = new Float64Array(WINDOW_SAMPLES);
  readonly #imaginary = new Float64Array(WINDOW_SAMPLES);

  /** Of the windows that begin at these samples. */
  measure(samples: Float64Array, earlierAt: number, laterAt: number): void {
    const real = this.#real;
    const imaginary = this.#imaginary;
    for (let i = 0; i < WINDOW_SAMPLES; i += 1) {
      const to = REVERSED[i] ?? 0;
      const weight = WINDOW[i] ?? 0;
      real[to] = weight * (samples[earlierAt + i] ?? 0);
      imaginary[to] = weight * (samples[laterAt + i] ?? 0);
    }
    this.#transform();
    for (let bin = 1; bin < BINS; bin += 1) {
      const re = real[bin] ?? 0;
      const im = imaginary[bin] ?? 0;
      const mirroredRe = real[WINDOW_SAMPLES - bin] ?? 0;
      const mirroredIm = imaginary[WINDOW_SAMPLES - bin] ?? 0;
      this.earlier[bin] = ((re + mirroredRe) ** 2 + (im - mirroredIm) ** 2) / 4;
      this.later[bin] = ((im + mirroredIm) ** 2 + (mirroredRe - re) ** 2) / 4;
    }
  }

  /** In place, on samples in bit-reversed order. */
  #transform(): void {
    const real = this.#real;
    const imaginary = this.#imaginary;
    for (let half = 1; half < WINDOW_SAMPLES; half *= 2) {
      const stride = BINS / half;
      for (let first = 0; first < WINDOW_SAMPLES; first += 2 * half) {
        for (let i = 0; i < half; i += 1) {
          const cosine = COSINE[i * stride] ?? 0;
          const sine = SINE[i * stride] ?? 0;
          const upper = first + i;
          const lower = upper + half;
          const lowerRe = real[lower] ?? 0;
          const lowerIm = imaginary[lower] ?? 0;
          const turnedRe = lowerRe * cosine + lowerIm * sine;
          const turnedIm = lowerIm * cosine - lowerRe * sine;
          const upperRe = real[upper] ?? 0;
          const upperIm = imaginary[upper] ?? 0;
          real[lower] = upperRe - turnedRe;
          imaginary[lower] = upperIm - turnedIm;
          real[upper] = upperRe + turnedRe;
          imaginary[upper] = upperIm + turnedIm;
        }
      }
    }
  }
}

/** What stands out in a spectrum; made once, written by each search. */
export interface TonePeaks {
  /** Of the strongest peak, and of the one beside it; 0 where there is none. */
  firstHz: number;
  secondHz: number;
  /** Mean square of the samples that is in the two, and in the whole band. */
  tonePower: number;
  bandPower: number;
}

/** A peak takes the bins on either side of it, as wide as the window makes a tone. */
const PEAK_BINS = 2;
/** A second peak counts when it has this part of the first one's power: 10 dB less. */
const SECOND_PART = 0.1;

/** Finds the one or two strongest peaks between two frequencies. What lies in the bins below `fromHz` and above `toHz` counts for nothing. */
export function findPeaks(
  spectrum: Float64Array,
  rateHz: number,
  fromHz: number,
  toHz: number,
  peaks: TonePeaks,
): void {
  const binHz = rateHz / WINDOW_SAMPLES;
  const from = Math.ceil(fromHz / binHz);
  const to = Math.min(BINS - 1, Math.floor(toHz / binHz));
  let band = 0;
  for (let bin = from; bin <= to; bin += 1) band += spectrum[bin] ?? 0;
  const first = strongest(spectrum, from, to, -1);
  const second = first < 0 ? -1 : strongest(spectrum, from, to, first);
  const firstPower = first < 0 ? 0 : powerAround(spectrum, first);
  const secondPower = second < 0 ? 0 : powerAround(spectrum, second);
  const hasSecond = second >= 0 && secondPower >= SECOND_PART * firstPower;
  peaks.firstHz = first < 0 ? 0 : binHz * (first + offset(spectrum, first));
  peaks.secondHz = hasSecond ? binHz * (second + offset(spectrum, second)) : 0;
  peaks.tonePower = firstPower + (hasSecond ? secondPower : 0);
  peaks.bandPower = band;
}

/** The highest bin, outside the peak at `taken`; -1 when there is none. */
function strongest(spectrum: Float64Array, from: number, to: number, taken: number): number {
  let best = -1;
  let most = 0;
  for (let bin = from; bin <= to; bin += 1) {
    if (taken >= 0 && Math.abs(bin - taken) <= PEAK_BINS) continue;
    const power = spectrum[bin] ?? 0;
    // The flank of what is taken is no peak of its own.
    if (power <= most || power < (spectrum[bin - 1] ?? 0) || power < (spectrum[bin + 1] ?? 0)) {
      continue;
    }
    most = power;
    best = bin;
  }
  return best;
}

function powerAround(spectrum: Float64Array, peak: number): number {
  let power = 0;
  for (let bin = peak - PEAK_BINS; bin <= peak + PEAK_BINS; bin += 1) power += spectrum[bin] ?? 0;
  return power;
}

/** Where between the bins the peak is: of a Hann window, by the two highest (within 0.1 bins). */
function offset(spectrum: Float64Array, peak: number): number {
  const middle = Math.sqrt(spectrum[peak] ?? 0);
  if (peak < 1 || middle === 0) return 0;
  const left = Math.sqrt(spectrum[peak - 1] ?? 0);
  const right = Math.sqrt(spectrum[peak + 1] ?? 0);
  const side = Math.max(left, right) / middle;
  const distance = (2 * side - 1) / (side + 1);
  return right > left ? distance : -distance;
}
