import type { MediaClock } from "./clock.ts";

/** A clock for tests: time passes when told to, and timers fire in order on the way. */
export interface TestClock extends MediaClock {
  advance(ms: number): void;
  /** The process stands still: time has passed, and what was due fires late, all at once. */
  stall(ms: number): void;
}

interface Timer {
  readonly atMs: number;
  readonly fire: () => void;
}

export function createTestClock(): TestClock {
  let nowMs = 1_000;
  const timers = new Set<Timer>();

  function runUntil(targetMs: number): void {
    for (;;) {
      let next: Timer | null = null;
      for (const timer of timers) {
        if (timer.atMs <= targetMs && (next === null || timer.atMs < next.atMs)) next = timer;
      }
      if (next === null) return;
      timers.delete(next);
      nowMs = Math.max(nowMs, next.atMs);
      next.fire();
    }
  }

  return {
    monotonicMs: () => nowMs,
    nowMs: () => 1_800_000_000_000 + nowMs,
    after(delayMs, fire) {
      const timer: Timer = { atMs: nowMs + delayMs, fire };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    advance(ms) {
      const targetMs = nowMs + ms;
      runUntil(targetMs);
      nowMs = targetMs;
    },
    stall(ms) {
      nowMs += ms;
      runUntil(nowMs);
    },
  };
}
