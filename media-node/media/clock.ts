/** Time as media sees it; tests put their own in its place. */
export interface MediaClock {
  /** Milliseconds since an arbitrary start, with fractions, never set back. */
  monotonicMs(): number;
  /** Wall time in milliseconds since the epoch. */
  nowMs(): number;
  /** Calls back once after the delay; disposing forgets it. Does not keep the process alive when `isIdle`. */
  after(delayMs: number, fire: () => void, isIdle?: boolean): Disposable;
}

export const systemMediaClock: MediaClock = {
  monotonicMs: () => performance.now(),
  nowMs: () => Date.now(),
  after(delayMs, fire, isIdle = false) {
    const timer = setTimeout(fire, delayMs);
    if (isIdle) timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
