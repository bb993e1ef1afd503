/** What an agent may have waiting: as much as can be queued later. */
const MAX_MS = 30_000;
/** Messages of 20 ms for that long, and marks between them. */
const MAX_EVENTS = 3_000;

interface HeldEvent {
  readonly isAudio: boolean;
  readonly happen: () => void;
}

/** What an agent says while nobody is to hear it yet: before the answer, or until a machine has beeped. */
export class HeldSpeech {
  #events: HeldEvent[] = [];
  #audioMs = 0;
  #last: (() => void) | null = null;

  /** Audio of that length; what is beyond the bound is dropped. */
  audio(durationMs: number, happen: () => void): void {
    if (this.#audioMs + durationMs > MAX_MS) return;
    this.#audioMs += durationMs;
    this.#hold({ isAudio: true, happen });
  }

  /** What has its place between the audio. */
  event(happen: () => void): void {
    this.#hold({ isAudio: false, happen });
  }

  /** Audio that waits is dropped; `happen` comes in the place of it. */
  clear(happen: () => void): void {
    this.#events = this.#events.filter(({ isAudio }) => !isAudio);
    this.#audioMs = 0;
    this.event(happen);
  }

  /** After all the rest; once. */
  end(happen: () => void): void {
    this.#last = happen;
  }

  /** All of it happens, in order, and nothing is held any more. */
  release(): void {
    const events = this.#events;
    this.#events = [];
    this.#audioMs = 0;
    for (const { happen } of events) happen();
    const last = this.#last;
    this.#last = null;
    last?.();
  }

  #hold(event: HeldEvent): void {
    if (this.#events.length < MAX_EVENTS) this.#events.push(event);
  }
}
