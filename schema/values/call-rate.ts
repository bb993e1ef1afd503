/** A token bucket: `perSecond` calls a second, and as many (one at least) at once after a quiet time. */
export interface CallRate {
  readonly tokens: number;
  readonly atMs: number;
}

/** The bucket after one call was asked for, and whether it may be made. A clock that steps back adds nothing. */
export function takeCall(
  before: CallRate | null,
  perSecond: number,
  nowMs: number,
): { readonly isAllowed: boolean; readonly rate: CallRate } {
  const burst = Math.max(1, perSecond);
  const elapsedMs = before === null ? 0 : Math.max(0, nowMs - before.atMs);
  const tokens =
    before === null ? burst : Math.min(burst, before.tokens + (elapsedMs * perSecond) / 1_000);
  const isAllowed = tokens >= 1;
  return { isAllowed, rate: { tokens: isAllowed ? tokens - 1 : tokens, atMs: nowMs } };
}
