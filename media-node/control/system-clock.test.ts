import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "./system-clock.ts";

afterEach(() => void vi.useRealTimers());

test("a delay longer than a timer can hold is waited for, not fired at once", () => {
  vi.useFakeTimers();
  const fired = vi.fn();
  // 90 days: a call's longest duration may be any number of seconds.
  const delayMs = 90 * 86_400_000;
  systemClock.after(delayMs, fired);
  vi.advanceTimersByTime(delayMs - 1);
  expect(fired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fired).toHaveBeenCalledOnce();
});

test("a long delay is forgotten whole", () => {
  vi.useFakeTimers();
  const fired = vi.fn();
  const timer = systemClock.after(90 * 86_400_000, fired);
  vi.advanceTimersByTime(40 * 86_400_000);
  timer[Symbol.dispose]();
  vi.advanceTimersByTime(60 * 86_400_000);
  expect(fired).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
