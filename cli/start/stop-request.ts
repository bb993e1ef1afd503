import process from "node:process";

/** npm passes on the Ctrl-C that the terminal has sent already: that is one, not two. */
const SAME_PRESS_MS = 250;
const PARENT_CHECK_MS = 500;

/** When the user, the terminal or the system wants an end. */
export interface StopRequest extends Disposable {
  readonly requested: AbortSignal;
  /** The second request: no more grace. */
  readonly atOnce: AbortSignal;
  reason(): string;
}

/** `followParent`: the end of the parent process is a request too. */
export function awaitStop(followParent: boolean): StopRequest {
  const requested = new AbortController();
  const atOnce = new AbortController();
  let reason = "";
  let firstAt = 0;
  const ask = (why: string): void => {
    if (!requested.signal.aborted) {
      reason = why;
      firstAt = performance.now();
      requested.abort();
    } else if (performance.now() - firstAt > SAME_PRESS_MS) {
      atOnce.abort();
    }
  };
  const handlers = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => {
    const handler = (): void => ask(signal);
    process.on(signal, handler);
    return { signal, handler };
  });
  const parent = process.ppid;
  const check = setInterval(() => {
    if (followParent && process.ppid !== parent && !requested.signal.aborted) ask("npm is gone");
  }, PARENT_CHECK_MS);
  return {
    requested: requested.signal,
    atOnce: atOnce.signal,
    reason: () => reason,
    [Symbol.dispose]() {
      clearInterval(check);
      for (const { signal, handler } of handlers) process.off(signal, handler);
    },
  };
}
