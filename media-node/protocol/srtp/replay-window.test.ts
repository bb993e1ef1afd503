import fc from "fast-check";
import { expect, test } from "vitest";
import { createReplayWindow, isReplay, markSeen, REPLAY_WINDOW_SIZE } from "./replay-window.ts";

test("the window is at least 64 packets (RFC 3711 §3.3.2)", () => {
  expect(REPLAY_WINDOW_SIZE).toBeGreaterThanOrEqual(64);
});

test("each index passes once, in any order within the window, and never when older", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 400 }),
      fc.integer({ min: 0, max: 2 ** 47 }),
      (offsets, base) => {
        const window = createReplayWindow();
        const seen = new Set<number>();
        let highest = -1;
        for (const offset of offsets) {
          const index = base + offset;
          const isOld = highest - index >= REPLAY_WINDOW_SIZE;
          expect(isReplay(window, index)).toBe(seen.has(index) || isOld);
          if (isReplay(window, index)) continue;
          markSeen(window, index);
          seen.add(index);
          highest = Math.max(highest, index);
        }
      },
    ),
  );
});
