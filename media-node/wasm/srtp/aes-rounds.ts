/** The rounds of AES over eight bitsliced blocks, as aes.ts describes them. */

/** Bytes of one round key in slices: eight vectors. */
export const SLICED_BYTES: usize = 128;
/** Eight slices on their way to blocks. */
export const state: usize = memory.data(128, 16);

/**
 * Permutations of octets, in memory since an engine may build a constant anew at each use: from columns to rows, in which the
 * rounds have their octets; ShiftRows; ShiftRows and back to columns.
 */
const permutations: usize = memory.data<u8>(
  [
    0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 1, 2, 3, 5, 6, 7, 4, 10, 11, 8, 9, 15,
    12, 13, 14, 0, 5, 10, 15, 1, 6, 11, 12, 2, 7, 8, 13, 3, 4, 9, 14,
  ],
  16,
);
const TO_ROWS: usize = 0;
const SHIFT_ROWS: usize = 16;
const TO_COLUMNS: usize = 32;

/** From the order of a block to that of the rounds. */
export function toRows(bytes: v128): v128 {
  return i8x16.swizzle(bytes, v128.load(permutations, TO_ROWS));
}

/** Each row gets the octets of the next. */
function rowUp(x: v128): v128 {
  return i8x16.shuffle(x, x, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
}

function twoRowsUp(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/**
 * Runs the rounds over the slices at `slices`, in which the first round key is already. `keys` are the sliced keys of the rounds
 * 1 to `rounds`. The S-box is the circuit of Boyar and Peralta ("A new combinational logic minimization technique with
 * applications to cryptology", 2010).
 */
export function encryptSlices(keys: usize, rounds: i32): void {
  const shiftRows = v128.load(permutations, SHIFT_ROWS);
  let b0 = v128.load(state, 0);
  let b1 = v128.load(state, 16);
  let b2 = v128.load(state, 32);
  let b3 = v128.load(state, 48);
  let b4 = v128.load(state, 64);
  let b5 = v128.load(state, 80);
  let b6 = v128.load(state, 96);
  let b7 = v128.load(state, 112);
  for (let round = 1; ; round++) {
    // SubBytes: the linear layer on top.
    const y14 = v128.xor(b4, b2);
    const y13 = v128.xor(b7, b1);
    const y9 = v128.xor(b7, b4);
    const y8 = v128.xor(b7, b2);
    const a0 = v128.xor(b6, b5);
    const y1 = v128.xor(a0, b0);
    const y4 = v128.xor(y1, b4);
    const y12 = v128.xor(y13, y14);
    const y2 = v128.xor(y1, b7);
    const y5 = v128.xor(y1, b1);
    const y3 = v128.xor(y5, y8);
    const a1 = v128.xor(b3, y12);
    const y15 = v128.xor(a1, b2);
    const y20 = v128.xor(a1, b6);
    const y6 = v128.xor(y15, b0);
    const y10 = v128.xor(y15, a0);
    const y11 = v128.xor(y20, y9);
    const y7 = v128.xor(b0, y11);
    const y17 = v128.xor(y10, y11);
    const y19 = v128.xor(y10, y8);
    const y16 = v128.xor(a0, y11);
    const y21 = v128.xor(y13, y16);
    const y18 = v128.xor(b7, y16);
    // The inversion.
    const m2 = v128.and(y12, y15);
    const m4 = v128.xor(v128.and(y3, y6), m2);
    const m6 = v128.xor(v128.and(y4, b0), m2);
    const m7 = v128.and(y13, y16);
    const m9 = v128.xor(v128.and(y5, y1), m7);
    const m11 = v128.xor(v128.and(y2, y7), m7);
    const m12 = v128.and(y9, y11);
    const m14 = v128.xor(v128.and(y14, y17), m12);
    const m16 = v128.xor(v128.and(y8, y10), m12);
    const m21 = v128.xor(v128.xor(m4, m14), y20);
    const m22 = v128.xor(v128.xor(m6, m16), y19);
    const m23 = v128.xor(v128.xor(m9, m14), y21);
    const m24 = v128.xor(v128.xor(m11, m16), y18);
    const m25 = v128.xor(m21, m22);
    const m26 = v128.and(m21, m23);
    const m27 = v128.xor(m24, m26);
    const m29 = v128.xor(v128.and(m25, m27), m22);
    const m30 = v128.xor(m23, m24);
    const m31 = v128.xor(m22, m26);
    const m33 = v128.xor(v128.and(m31, m30), m24);
    const m34 = v128.xor(m23, m33);
    const m35 = v128.xor(m27, m33);
    const m36 = v128.and(m24, m35);
    const m37 = v128.xor(m36, m34);
    const m38 = v128.xor(m27, m36);
    const m40 = v128.xor(m25, v128.and(m29, m38));
    const m41 = v128.xor(m40, m37);
    const m42 = v128.xor(m29, m33);
    const m43 = v128.xor(m29, m40);
    const m44 = v128.xor(m33, m37);
    const m45 = v128.xor(m42, m41);
    const z0 = v128.and(m44, y15);
    const z1 = v128.and(m37, y6);
    const z2 = v128.and(m33, b0);
    const z3 = v128.and(m43, y16);
    const z4 = v128.and(m40, y1);
    const z5 = v128.and(m29, y7);
    const z6 = v128.and(m42, y11);
    const z7 = v128.and(m45, y17);
    const z8 = v128.and(m41, y10);
    const z9 = v128.and(m44, y12);
    const z10 = v128.and(m37, y3);
    const z11 = v128.and(m33, y4);
    const z12 = v128.and(m43, y13);
    const z13 = v128.and(m40, y5);
    const z14 = v128.and(m29, y2);
    const z15 = v128.and(m42, y9);
    const z16 = v128.and(m45, y14);
    const z17 = v128.and(m41, y8);
    // The linear layer below.
    const n46 = v128.xor(z15, z16);
    const n47 = v128.xor(z10, z11);
    const n48 = v128.xor(z5, z13);
    const n49 = v128.xor(z9, z10);
    const n53 = v128.xor(z0, z3);
    const n54 = v128.xor(z6, z7);
    const n57 = v128.xor(v128.xor(z2, z12), n53);
    const n58 = v128.xor(z4, n46);
    const n59 = v128.xor(z3, n54);
    const n61 = v128.xor(z14, n57);
    const n62 = v128.xor(v128.xor(z7, z8), n58);
    const n63 = v128.xor(n49, n58);
    const n64 = v128.xor(z4, n59);
    const n65 = v128.xor(n61, n62);
    const n66 = v128.xor(z1, n63);
    const s7 = v128.xor(n59, n63);
    const s1 = v128.xor(v128.xor(z12, n48), n62);
    const s0 = v128.xor(n48, v128.xor(n46, n57));
    const s4 = v128.xor(n53, n66);
    const s3 = v128.xor(v128.xor(z2, z5), n66);
    const s2 = v128.xor(n47, n65);
    const s6 = v128.xor(n64, s4);
    const s5 = v128.xor(v128.xor(z16, z17), v128.xor(n64, n65));

    // ShiftRows.
    if (round === rounds) {
      const toColumns = v128.load(permutations, TO_COLUMNS);
      b0 = i8x16.swizzle(s0, toColumns);
      b1 = i8x16.swizzle(s1, toColumns);
      b2 = i8x16.swizzle(s2, toColumns);
      b3 = i8x16.swizzle(s3, toColumns);
      b4 = i8x16.swizzle(s4, toColumns);
      b5 = i8x16.swizzle(s5, toColumns);
      b6 = i8x16.swizzle(s6, toColumns);
      b7 = i8x16.swizzle(s7, toColumns);
      break;
    }
    b0 = i8x16.swizzle(s0, shiftRows);
    b1 = i8x16.swizzle(s1, shiftRows);
    b2 = i8x16.swizzle(s2, shiftRows);
    b3 = i8x16.swizzle(s3, shiftRows);
    b4 = i8x16.swizzle(s4, shiftRows);
    b5 = i8x16.swizzle(s5, shiftRows);
    b6 = i8x16.swizzle(s6, shiftRows);
    b7 = i8x16.swizzle(s7, shiftRows);

    // MixColumns: 2x + 3u + v + w of a column x and its rotations is 2(x + u) + u + (v + w).
    const u0 = rowUp(b0);
    const u1 = rowUp(b1);
    const u2 = rowUp(b2);
    const u3 = rowUp(b3);
    const u4 = rowUp(b4);
    const u5 = rowUp(b5);
    const u6 = rowUp(b6);
    const u7 = rowUp(b7);
    const d0 = v128.xor(b0, u0);
    const d1 = v128.xor(b1, u1);
    const d2 = v128.xor(b2, u2);
    const d3 = v128.xor(b3, u3);
    const d4 = v128.xor(b4, u4);
    const d5 = v128.xor(b5, u5);
    const d6 = v128.xor(b6, u6);
    const d7 = v128.xor(b7, u7);
    b0 = v128.xor(v128.xor(v128.xor(u0, v128.load(keys, 0)), twoRowsUp(d0)), d7);
    b1 = v128.xor(v128.xor(v128.xor(u1, v128.load(keys, 16)), twoRowsUp(d1)), v128.xor(d0, d7));
    b2 = v128.xor(v128.xor(v128.xor(u2, v128.load(keys, 32)), twoRowsUp(d2)), d1);
    b3 = v128.xor(v128.xor(v128.xor(u3, v128.load(keys, 48)), twoRowsUp(d3)), v128.xor(d2, d7));
    b4 = v128.xor(v128.xor(v128.xor(u4, v128.load(keys, 64)), twoRowsUp(d4)), v128.xor(d3, d7));
    b5 = v128.xor(v128.xor(v128.xor(u5, v128.load(keys, 80)), twoRowsUp(d5)), d4);
    b6 = v128.xor(v128.xor(v128.xor(u6, v128.load(keys, 96)), twoRowsUp(d6)), d5);
    b7 = v128.xor(v128.xor(v128.xor(u7, v128.load(keys, 112)), twoRowsUp(d7)), d6);
    keys += SLICED_BYTES;
  }
  v128.store(state, v128.xor(b0, v128.load(keys, 0)), 0);
  v128.store(state, v128.xor(b1, v128.load(keys, 16)), 16);
  v128.store(state, v128.xor(b2, v128.load(keys, 32)), 32);
  v128.store(state, v128.xor(b3, v128.load(keys, 48)), 48);
  v128.store(state, v128.xor(b4, v128.load(keys, 64)), 64);
  v128.store(state, v128.xor(b5, v128.load(keys, 80)), 80);
  v128.store(state, v128.xor(b6, v128.load(keys, 96)), 96);
  v128.store(state, v128.xor(b7, v128.load(keys, 112)), 112);
}
