import { and, eq, gt } from "drizzle-orm";
import { idempotencyKeys } from "../../schema/tables/idempotency-keys.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import type { Database } from "./client.ts";
import { guard, type Statement } from "./write-unit.ts";

/** What a repeated request is known by. */
export interface IdempotencyScope {
  readonly workspaceId: string;
  /** Method and path. */
  readonly operation: string;
  readonly key: string;
}

export interface KeptAnswer {
  readonly bodySha256: string;
  readonly answer: Sealed;
  readonly routingRevision: number | null;
}

/** The guard that fails when the key was used meanwhile. */
export const KEY_UNUSED = "idempotency_key_unused";

const PRUNED_ROWS_AT_ONCE = 100;

export async function findKeptAnswer(
  db: Database,
  scope: IdempotencyScope,
  nowMs: number,
): Promise<KeptAnswer | null> {
  const { answer, bodySha256, expiresAtMs, key, operation, routingRevision, workspaceId } =
    idempotencyKeys;
  const [row] = await db.read((reader) =>
    reader
      .select({ bodySha256, answer, routingRevision })
      .from(idempotencyKeys)
      .where(
        and(
          eq(workspaceId, scope.workspaceId),
          eq(operation, scope.operation),
          eq(key, scope.key),
          gt(expiresAtMs, nowMs),
        ),
      )
      .limit(1),
  );
  return row ?? null;
}

/**
 * Keeps the answer of the unit that these statements end; `region` is whose log the unit appends to,
 * or null. Fails with guard `KEY_UNUSED` when another request with the key was first.
 */
export function keepAnswer(
  scope: IdempotencyScope,
  kept: {
    readonly bodySha256: string;
    readonly answer: Sealed;
    readonly region: string | null;
    readonly nowMs: number;
    readonly expiresAtMs: number;
  },
): readonly Statement[] {
  const { key, operation, workspaceId } = scope;
  return [
    guard(
      KEY_UNUSED,
      `NOT EXISTS (SELECT 1 FROM idempotency_keys
         WHERE workspace_id = ? AND operation = ? AND key = ? AND expires_at_ms > ?)`,
      [workspaceId, operation, key, kept.nowMs],
    ),
    {
      sql: `DELETE FROM idempotency_keys WHERE rowid IN
            (SELECT rowid FROM idempotency_keys WHERE expires_at_ms <= ?
             ORDER BY expires_at_ms LIMIT ?)`,
      args: [kept.nowMs, PRUNED_ROWS_AT_ONCE],
    },
    {
      sql: `INSERT OR REPLACE INTO idempotency_keys
              (workspace_id, operation, key, body_sha256, answer, routing_revision, expires_at_ms)
            VALUES (?, ?, ?, ?, ?, (SELECT MAX(version) FROM routing_changes WHERE region = ?), ?)`,
      args: [
        workspaceId,
        operation,
        key,
        kept.bodySha256,
        kept.answer,
        kept.region,
        kept.expiresAtMs,
      ],
    },
  ];
}
