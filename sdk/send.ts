import { ConnectionError } from "./problem-error.ts";

/** One request over HTTP, sent again where that is safe and may help. */

export const IDEMPOTENCY_KEY_HEADER = "idempotency-key";

/** Before the first repetition; each further one doubles it. */
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 8_000;
/** A server that asks for more is not asked again: the caller is told instead. */
const MAX_RETRY_AFTER_MS = 60_000;
/** Of a delay, either way, so that clients that failed together do not come back together. */
const JITTER = 0.2;

export interface SendSettings {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Repetitions after the first attempt. */
  readonly maxRetries: number;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Resolves after so many milliseconds. */
  readonly delay: (ms: number) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly now: () => number;
}

/**
 * The answer, whatever its status.
 * @throws ConnectionError when nobody answered; the request's own reason when its signal aborted it
 */
export async function send(request: Request, settings: SendSettings): Promise<Response> {
  const attempts = isSafeToRepeat(request) ? settings.maxRetries + 1 : 1;
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt >= attempts;
    const outcome = await attemptOnce(isLast ? request : request.clone(), settings);
    if (outcome instanceof ConnectionError) {
      if (isLast) throw outcome;
      await settings.delay(backoffMs(attempt, settings.random));
      continue;
    }
    if (isLast || !isWorthRepeating(outcome.status)) return outcome;
    const asked = retryAfterMs(outcome.headers.get("retry-after"), settings.now());
    if (asked !== null && asked > MAX_RETRY_AFTER_MS) return outcome;
    await outcome.body?.cancel();
    await settings.delay(Math.max(asked ?? 0, backoffMs(attempt, settings.random)));
  }
}

/** A POST without a key that the API knows may be done twice (RFC 9110 §9.2.2). */
function isSafeToRepeat(request: Request): boolean {
  return request.method !== "POST" || request.headers.has(IDEMPOTENCY_KEY_HEADER);
}

function isWorthRepeating(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

async function attemptOnce(
  request: Request,
  { fetch, timeoutMs }: SendSettings,
): Promise<Response | ConnectionError> {
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([request.signal, limit]);
  try {
    return await fetch(new Request(request, { signal }));
  } catch (cause) {
    request.signal.throwIfAborted();
    const { origin } = new URL(request.url);
    return limit.aborted
      ? new ConnectionError("timeout", `${origin} did not answer within ${timeoutMs} ms.`, {
          cause,
        })
      : new ConnectionError("unreachable", `${origin} cannot be reached.`, { cause });
  }
}

function backoffMs(attempt: number, random: () => number): number {
  const base = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS);
  return base * (1 - JITTER + 2 * JITTER * random());
}

/** RFC 9110 §10.2.3: seconds or a date. Null: neither. */
function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
