import type { Subscriptions } from "../../schema/contracts/network.ts";
import type { FeedReader } from "../objects-rpc.ts";

/** Of each kind; the longest unseen is forgotten first. */
const MAX_READERS = 2_000;
/** A reader that comes back to the same version is written down this often. */
const WRITE_EVERY_MS = 60_000;

interface ReaderRow {
  readonly [column: string]: SqlStorageValue;
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  readonly path: string;
  readonly fetches: number;
  readonly first_at_ms: number;
  readonly last_at_ms: number;
}

/** Who has fetched which version. Anybody may fetch, so it is bounded; API keys are kept apart from the rest. */
export class FeedReaders {
  readonly #sql: SqlStorage;
  /** Fetches that are not written down yet. */
  readonly #unwritten = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS readers (
         kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, path TEXT NOT NULL,
         fetches INTEGER NOT NULL, first_at_ms INTEGER NOT NULL, last_at_ms INTEGER NOT NULL,
         PRIMARY KEY (kind, name)
       ) WITHOUT ROWID`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS readers_seen ON readers (kind, last_at_ms)");
  }

  note(reader: FeedReader, path: string, version: number, nowMs: number): void {
    const { kind, name } = reader;
    const key = `${kind} ${name}`;
    const fetches = (this.#unwritten.get(key) ?? 0) + 1;
    const [known] = this.#sql
      .exec<ReaderRow>("SELECT * FROM readers WHERE kind = ? AND name = ?", kind, name)
      .toArray();
    const isNews = known === undefined || known.version !== version;
    if (!isNews && nowMs - known.last_at_ms < WRITE_EVERY_MS) {
      // Counts of readers that were forgotten meanwhile.
      if (this.#unwritten.size > 2 * MAX_READERS) this.#unwritten.clear();
      this.#unwritten.set(key, fetches);
      return;
    }
    this.#unwritten.delete(key);
    this.#sql.exec(
      `INSERT INTO readers VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version, path = excluded.path,
         fetches = fetches + excluded.fetches, last_at_ms = excluded.last_at_ms`,
      ...[kind, name, version, path, fetches, nowMs, nowMs],
    );
    if (known === undefined) this.#forget(kind);
  }

  /** The longest behind first, then the longest unseen. */
  list(version: number): Subscriptions["data"] {
    return this.#sql
      .exec<ReaderRow>("SELECT * FROM readers ORDER BY version, last_at_ms")
      .toArray()
      .map((row) => ({
        kind: row.kind === "api_key" ? "api_key" : "user_agent",
        name: row.name,
        version: row.version,
        behind: Math.max(0, version - row.version),
        path: row.path,
        fetches: row.fetches + (this.#unwritten.get(`${row.kind} ${row.name}`) ?? 0),
        first_at: new Date(row.first_at_ms).toISOString(),
        last_at: new Date(row.last_at_ms).toISOString(),
      }));
  }

  #forget(kind: string): void {
    this.#sql.exec(
      `DELETE FROM readers WHERE kind = ? AND name IN
         (SELECT name FROM readers WHERE kind = ? ORDER BY last_at_ms DESC LIMIT -1 OFFSET ?)`,
      kind,
      kind,
      MAX_READERS,
    );
  }
}
