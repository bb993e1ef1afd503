import { ECHO_REPORT_SECS } from "../../schema/contracts/echo-report.ts";

/** The oldest give way: nodes bound how many are made, and this how much is kept. */
const MAX_REPORTS = 1_000;

/** Reports of echo calls by their token, for an hour. */
export class EchoReports {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS echo_reports (
         token TEXT PRIMARY KEY, report TEXT NOT NULL, kept_at_ms INTEGER NOT NULL
       ) WITHOUT ROWID`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS echo_reports_kept ON echo_reports (kept_at_ms)");
  }

  keep(token: string, report: string, nowMs: number): void {
    this.#sql.exec("INSERT OR IGNORE INTO echo_reports VALUES (?, ?, ?)", token, report, nowMs);
    this.#sql.exec("DELETE FROM echo_reports WHERE kept_at_ms <= ?", oldest(nowMs));
    this.#sql.exec(
      `DELETE FROM echo_reports WHERE token IN
         (SELECT token FROM echo_reports ORDER BY kept_at_ms DESC LIMIT -1 OFFSET ?)`,
      MAX_REPORTS,
    );
  }

  read(token: string, nowMs: number): string | null {
    const [row] = this.#sql
      .exec<{ report: string }>(
        "SELECT report FROM echo_reports WHERE token = ? AND kept_at_ms > ?",
        token,
        oldest(nowMs),
      )
      .toArray();
    return row?.report ?? null;
  }
}

function oldest(nowMs: number): number {
  return nowMs - ECHO_REPORT_SECS * 1_000;
}
