import fc from "fast-check";
import { expect, test } from "vitest";
import { guessRolloverCounter, packetIndex, rolloverOf, sequenceOf } from "./packet-index.ts";

/** A receiver as in RFC 3711 §3.3.1, with every packet authentic. */
function receiverAt(firstIndex: number): (sequenceNumber: number) => number {
  let highest = firstIndex;
  return (sequenceNumber) => {
    const index = packetIndex(
      guessRolloverCounter(sequenceOf(highest), rolloverOf(highest), sequenceNumber),
      sequenceNumber,
    );
    if (index > highest) highest = index;
    return index;
  };
}

const anyStart = fc.integer({ min: 2 ** 16, max: 2 ** 40 });

test("any loss burst below 2^15 recovers, across the wrap too (RFC 3711 §3.3.1)", () => {
  fc.assert(
    fc.property(
      anyStart,
      fc.array(fc.integer({ min: 1, max: 2 ** 15 - 1 }), { maxLength: 50 }),
      (start, gaps) => {
        const receive = receiverAt(start);
        let index = start;
        for (const gap of gaps) {
          index += gap;
          expect(receive(sequenceOf(index))).toBe(index);
        }
      },
    ),
  );
});

test("any packet up to 2^15 - 1 behind the newest keeps its index (RFC 3711 §3.3.1)", () => {
  fc.assert(
    fc.property(
      anyStart,
      fc.array(fc.integer({ min: -(2 ** 15) + 1, max: 2 ** 15 - 1 }), { maxLength: 50 }),
      (start, offsets) => {
        const receive = receiverAt(start);
        let newest = start;
        for (const offset of offsets) {
          const index = newest + offset;
          expect(receive(sequenceOf(index))).toBe(index);
          newest = Math.max(newest, index);
        }
      },
    ),
  );
});

test("the counter wraps at 2^32 in both directions", () => {
  expect(guessRolloverCounter(65_535, 0xffff_ffff, 0)).toBe(0);
  expect(guessRolloverCounter(0, 0, 65_535)).toBe(0xffff_ffff);
});
