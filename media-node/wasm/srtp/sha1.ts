/**
 * SHA-1 (FIPS 180-4 §6.1.2) of one message, and of four at once, a message in each lane of the vectors. Both expand the whole
 * message schedule first.
 */

/** The message schedule: 80 words, or 80 vectors. */
const schedule: usize = memory.data(80 * 16, 16);

/** The octets of each word in reverse; in memory since an engine may build a constant anew at each use. */
const reversed: usize = memory.data<u8>([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12], 16);

const K0: u32 = 0x5a827999;
const K1: u32 = 0x6ed9eba1;
const K2: u32 = 0x8f1bbcdc;
const K3: u32 = 0xca62c1d6;

function rotate(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

function bigEndianWords(bytes: v128): v128 {
  return i8x16.swizzle(bytes, v128.load(reversed));
}

/** The third and fourth word of a vector, then the first and second of the next. */
function halves(one: v128, next: v128): v128 {
  return i8x16.shuffle(one, next, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
}

/**
 * Four words a step, the latest four vectors in registers. From word 32 on by the recurrence of twice the distance, which needs
 * none of its own step.
 */
function expandOne(data: usize): void {
  let x0 = bigEndianWords(v128.load(data));
  let x1 = bigEndianWords(v128.load(data, 16));
  let x2 = bigEndianWords(v128.load(data, 32));
  let x3 = bigEndianWords(v128.load(data, 48));
  v128.store(schedule, x0);
  v128.store(schedule, x1, 16);
  v128.store(schedule, x2, 32);
  v128.store(schedule, x3, 48);
  const zero = i32x4.splat(0);
  let at = schedule + 64;
  for (; at < schedule + 128; at += 16) {
    // The fourth word wants the first of this step, which is known after the others.
    const recent = i8x16.shuffle(
      x3,
      zero,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
      12,
      13,
      14,
      15,
      16,
      17,
      18,
      19,
    );
    const three = rotate(v128.xor(v128.xor(recent, x2), v128.xor(halves(x0, x1), x0)), 1);
    const late = i8x16.shuffle(
      zero,
      rotate(three, 1),
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
      16,
      17,
      18,
      19,
    );
    x0 = x1;
    x1 = x2;
    x2 = x3;
    x3 = v128.xor(three, late);
    v128.store(at, x3);
  }
  for (; at < schedule + 320; at += 16) {
    const old = v128.xor(v128.load(at - 112), v128.load(at - 128));
    const sum = v128.xor(v128.xor(halves(x2, x3), x0), old);
    x0 = x1;
    x1 = x2;
    x2 = x3;
    x3 = rotate(sum, 2);
    v128.store(at, x3);
  }
}

function choose(b: u32, c: u32, d: u32): u32 {
  return d ^ (b & (c ^ d));
}

function majority(b: u32, c: u32, d: u32): u32 {
  return (b & c) + (d & (b ^ c));
}

function next(a: u32, f: u32, e: u32, k: u32, w: usize): u32 {
  return e + k + load<u32>(w) + f + rotl<u32>(a, 5);
}

/** Runs `count` blocks of 64 bytes into the five words of `state`, which are in the order of the host. */
export function sha1Blocks(state: usize, data: usize, count: i32): void {
  for (let end = data + ((count as usize) << 6); data < end; data += 64) {
    expandOne(data);
    let a = load<u32>(state);
    let b = load<u32>(state, 4);
    let c = load<u32>(state, 8);
    let d = load<u32>(state, 12);
    let e = load<u32>(state, 16);
    let w = schedule;
    for (; w < schedule + 80; w += 20) {
      e = next(a, choose(b, c, d), e, K0, w);
      b = rotl<u32>(b, 30);
      d = next(e, choose(a, b, c), d, K0, w + 4);
      a = rotl<u32>(a, 30);
      c = next(d, choose(e, a, b), c, K0, w + 8);
      e = rotl<u32>(e, 30);
      b = next(c, choose(d, e, a), b, K0, w + 12);
      d = rotl<u32>(d, 30);
      a = next(b, choose(c, d, e), a, K0, w + 16);
      c = rotl<u32>(c, 30);
    }
    for (; w < schedule + 160; w += 20) {
      e = next(a, b ^ c ^ d, e, K1, w);
      b = rotl<u32>(b, 30);
      d = next(e, a ^ b ^ c, d, K1, w + 4);
      a = rotl<u32>(a, 30);
      c = next(d, e ^ a ^ b, c, K1, w + 8);
      e = rotl<u32>(e, 30);
      b = next(c, d ^ e ^ a, b, K1, w + 12);
      d = rotl<u32>(d, 30);
      a = next(b, c ^ d ^ e, a, K1, w + 16);
      c = rotl<u32>(c, 30);
    }
    for (; w < schedule + 240; w += 20) {
      e = next(a, majority(b, c, d), e, K2, w);
      b = rotl<u32>(b, 30);
      d = next(e, majority(a, b, c), d, K2, w + 4);
      a = rotl<u32>(a, 30);
      c = next(d, majority(e, a, b), c, K2, w + 8);
      e = rotl<u32>(e, 30);
      b = next(c, majority(d, e, a), b, K2, w + 12);
      d = rotl<u32>(d, 30);
      a = next(b, majority(c, d, e), a, K2, w + 16);
      c = rotl<u32>(c, 30);
    }
    for (; w < schedule + 320; w += 20) {
      e = next(a, b ^ c ^ d, e, K3, w);
      b = rotl<u32>(b, 30);
      d = next(e, a ^ b ^ c, d, K3, w + 4);
      a = rotl<u32>(a, 30);
      c = next(d, e ^ a ^ b, c, K3, w + 8);
      e = rotl<u32>(e, 30);
      b = next(c, d ^ e ^ a, b, K3, w + 12);
      d = rotl<u32>(d, 30);
      a = next(b, c ^ d ^ e, a, K3, w + 16);
      c = rotl<u32>(c, 30);
    }
    store<u32>(state, load<u32>(state) + a);
    store<u32>(state, load<u32>(state, 4) + b, 4);
    store<u32>(state, load<u32>(state, 8) + c, 8);
    store<u32>(state, load<u32>(state, 12) + d, 12);
    store<u32>(state, load<u32>(state, 16) + e, 16);
  }
}

/** What a step of the schedule takes of the words 8, 14 and 16 steps before. */
function before4(at: usize): v128 {
  return v128.xor(v128.load(at - 128), v128.xor(v128.load(at - 224), v128.load(at - 256)));
}

/** The words `4 * i` to `4 * i + 3` of four messages: vectors of one word of each. */
function transpose(at: usize, w0: v128, w1: v128, w2: v128, w3: v128): void {
  const low01 = i8x16.shuffle(w0, w1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const low23 = i8x16.shuffle(w2, w3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high01 = i8x16.shuffle(
    w0,
    w1,
    8,
    9,
    10,
    11,
    24,
    25,
    26,
    27,
    12,
    13,
    14,
    15,
    28,
    29,
    30,
    31,
  );
  const high23 = i8x16.shuffle(
    w2,
    w3,
    8,
    9,
    10,
    11,
    24,
    25,
    26,
    27,
    12,
    13,
    14,
    15,
    28,
    29,
    30,
    31,
  );
  v128.store(
    at,
    i8x16.shuffle(low01, low23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
  );
  v128.store(
    at,
    i8x16.shuffle(low01, low23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
    16,
  );
  v128.store(
    at,
    i8x16.shuffle(high01, high23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    32,
  );
  v128.store(
    at,
    i8x16.shuffle(high01, high23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
    48,
  );
}

function choose4(b: v128, c: v128, d: v128): v128 {
  return v128.xor(d, v128.and(b, v128.xor(c, d)));
}

function parity4(b: v128, c: v128, d: v128): v128 {
  return v128.xor(b, v128.xor(c, d));
}

function majority4(b: v128, c: v128, d: v128): v128 {
  return v128.or(v128.and(b, c), v128.and(d, v128.xor(b, c)));
}

function next4(a: v128, f: v128, e: v128, k: v128, w: usize): v128 {
  return i32x4.add(i32x4.add(i32x4.add(e, i32x4.add(k, v128.load(w))), f), rotate(a, 5));
}

/**
 * Runs one block of each of four messages into the five vectors of `state`; lanes outside `active` keep theirs.
 *
 * @param data the addresses of the blocks, four words; moved on by one block where active.
 */
export function sha1Block4(state: usize, data: usize, active: v128): void {
  const d0 = load<u32>(data) as usize;
  const d1 = load<u32>(data, 4) as usize;
  const d2 = load<u32>(data, 8) as usize;
  const d3 = load<u32>(data, 12) as usize;
  for (let i: usize = 0; i < 64; i += 16) {
    transpose(
      schedule + (i << 2),
      bigEndianWords(v128.load(d0 + i)),
      bigEndianWords(v128.load(d1 + i)),
      bigEndianWords(v128.load(d2 + i)),
      bigEndianWords(v128.load(d3 + i)),
    );
  }
  v128.store(data, i32x4.add(v128.load(data), v128.and(active, i32x4.splat(64))));
  // The three latest words stay in registers: each step waits for the first of them.
  let third = v128.load(schedule, 208);
  let second = v128.load(schedule, 224);
  let latest = v128.load(schedule, 240);
  for (let at = schedule + 256; at < schedule + 1280; at += 64) {
    const w0 = rotate(v128.xor(third, before4(at)), 1);
    const w1 = rotate(v128.xor(second, before4(at + 16)), 1);
    const w2 = rotate(v128.xor(latest, before4(at + 32)), 1);
    const w3 = rotate(v128.xor(w0, before4(at + 48)), 1);
    v128.store(at, w0);
    v128.store(at, w1, 16);
    v128.store(at, w2, 32);
    v128.store(at, w3, 48);
    third = w1;
    second = w2;
    latest = w3;
  }
  let a = v128.load(state);
  let b = v128.load(state, 16);
  let c = v128.load(state, 32);
  let d = v128.load(state, 48);
  let e = v128.load(state, 64);
  let w = schedule;
  let k = i32x4.splat(K0);
  for (; w < schedule + 320; w += 80) {
    e = next4(a, choose4(b, c, d), e, k, w);
    b = rotate(b, 30);
    d = next4(e, choose4(a, b, c), d, k, w + 16);
    a = rotate(a, 30);
    c = next4(d, choose4(e, a, b), c, k, w + 32);
    e = rotate(e, 30);
    b = next4(c, choose4(d, e, a), b, k, w + 48);
    d = rotate(d, 30);
    a = next4(b, choose4(c, d, e), a, k, w + 64);
    c = rotate(c, 30);
  }
  k = i32x4.splat(K1);
  for (; w < schedule + 640; w += 80) {
    e = next4(a, parity4(b, c, d), e, k, w);
    b = rotate(b, 30);
    d = next4(e, parity4(a, b, c), d, k, w + 16);
    a = rotate(a, 30);
    c = next4(d, parity4(e, a, b), c, k, w + 32);
    e = rotate(e, 30);
    b = next4(c, parity4(d, e, a), b, k, w + 48);
    d = rotate(d, 30);
    a = next4(b, parity4(c, d, e), a, k, w + 64);
    c = rotate(c, 30);
  }
  k = i32x4.splat(K2);
  for (; w < schedule + 960; w += 80) {
    e = next4(a, majority4(b, c, d), e, k, w);
    b = rotate(b, 30);
    d = next4(e, majority4(a, b, c), d, k, w + 16);
    a = rotate(a, 30);
    c = next4(d, majority4(e, a, b), c, k, w + 32);
    e = rotate(e, 30);
    b = next4(c, majority4(d, e, a), b, k, w + 48);
    d = rotate(d, 30);
    a = next4(b, majority4(c, d, e), a, k, w + 64);
    c = rotate(c, 30);
  }
  k = i32x4.splat(K3);
  for (; w < schedule + 1280; w += 80) {
    e = next4(a, parity4(b, c, d), e, k, w);
    b = rotate(b, 30);
    d = next4(e, parity4(a, b, c), d, k, w + 16);
    a = rotate(a, 30);
    c = next4(d, parity4(e, a, b), c, k, w + 32);
    e = rotate(e, 30);
    b = next4(c, parity4(d, e, a), b, k, w + 48);
    d = rotate(d, 30);
    a = next4(b, parity4(c, d, e), a, k, w + 64);
    c = rotate(c, 30);
  }
  v128.store(state, i32x4.add(v128.load(state), v128.and(a, active)));
  v128.store(state, i32x4.add(v128.load(state, 16), v128.and(b, active)), 16);
  v128.store(state, i32x4.add(v128.load(state, 32), v128.and(c, active)), 32);
  v128.store(state, i32x4.add(v128.load(state, 48), v128.and(d, active)), 48);
  v128.store(state, i32x4.add(v128.load(state, 64), v128.and(e, active)), 64);
}
