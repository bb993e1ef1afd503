import { setTimeout as delay } from "node:timers/promises";

/** The promise's value, or an error that says what did not happen in time. */
export async function deadline<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const done = new AbortController();
  const late = delay(ms, undefined, { signal: done.signal }).then(() => {
    throw new Error(`${what} within ${ms} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.abort();
  }
}

/**
 * Asks again until the answer is not null. For what has no event to wait for, such as a record that
 * another process writes; the interval is only how often it is asked, the deadline is what matters.
 */
export async function eventually<T>(
  ask: () => Promise<T | null> | T | null,
  ms: number,
  what: string,
): Promise<T> {
  const endsAt = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > endsAt) throw new Error(`${what} within ${ms} ms`);
    await delay(25);
  }
}
