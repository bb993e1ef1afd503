import type { EngineClock } from "./clock.ts";
import { type SipTarget, targetKey } from "./resolver.ts";

/** What has just failed is not the first to be tried for this long. */
const FAILED_MS = 30_000;
/** RFC 3261 §20.33 sets no limit to what a peer may ask for; this is ours. */
const MAX_RETRY_AFTER_MS = 300_000;
const MAX_ENTRIES = 10_000;

/**
 * Targets that have failed lately. Deviates from RFC 3261 §21.5.4 in that a target is not left alone when it is the
 * last one: an address may serve many customers, and one of them over its limit does not silence the others.
 */
export class TargetBlacklist {
  readonly #clock: EngineClock;
  readonly #untilMs = new Map<string, number>();

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  /** `retryAfterMs` is what the target asked for, null when it did not. */
  add(target: SipTarget, retryAfterMs: number | null): void {
    const key = targetKey(target);
    const restMs = Math.min(retryAfterMs ?? FAILED_MS, MAX_RETRY_AFTER_MS);
    this.#untilMs.delete(key);
    this.#untilMs.set(key, this.#clock.nowMs() + restMs);
    if (this.#untilMs.size <= MAX_ENTRIES) return;
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined) this.#untilMs.delete(oldest);
  }

  /** The same targets: those that have failed lately come last. */
  order(targets: readonly SipTarget[]): SipTarget[] {
    const listed = targets.filter((target) => this.#has(target));
    return [...targets.filter((target) => !listed.includes(target)), ...listed];
  }

  #has(target: SipTarget): boolean {
    const key = targetKey(target);
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return false;
    if (this.#clock.nowMs() < untilMs) return true;
    this.#untilMs.delete(key);
    return false;
  }
}
