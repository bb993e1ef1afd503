import type { Clock } from "../../media-node/call/ports.ts";

export interface VirtualClock extends Clock {
  /** Fires what is due, in order, letting promises settle before and after each. */
  advance(ms: number): Promise<void>;
  readonly pendingTimers: number;
}

export function createVirtualClock(startAtMs = 1_750_000_000_000): VirtualClock {
  let elapsedMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly fire: () => void }>();
  return {
    nowMs: () => startAtMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, fire) {
      const timer = { dueMs: elapsedMs + delayMs, fire };
      timers.add(timer);
      return { [Symbol.dispose]: () => timers.delete(timer) };
    },
    get pendingTimers() {
      return timers.size;
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      for (;;) {
        await settle();
        const [next] = [...timers]
          .filter((timer) => timer.dueMs <= untilMs)
          .sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        elapsedMs = next.dueMs;
        next.fire();
      }
      elapsedMs = untilMs;
      await settle();
    },
  };
}

/** Lets every promise that can settle without I/O settle. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
