import { describe, expect, test } from "vitest";
import { systemMediaClock } from "./clock.ts";
import { createPlayoutClock } from "./playout-clock.ts";
import { createTestClock } from "./test-clock.ts";

interface Ticks {
  readonly atMs: number[];
  skipped: number;
}

function ticking(clock = createTestClock()) {
  const wheel = createPlayoutClock(clock);
  const ticks: Ticks = { atMs: [], skipped: 0 };
  const slot = wheel.add({
    tick(nowMs, skippedFrames) {
      ticks.atMs.push(nowMs);
      ticks.skipped += skippedFrames;
    },
  });
  return { clock, wheel, ticks, slot };
}

const intervals = (times: readonly number[]): number[] =>
  times.slice(1).map((time, i) => time - (times[i] ?? 0));

describe("createPlayoutClock", () => {
  test("a session ticks every 20 ms, 3,000 times a minute", () => {
    const { clock, ticks } = ticking();
    clock.advance(60_000);
    expect(ticks.atMs).toHaveLength(3_000);
    expect(new Set(intervals(ticks.atMs))).toEqual(new Set([20]));
  });

  test("lateness of every single timer does not add up", () => {
    const clock = createTestClock();
    const late = { ...clock, after: (ms: number, fire: () => void) => clock.after(ms + 1.3, fire) };
    const { ticks } = ticking({ ...late });
    clock.advance(60_000);
    expect(ticks.atMs.length).toBeGreaterThanOrEqual(2_999);
    expect(ticks.skipped).toBe(0);
  });

  test("a stall of 60 ms is caught up with, never two frames within 10 ms", () => {
    const { clock, ticks } = ticking();
    clock.advance(1_000);
    clock.stall(60);
    clock.advance(940);
    expect(ticks.atMs).toHaveLength(100);
    expect(ticks.skipped).toBe(0);
    expect(Math.min(...intervals(ticks.atMs))).toBeGreaterThanOrEqual(10);
  });

  test("a stall of a second is skipped, not sent after", () => {
    const { clock, ticks } = ticking();
    clock.advance(1_000);
    clock.stall(1_000);
    clock.advance(1_000);
    expect(ticks.atMs.length + ticks.skipped).toBe(150);
    expect(ticks.skipped).toBeGreaterThanOrEqual(48);
    expect(Math.min(...intervals(ticks.atMs))).toBeGreaterThanOrEqual(10);
  });

  test("100 sessions are spread over the 20 phases, and each ticks at 50 Hz", () => {
    const clock = createTestClock();
    const wheel = createPlayoutClock(clock);
    const counts = new Array<number>(100).fill(0);
    const perMs = new Map<number, number>();
    for (const session of counts.keys()) {
      wheel.add({
        tick(nowMs) {
          counts[session] = (counts[session] ?? 0) + 1;
          perMs.set(nowMs, (perMs.get(nowMs) ?? 0) + 1);
        },
      });
    }
    clock.advance(10_000);
    expect(new Set(counts)).toEqual(new Set([500]));
    expect(Math.max(...perMs.values())).toBe(5);
  });

  test("a session may leave inside its own tick, and its place is used again", () => {
    const clock = createTestClock();
    const wheel = createPlayoutClock(clock);
    let ticks = 0;
    const slot = wheel.add({
      tick() {
        ticks += 1;
        slot[Symbol.dispose]();
        slot[Symbol.dispose]();
      },
    });
    clock.advance(100);
    expect(ticks).toBe(1);
    let other = 0;
    wheel.add({
      tick() {
        other += 1;
      },
    });
    clock.advance(100);
    expect([ticks, other]).toEqual([1, 5]);
  });

  test("a fault in one session's tick is reported and takes no other session's frame with it", () => {
    const clock = createTestClock();
    const wheel = createPlayoutClock(clock);
    const faults: unknown[] = [];
    const original = globalThis.queueMicrotask;
    globalThis.queueMicrotask = (task) => void faults.push(task);
    try {
      let others = 0;
      for (let i = 0; i < 40; i++) {
        wheel.add({
          tick() {
            if (i === 0) throw new Error("a bug in a sink");
            others += 1;
          },
        });
      }
      clock.advance(100);
      expect(others).toBe(39 * 5);
      expect(faults).toHaveLength(5);
    } finally {
      globalThis.queueMicrotask = original;
    }
  });

  test("a closed wheel is still", () => {
    const { clock, wheel, ticks } = ticking();
    clock.advance(100);
    wheel.close();
    clock.advance(1_000);
    expect(ticks.atMs).toHaveLength(5);
  });

  test("the real rate is 50.00 Hz", async () => {
    const wheel = createPlayoutClock(systemMediaClock);
    const startedAtMs = performance.now();
    const frames = await new Promise<number>((resolve) => {
      let count = 0;
      wheel.add({
        tick(_, skippedFrames) {
          count += 1 + skippedFrames;
          if (count >= 100) resolve(count);
        },
      });
    });
    wheel.close();
    const elapsedMs = performance.now() - startedAtMs;
    // The first frame comes within 20 ms, each of the others 20 ms after it; a loaded machine is late with the last.
    expect(elapsedMs).toBeGreaterThan((frames - 1) * 20 - 5);
    expect(elapsedMs).toBeLessThan(frames * 20 + 100);
  });
});
