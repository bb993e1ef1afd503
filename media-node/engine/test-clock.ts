import type { EngineClock, EngineTimer } from "./clock.ts";

interface Scheduled {
  readonly atMs: number;
  readonly fire: () => void;
}

/** Time that moves only when a test says so. */
export class TestClock implements EngineClock {
  #nowMs: number;
  readonly #scheduled = new Set<Scheduled>();

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): EngineTimer {
    const entry = { atMs: this.#nowMs + delayMs, fire };
    this.#scheduled.add(entry);
    return { cancel: () => this.#scheduled.delete(entry) };
  }

  /** Fires everything due in order, what the fired ones schedule included. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#scheduled].filter(({ atMs }) => atMs <= endMs);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#scheduled.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
    }
    this.#nowMs = endMs;
  }

  get pendingCount(): number {
    return this.#scheduled.size;
  }
}
