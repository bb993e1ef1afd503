import { LibsqlBatchError, LibsqlError } from "@libsql/client/web";
import { AuditChains, addsAuditRow } from "./audit-chain.ts";
import { isFault, type LibsqlSettings } from "./client.ts";
import { createPipeline } from "./pipeline.ts";
import { namedRows, type StatementRows } from "./wire.ts";
import {
  guard,
  type SqlValue,
  type Statement,
  type WriteOutcome,
  type WriteUnit,
} from "./write-unit.ts";

type UnitRows = readonly (readonly Record<string, SqlValue>[])[];
type UnitFailure = Extract<WriteOutcome, { ok: false }>;

/** What one transaction of several units came to. */
export type GroupResult =
  /** Rows by unit and statement. */
  | { readonly kind: "committed"; readonly rows: readonly UnitRows[] }
  /** Nothing was applied. `unit` is its position, or null when the database did not tell. */
  | { readonly kind: "refused"; readonly unit: number | null; readonly failure: UnitFailure }
  /** Nothing was applied, because this unit was before. */
  | { readonly kind: "applied_before"; readonly unit: number }
  /** Nothing was applied: the fence row does not hold this writer's fence. */
  | { readonly kind: "fenced" }
  /** Nothing was applied; a later try may pass. */
  | { readonly kind: "busy" }
  /** The answer was lost: applied or not. */
  | { readonly kind: "unknown" };

/** The writer's view of libSQL. */
export interface CommitConnection {
  /** One transaction: fence, units in order, each with its write id. Never rejects. */
  commit(units: readonly WriteUnit[], fence: number, nowMs: number): Promise<GroupResult>;
  /** Which of these units are committed; null when the database does not answer. */
  applied(writeIds: readonly string[]): Promise<ReadonlySet<string> | null>;
  /**
   * Makes `to` the only fence that passes; false when one that is not lower stands already, null when
   * the database does not answer. One that arrives late, after a higher one, changes nothing.
   */
  raiseFence(to: number): Promise<boolean | null>;
  /** The fence that passes now, 0 when there is none; null when the database does not answer. */
  readFence(): Promise<number | null>;
  /** Forgets write ids of before `beforeMs`. Never rejects: the next call finds the same rows. */
  prune(beforeMs: number): Promise<void>;
}

const COMMIT_TIMEOUT_MS = 3_000;
const PRUNED_ROWS_AT_ONCE = 5_000;
const FENCE_GUARD = "writer_fence";

export function openCommitConnection(settings: LibsqlSettings): CommitConnection {
  const pipeline = createPipeline(settings, COMMIT_TIMEOUT_MS);
  const query = async (sql: string, args: readonly SqlValue[]) => {
    try {
      return namedRows(await pipeline.query(sql, args));
    } catch {
      return null; // Every caller asks again: why it failed changes nothing.
    }
  };
  const chains = new AuditChains(query);
  return {
    async commit(units, fence, nowMs) {
      const audit = await chains.link(units);
      if (audit === null) return { kind: "busy" };
      const group = layOut(units, audit.statements, fence, nowMs);
      try {
        const results = await pipeline.transact(group.statements);
        chains.committed(audit);
        return { kind: "committed", rows: group.rowsByUnit(results) };
      } catch (error) {
        chains.forget(audit);
        return group.resultOf(error);
      }
    },
    async applied(writeIds) {
      const holes = writeIds.map(() => "?").join(", ");
      const result = await query(
        `SELECT write_id FROM writes WHERE write_id IN (${holes})`,
        writeIds,
      );
      return result === null ? null : new Set(result.map((row) => String(row["write_id"])));
    },
    async raiseFence(to) {
      const result = await query(
        `INSERT INTO writer_fence (id, fence) VALUES (1, ?)
         ON CONFLICT (id) DO UPDATE SET fence = excluded.fence WHERE excluded.fence > fence
         RETURNING fence`,
        [to],
      );
      return result === null ? null : result.length === 1;
    },
    async readFence() {
      const result = await query("SELECT fence FROM writer_fence WHERE id = 1", []);
      return result === null ? null : Number(result[0]?.["fence"] ?? 0);
    },
    async prune(beforeMs) {
      await query(
        `DELETE FROM writes WHERE rowid IN
         (SELECT rowid FROM writes WHERE committed_at_ms < ? ORDER BY rowid LIMIT ?)`,
        [beforeMs, PRUNED_ROWS_AT_ONCE],
      );
    },
  };
}

/** The statements of one transaction, and the way back from a statement's position to its unit. */
function layOut(
  units: readonly WriteUnit[],
  auditRows: readonly (readonly Statement[])[],
  fence: number,
  nowMs: number,
) {
  const statements: Statement[] = [
    guard(FENCE_GUARD, "(SELECT fence FROM writer_fence WHERE id = 1) = ?", [fence]),
  ];
  /** Position of each unit's write id; its own statements follow, and what the audit log says of it. */
  const starts = units.map((unit, index) => {
    const start = statements.length;
    statements.push(
      {
        sql: "INSERT INTO writes (write_id, committed_at_ms) VALUES (?, ?)",
        args: [unit.writeId, nowMs],
      },
      ...unit.statements,
      ...(auditRows[index] ?? []),
    );
    return start;
  });
  statements.push({ sql: "DELETE FROM write_guards", args: [] });

  return {
    statements,
    rowsByUnit: (results: readonly StatementRows[]): UnitRows[] =>
      units.map((unit, index) => {
        const first = (starts[index] ?? 0) + 1;
        return results.slice(first, first + unit.statements.length).map(namedRows);
      }),
    resultOf: (error: unknown): GroupResult => {
      if (!(error instanceof LibsqlError)) return { kind: "unknown" };
      if (isRequestRefused(error)) return { kind: "refused", unit: null, failure: fault(error) };
      if (!isFault(error))
        return { kind: /^SQLITE_(BUSY|LOCKED)/.test(error.code) ? "busy" : "unknown" };
      const position = error instanceof LibsqlBatchError ? error.statementIndex : null;
      if (position === null) return { kind: "refused", unit: null, failure: fault(error) };
      if (position === 0) return { kind: "fenced" };
      // The newest row of its chain was not the one that we knew: it is read again.
      if (addsAuditRow(statements[position])) return { kind: "busy" };
      const unit = starts.findLastIndex((start) => start <= position);
      if (starts[unit] === position && isConstraint(error)) return { kind: "applied_before", unit };
      return { kind: "refused", unit, failure: failureOf(error, statements[position]) };
    },
  };
}

/**
 * libSQL did not take the request itself, such as one with text that is not Unicode: it will not take
 * it another time either. The client keeps the status in the cause only.
 */
function isRequestRefused(error: LibsqlError): boolean {
  const { cause } = error;
  const status = cause instanceof Error && "status" in cause ? cause.status : null;
  return status === 400 || status === 413 || status === 422;
}

function failureOf(error: LibsqlError, statement: Statement | undefined): UnitFailure {
  if (!isConstraint(error)) return fault(error);
  if (statement?.sql.startsWith("INSERT INTO write_guards") === true) {
    return { ok: false, code: "guard_failed", guard: String(statement.args[0]) };
  }
  return { ok: false, code: "constraint_violated", detail: sqliteMessage(error) };
}

function fault(error: LibsqlError): UnitFailure {
  return { ok: false, code: "fault", detail: sqliteMessage(error) };
}

/** SQLite names constraints, tables and columns, never a value. */
function sqliteMessage(error: LibsqlError): string {
  return error.message.replace(/^.*SQLite error: /, "");
}

function isConstraint(error: LibsqlError): boolean {
  return error.code.startsWith("SQLITE_CONSTRAINT");
}
