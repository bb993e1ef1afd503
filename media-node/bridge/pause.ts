import { whenAborted } from "../call/ending.ts";
import type { Clock } from "../call/ports.ts";

/** Resolves after `delayMs`, or when the signal aborts. Never rejects. */
export async function pause(delayMs: number, clock: Clock, hurried: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>();
  using _timer = clock.after(delayMs, over.resolve);
  using _hurry = whenAborted(hurried, over.resolve);
  await over.promise;
}
