import { getTableColumns, getTableName, type InferInsertModel } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import type { SqlValue, Statement } from "./write-unit.ts";

/** Builds statements and runs none: what it makes goes into a write unit. */
export const statementBuilder = drizzle(() =>
  Promise.reject(new TypeError("a statement is run by DatabaseWriter only")),
);

/** A built query as a statement of a write unit. */
export function statementOf(query: {
  toSQL(): { readonly sql: string; readonly params: readonly unknown[] };
}): Statement {
  const { sql, params } = query.toSQL();
  return { sql, args: params.map(sqlValue) };
}

function sqlValue(param: unknown): SqlValue {
  if (param === null || typeof param === "string" || typeof param === "number") return param;
  // SQLite has no other: 1 and 0, as the column maps them.
  if (typeof param === "boolean") return param ? 1 : 0;
  throw new TypeError(`a parameter of type ${typeof param} cannot be written`);
}

/**
 * One statement that inserts all rows, each with a value for every column: as JSON in one parameter, since a statement of a
 * thousand parameters costs more to build than to run.
 */
export function insertAll<T extends SQLiteTable>(
  table: T,
  rows: readonly Required<InferInsertModel<T>>[],
): Statement {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, column]) => `"${column.name}"`).join(", ");
  const values = columns.map((_, index) => `value ->> ${index}`).join(", ");
  const encoded = rows.map((row) =>
    columns.map(([key, column]) => {
      const value: unknown = Reflect.get(row, key);
      return value == null ? null : sqlValue(column.mapToDriverValue(value));
    }),
  );
  return {
    sql: `INSERT INTO "${getTableName(table)}" (${names}) SELECT ${values} FROM json_each(?)`,
    args: [JSON.stringify(encoded)],
  };
}
