/**
 * GHASH (NIST SP 800-38D §6.4) by products of nibbles, in constant time: of the table of a key every row is read for every
 * block, at fixed addresses, and the nibbles of the data select within vector registers.
 *
 * Bits stand as in the standard: the most significant bit of the first octet is the coefficient of 1, so that a product by x
 * moves bits to the right. Row 2k holds octet k of n * H, row 2k + 1 octet k of n * x^4 * H, for the 16 nibbles n.
 */

export const GHASH_TABLE_BYTES: usize = 512;

/** For nibbles n: the first octet of n * x^128 and n * x^132, then their second octets. */
const reduction: usize = memory.data<u8>(
  [
    0x00, 0x1c, 0x38, 0x24, 0x70, 0x6c, 0x48, 0x54, 0xe1, 0xfd, 0xd9, 0xc5, 0x91, 0x8d, 0xa9, 0xb5,
    0x00, 0x01, 0x03, 0x02, 0x07, 0x06, 0x04, 0x05, 0x0e, 0x0f, 0x0d, 0x0c, 0x09, 0x08, 0x0a, 0x0b,
    0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xe0, 0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xe0,
    0x00, 0xc2, 0x84, 0x46, 0x08, 0xca, 0x8c, 0x4e, 0x10, 0xd2, 0x94, 0x56, 0x18, 0xda, 0x9c, 0x5e,
  ],
  16,
);
/** H, x * H, ... x^7 * H. */
const multiples: usize = memory.data(128, 16);
/** Sixteen octets of ones, sixteen of zeros: from `16 - n` on, a mask of n octets. */
const ones: usize = memory.data<u8>(
  [
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ],
  16,
);

/** All ones in the first `count` octets, at most 16. */
export function firstOctets(count: i32): v128 {
  return v128.load(ones + 16 - (count as usize));
}

/** Builds the table of the hash key H, 16 octets at `key`. */
export function ghashTable(key: usize, table: usize): void {
  let high = bswap<u64>(load<u64>(key));
  let low = bswap<u64>(load<u64>(key, 8));
  for (let i: usize = 0; i < 128; i += 16) {
    store<u64>(multiples + i, bswap<u64>(high));
    store<u64>(multiples + i, bswap<u64>(low), 8);
    const carry: u64 = 0 - (low & 1);
    low = (low >> 1) | (high << 63);
    high = (high >> 1) ^ (carry & 0xe100000000000000);
  }
  for (let half: usize = 0; half < 2; half++) {
    for (let nibble: usize = 0; nibble < 16; nibble++) {
      for (let octet: usize = 0; octet < 16; octet++) {
        let sum: u32 = 0;
        for (let bit: usize = 0; bit < 4; bit++) {
          const mask: u32 = 0 - (((nibble as u32) >> (3 - (bit as u32))) & 1);
          sum ^= (load<u8>(multiples + 16 * (4 * half + bit) + octet) as u32) & mask;
        }
        store<u8>(table + 16 * (2 * octet + half) + nibble, sum as u8);
      }
    }
  }
  memory.fill(multiples, 0, 128);
}

/** `y` times H. */
function multiply(table: usize, y: v128): v128 {
  const nibbles = i8x16.splat(0x0f);
  const zero = i8x16.splat(0);
  const high = v128.and(i64x2.shr_u(y, 4), nibbles);
  const low = v128.and(y, nibbles);
  let product = v128.xor(
    i8x16.swizzle(v128.load(table, 480), high),
    i8x16.swizzle(v128.load(table, 496), low),
  );
  let over = zero;
  for (let row = table + 448; row >= table; row -= 32) {
    // Times x^8: one octet on, the last into the upper half.
    over = i8x16.shuffle(
      product,
      over,
      15,
      16,
      17,
      18,
      19,
      20,
      21,
      22,
      23,
      24,
      25,
      26,
      27,
      28,
      29,
      30,
    );
    product = v128.xor(
      i8x16.shuffle(zero, product, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30),
      v128.xor(i8x16.swizzle(v128.load(row), high), i8x16.swizzle(v128.load(row, 16), low)),
    );
  }
  // x^128 = 1 + x + x^2 + x^7: two octets for each of the upper half.
  const overHigh = v128.and(i64x2.shr_u(over, 4), nibbles);
  const overLow = v128.and(over, nibbles);
  const here = v128.xor(
    i8x16.swizzle(v128.load(reduction), overHigh),
    i8x16.swizzle(v128.load(reduction, 16), overLow),
  );
  const onward = v128.xor(
    i8x16.swizzle(v128.load(reduction, 32), overHigh),
    i8x16.swizzle(v128.load(reduction, 48), overLow),
  );
  return v128.xor(
    v128.xor(product, here),
    i8x16.shuffle(zero, onward, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30),
  );
}

/** Takes `length` octets, filled up with zeros to whole blocks, into `y`. Reads up to 15 octets further. */
function absorb(table: usize, y: v128, data: usize, length: i32): v128 {
  for (; length > 0; length -= 16) {
    const block = v128.and(v128.load(data), firstOctets(min(length, 16)));
    y = multiply(table, v128.xor(y, block));
    data += 16;
  }
  return y;
}

/** GHASH of additional data and text with their lengths (NIST SP 800-38D §7.1 step 5). */
export function ghash(table: usize, aad: usize, aadBytes: i32, text: usize, textBytes: i32): v128 {
  let y = absorb(table, i8x16.splat(0), aad, aadBytes);
  y = absorb(table, y, text, textBytes);
  const lengths = i64x2.replace_lane(
    i64x2.splat(bswap<u64>((textBytes as u64) << 3)),
    0,
    bswap<u64>((aadBytes as u64) << 3),
  );
  return multiply(table, v128.xor(y, lengths));
}
