import fc from "fast-check";
import { expect, test } from "vitest";
import { monoAt, readWav, WavError, writeWav } from "./wav.ts";

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** Two channels, two frames at 16 kHz, with an odd-sized chunk before the data. */
const STEREO =
  "52494646 36000000 57415645 666d7420 10000000 0100 0200 803e0000 00fa0000 0400 1000" +
  "4c495354 01000000 41 00 64617461 08000000 0100 0300 ffff 0080";

test("a stereo file is read past chunks of odd length and mixed to one channel", () => {
  const recording = readWav(bytesOf(STEREO));
  expect(recording.sampleRateHz).toBe(16_000);
  expect(recording.channels.map((channel) => [...channel])).toEqual([
    [1, -1],
    [3, -32_768],
  ]);
  expect([...monoAt(16_000, recording)]).toEqual([2, -16_384]);
});

test("a written file begins with the 44 bytes of a canonical PCM header", () => {
  const bytes = writeWav({ sampleRateHz: 8_000, channels: [Int16Array.of(1, -2)] });
  expect(Buffer.from(bytes).toString("hex")).toBe(
    "524946462800000057415645666d74201000000001000100401f0000803e0000020010006461746104000000" +
      "0100feff",
  );
});

test("what was written is read back, one channel or two", () => {
  const channel = fc.int16Array({ minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(channel, { minLength: 1, maxLength: 2 }), (channels) => {
      const back = readWav(writeWav({ sampleRateHz: 8_000, channels }));
      expect(back.channels.map((one) => [...one])).toEqual(channels.map((one) => [...one]));
    }),
  );
});

test("resampling from 48, 44.1 and 11.025 kHz to 8 kHz keeps a tone's frequency and level", () => {
  for (const rate of [48_000, 44_100, 11_025]) {
    const tone = Int16Array.from({ length: rate }, (_, index) =>
      Math.round(10_000 * Math.sin((2 * Math.PI * 437 * index) / rate)),
    );
    const out = monoAt(8_000, { sampleRateHz: rate, channels: [tone] });
    expect(Math.abs(out.length - 8_000)).toBeLessThan(2);
    let crossings = 0;
    for (let index = 1; index < out.length; index += 1) {
      if ((out[index - 1] ?? 0) < 0 && (out[index] ?? 0) >= 0) crossings += 1;
    }
    expect(Math.abs(crossings - 437)).toBeLessThan(2);
    expect(Math.max(...out)).toBeGreaterThan(9_300);
  }
});

test.each([
  ["", "it is not a WAV file"],
  ["52494646 04000000 57415645", "it holds no audio"],
  [`${STEREO.slice(0, 20)}`, "it is not a WAV file"],
  [STEREO.replace("0100 0200 803e", "0300 0200 803e"), "it is not 16-bit linear PCM"],
  [STEREO.replace("0100 0200 803e", "0100 0600 803e"), "it has 6 channels, not 1 or 2"],
])("bytes that are no usable WAV are refused in words (%#)", (hex, message) => {
  expect(() => readWav(bytesOf(hex))).toThrow(message);
});

test("no bytes make the reader throw anything but WavError", () => {
  const mutated = fc
    .tuple(fc.nat(53), fc.nat(255))
    .map(([at, value]) => bytesOf(STEREO).with(at, value));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), mutated), (bytes) => {
      try {
        readWav(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(WavError);
      }
    }),
  );
});
