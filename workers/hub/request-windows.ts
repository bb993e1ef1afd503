import type { CountedRequest } from "../objects-rpc.ts";

interface Window {
  readonly endsAtMs: number;
  taken: number;
}

/** Windows that are over go when so many are kept. */
const MAX_WINDOWS = 20_000;

/** Counts requests in windows that begin with the first of them, so that what is left is exact. */
export class RequestWindows {
  readonly #windows = new Map<string, Window>();

  take(id: string, limit: number, windowMs: number, nowMs: number): CountedRequest {
    const window = this.#current(id, windowMs, nowMs);
    const isExceeded = window.taken >= limit;
    if (!isExceeded) window.taken += 1;
    return { ...counted(window, limit, nowMs), isExceeded };
  }

  /** Counts requests that were let in already; the window takes no more than there are. */
  add(id: string, count: number, limit: number, windowMs: number, nowMs: number): CountedRequest {
    const window = this.#current(id, windowMs, nowMs);
    window.taken = Math.min(limit, window.taken + count);
    return counted(window, limit, nowMs);
  }

  #current(id: string, windowMs: number, nowMs: number): Window {
    const found = this.#windows.get(id);
    if (found !== undefined && found.endsAtMs > nowMs) return found;
    if (this.#windows.size >= MAX_WINDOWS) this.#forgetOver(nowMs);
    const window = { endsAtMs: nowMs + windowMs, taken: 0 };
    this.#windows.set(id, window);
    return window;
  }

  #forgetOver(nowMs: number): void {
    for (const [id, { endsAtMs }] of this.#windows) {
      if (endsAtMs <= nowMs) this.#windows.delete(id);
    }
    // Nothing is over: whoever tries that many keys counts from anew.
    if (this.#windows.size >= MAX_WINDOWS) this.#windows.clear();
  }
}

function counted({ endsAtMs, taken }: Window, limit: number, nowMs: number): CountedRequest {
  return { isExceeded: false, remaining: limit - taken, resetMs: endsAtMs - nowMs };
}
