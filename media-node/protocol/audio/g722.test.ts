import { describe, expect, test } from "vitest";
import { differences, ituSequences } from "../../../tests/support/itu-sequences.ts";
import { createG722Decoder, createG722Encoder, decodeG722, encodeG722 } from "./g722.ts";
import { createTone } from "./tone.ts";
import { analyseTone } from "./tone-analysis.ts";

const RATE_HZ = 16_000;

function encodeAll(pcm: Int16Array): Uint8Array {
  const codes = new Uint8Array(pcm.length / 2);
  encodeG722(createG722Encoder(), pcm, pcm.length, codes, 0);
  return codes;
}

function decodeAll(codes: Uint8Array, mode: 1 | 2 | 3 = 1): Int16Array {
  const pcm = new Int16Array(2 * codes.length);
  decodeG722(createG722Decoder(), codes, 0, codes.length, pcm, mode);
  return pcm;
}

const { areThere, folder, octets, words } = ituSequences("g722");

describe.skipIf(!areThere)(`ITU-T sequences (skipped without ${folder})`, () => {
  /** One octet in each word; codsp.cod has the same octets, exchanged in pairs. */
  const codes = (): Uint8Array => Uint8Array.from(words("codspw.cod"));

  test("G.722 is bit-exact, encoded", () => {
    expect(differences(encodeAll(words("inpsp.bin")), codes())).toEqual([]);
    expect(differences(codes(), octets("codsp.cod").swap16())).toEqual([]);
  });

  for (const mode of [1, 2, 3] as const) {
    test(`G.722 is bit-exact, decoded in mode ${mode}`, () => {
      expect(differences(decodeAll(codes(), mode), words(`outsp${mode}.bin`))).toEqual([]);
    });
  }
});

describe("G.722", () => {
  test("tones of both sub-bands come through with over 20 dB and without a gap", () => {
    for (const frequencyHz of [437, 1037, 3100, 5200, 6500]) {
      const pcm = new Int16Array(RATE_HZ);
      createTone(RATE_HZ, frequencyHz, 8_000).fill(pcm);
      const report = analyseTone(decodeAll(encodeAll(pcm)), RATE_HZ, frequencyHz);
      expect(report.snrDb, `${frequencyHz} Hz`).toBeGreaterThan(20);
      expect(report.longestGapMs, `${frequencyHz} Hz`).toBe(0);
    }
  });

  test("the pieces that audio comes in change nothing", () => {
    const pcm = Int16Array.from({ length: 3_200 }, (_, i) => ((i * i * 7919) % 20_011) - 10_000);
    const whole = encodeAll(pcm);
    const pieces = new Uint8Array(whole.length);
    const encoder = createG722Encoder();
    for (let at = 0; at < pcm.length; at += 320) {
      encodeG722(encoder, pcm.subarray(at), 320, pieces, at / 2);
    }
    expect(differences(pieces, whole)).toEqual([]);

    const decoded = new Int16Array(pcm.length);
    const decoder = createG722Decoder();
    for (let at = 0; at < whole.length; at += 80) {
      decodeG722(decoder, whole, at, 80, decoded.subarray(2 * at));
    }
    expect(differences(decoded, decodeAll(whole))).toEqual([]);
  });

  test("full-scale square waves and codes without order stay within 16 bits", () => {
    const square = Int16Array.from({ length: 6_400 }, (_, i) => (i % 97 < 48 ? 32_767 : -32_768));
    const codes = encodeAll(square);
    const loudest = Math.max(...decodeAll(codes).subarray(1_000).map(Math.abs));
    expect(loudest).toBeGreaterThan(28_000);
    const anything = Uint8Array.from({ length: 8_000 }, (_, i) => (i * 2_654_435_761) >>> 13);
    expect(differences(decodeAll(anything), decodeAll(anything))).toEqual([]);
  });
});
