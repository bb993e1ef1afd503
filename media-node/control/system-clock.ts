import type { Clock } from "../call/ports.ts";

/** The machine's clock. Its timers keep the process alive: whoever sets one disposes it. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
