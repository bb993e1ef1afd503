/** The tables of G.722 §6.2, named as there. */

/** Coefficients of the quadrature mirror filters, the first 12 of 24; the others mirror them (G.722 table 4). */
const HALF_QMF = [3, -11, -11, 53, 12, -156, 32, 362, -210, -805, 951, 3876];

/** What the newest of 24 samples, the one before it … are multiplied with. */
export const QMF = Int16Array.from([...HALF_QMF, ...HALF_QMF.toReversed()]);

/** Decision levels of the 60-level quantiser of the lower band, for a scale factor of 4096 (G.722 table 14). */
const Q6 = [
  0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023,
  1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];

/** Above the highest decision level nothing changes. */
export const HIGHEST_LEVEL = 2919;

/**
 * The quantiser of the lower band, inverted: the code of 6 bits by how many 4096ths of the scale factor the magnitude is
 * (0 to `HIGHEST_LEVEL`). The first half is for differences of 0 and above, the second for those below 0, of which the
 * one's complement is the magnitude (G.722 §6.2.1.1 QUANTL, tables 14 and 15).
 */
export const LOW_CODE = lowCodes();

function lowCodes(): Uint8Array {
  const codes = new Uint8Array(2 * (HIGHEST_LEVEL + 1));
  for (let level = 0; level <= HIGHEST_LEVEL; level++) {
    const interval = Q6.filter((decision) => decision <= level).length;
    codes[level] = 62 - interval;
    codes[HIGHEST_LEVEL + 1 + level] = interval <= 2 ? 64 - interval : 34 - interval;
  }
  return codes;
}

/** Outputs of the inverse quantisers of 2, 4, 5 and 6 bits, for a scale factor of 2^15 (G.722 tables 16 to 19). */
export const QM2 = Int16Array.of(-7408, -1616, 7408, 1616);

const QM4_MAGNITUDES = [20456, 12896, 8968, 6288, 4240, 2584, 1200];
export const QM4 = Int16Array.from([
  0,
  ...QM4_MAGNITUDES.map((magnitude) => -magnitude),
  ...QM4_MAGNITUDES,
  0,
]);

const QM5_MAGNITUDES = [
  23352, 17560, 14120, 11664, 9752, 8184, 6864, 5712, 4696, 3784, 2960, 2208, 1520, 880,
];
export const QM5 = Int16Array.from([
  -280,
  -280,
  ...QM5_MAGNITUDES.map((magnitude) => -magnitude),
  ...QM5_MAGNITUDES,
  280,
  -280,
]);

const QM6_MAGNITUDES = [
  24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000,
  5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728,
];
export const QM6 = Int16Array.from([
  -136,
  -136,
  -136,
  -136,
  ...QM6_MAGNITUDES.map((magnitude) => -magnitude),
  ...QM6_MAGNITUDES,
  432,
  136,
  -432,
  -136,
]);

/** What a code of 4 bits adds to the logarithmic scale factor of the lower band (G.722 tables 20 and 21: WL of RL42). */
export const LOW_LOG_STEP = Int16Array.from(
  [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0],
  (row) => [-60, -30, 58, 172, 334, 538, 1198, 3042][row] ?? 0,
);

/** The same for a code of 2 bits and the higher band (WH of RH2). */
export const HIGH_LOG_STEP = Int16Array.of(798, -214, 798, -214);

/** 2^11 times the 32nd roots of 2: the table of the antilogarithm (G.722 table 23, ILB). */
export const ANTILOG = Int16Array.of(
  2048,
  2093,
  2139,
  2186,
  2233,
  2282,
  2332,
  2383,
  2435,
  2489,
  2543,
  2599,
  2656,
  2714,
  2774,
  2834,
  2896,
  2960,
  3025,
  3091,
  3158,
  3228,
  3298,
  3371,
  3444,
  3520,
  3597,
  3676,
  3756,
  3838,
  3922,
  4008,
);
