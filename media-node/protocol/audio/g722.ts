import {
  ANTILOG,
  HIGH_LOG_STEP,
  HIGHEST_LEVEL,
  LOW_CODE,
  LOW_LOG_STEP,
  QM2,
  QM4,
  QM5,
  QM6,
  QMF,
} from "./g722-tables.ts";

/**
 * G.722: 16 kHz audio in octets of 64 kbit/s, sub-band ADPCM with 6 bits for 0 to 4 kHz and 2 bits for 4 to 8 kHz. Two
 * samples are one octet, `ih` in its upper 2 bits and `il` in its lower 6 (G.722 §1.4.4). Arithmetic is that of G.722 §6.2,
 * with the names of its blocks. This is the plain form, which the tests hold the fast one to (wasm/audio/g722.ts).
 */

/** One sub-band's predictor and scale factor, the same in encoder and decoder (G.722 §3.4 to §3.6). */
interface SubBand {
  /** What the next sample is predicted to be, and the part of it that comes from the zeros. */
  predicted: number;
  zeroPart: number;
  /** Coefficients of the two poles; 2^14 is 1. */
  pole1: number;
  pole2: number;
  /** The two last reconstructed samples, and the signs of the two last partial reconstructions (0 or -1). */
  reconstructed1: number;
  reconstructed2: number;
  partialSign1: number;
  partialSign2: number;
  /** Coefficients of the six zeros, and the six last quantised differences, newest first. */
  readonly zeros: Int32Array;
  readonly differences: Int32Array;
  /** Logarithm of the scale factor, 2^11 an octave, and the scale factor. */
  logScale: number;
  scale: number;
}

const ZEROS = 6;
const TAPS = 24;
/** G.722 table 24: the scale factors after a reset. */
const LOW_FIRST_SCALE = 32;
const HIGH_FIRST_SCALE = 8;
const LOW_MAX_LOG_SCALE = 18_432;
const HIGH_MAX_LOG_SCALE = 22_528;
/** The antilogarithm is shifted by this less its whole octaves (G.722 §6.2.1.3 SCALEL, §6.2.2.3 SCALEH). */
const LOW_OCTAVES = 8;
const HIGH_OCTAVES = 10;

/** G.722 table 13: which of the six bits of the lower band are audio; the others are an auxiliary data channel. */
export type G722Mode = 1 | 2 | 3;

/** State of one direction of a call, from its first sample on. */
export interface G722Encoder {
  readonly low: SubBand;
  readonly high: SubBand;
  /** The samples in the transmit filter, newest first, twice over, so that 24 in a row stand at any position. */
  readonly line: Int32Array;
  position: number;
}

/** As the encoder's; the receive filter has sums of both bands at even places and differences at odd ones. */
export type G722Decoder = G722Encoder;

function createSubBand(scale: number): SubBand {
  return {
    predicted: 0,
    zeroPart: 0,
    pole1: 0,
    pole2: 0,
    reconstructed1: 0,
    reconstructed2: 0,
    partialSign1: 0,
    partialSign2: 0,
    zeros: new Int32Array(ZEROS),
    differences: new Int32Array(ZEROS),
    logScale: 0,
    scale,
  };
}

export function createG722Encoder(): G722Encoder {
  return {
    low: createSubBand(LOW_FIRST_SCALE),
    high: createSubBand(HIGH_FIRST_SCALE),
    line: new Int32Array(2 * TAPS),
    position: 0,
  };
}

export function createG722Decoder(): G722Decoder {
  return createG722Encoder();
}

/** To 16 bits. */
function saturate(value: number): number {
  if (value > 32_767) return 32_767;
  return value < -32_768 ? -32_768 : value;
}

/** G.722 §6.2.1.6 LIMIT: to 15 bits. */
function limit(value: number): number {
  if (value > 16_383) return 16_383;
  return value < -16_384 ? -16_384 : value;
}

/** G.722 §6.2.1.3, blocks LOGSCL and SCALEL, and for the higher band LOGSCH and SCALEH. */
function adaptScale(band: SubBand, logStep: number, maxLogScale: number, octaves: number): void {
  let log = ((band.logScale * 32_512) >> 15) + logStep;
  if (log < 0) log = 0;
  else if (log > maxLogScale) log = maxLogScale;
  band.logScale = log;
  const root = ANTILOG[(log >> 6) & 31] ?? 0;
  const shift = octaves - (log >> 11);
  band.scale = (shift < 0 ? root << -shift : root >> shift) << 2;
}

/** G.722 §6.2.1.4: takes a quantised difference into the predictor, which then predicts the next sample. */
function adaptPredictor(band: SubBand, difference: number): void {
  // PARREC and RECONS.
  const partialSign = (difference + band.zeroPart) >> 31;
  const reconstructed = saturate(band.predicted + difference);
  adaptPoles(band, partialSign);
  const zeroPart = adaptZeros(band, difference);

  // FILTEP and PREDIC.
  const polePart = saturate(
    ((band.pole1 * saturate(2 * reconstructed)) >> 15) +
      ((band.pole2 * saturate(2 * band.reconstructed1)) >> 15),
  );
  band.reconstructed2 = band.reconstructed1;
  band.reconstructed1 = reconstructed;
  band.zeroPart = zeroPart;
  band.predicted = saturate(polePart + zeroPart);
}

/** G.722 §6.2.1.4, blocks UPPOL2 and UPPOL1. */
function adaptPoles(band: SubBand, sign: number): void {
  const isSame1 = sign === band.partialSign1;
  const isSame2 = sign === band.partialSign2;
  band.partialSign2 = band.partialSign1;
  band.partialSign1 = sign;

  const fourfold = saturate(4 * band.pole1);
  const turned = isSame1 ? saturate(-fourfold) : fourfold;
  let pole2 = (turned >> 7) + (isSame2 ? 128 : -128) + ((band.pole2 * 32_512) >> 15);
  if (pole2 > 12_288) pole2 = 12_288;
  else if (pole2 < -12_288) pole2 = -12_288;
  band.pole2 = pole2;

  let pole1 = (isSame1 ? 192 : -192) + ((band.pole1 * 32_640) >> 15);
  const bound = 15_360 - pole2;
  if (pole1 > bound) pole1 = bound;
  else if (pole1 < -bound) pole1 = -bound;
  band.pole1 = pole1;
}

/** G.722 §6.2.1.4, blocks UPZERO and FILTEZ; the zeros' part of the next prediction. */
function adaptZeros(band: SubBand, difference: number): number {
  const { zeros, differences } = band;
  const sign = difference >> 31;
  const step = difference === 0 ? 0 : 128;
  let sum = 0;
  // From the oldest to the newest: the order decides what a sum saturates to on its way.
  for (let i = ZEROS - 1; i >= 0; i--) {
    const turned = (differences[i] ?? 0) >> 31 === sign ? step : -step;
    const zero = saturate((((zeros[i] ?? 0) * 32_640) >> 15) + turned);
    const newer = i === 0 ? difference : (differences[i - 1] ?? 0);
    zeros[i] = zero;
    differences[i] = newer;
    sum = saturate(sum + ((zero * saturate(2 * newer)) >> 15));
  }
  return sum;
}

/** G.722 §6.2.1.1, blocks SUBTRA and QUANTL. */
function quantiseLow(sample: number, predicted: number, scale: number): number {
  const difference = saturate(sample - predicted);
  const magnitude = difference < 0 ? ~difference : difference;
  // A decision level is reached where (level * scale) >> 12 is not above the magnitude: solved for the level.
  const level = Math.min(((magnitude * 4_096 + 4_095) / scale) | 0, HIGHEST_LEVEL);
  return LOW_CODE[difference < 0 ? level + HIGHEST_LEVEL + 1 : level] ?? 0;
}

/** G.722 §6.2.2.1, blocks SUBTRA and QUANTH, with the one decision level of table 14. */
function quantiseHigh(sample: number, predicted: number, scale: number): number {
  const difference = saturate(sample - predicted);
  const magnitude = difference < 0 ? ~difference : difference;
  const isOuter = magnitude >= (564 * scale) >> 12;
  if (difference < 0) return isOuter ? 0 : 1;
  return isOuter ? 2 : 3;
}

/** Takes the code of a sample into the lower band: both ends know its upper 4 bits (G.722 §6.2.1.2 INVQAL). */
function adaptLow(band: SubBand, code4: number): void {
  const difference = (band.scale * (QM4[code4] ?? 0)) >> 15;
  adaptScale(band, LOW_LOG_STEP[code4] ?? 0, LOW_MAX_LOG_SCALE, LOW_OCTAVES);
  adaptPredictor(band, difference);
}

/** The same for the higher band (G.722 §6.2.2.2 INVQAH); the quantised difference. */
function adaptHigh(band: SubBand, code2: number): number {
  const difference = (band.scale * (QM2[code2] ?? 0)) >> 15;
  adaptScale(band, HIGH_LOG_STEP[code2] ?? 0, HIGH_MAX_LOG_SCALE, HIGH_OCTAVES);
  adaptPredictor(band, difference);
  return difference;
}

/** Writes the samples of two instants to the line, the newer one first. */
function shiftIn(state: G722Encoder, older: number, newer: number): void {
  const { line } = state;
  const position = state.position === 0 ? TAPS - 2 : state.position - 2;
  line[position] = newer;
  line[position + TAPS] = newer;
  line[position + 1] = older;
  line[position + 1 + TAPS] = older;
  state.position = position;
}

/** Encodes the first `samples` (an even number) of `pcm`, 16 kHz, into half as many octets of `codes` from `offset`. */
export function encodeG722(
  encoder: G722Encoder,
  pcm: Int16Array,
  samples: number,
  codes: Uint8Array,
  offset: number,
): void {
  const { low, high, line } = encoder;
  for (let i = 0; i < samples; i += 2) {
    shiftIn(encoder, pcm[i] ?? 0, pcm[i + 1] ?? 0);
    // G.722 §6.2.1.7: the transmit filter, as the sums over the even and over the odd taps.
    const { position } = encoder;
    let even = 0;
    let odd = 0;
    for (let tap = 0; tap < TAPS; tap += 2) {
      even += (line[position + tap] ?? 0) * (QMF[tap] ?? 0);
      odd += (line[position + tap + 1] ?? 0) * (QMF[tap + 1] ?? 0);
    }
    const il = quantiseLow(limit((even + odd) >> 14), low.predicted, low.scale);
    const ih = quantiseHigh(limit((even - odd) >> 14), high.predicted, high.scale);
    adaptLow(low, il >> 2);
    adaptHigh(high, ih);
    codes[offset + (i >> 1)] = (ih << 6) | il;
  }
}

/** Decodes `length` octets of `codes` from `offset` into the first 2 * `length` samples of `pcm`, 16 kHz. */
export function decodeG722(
  decoder: G722Decoder,
  codes: Uint8Array,
  offset: number,
  length: number,
  pcm: Int16Array,
  mode: G722Mode = 1,
): void {
  const { low, high, line } = decoder;
  const unused = mode - 1;
  const levels = mode === 1 ? QM6 : mode === 2 ? QM5 : QM4;
  for (let i = 0; i < length; i++) {
    const code = codes[offset + i] ?? 0;
    const il = code & 0x3f;
    // INVQBL, RECONS and LIMIT for what is heard; the predictor sees the upper 4 bits in every mode.
    const lowDifference = (low.scale * (levels[il >> unused] ?? 0)) >> 15;
    const lowSample = limit(saturate(low.predicted + lowDifference));
    adaptLow(low, il >> 2);
    const highPredicted = high.predicted;
    const highSample = limit(saturate(highPredicted + adaptHigh(high, code >> 6)));

    // G.722 §6.2.2.5: the receive filter.
    shiftIn(decoder, lowSample - highSample, lowSample + highSample);
    const { position } = decoder;
    let even = 0;
    let odd = 0;
    for (let tap = 0; tap < TAPS; tap += 2) {
      odd += (line[position + tap] ?? 0) * (QMF[tap + 1] ?? 0);
      even += (line[position + tap + 1] ?? 0) * (QMF[tap] ?? 0);
    }
    pcm[2 * i] = saturate(even >> 11);
    pcm[2 * i + 1] = saturate(odd >> 11);
  }
}
