import { describe, expect, test } from "vitest";
import { differences, ituSequences } from "../../../tests/support/itu-sequences.ts";
import { decodeG711, encodeG711, G711_CODECS } from "./g711.ts";

/** The segments as G.711 prints them in tables 1a and 2a: decision values of the uniform code, not arithmetic on bits. */
const MU_SEGMENT_STARTS = [0, 31, 95, 223, 479, 991, 2015, 4063];
const A_SEGMENT_STARTS = [0, 32, 64, 128, 256, 512, 1024, 2048];

/** One's complement magnitude: the reference quantiser does not tell 0 from -0. */
const magnitudeOf = (sample: number): number => (sample < 0 ? -sample - 1 : sample);

function segmentOf(starts: readonly number[], magnitude: number): number {
  return starts.findLastIndex((start) => magnitude >= start);
}

function muLawOracle(sample: number): number {
  const magnitude = Math.min(Math.floor(magnitudeOf(sample) / 4), 8158);
  const segment = segmentOf(MU_SEGMENT_STARTS, magnitude);
  const step = 2 ** (segment + 1);
  // The first interval of the first segment is half a step: 0 to 1 of 14 bits.
  const above = segment === 0 ? magnitude + 1 : magnitude - (MU_SEGMENT_STARTS[segment] ?? 0);
  const value = segment * 16 + Math.floor(above / step);
  return (sample < 0 ? 0x7f : 0xff) - value;
}

function aLawOracle(sample: number): number {
  const magnitude = Math.floor(magnitudeOf(sample) / 8);
  const segment = segmentOf(A_SEGMENT_STARTS, Math.floor(magnitude));
  const step = segment === 0 ? 2 : 2 ** segment;
  const value = segment * 16 + Math.floor((magnitude - (A_SEGMENT_STARTS[segment] ?? 0)) / step);
  return (value + (sample < 0 ? 0 : 128)) ^ 0x55;
}

const everySample = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

function encodeAll(name: keyof typeof G711_CODECS): Uint8Array {
  const codes = new Uint8Array(65_536);
  encodeG711(G711_CODECS[name], everySample, 65_536, codes, 0);
  return codes;
}

describe("G.711", () => {
  test("all 65,536 samples encode to the code of their decision interval", () => {
    expect(differences(encodeAll("PCMU"), Array.from(everySample, muLawOracle))).toEqual([]);
    expect(differences(encodeAll("PCMA"), Array.from(everySample, aLawOracle))).toEqual([]);
  });

  test("every code decodes to a sample that encodes to it again", () => {
    for (const codec of Object.values(G711_CODECS)) {
      for (let code = 0; code < 256; code++) {
        const sample = codec.decodeTable[code] ?? 0;
        // Mu-law has a positive and a negative zero (G.711 table 2).
        if (sample === 0) continue;
        expect(codec.encodeTable[sample & 0xffff]).toBe(code);
      }
    }
  });

  test("silence is 0xFF in mu-law and 0xD5 in A-law", () => {
    expect(G711_CODECS.PCMU.encodeTable[0]).toBe(0xff);
    expect(G711_CODECS.PCMA.encodeTable[0]).toBe(0xd5);
  });
});

const { areThere, folder, words } = ituSequences("g711");

describe.skipIf(!areThere)(`ITU-T sequences (skipped without ${folder})`, () => {
  for (const [name, letter] of [
    ["PCMU", "u"],
    ["PCMA", "a"],
  ] as const) {
    test(`${name} is bit-exact, encoded and decoded`, () => {
      const source = words("sweep.src");
      expect(new Set(source).size).toBe(65_536);
      const codes = new Uint8Array(source.length);
      encodeG711(G711_CODECS[name], source, source.length, codes, 0);
      expect(differences(codes, words(`sweep-r.${letter}`))).toEqual([]);
      const pcm = new Int16Array(source.length);
      decodeG711(G711_CODECS[name], codes, 0, codes.length, pcm);
      expect(differences(pcm, words(`sweep-r.${letter}-${letter}`))).toEqual([]);
    });
  }
});
