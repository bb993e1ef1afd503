import fc from "fast-check";
import { expect, test } from "vitest";
import { type CallRate, takeCall } from "./call-rate.ts";

function taken(perSecond: number, atMs: readonly number[]): boolean[] {
  let rate: CallRate | null = null;
  return atMs.map((nowMs) => {
    const asked = takeCall(rate, perSecond, nowMs);
    rate = asked.rate;
    return asked.isAllowed;
  });
}

test("as many calls as a second has may come at once, and no more", () => {
  expect(taken(3, [0, 0, 0, 0, 0])).toEqual([true, true, true, false, false]);
});

test("after a refusal the next place comes with its share of a second", () => {
  expect(taken(2, [0, 0, 499, 500, 501, 1_000])).toEqual([true, true, false, true, false, true]);
});

test("a rate below one a second lets a call through whenever its pause is over", () => {
  expect(taken(0.5, [0, 1_999, 2_000, 3_999, 4_000])).toEqual([true, false, true, false, true]);
});

test("a clock that steps back neither adds places nor takes them", () => {
  expect(taken(1, [10_000, 0, 500, 1_000])).toEqual([true, false, false, true]);
});

test("over any stretch of time there are never more than its seconds' calls and one second's more", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 300 }),
      (perSecond, pauses) => {
        let nowMs = 0;
        const times = pauses.map((pause) => {
          nowMs += pause;
          return nowMs;
        });
        const allowed = taken(perSecond, times).filter(Boolean).length;
        const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
        expect(allowed).toBeLessThanOrEqual(perSecond + (spanMs * perSecond) / 1_000 + 1e-6);
      },
    ),
  );
});
