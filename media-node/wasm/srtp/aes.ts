/**
 * AES (FIPS 197) of eight blocks at once, bitsliced: vector `i` holds bit `i` of every byte, and within a byte of it bit `l`
 * belongs to block (lane) `l`. All of it is XOR, AND and permutation by constants: no load has an address and no branch has a
 * condition that depends on a key or on data.
 */
import { encryptSlices, SLICED_BYTES, state, toRows } from "./aes-rounds";

/** Bytes of a key as `sliceKey` leaves it, of the longest. */
export const SLICED_KEY_BYTES: usize = 16 + 14 * 128;

/** The complement that the circuit of the S-box leaves out is in the round keys instead. */
const SBOX_CONSTANT: i8 = 0x63;

/** A round key of nothing. */
const noKey: usize = memory.data(128, 16);
/** An expanded key under construction. */
const words: usize = memory.data(16 * 15, 16);

/** Vectors of octets with one bit each, the lowest first. */
const bits: usize = memory.data<u32>(
  [
    0x01010101, 0x01010101, 0x01010101, 0x01010101, 0x02020202, 0x02020202, 0x02020202, 0x02020202,
    0x04040404, 0x04040404, 0x04040404, 0x04040404, 0x08080808, 0x08080808, 0x08080808, 0x08080808,
    0x10101010, 0x10101010, 0x10101010, 0x10101010, 0x20202020, 0x20202020, 0x20202020, 0x20202020,
    0x40404040, 0x40404040, 0x40404040, 0x40404040, 0x80808080, 0x80808080, 0x80808080, 0x80808080,
  ],
  16,
);

/** All ones in every byte that has bit `i`: the slice `i` of eight blocks that are all alike. */
function slice(bytes: v128, i: i32): v128 {
  const bit = v128.load(bits + ((i as usize) << 4));
  return i8x16.eq(v128.and(bytes, bit), bit);
}

/** Swaps the bits of `a` above `shift` with the bits of `b` below it, within the groups that `mask` marks. */
function swapBits(a: usize, b: usize, mask: v128, shift: i32): void {
  const high = v128.load(a);
  const low = v128.load(b);
  const t = v128.and(v128.xor(i64x2.shr_u(high, shift), low), mask);
  v128.store(b, v128.xor(low, t));
  v128.store(a, v128.xor(high, i64x2.shl(t, shift)));
}

/** Turns the eight slices of the state into eight blocks, which it stays in. */
function blocksOfSlices(): void {
  const ones = i8x16.splat(0x55);
  swapBits(state, state + 16, ones, 1);
  swapBits(state + 32, state + 48, ones, 1);
  swapBits(state + 64, state + 80, ones, 1);
  swapBits(state + 96, state + 112, ones, 1);
  const twos = i8x16.splat(0x33);
  swapBits(state, state + 32, twos, 2);
  swapBits(state + 16, state + 48, twos, 2);
  swapBits(state + 64, state + 96, twos, 2);
  swapBits(state + 80, state + 112, twos, 2);
  const fours = i8x16.splat(0x0f);
  swapBits(state, state + 64, fours, 4);
  swapBits(state + 16, state + 80, fours, 4);
  swapBits(state + 32, state + 96, fours, 4);
  swapBits(state + 48, state + 112, fours, 4);
}

function atCounter(byte: i32): v128 {
  return i8x16.replace_lane(i8x16.splat(0), 15, byte as i8);
}

function putSlice(bytes: v128, i: i32, counters: i32): void {
  v128.store(state + ((i as usize) << 4), v128.xor(slice(bytes, i), atCounter(counters)));
}

/**
 * Key stream of the counter blocks `first` to `first + 7`: `iv` with the number of the block XORed into its last octet.
 *
 * @param key as `expandKey` and `sliceKey` left it.
 * @param first a multiple of 8 below 256.
 */
export function counterBlocks(key: usize, rounds: i32, iv: usize, first: i32, out: usize): void {
  const start = toRows(v128.xor(v128.load(iv), v128.load(key)));
  putSlice(start, 0, 0xaa);
  putSlice(start, 1, 0xcc);
  putSlice(start, 2, 0xf0);
  putSlice(start, 3, -((first >> 3) & 1));
  putSlice(start, 4, -((first >> 4) & 1));
  putSlice(start, 5, -((first >> 5) & 1));
  putSlice(start, 6, -((first >> 6) & 1));
  putSlice(start, 7, -((first >> 7) & 1));
  encryptSlices(key + 16, rounds);
  blocksOfSlices();
  memory.copy(out, state, 128);
}

/** Slices and keys of lanes that belong to several packets. */
const mixedState: usize = memory.data(128, 16);
const mixedKeys: usize = memory.data(128 * 14, 16);
let mixedRounds: i32 = 0;
let mixedLanes: i32 = 0;

/** Begins a run of eight blocks that belong to packets of different keys. */
export function beginMixed(rounds: i32): void {
  mixedRounds = rounds;
  mixedLanes = 0;
  memory.fill(mixedState, 0, 128);
  memory.fill(mixedKeys, 0, (rounds as usize) * SLICED_BYTES);
}

/** Gives the next `count` lanes to the counter blocks from `first` on. Returns the first of the lanes. */
export function addMixed(key: usize, iv: usize, first: i32, count: i32): i32 {
  const lane = mixedLanes;
  const lanes = i8x16.splat((((1 as i8) << (count as i8)) - 1) << (lane as i8));
  const start = toRows(v128.xor(v128.load(iv), v128.load(key)));
  // Octet i: bit i of the block numbers of all lanes.
  let counters: u64 = 0;
  for (let l = 0; l < count; l++) {
    for (let i = 0; i < 8; i++) {
      counters |= ((((first + l) >> i) & 1) as u64) << (((i << 3) + lane + l) as u64);
    }
  }
  for (let i = 0; i < 8; i++) {
    const at = mixedState + ((i as usize) << 4);
    const ours = v128.and(slice(start, i), lanes);
    const number = atCounter((counters >> ((i << 3) as u64)) as i32);
    v128.store(at, v128.xor(v128.load(at), v128.xor(ours, number)));
  }
  const end = key + 16 + (mixedRounds as usize) * SLICED_BYTES;
  let to = mixedKeys;
  for (let from = key + 16; from < end; from += 16) {
    v128.store(to, v128.or(v128.load(to), v128.and(v128.load(from), lanes)));
    to += 16;
  }
  mixedLanes += count;
  return lane;
}

/** Encrypts the lanes; `mixedBlock` then gives the key stream of each. */
export function encryptMixed(): void {
  memory.copy(state, mixedState, 128);
  encryptSlices(mixedKeys, mixedRounds);
  blocksOfSlices();
}

export function mixedBlock(lane: i32): v128 {
  return v128.load(state + ((lane as usize) << 4));
}

/** SubWord and SubBytes of a whole vector through the same circuit: a first round without key and without MixColumns. */
function substitute(word: u32): u32 {
  const bytes = toRows(i32x4.splat(word));
  putSlice(bytes, 0, 0);
  putSlice(bytes, 1, 0);
  putSlice(bytes, 2, 0);
  putSlice(bytes, 3, 0);
  putSlice(bytes, 4, 0);
  putSlice(bytes, 5, 0);
  putSlice(bytes, 6, 0);
  putSlice(bytes, 7, 0);
  // Four alike columns; one last round moves each byte to where another column has its like.
  encryptSlices(noKey, 1);
  let out = i8x16.splat(0);
  for (let i = 0; i < 8; i++) {
    const bit = i8x16.splat(1 << (i as i8));
    out = v128.or(out, v128.and(v128.load(state + ((i as usize) << 4)), bit));
  }
  return i32x4.extract_lane(out, 0) ^ 0x63636363;
}

/**
 * The key schedule (FIPS 197 §5.2).
 *
 * @param bytes of the key: 16 or 32.
 * @param out takes 16 bytes for each of the rounds and one more. The complement of the S-box is in all but the first.
 */
export function expandKey(key: usize, bytes: i32, out: usize): void {
  const keyWords = bytes >> 2;
  const count = (keyWords + 7) << 2;
  let rcon: u32 = 1;
  memory.copy(words, key, bytes as usize);
  for (let i = keyWords; i < count; i++) {
    const at = words + ((i as usize) << 2);
    let word = load<u32>(at - 4);
    const place = i % keyWords;
    if (place === 0) {
      word = substitute(rotr<u32>(word, 8)) ^ rcon;
      rcon = (rcon << 1) ^ ((rcon >> 7) * 0x11b);
    } else if (keyWords === 8 && place === 4) {
      word = substitute(word);
    }
    store<u32>(at, load<u32>(at - ((keyWords as usize) << 2)) ^ word);
  }
  v128.store(out, v128.load(words));
  for (let i: usize = 16; i < (count as usize) << 2; i += 16) {
    v128.store(out + i, v128.xor(v128.load(words + i), i8x16.splat(SBOX_CONSTANT)));
  }
  memory.fill(words, 0, 240);
  memory.fill(state, 0, 128);
}

/** From an expanded key to what the rounds read: the first round key as it is, the others in slices. */
export function sliceKey(expanded: usize, rounds: i32, out: usize): void {
  v128.store(out, v128.load(expanded));
  let to = out + 16;
  for (let round = 1; round <= rounds; round++) {
    const columns = v128.load(expanded + ((round as usize) << 4));
    const bytes = round === rounds ? columns : toRows(columns);
    v128.store(to, slice(bytes, 0));
    v128.store(to, slice(bytes, 1), 16);
    v128.store(to, slice(bytes, 2), 32);
    v128.store(to, slice(bytes, 3), 48);
    v128.store(to, slice(bytes, 4), 64);
    v128.store(to, slice(bytes, 5), 80);
    v128.store(to, slice(bytes, 6), 96);
    v128.store(to, slice(bytes, 7), 112);
    to += SLICED_BYTES;
  }
}
