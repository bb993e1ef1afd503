import { LibsqlError } from "@libsql/client/web";
import { DrizzleQueryError, type SQL } from "drizzle-orm";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import { drizzle, type SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy";
import { TrunklineError } from "../errors/trunkline-error.ts";
import { createPipeline, type Pipeline } from "./pipeline.ts";
import { namedRows } from "./wire.ts";

/** What a query file is given: selects only, because every write goes through `DatabaseWriter`. */
export interface Reader extends Pick<SqliteRemoteDatabase, "select" | "selectDistinct" | "$count"> {
  /** Rows by the names of their columns. */
  all<Row = unknown>(query: SQL | string): Promise<Row[]>;
}

export interface Database {
  /**
   * Runs one query.
   * @throws DatabaseUnavailable when libSQL does not answer within 2 s; DatabaseFault on its refusal
   */
  read<T>(query: (reader: Reader) => Promise<T>): Promise<T>;
}

interface LibsqlRequest {
  readonly method?: "POST";
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface LibsqlSettings {
  readonly url: string;
  /** A bearer token, or `Basic <credentials>`. */
  readonly authToken: string | null;
  readonly fetch: (url: string, init: LibsqlRequest) => Promise<Response>;
}

const READ_TIMEOUT_MS = 2_000;

/** libSQL did not answer: refused, timed out, busy or restarting. A later try may pass. */
class DatabaseUnavailable extends TrunklineError {
  readonly code = "database_unavailable";
  readonly publicMessage = "The database does not answer at the moment. Try again shortly.";
  readonly retryAfterSecs = 2;
}

/** libSQL answered that a query is wrong: our bug, or a schema of another version. */
export class DatabaseFault extends TrunklineError {
  readonly code = "database_fault";
  readonly publicMessage = "An internal error occurred.";
}

/** What was asked for is more than libSQL gives in one answer (10 MB). */
class AnswerTooLarge extends DatabaseFault {}

/** Rows of a page, fewer than asked for when they are large. */
export interface RowPage<T> {
  readonly rows: T[];
  /** Nothing comes after these rows. */
  readonly isLast: boolean;
}

/** Reads up to `limit` rows; asks for fewer as long as the answer would be too large. */
export async function readRows<T>(
  db: Database,
  limit: number,
  query: (reader: Reader, limit: number) => Promise<T[]>,
): Promise<RowPage<T>> {
  for (let step = limit; ; step = Math.ceil(step / 4)) {
    try {
      const rows = await db.read((reader) => query(reader, step));
      return { rows, isLast: rows.length < step };
    } catch (error) {
      if (step === 1 || !(error instanceof AnswerTooLarge)) throw error;
    }
  }
}

export function createDatabase(settings: LibsqlSettings): Database {
  // Builds queries and holds no connection: requests may share it.
  const reader = createReader(createPipeline(settings, READ_TIMEOUT_MS));
  return {
    async read(query) {
      try {
        return await query(reader);
      } catch (error) {
        throw withoutParameters(error);
      }
    },
  };
}

const dialect = new SQLiteAsyncDialect();

function createReader(pipeline: Pick<Pipeline, "query">): Reader {
  const selects = drizzle(async (text, args) => {
    const { rows } = await pipeline.query(text, args);
    // The driver's interface says that rows may be changed; nobody does.
    return { rows: rows as unknown[] };
  });
  return {
    select: selects.select.bind(selects),
    selectDistinct: selects.selectDistinct.bind(selects),
    $count: selects.$count.bind(selects),
    async all<Row>(query: SQL | string) {
      const { params, sql } =
        typeof query === "string" ? { sql: query, params: [] } : dialect.sqlToQuery(query);
      // The caller says what its own SQL gives.
      return namedRows(await pipeline.query(sql, params)) as Row[];
    },
  };
}

/**
 * A query that is built once: writing SQL of many columns takes longer than asking for one row of them.
 * `build` ends in `prepare()`.
 */
export function preparedOnce<Prepared>(
  build: (reader: Reader) => Prepared,
): (reader: Reader) => Prepared {
  const prepared = new WeakMap<Reader, Prepared>();
  return (reader) => {
    const known = prepared.get(reader);
    if (known !== undefined) return known;
    const made = build(reader);
    prepared.set(reader, made);
    return made;
  };
}

/** Codes of a statement that is wrong whenever it is tried: all of SQLite's but the passing ones. */
const FAULT_CODES =
  /^(SQLITE_(?!BUSY|LOCKED|INTERRUPT|IOERR|FULL|CANTOPEN|NOMEM|PROTOCOL)|SQL_|ARGS_INVALID|RESPONSE_TOO_LARGE)/;

export function isFault(error: unknown): boolean {
  return error instanceof LibsqlError && FAULT_CODES.test(error.code);
}

// DrizzleQueryError prints the parameters into its message: only its cause goes on.
function withoutParameters(error: unknown): unknown {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  if (cause instanceof TrunklineError) return cause;
  if (codeOf(cause) === "RESPONSE_TOO_LARGE") {
    return new AnswerTooLarge("query refused: RESPONSE_TOO_LARGE", { cause });
  }
  if (isFault(cause)) return new DatabaseFault(`query refused: ${codeOf(cause)}`, { cause });
  return new DatabaseUnavailable(`no answer: ${codeOf(cause)}`, { cause });
}

function codeOf(error: unknown): string {
  if (error instanceof LibsqlError) return error.code;
  return error instanceof Error ? error.name : "unknown";
}
