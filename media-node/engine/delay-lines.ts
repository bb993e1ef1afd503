import type { EngineClock, EngineTimer } from "./clock.ts";

/**
 * Timers of one length end in the order in which they began. Each length has one line, and each line one timer of the
 * clock below: the transactions of half a minute are tens of thousands, and of few lengths.
 */
export class DelayLines {
  readonly #clock: EngineClock;
  readonly #lines = new Map<number, DelayLine>();

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  after(delayMs: number, fire: () => void): EngineTimer {
    let line = this.#lines.get(delayMs);
    if (line === undefined) {
      line = new DelayLine(this.#clock, delayMs, () => this.#lines.delete(delayMs));
      this.#lines.set(delayMs, line);
    }
    return line.add(fire);
  }
}

class DelayLine {
  readonly #clock: EngineClock;
  readonly #delayMs: number;
  readonly #onEmpty: () => void;
  #first: Waiting | null = null;
  #last: Waiting | null = null;
  #timer: EngineTimer | null = null;

  constructor(clock: EngineClock, delayMs: number, onEmpty: () => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#onEmpty = onEmpty;
  }

  add(fire: () => void): EngineTimer {
    const waiting = new Waiting(this, this.#clock.nowMs() + this.#delayMs, fire, this.#last);
    if (this.#last === null) this.#first = waiting;
    else this.#last.next = waiting;
    this.#last = waiting;
    if (this.#timer === null) this.#timer = this.#clock.after(this.#delayMs, () => this.#expire());
    return waiting;
  }

  remove({ previous, next }: Waiting): void {
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    if (this.#first !== null) return;
    // A timer with nobody waiting would keep the process up.
    this.#timer?.cancel();
    this.#timer = null;
    this.#onEmpty();
  }

  #expire(): void {
    this.#timer = null;
    const nowMs = this.#clock.nowMs();
    while (this.#first !== null && this.#first.dueAtMs <= nowMs) {
      const { fire } = this.#first;
      this.#first.cancel();
      fire?.();
    }
    const first = this.#first;
    if (first === null || this.#timer !== null) return;
    this.#timer = this.#clock.after(Math.ceil(first.dueAtMs - nowMs), () => this.#expire());
  }
}

class Waiting implements EngineTimer {
  readonly #line: DelayLine;
  readonly dueAtMs: number;
  fire: (() => void) | null;
  previous: Waiting | null;
  next: Waiting | null = null;

  constructor(line: DelayLine, dueAtMs: number, fire: () => void, previous: Waiting | null) {
    this.#line = line;
    this.dueAtMs = dueAtMs;
    this.fire = fire;
    this.previous = previous;
  }

  cancel(): void {
    if (this.fire === null) return;
    // Whoever keeps a timer that is over keeps nothing else.
    this.fire = null;
    this.#line.remove(this);
    this.previous = null;
    this.next = null;
  }
}
