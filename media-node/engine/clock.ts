/** Time as the engine sees it: injected, so that tests advance it instead of waiting. */
export interface EngineClock {
  /** Wall time in milliseconds since the epoch. */
  nowMs(): number;
  /** Calls back once after the delay unless cancelled. */
  after(delayMs: number, fire: () => void): EngineTimer;
}

export interface EngineTimer {
  cancel(): void;
}

export const systemClock: EngineClock = {
  nowMs: () => Date.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
