/**
 * What `DatabaseWriter` commits: the only way to change the database. A unit is applied as a whole or
 * not at all, exactly once whatever the network does in between.
 */

export type SqlValue = null | string | number;

export interface Statement {
  readonly sql: string;
  readonly args: readonly SqlValue[];
}

/** What the audit log says of a unit; the writer links it to the row before. */
export interface AuditEntry {
  /** A workspace, or `platform`. */
  readonly chain: string;
  readonly id: string;
  readonly atMs: number;
  readonly actorKind: "api_key" | "operator";
  readonly actorId: string | null;
  readonly operation: string;
  readonly target: string;
  readonly requestId: string;
  readonly sourceAddress: string | null;
  /** JSON without secrets. */
  readonly before: string | null;
  readonly after: string | null;
  /** The unit fails with guard `if_match` when the target has a row after this one; null: it may. */
  readonly unchangedSince: number | null;
}

export interface WriteUnit {
  /** `wrt_…`: inserted in the same transaction, so that a retry can tell whether it was applied. */
  readonly writeId: string;
  /** Call ends go first; bulk work waits for everything else. */
  readonly priority: "call_end" | "normal" | "bulk";
  /** Run in order in one transaction. */
  readonly statements: readonly Statement[];
  /** Absent: no request has asked for it. */
  readonly audit?: AuditEntry;
}

export type WriteOutcome =
  /**
   * Rows of each statement (RETURNING), in order. Empty for every statement when the answer was lost
   * and the writer found the unit applied: what RETURNING said is then read from the tables.
   */
  | { readonly ok: true; readonly rows: readonly (readonly Record<string, SqlValue>[])[] }
  /** A `guard` of the unit did not hold; nothing of the unit was applied. */
  | { readonly ok: false; readonly code: "guard_failed"; readonly guard: string }
  /** A constraint of the schema was violated; nothing of the unit was applied. */
  | { readonly ok: false; readonly code: "constraint_violated"; readonly detail: string }
  /** A statement is wrong whenever it is tried: our bug. Nothing of the unit was applied. */
  | { readonly ok: false; readonly code: "fault"; readonly detail: string }
  /** The database or the writer's queue did not take it; nothing was applied, or it is not known. */
  | { readonly ok: false; readonly code: "unavailable"; readonly retryAfterSecs: number };

/** Implemented by the stub of the `DatabaseWriter` object; faked in the tests of services. */
export interface Writer {
  write(unit: WriteUnit): Promise<WriteOutcome>;
}

/** Fails its unit with `guard_failed` unless `condition` (an SQL expression) is true at its place. */
export function guard(name: string, condition: string, args: readonly SqlValue[]): Statement {
  return {
    sql: `INSERT INTO write_guards (guard, holds) SELECT ?, CASE WHEN (${condition}) THEN 1 ELSE 0 END`,
    args: [name, ...args],
  };
}

/** Fails its unit with `guard_failed` unless the statement before it changed exactly one row. */
export function guardChangedOne(name: string): Statement {
  return guard(name, "changes() = 1", []);
}
