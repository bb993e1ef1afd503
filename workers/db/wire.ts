import { LibsqlError } from "@libsql/client/web";

/** Values as SQL over HTTP writes them: integers as text, because they may have 64 bits. */

type PlainValue = null | string | number;

/** Rows in the order of the query, each in the order of its columns. */
export interface StatementRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly PlainValue[])[];
}

interface WrittenValue {
  readonly type: "null" | "integer" | "float" | "text" | "blob";
  readonly value?: string | number;
}

interface WrittenError {
  readonly message?: unknown;
  readonly code?: unknown;
}

interface WrittenRows {
  readonly cols?: readonly { readonly name?: string | null }[];
  readonly rows?: readonly (readonly WrittenValue[])[];
}

/** Every member is optional and looked at: a schema's parse of each value would be most of a query's time. */
type WrittenResult =
  | { readonly error: WrittenError }
  | {
      readonly response?: {
        readonly type?: unknown;
        readonly result?: WrittenRows & {
          readonly step_results?: readonly (WrittenRows | null)[];
          readonly step_errors?: readonly (WrittenError | null)[];
        };
      };
    };

export interface WrittenAnswer {
  /** Of the stream, when it stays open. */
  readonly baton: string | null;
  readonly results: readonly WrittenResult[];
}

/** @throws LibsqlError for what is no answer of libSQL */
export function readAnswer(json: unknown): WrittenAnswer {
  if (typeof json !== "object" || json === null) throw notAnAnswer();
  const results = "results" in json ? json.results : null;
  if (!Array.isArray(results)) throw notAnAnswer();
  const baton = "baton" in json && typeof json.baton === "string" ? json.baton : null;
  return { baton, results };
}

/** @throws LibsqlError, always */
export function throwError(error: WrittenError | undefined): never {
  if (error === undefined) throw notAnAnswer();
  throw new LibsqlError(
    String(error.message),
    typeof error.code === "string" ? error.code : "UNKNOWN",
  );
}

/** @throws LibsqlError for what is no result of a statement */
export function rowsOf(result: WrittenRows | undefined): StatementRows {
  const { cols, rows } = result ?? {};
  if (!Array.isArray(cols) || !Array.isArray(rows)) throw notAnAnswer();
  return {
    columns: cols.map(({ name }) => name ?? ""),
    rows: rows.map((row) => row.map(readValue)),
  };
}

/** Rows by the names of their columns. */
export function namedRows({ columns, rows }: StatementRows): Record<string, PlainValue>[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null])));
}

/** The JSON of a statement, its text by number where that was stored before. */
export function writeStatement(
  { args, sql }: { readonly sql: string; readonly args: readonly unknown[] },
  sqlId?: number,
): string {
  const values = args.map(writeValue);
  return JSON.stringify(
    sqlId === undefined ? { sql, args: values } : { sql_id: sqlId, args: values },
  );
}

function writeValue(value: unknown): WrittenValue {
  if (value === null) return { type: "null" };
  if (typeof value === "string") return { type: "text", value };
  if (typeof value === "boolean") return { type: "integer", value: value ? "1" : "0" };
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new TypeError(`no parameter of a statement is of type ${typeof value}`);
  }
  return Number.isSafeInteger(value)
    ? { type: "integer", value: String(value) }
    : { type: "float", value };
}

function readValue({ type, value = "" }: WrittenValue): PlainValue {
  switch (type) {
    case "null":
      return null;
    case "text":
      return String(value);
    case "float":
      return Number(value);
    case "integer":
      return safeInteger(Number(value));
    case "blob":
      throw new TypeError("no column of ours is a blob");
    default:
      return type satisfies never;
  }
}

function safeInteger(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError("an integer of more than 53 bits");
  return value;
}

function notAnAnswer(): LibsqlError {
  return new LibsqlError("not an answer of libSQL", "HRANA_PROTO_ERROR");
}
