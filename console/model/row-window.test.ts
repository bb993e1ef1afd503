import fc from "fast-check";
import { expect, test } from "vitest";
import { clippedTo, rowsInSight } from "./row-window.ts";

const ROW_PX = 45;

test("every row that is in sight is drawn, and no more than the screen and 32 rows", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2_000 }),
      fc.integer({ min: -100_000, max: 3_000 }),
      fc.integer({ min: 1, max: 4_000 }),
      (count, topPx, heightPx) => {
        const place = { topPx, heightPx, rowPx: ROW_PX };
        const { from, to } = clippedTo(rowsInSight(place), count);
        const isInSight = (row: number): boolean =>
          topPx + (row + 1) * ROW_PX > 0 && topPx + row * ROW_PX < heightPx;
        const missed = Array.from({ length: count }, (_, row) => row).filter(
          (row) => isInSight(row) && (row < from || row >= to),
        );
        expect(missed).toEqual([]);
        expect(to - from).toBeLessThanOrEqual(Math.ceil(heightPx / ROW_PX) + 32);
        expect(from).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});

test("of eight scrolls by a row, at most two draw other rows", () => {
  const windows = Array.from({ length: 80 }, (_, row) =>
    JSON.stringify(rowsInSight({ topPx: -row * ROW_PX, heightPx: 800, rowPx: ROW_PX })),
  );
  expect(new Set(windows).size).toBeLessThanOrEqual(20);
});

test("a list that has shrunk under its reader shows its end", () => {
  const window = rowsInSight({ topPx: -9_000, heightPx: 800, rowPx: ROW_PX });
  expect(clippedTo(window, 20)).toEqual({ from: 12, to: 20 });
  expect(clippedTo(window, 3)).toEqual({ from: 0, to: 3 });
});
