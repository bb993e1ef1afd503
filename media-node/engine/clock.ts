import { DelayLines } from "./delay-lines.ts";

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

class SystemTimer implements EngineTimer {
  readonly #timer: NodeJS.Timeout;

  constructor(delayMs: number, fire: () => void) {
    this.#timer = setTimeout(fire, delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

/** Wall time may jump: delays are counted by another clock. */
const delays = new DelayLines({
  nowMs: () => performance.now(),
  after: (delayMs, fire) => new SystemTimer(delayMs, fire),
});

export const systemClock: EngineClock = {
  nowMs: () => Date.now(),
  after: (delayMs, fire) => delays.after(delayMs, fire),
};
