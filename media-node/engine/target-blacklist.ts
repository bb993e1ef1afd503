import type { EngineClock } from "./clock.ts";
import { type SipTarget, targetKey } from "./resolver.ts";

/** What has just failed is not the first to be tried for this long. */
const FAILED_MS = 30_000;
/** RFC 3261 §20.33 sets no limit to what a peer may ask for; this is ours. */
const MAX_RETRY_AFTER_MS = 300_000;
/** A target is left alone altogether for as long as it asks, and no longer than this. */
const MAX_REST_MS = 5_000;
const MAX_ENTRIES = 10_000;

/**
 * Targets that have failed lately. Deviates from RFC 3261 §21.5.4 ("SHOULD NOT forward any other requests to that
 * server for the duration specified in the Retry-After header field") in two ways: after five seconds a target that is
 * the last one is tried again, and the rest holds for the configured host only. An address may serve many customers,
 * and one of them over its limit does not silence the others.
 */
export class TargetBlacklist {
  readonly #clock: EngineClock;
  readonly #failedUntilMs = new Map<string, number>();
  readonly #restsUntilMs = new Map<string, number>();

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  /** `retryAfterMs` is what the target asked of requests for `host`, null when it did not. */
  add(target: SipTarget, host: string, retryAfterMs: number | null): void {
    const key = targetKey(target);
    const nowMs = this.#clock.nowMs();
    const failedMs = Math.min(retryAfterMs ?? FAILED_MS, MAX_RETRY_AFTER_MS);
    note(this.#failedUntilMs, key, nowMs + failedMs);
    if (retryAfterMs === null) return;
    note(this.#restsUntilMs, restKey(key, host), nowMs + Math.min(retryAfterMs, MAX_REST_MS));
  }

  /** The same targets: those that have failed lately come last. */
  order(targets: readonly SipTarget[]): SipTarget[] {
    const listed = targets.filter((target) => this.#holds(this.#failedUntilMs, targetKey(target)));
    return [...targets.filter((target) => !listed.includes(target)), ...listed];
  }

  /** It has asked not to be sent requests for this host yet. */
  isResting(target: SipTarget, host: string): boolean {
    return this.#holds(this.#restsUntilMs, restKey(targetKey(target), host));
  }

  #holds(entries: Map<string, number>, key: string): boolean {
    const untilMs = entries.get(key);
    if (untilMs === undefined) return false;
    if (this.#clock.nowMs() < untilMs) return true;
    entries.delete(key);
    return false;
  }
}

function note(entries: Map<string, number>, key: string, untilMs: number): void {
  entries.delete(key);
  entries.set(key, untilMs);
  if (entries.size <= MAX_ENTRIES) return;
  const [oldest] = entries.keys();
  if (oldest !== undefined) entries.delete(oldest);
}

function restKey(target: string, host: string): string {
  return `${target}|${host.toLowerCase()}`;
}
