import { describe, expect, test } from "vitest";
import { differences, ituSequences } from "../../tests/support/itu-sequences.ts";
import {
  createG722Decoder,
  createG722Encoder,
  decodeG722,
  encodeG722,
  type G722Mode,
} from "../protocol/audio/g722.ts";
import { G722Decoder, G722Encoder } from "./g722-codec.ts";

const FRAME_SAMPLES = 320;

/** In frames, as a call does it. */
function encodeAll(pcm: Int16Array): Uint8Array {
  const encoder = new G722Encoder();
  const octets = new Uint8Array(pcm.length / 2);
  for (let at = 0; at < pcm.length; at += FRAME_SAMPLES) {
    const samples = Math.min(FRAME_SAMPLES, pcm.length - at);
    encoder.encode(pcm.subarray(at), samples, octets, at / 2);
  }
  return octets;
}

function decodeAll(octets: Uint8Array, mode: G722Mode = 1): Int16Array {
  const decoder = new G722Decoder();
  const pcm = new Int16Array(2 * octets.length);
  for (let at = 0; at < octets.length; at += FRAME_SAMPLES / 2) {
    const length = Math.min(FRAME_SAMPLES / 2, octets.length - at);
    decoder.decode(octets, at, length, pcm.subarray(2 * at), mode);
  }
  return pcm;
}

/** The same numbers every time, spread over 32 bits. */
function* noise(): Generator<number> {
  for (let state = 1; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state;
  }
}

const { areThere, folder, words } = ituSequences("g722");

describe.skipIf(!areThere)(`ITU-T sequences (skipped without ${folder})`, () => {
  const codes = (): Uint8Array => Uint8Array.from(words("codspw.cod"));

  test("G.722 in WebAssembly is bit-exact, encoded", () => {
    expect(differences(encodeAll(words("inpsp.bin")), codes())).toEqual([]);
  });

  test.each([1, 2, 3] as const)("G.722 in WebAssembly is bit-exact, decoded in mode %i", (mode) => {
    expect(differences(decodeAll(codes(), mode), words(`outsp${mode}.bin`))).toEqual([]);
  });
});

describe("G.722 in WebAssembly is the plain form, bit for bit,", () => {
  test.each([
    ["noise of full scale", 32_768],
    ["noise of half scale", 16_384],
    ["noise next to silence", 40],
  ])("encoding %s", (_, peak) => {
    const source = noise();
    const pcm = Int16Array.from({ length: 64_000 }, () => (source.next().value ?? 0) % peak);
    const expected = new Uint8Array(pcm.length / 2);
    encodeG722(createG722Encoder(), pcm, pcm.length, expected, 0);
    expect(differences(encodeAll(pcm), expected)).toEqual([]);
  });

  test("encoding square waves of full scale, at every period up to 100 samples", () => {
    const pcm = Int16Array.from({ length: 64_000 }, (_, i) => {
      const period = 2 + (Math.floor(i / 640) % 99);
      return i % period < period / 2 ? 32_767 : -32_768;
    });
    const expected = new Uint8Array(pcm.length / 2);
    encodeG722(createG722Encoder(), pcm, pcm.length, expected, 0);
    expect(differences(encodeAll(pcm), expected)).toEqual([]);
  });

  test.each([1, 2, 3] as const)("decoding octets without order in mode %i", (mode) => {
    const source = noise();
    // Runs of one octet drive the predictors to where their sums saturate.
    let octet = 0;
    const octets = Uint8Array.from({ length: 64_000 }, (_, i) => {
      if (i < 32_000 || i % 37 === 0) octet = (source.next().value ?? 0) & 0xff;
      return octet;
    });
    const expected = new Int16Array(2 * octets.length);
    decodeG722(createG722Decoder(), octets, 0, octets.length, expected, mode);
    expect(differences(decodeAll(octets, mode), expected)).toEqual([]);
  });
});

test("calls that take turns do not hear each other", () => {
  const source = noise();
  const pcm = Int16Array.from({ length: 6_400 }, () => (source.next().value ?? 0) % 9_000);
  const other = pcm.toReversed();
  const encoders = [new G722Encoder(), new G722Encoder()] as const;
  const octets = [new Uint8Array(3_200), new Uint8Array(3_200)] as const;
  for (let at = 0; at < pcm.length; at += FRAME_SAMPLES) {
    encoders[0].encode(pcm.subarray(at), FRAME_SAMPLES, octets[0], at / 2);
    encoders[1].encode(other.subarray(at), FRAME_SAMPLES, octets[1], at / 2);
  }
  expect(differences(octets[0], encodeAll(pcm))).toEqual([]);
  expect(differences(octets[1], encodeAll(other))).toEqual([]);
});
