/**
 * G.722 with the arithmetic of G.722 §6.2 and the names of its blocks; `protocol/audio/g722.ts` is the same in plain
 * TypeScript and explains each step. Both sub-bands go through a block at once, the lower one in lane 0 and the higher one
 * in lane 1. The host writes the tables and keeps the states: both are given as addresses.
 */

/** State: vectors of both bands, lanes of 16 bits for zeros and differences (the newest first), else of 32 bits. */
const ZEROS: usize = 0;
const HIGH_ZEROS: usize = 16;
const DIFFERENCES: usize = 32;
const HIGH_DIFFERENCES: usize = 48;
const PREDICTED: usize = 64;
const ZERO_PART: usize = 80;
const POLE1: usize = 96;
const POLE2: usize = 112;
const RECONSTRUCTED: usize = 128;
const SIGN1: usize = 144;
const SIGN2: usize = 160;
const LOG_SCALE: usize = 176;
const SCALE: usize = 192;
const HIGH_SCALE: usize = 196;
/** 22 samples of 16 bits that are still in the filter, the oldest first. */
const HISTORY: usize = 208;
const HISTORY_BYTES: usize = 44;

/** Tables, in words of 16 bits but for the last, in bytes. */
const SUM_TAPS: usize = 0;
const DIFFERENCE_TAPS: usize = 48;
const EVEN_TAPS: usize = 96;
const ODD_TAPS: usize = 144;
const QM2: usize = 192;
const QM4: usize = 200;
const QM5: usize = 232;
const QM6: usize = 296;
const LOW_LOG_STEP: usize = 424;
const HIGH_LOG_STEP: usize = 456;
const ANTILOG: usize = 464;
const LOW_CODE: usize = 528;

const HIGHEST_LEVEL: i32 = 2919;
const HIGH_LEVEL: i32 = 564;
const LOW_OCTAVES: i32 = 8;
const HIGH_OCTAVES: i32 = 10;
/** A product of the zeros up to this cannot take a sum of six of them out of 16 bits. */
const SMALL_PRODUCT: i32 = 5461;

function clamp(lanes: v128, most: i32): v128 {
  return i32x4.max_s(i32x4.splat(-most - 1), i32x4.min_s(i32x4.splat(most), lanes));
}

function saturate(lanes: v128): v128 {
  return clamp(lanes, 32767);
}

/** LIMIT. */
function limit(lanes: v128): v128 {
  return clamp(lanes, 16383);
}

/** `negated` is -1 in the lanes that change their sign, else 0. */
function turn(lanes: v128, negated: v128): v128 {
  return i32x4.sub(v128.xor(lanes, negated), negated);
}

/** Times 1 - 2^-`bits`, rounded down: the factors 32512 and 32640 of the blocks. */
function leak(lanes: v128, bits: i32): v128 {
  return i32x4.shr_s(i32x4.sub(i32x4.shl(lanes, bits), lanes), bits);
}

function lanesOf(low: i32, high: i32): v128 {
  return i32x4.replace_lane(i32x4.splat(low), 1, high);
}

/** Sums over the lanes of each, in lanes 0 and 1. */
function sumsOf(low: v128, high: v128): v128 {
  const pairs = i32x4.add(
    v128.shuffle<i32>(low, high, 0, 4, 1, 5),
    v128.shuffle<i32>(low, high, 2, 6, 3, 7),
  );
  return i32x4.add(pairs, v128.shuffle<i32>(pairs, pairs, 2, 3, 0, 1));
}

/** A word of 16 bits of a table. */
function entry(table: usize, index: i32): i32 {
  return load<i16>(table + ((index as usize) << 1));
}

function antilog(tables: usize, log: i32, octaves: i32): i32 {
  const root = entry(tables + ANTILOG, (log >> 6) & 31);
  const shift = octaves - (log >> 11);
  return (shift < 0 ? root << -shift : root >> shift) << 2;
}

/** LOGSCL and SCALEL, LOGSCH and SCALEH. */
function adaptScales(tables: usize, state: usize, code4: i32, code2: i32): void {
  const steps = lanesOf(entry(tables + LOW_LOG_STEP, code4), entry(tables + HIGH_LOG_STEP, code2));
  const moved = i32x4.add(leak(v128.load(state, LOG_SCALE), 7), steps);
  const logs = i32x4.max_s(i32x4.splat(0), i32x4.min_s(i32x4(18432, 22528, 0, 0), moved));
  v128.store(state, logs, LOG_SCALE);
  store<i32>(state, antilog(tables, i32x4.extract_lane(logs, 0), LOW_OCTAVES), SCALE);
  store<i32>(state, antilog(tables, i32x4.extract_lane(logs, 1), HIGH_OCTAVES), HIGH_SCALE);
}

/** UPZERO of one band: its new zeros. */
function adaptZeros(zeros: v128, older: v128, newest: v128, step: i32): v128 {
  const negated = i16x8.shr_s(v128.xor(older, newest), 15);
  // (zero * 32640) >> 15 is the zero less a 256th of it, rounded up.
  const rest = i16x8.ne(v128.and(zeros, i16x8.splat(255)), i16x8.splat(0));
  const leaked = i16x8.add(i16x8.sub(zeros, i16x8.shr_s(zeros, 8)), rest);
  const steps = i16x8.sub(v128.xor(i16x8.splat(step as i16), negated), negated);
  return i16x8.add_sat_s(leaked, steps);
}

/** The six newest differences, and 0 in the lanes behind them. */
function shiftIn(older: v128, newest: v128): v128 {
  const shifted = v128.shuffle<i16>(newest, older, 0, 8, 9, 10, 11, 12, 13, 14);
  return v128.and(shifted, i16x8(-1, -1, -1, -1, -1, -1, 0, 0));
}

/** UPZERO and FILTEZ of both bands. */
function adaptZeroParts(state: usize, low: i32, high: i32): v128 {
  const lowOlder = v128.load(state, DIFFERENCES);
  const lowNewest = i16x8.splat(low as i16);
  const lowZeros = adaptZeros(v128.load(state, ZEROS), lowOlder, lowNewest, low === 0 ? 0 : 128);
  v128.store(state, lowZeros, ZEROS);
  const lowDifferences = shiftIn(lowOlder, lowNewest);
  v128.store(state, lowDifferences, DIFFERENCES);

  const highOlder = v128.load(state, HIGH_DIFFERENCES);
  const highNewest = i16x8.splat(high as i16);
  const highZeros = adaptZeros(
    v128.load(state, HIGH_ZEROS),
    highOlder,
    highNewest,
    high === 0 ? 0 : 128,
  );
  v128.store(state, highZeros, HIGH_ZEROS);
  const highDifferences = shiftIn(highOlder, highNewest);
  v128.store(state, highDifferences, HIGH_DIFFERENCES);

  const lowTwice = i16x8.add_sat_s(lowDifferences, lowDifferences);
  const highTwice = i16x8.add_sat_s(highDifferences, highDifferences);
  const lowFirst = i32x4.shr_s(i32x4.extmul_low_i16x8_s(lowZeros, lowTwice), 15);
  const lowLast = i32x4.shr_s(i32x4.extmul_high_i16x8_s(lowZeros, lowTwice), 15);
  const highFirst = i32x4.shr_s(i32x4.extmul_low_i16x8_s(highZeros, highTwice), 15);
  const highLast = i32x4.shr_s(i32x4.extmul_high_i16x8_s(highZeros, highTwice), 15);
  const largest = i32x4.max_u(
    i32x4.max_u(i32x4.abs(lowFirst), i32x4.abs(lowLast)),
    i32x4.max_u(i32x4.abs(highFirst), i32x4.abs(highLast)),
  );
  if (v128.any_true(i32x4.gt_u(largest, i32x4.splat(SMALL_PRODUCT)))) {
    return saturatedSums(lowFirst, lowLast, highFirst, highLast);
  }
  return sumsOf(i32x4.add(lowFirst, lowLast), i32x4.add(highFirst, highLast));
}

/** FILTEZ in its order, from the oldest product on, saturated at each step. */
function saturatedSums(lowFirst: v128, lowLast: v128, highFirst: v128, highLast: v128): v128 {
  let sums = v128.shuffle<i32>(lowLast, highLast, 1, 5, 1, 5);
  sums = saturate(i32x4.add(sums, v128.shuffle<i32>(lowLast, highLast, 0, 4, 0, 4)));
  sums = saturate(i32x4.add(sums, v128.shuffle<i32>(lowFirst, highFirst, 3, 7, 3, 7)));
  sums = saturate(i32x4.add(sums, v128.shuffle<i32>(lowFirst, highFirst, 2, 6, 2, 6)));
  sums = saturate(i32x4.add(sums, v128.shuffle<i32>(lowFirst, highFirst, 1, 5, 1, 5)));
  return saturate(i32x4.add(sums, v128.shuffle<i32>(lowFirst, highFirst, 0, 4, 0, 4)));
}

/** PARREC, RECONS, UPPOL2, UPPOL1, the zeros, FILTEP and PREDIC of both bands. */
function adaptPredictors(state: usize, low: i32, high: i32): void {
  const differences = lanesOf(low, high);
  const sign = i32x4.shr_s(i32x4.add(differences, v128.load(state, ZERO_PART)), 31);
  const reconstructed = saturate(i32x4.add(v128.load(state, PREDICTED), differences));
  const sign1 = v128.load(state, SIGN1);
  const isSame1 = i32x4.eq(sign, sign1);
  const isSame2 = i32x4.eq(sign, v128.load(state, SIGN2));
  v128.store(state, sign1, SIGN2);
  v128.store(state, sign, SIGN1);

  const before1 = v128.load(state, POLE1);
  const fourfold = saturate(i32x4.shl(before1, 2));
  const turned = saturate(turn(fourfold, isSame1));
  // 128 with the same sign, else -128; 192 and -192 below.
  const step2 = i32x4.sub(v128.and(isSame2, i32x4.splat(256)), i32x4.splat(128));
  const moved2 = i32x4.add(i32x4.shr_s(turned, 7), step2);
  const wanted2 = i32x4.add(moved2, leak(v128.load(state, POLE2), 7));
  const pole2 = i32x4.max_s(i32x4.splat(-12288), i32x4.min_s(i32x4.splat(12288), wanted2));
  v128.store(state, pole2, POLE2);
  const bound = i32x4.sub(i32x4.splat(15360), pole2);
  const step1 = i32x4.sub(v128.and(isSame1, i32x4.splat(384)), i32x4.splat(192));
  const wanted1 = i32x4.add(step1, leak(before1, 8));
  const pole1 = i32x4.max_s(i32x4.neg(bound), i32x4.min_s(bound, wanted1));
  v128.store(state, pole1, POLE1);

  const zeroParts = adaptZeroParts(state, low, high);
  const before = v128.load(state, RECONSTRUCTED);
  const part1 = i32x4.shr_s(i32x4.mul(pole1, saturate(i32x4.shl(reconstructed, 1))), 15);
  const part2 = i32x4.shr_s(i32x4.mul(pole2, saturate(i32x4.shl(before, 1))), 15);
  const poleParts = saturate(i32x4.add(part1, part2));
  v128.store(state, reconstructed, RECONSTRUCTED);
  v128.store(state, zeroParts, ZERO_PART);
  v128.store(state, saturate(i32x4.add(poleParts, zeroParts)), PREDICTED);
}

/** INVQAL and INVQAH; the quantised difference of the higher band. */
function adapt(tables: usize, state: usize, code4: i32, code2: i32): i32 {
  const low = (load<i32>(state, SCALE) * entry(tables + QM4, code4)) >> 15;
  const high = (load<i32>(state, HIGH_SCALE) * entry(tables + QM2, code2)) >> 15;
  adaptScales(tables, state, code4, code2);
  adaptPredictors(state, low, high);
  return high;
}

/** SUBTRA, QUANTL and QUANTH: both samples in one octet. */
function quantise(tables: usize, state: usize, samples: v128): i32 {
  const differences = saturate(i32x4.sub(samples, v128.load(state, PREDICTED)));
  const signs = i32x4.shr_s(differences, 31);
  const magnitudes = v128.xor(differences, signs);

  const numerator = (i32x4.extract_lane(magnitudes, 0) << 12) + 4095;
  const quotient = (numerator as u32) / load<u32>(state, SCALE);
  const level = min(quotient as i32, HIGHEST_LEVEL);
  const row = level + (i32x4.extract_lane(signs, 0) & (HIGHEST_LEVEL + 1));
  const il: i32 = load<u8>(tables + LOW_CODE + (row as usize));

  const decision = (HIGH_LEVEL * load<i32>(state, HIGH_SCALE)) >> 12;
  const isOuter = (i32x4.extract_lane(magnitudes, 1) >= decision) as i32;
  // 3 and 2 above zero, 1 and 0 below: the outer one is the smaller.
  const ih = 3 + (i32x4.extract_lane(signs, 1) << 1) - isOuter;
  return (ih << 6) | il;
}

/** The products of 24 samples, the oldest first, and 24 taps, in four sums. */
function products(samples: usize, taps: usize): v128 {
  const first = i32x4.dot_i16x8_s(v128.load(samples), v128.load(taps));
  const second = i32x4.dot_i16x8_s(v128.load(samples, 16), v128.load(taps, 16));
  const third = i32x4.dot_i16x8_s(v128.load(samples, 32), v128.load(taps, 32));
  return i32x4.add(i32x4.add(first, second), third);
}

/** `samples` (an even number) of 16 bits at `pcm`, with room for 22 before them, into half as many octets. */
export function encodeG722(
  tables: usize,
  state: usize,
  pcm: usize,
  samples: i32,
  codes: usize,
): void {
  const end = pcm + ((samples as usize) << 1);
  memory.copy(pcm - HISTORY_BYTES, state + HISTORY, HISTORY_BYTES);
  for (let at = pcm; at < end; at += 4) {
    const window = at - HISTORY_BYTES;
    const filtered = sumsOf(
      products(window, tables + SUM_TAPS),
      products(window, tables + DIFFERENCE_TAPS),
    );
    const code = quantise(tables, state, limit(i32x4.shr_s(filtered, 14)));
    adapt(tables, state, (code >> 2) & 15, code >> 6);
    store<u8>(codes++, code);
  }
  memory.copy(state + HISTORY, end - HISTORY_BYTES, HISTORY_BYTES);
}

/** `length` octets into twice as many samples at `pcm`, with room for 22 before them. */
export function decodeG722(
  tables: usize,
  state: usize,
  codes: usize,
  length: i32,
  pcm: usize,
  mode: i32,
): void {
  const unused = mode - 1;
  const levels = tables + (mode === 1 ? QM6 : mode === 2 ? QM5 : QM4);
  const start = pcm - HISTORY_BYTES;
  const end = codes + (length as usize);
  let at = pcm;
  memory.copy(start, state + HISTORY, HISTORY_BYTES);
  for (; codes < end; codes++) {
    const code: i32 = load<u8>(codes);
    const il = code & 0x3f;
    const lowDifference = (load<i32>(state, SCALE) * entry(levels, il >> unused)) >> 15;
    const predicted = v128.load(state, PREDICTED);
    const highDifference = adapt(tables, state, il >> 2, code >> 6);
    const heard = limit(saturate(i32x4.add(predicted, lanesOf(lowDifference, highDifference))));
    const low = i32x4.extract_lane(heard, 0);
    const high = i32x4.extract_lane(heard, 1);
    store<i16>(at, low - high);
    store<i16>(at, low + high, 2);
    at += 4;
  }
  memory.copy(state + HISTORY, at - HISTORY_BYTES, HISTORY_BYTES);
  // The filter's output takes the place of its input, of which each step needs no more than what comes later.
  for (let window = start; window < at - HISTORY_BYTES; window += 4) {
    const filtered = sumsOf(
      products(window, tables + EVEN_TAPS),
      products(window, tables + ODD_TAPS),
    );
    const output = i32x4.shr_s(filtered, 11);
    store<i32>(window, i32x4.extract_lane(i16x8.narrow_i32x4_s(output, output), 0));
  }
  memory.copy(pcm, start, (length as usize) << 2);
}
