import { expect, test } from "vitest";
import { createSpeechLike } from "../protocol/audio/tone.ts";
import { createAudioDecoder } from "./audio-codec.ts";
import { G722Encoder } from "./g722-codec.ts";

const PACKETS = 60;
const FIRST_SEQUENCE = 0xffff - 20;

const packets = encodedSpeech();
const inOrder = heardIn(Array.from({ length: PACKETS }, (_, i) => i));

function encodedSpeech(): Uint8Array[] {
  const source = createSpeechLike(16_000);
  const encoder = new G722Encoder();
  const frame = new Int16Array(320);
  return Array.from({ length: PACKETS }, () => {
    const octets = new Uint8Array(160);
    source.fill(frame);
    encoder.encode(frame, 320, octets, 0);
    return octets;
  });
}

/** What is heard of each packet when they arrive in this order, across the wrap of the sequence number. */
function heardIn(order: readonly number[]): Map<number, Int16Array> {
  const decoder = createAudioDecoder("G722");
  const heard = new Map<number, Int16Array>();
  let newest = -1;
  for (const i of order) {
    const octets = packets[i];
    if (octets === undefined) throw new RangeError(`there is no packet ${i}`);
    const pcm = new Int16Array(320);
    const sequenceNumber = (FIRST_SEQUENCE + i) & 0xffff;
    expect(decoder.decode(octets, 0, 160, pcm, sequenceNumber, i > newest)).toBe(320);
    newest = Math.max(newest, i);
    if (!heard.has(i)) heard.set(i, pcm);
  }
  return heard;
}

/** Packets that sound otherwise than they would have in order. */
function spoilt(heard: Map<number, Int16Array>): number[] {
  return [...heard.keys()]
    .filter((i) => inOrder.get(i)?.some((sample, at) => sample !== heard.get(i)?.[at]))
    .toSorted((one, other) => one - other);
}

function order(change: (order: number[]) => void): number[] {
  const numbers = Array.from({ length: PACKETS }, (_, i) => i);
  change(numbers);
  return numbers;
}

test.each([5, 20, 21, 40])(
  "packet %i that comes after the next one spoils that one only",
  (late) => {
    const swapped = order((numbers) => numbers.splice(late, 2, late + 1, late));
    expect(spoilt(heardIn(swapped))).toEqual([late + 1]);
  },
);

test("one that comes four packets late is heard as it was, and so is all behind it", () => {
  const delayed = order((numbers) => numbers.splice(14, 0, ...numbers.splice(10, 1)));
  expect(spoilt(heardIn(delayed))).toEqual([11, 12, 13, 14]);
});

test("when every other packet is late, those are heard as they were", () => {
  const pairs = order((numbers) => {
    for (let i = 1; i + 1 < PACKETS; i += 2) numbers.splice(i, 2, i + 1, i);
  });
  expect(spoilt(heardIn(pairs)).filter((i) => i % 2 === 1)).toEqual([]);
});

test("duplicates and stragglers change nothing of what comes", () => {
  const repeated = order((numbers) => numbers.splice(30, 0, 29, 29, 12, 25));
  expect(spoilt(heardIn(repeated))).toEqual([]);
});

test("a loss is heard for a while, and no longer", () => {
  const lossy = order((numbers) => numbers.splice(10, 1));
  const after = heardIn(lossy);
  const apart = (i: number): number => {
    const clean = inOrder.get(i) ?? new Int16Array(320);
    const noise = clean.reduce(
      (sum, sample, at) => sum + (sample - (after.get(i)?.[at] ?? 0)) ** 2,
      0,
    );
    return (
      noise /
      Math.max(
        clean.reduce((sum, sample) => sum + sample ** 2, 0),
        320,
      )
    );
  };
  for (let i = 30; i < PACKETS; i++) expect(apart(i), `packet ${i}`).toBeLessThan(0.01);
});
