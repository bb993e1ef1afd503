import type { Statement } from "./write-unit.ts";

/** What an attempt came to. */
export interface AttemptResult {
  readonly status: "pending" | "delivered" | "failed";
  /** Attempts so far, this one included. */
  readonly attempts: number;
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly atMs: number;
  readonly latencyMs: number;
  /** The first kilobyte of the answer. */
  readonly excerpt: string | null;
  /** False: what was to be posted could not be read, which is no fault of the endpoint. */
  readonly isEndpoints: boolean;
}

/** An endpoint of which every attempt has failed for so long is disabled. */
const FAILING_MS = 5 * 86_400_000;
/** So is one with so many failures in a row, and no success for so long. */
const FAILURES = 10;
const NO_SUCCESS_MS = 7 * 86_400_000;

/** What an attempt says of its endpoint; for before `recordAttempt`, which makes it count once. */
export function recordOutcome(
  endpointId: string,
  deliveryId: string,
  result: AttemptResult,
): readonly Statement[] {
  if (!result.isEndpoints) return [];
  const once = `id = ? AND EXISTS (SELECT 1 FROM webhook_deliveries
                                   WHERE id = ? AND status = 'pending' AND attempts < ?)`;
  const isNew = [endpointId, deliveryId, result.attempts];
  if (result.status === "delivered") {
    const sql = `UPDATE webhook_endpoints
                 SET consecutive_failures = 0, failing_since_ms = NULL, last_success_at_ms = ? WHERE ${once}`;
    return [{ sql, args: [result.atMs, ...isNew] }];
  }
  return [
    {
      sql: `UPDATE webhook_endpoints
            SET consecutive_failures = consecutive_failures + 1,
                failing_since_ms = COALESCE(failing_since_ms, ?) WHERE ${once}`,
      args: [result.atMs, ...isNew],
    },
    {
      sql: `UPDATE webhook_endpoints
            SET is_disabled = 1, disabled_reason = 'failing', updated_at_ms = ?
            WHERE id = ? AND is_disabled = 0
              AND (failing_since_ms <= ?
                   OR (consecutive_failures >= ? AND COALESCE(last_success_at_ms, created_at_ms) <= ?))`,
      args: [
        result.atMs,
        endpointId,
        result.atMs - FAILING_MS,
        FAILURES,
        result.atMs - NO_SUCCESS_MS,
      ],
    },
  ];
}

/** No node was there to post these from a static address: they wait, and that is no attempt. */
export function noteWaiting(deliveryIds: readonly string[]): Statement {
  return {
    sql: `UPDATE webhook_deliveries
          SET last_error = 'no_node_answers', last_status_code = NULL
          WHERE id IN (SELECT value FROM json_each(?)) AND status = 'pending'`,
    args: [JSON.stringify(deliveryIds)],
  };
}

/** Writes an attempt's result; a second write of the same result changes nothing. */
export function recordAttempt(deliveryId: string, result: AttemptResult): Statement {
  return {
    sql: `UPDATE webhook_deliveries
          SET status = ?, attempts = ?, last_status_code = ?, last_error = ?, delivered_at_ms = ?,
              last_attempt_at_ms = ?, last_latency_ms = ?, response_excerpt = ?
          WHERE id = ? AND status = 'pending' AND attempts < ?`,
    args: [
      result.status,
      result.attempts,
      result.statusCode,
      result.error,
      result.status === "delivered" ? result.atMs : null,
      result.atMs,
      result.latencyMs,
      result.excerpt,
      deliveryId,
      result.attempts,
    ],
  };
}
