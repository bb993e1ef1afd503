import type { Clock } from "../call/ports.ts";

/** A wait that can be cut short: by its time, by `ring`, or by the end of the loop that waits. */
export interface Alarm {
  /** Resolves after `delayMs`, or at once when somebody has rung since the last wait. Never rejects. */
  wait(delayMs: number): Promise<void>;
  ring(): void;
}

export function createAlarm(clock: Clock): Alarm {
  let hasRung = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      hasRung = true;
      wake?.();
    },
    async wait(delayMs) {
      if (!hasRung) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        using _ = clock.after(delayMs, resolve);
        await promise;
        wake = null;
      }
      hasRung = false;
    },
  };
}

/** Exponential from `firstMs` to `maxMs`, half of it by chance from the first pause on, so that nodes do not march in step. */
export function backoffMs(
  attempt: number,
  limits: { readonly firstMs: number; readonly maxMs: number },
  random: () => number,
): number {
  const ceiling = Math.min(limits.maxMs, limits.firstMs * 2 ** (1 + Math.min(attempt, 20)));
  return Math.max(limits.firstMs, ceiling * (0.5 + random() / 2));
}
