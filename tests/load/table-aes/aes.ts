/**
 * AES by tables, for the bench alone: it takes the place of media-node/wasm/srtp/aes.ts in a module that is built for a
 * comparison and thrown away. Its loads have addresses that depend on keys and data: this is what the product does not do.
 */

export const SLICED_KEY_BYTES: usize = 240;

/** The S-box, and the four products of the round: 1 KiB each. Made on first use. */
const box: usize = memory.data(256, 16);
const products: usize = memory.data(4096, 16);
let isReady: bool = false;

const mixed: usize = memory.data(128, 16);
let mixedRounds: i32 = 0;
let mixedLanes: i32 = 0;

function double(x: u32): u32 {
  return ((x << 1) ^ ((x >> 7) * 0x11b)) & 0xff;
}

/** FIPS 197 §5.1.1: inverse and affine map, by powers of 3. */
function prepare(): void {
  if (isReady) return;
  isReady = true;
  let p: u32 = 1;
  let q: u32 = 1;
  do {
    p = p ^ double(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 0xff;
    if ((q & 0x80) !== 0) q ^= 0x09;
    const doubled = q | (q << 8);
    const mapped = q ^ (doubled >> 7) ^ (doubled >> 6) ^ (doubled >> 5) ^ (doubled >> 4);
    store<u8>(box + (p as usize), (mapped ^ 0x63) as u8);
  } while (p !== 1);
  store<u8>(box, 0x63);
  for (let i: usize = 0; i < 256; i++) {
    const s = load<u8>(box + i) as u32;
    const column = double(s) | (s << 8) | (s << 16) | ((s ^ double(s)) << 24);
    for (let row: usize = 0; row < 4; row++) {
      store<u32>(products + (row << 10) + (i << 2), rotl<u32>(column, (row as u32) << 3));
    }
  }
}

function product(row: usize, byte: u32): u32 {
  return load<u32>(products + (row << 10) + ((byte & 0xff) << 2));
}

function boxed(byte: u32): u32 {
  return load<u8>(box + ((byte & 0xff) as usize)) as u32;
}

function mix(a: u32, b: u32, c: u32, d: u32): u32 {
  return product(0, a) ^ product(1, b >> 8) ^ product(2, c >> 16) ^ product(3, d >> 24);
}

function last(a: u32, b: u32, c: u32, d: u32): u32 {
  return boxed(a) | (boxed(b >> 8) << 8) | (boxed(c >> 16) << 16) | (boxed(d >> 24) << 24);
}

function encrypt(key: usize, rounds: i32, iv: usize, number: i32, out: usize): void {
  let a = load<u32>(iv) ^ load<u32>(key);
  let b = load<u32>(iv, 4) ^ load<u32>(key, 4);
  let c = load<u32>(iv, 8) ^ load<u32>(key, 8);
  let d = load<u32>(iv, 12) ^ ((number as u32) << 24) ^ load<u32>(key, 12);
  let at = key + 16;
  for (let round = 1; round < rounds; round++) {
    const e = mix(a, b, c, d) ^ load<u32>(at);
    const f = mix(b, c, d, a) ^ load<u32>(at, 4);
    const g = mix(c, d, a, b) ^ load<u32>(at, 8);
    d = mix(d, a, b, c) ^ load<u32>(at, 12);
    a = e;
    b = f;
    c = g;
    at += 16;
  }
  store<u32>(out, last(a, b, c, d) ^ load<u32>(at));
  store<u32>(out, last(b, c, d, a) ^ load<u32>(at, 4), 4);
  store<u32>(out, last(c, d, a, b) ^ load<u32>(at, 8), 8);
  store<u32>(out, last(d, a, b, c) ^ load<u32>(at, 12), 12);
}

export function counterBlocks(key: usize, rounds: i32, iv: usize, first: i32, out: usize): void {
  for (let i = 0; i < 8; i++) encrypt(key, rounds, iv, first + i, out + ((i as usize) << 4));
}

export function beginMixed(rounds: i32): void {
  mixedRounds = rounds;
  mixedLanes = 0;
}

export function addMixed(key: usize, iv: usize, first: i32, count: i32): i32 {
  const lane = mixedLanes;
  for (let i = 0; i < count; i++) {
    encrypt(key, mixedRounds, iv, first + i, mixed + (((lane + i) as usize) << 4));
  }
  mixedLanes += count;
  return lane;
}

export function encryptMixed(): void {}

export function mixedBlock(lane: i32): v128 {
  return v128.load(mixed + ((lane as usize) << 4));
}

export function expandKey(key: usize, bytes: i32, out: usize): void {
  prepare();
  const keyWords = bytes >> 2;
  const count = (keyWords + 7) << 2;
  let rcon: u32 = 1;
  memory.copy(out, key, bytes as usize);
  for (let i = keyWords; i < count; i++) {
    const at = out + ((i as usize) << 2);
    let word = load<u32>(at - 4);
    const place = i % keyWords;
    if (place === 0) {
      word = rotr<u32>(word, 8);
      word = last(word, word, word, word) ^ rcon;
      rcon = double(rcon);
    } else if (keyWords === 8 && place === 4) {
      word = last(word, word, word, word);
    }
    store<u32>(at, load<u32>(at - ((keyWords as usize) << 2)) ^ word);
  }
}

export function sliceKey(expanded: usize, rounds: i32, out: usize): void {
  memory.copy(out, expanded, ((rounds + 1) as usize) << 4);
}
