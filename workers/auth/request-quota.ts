import type { Refusal } from "../errors/refusal.ts";

/** What is left of a key's requests, after the one that is being answered. */
export interface Quota {
  /** Requests in a window; the policy's `q`. */
  readonly limit: number;
  /** The policy's `w`. */
  readonly windowSecs: number;
  readonly remaining: number;
  /** Until the window ends and `limit` are left again; rounded up. */
  readonly resetSecs: number;
  readonly isExceeded: boolean;
}

const POLICY = "burst";

/** Fields of draft-ietf-httpapi-ratelimit-headers-10 §3 and §4. */
export function quotaHeaders(quota: Quota): Record<string, string> {
  return {
    "ratelimit-policy": `"${POLICY}";q=${quota.limit};w=${quota.windowSecs}`,
    ratelimit: `"${POLICY}";r=${quota.remaining};t=${quota.resetSecs}`,
  };
}

/** Null while there is something left, or nothing is known of it. */
export function quotaRefusal(quota: Quota | null): Refusal | null {
  if (quota === null || !quota.isExceeded) return null;
  return {
    status: 429,
    code: "quota_exceeded",
    detail: `More than ${quota.limit} requests in ${quota.windowSecs} s with this API key.`,
    headers: { "retry-after": String(quota.resetSecs) },
    violatedPolicies: [POLICY],
  };
}
