import type { Clock } from "../call/ports.ts";

/** Questions to another process, each answered once: by it, by a limit of time, or by its end. */
export class Requests<Answer> {
  readonly #waiting = new Map<number, (answer: Answer) => void>();

  /** The answer to the request with this number; `otherwise` after the limit. Never rejects. */
  wait(
    request: number,
    limit: { readonly ms: number; readonly clock: Clock } | null,
    otherwise: Answer,
  ): Promise<Answer> {
    return new Promise((resolve) => {
      const timer = limit?.clock.after(limit.ms, () => this.answer(request, otherwise));
      this.#waiting.set(request, (answer) => {
        timer?.[Symbol.dispose]();
        resolve(answer);
      });
    });
  }

  /** False when nobody waits for it. */
  answer(request: number, answer: Answer): boolean {
    const waiting = this.#waiting.get(request);
    this.#waiting.delete(request);
    waiting?.(answer);
    return waiting !== undefined;
  }

  answerAll(answer: Answer): void {
    for (const request of [...this.#waiting.keys()]) this.answer(request, answer);
  }
}
