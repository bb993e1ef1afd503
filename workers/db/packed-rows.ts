import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";

type Tables = Readonly<Record<string, SQLiteTable>>;
type Unpacked<T extends Tables> = { -readonly [Name in keyof T]: T[Name]["$inferSelect"] | null };

/** Rows of several tables as one JSON text each. */
export interface PackedRows<T extends Tables> {
  /** The one column to select. */
  readonly selection: SQL.Aliased<string>;
  /** What `selection` gave: the row of each table, null where an outer join found none. */
  unpack(text: string): Unpacked<T>;
}

interface PackedColumn {
  readonly key: string;
  readonly expression: SQL;
  /** Null: the value is as it stands. */
  readonly decode: ((value: unknown) => unknown) | null;
}

/**
 * Selects whole rows of several tables as one JSON array. A list of a hundred numbers has some five
 * thousand values: written one by one by libSQL and mapped one by one, they took most of a request. Every
 * table has a column `id`, by which an absent row is told.
 */
export function packRows<T extends Tables>(tables: T): PackedRows<T> {
  const parts = Object.entries(tables).map(([name, table]) => ({
    name,
    columns: Object.entries(getTableColumns(table)).map(([key, column]) => packed(key, column)),
  }));
  const expressions = parts.flatMap(({ columns }) => columns.map(({ expression }) => expression));
  return {
    // Named, because libSQL sends the whole expression as the name of a column that has none.
    selection: sql<string>`json_array(${sql.join(expressions, sql`, `)})`.as("packed"),
    unpack(text) {
      const values: unknown = JSON.parse(text);
      if (!Array.isArray(values)) throw new TypeError("a packed row is an array");
      let at = 0;
      const rows: Record<string, unknown> = {};
      for (const { columns, name } of parts) {
        const row: Record<string, unknown> = {};
        for (const { decode, key } of columns) {
          const value: unknown = values[at];
          row[key] = value === null || decode === null ? value : decode(value);
          at += 1;
        }
        rows[name] = row["id"] === null ? null : row;
      }
      // The columns are those of the tables, each decoded as its table says.
      return rows as Unpacked<T>;
    },
  };
}

function packed(key: string, column: SQLiteColumn): PackedColumn {
  // JSON in a column becomes a part of the array instead of a text in it, and is parsed with it.
  if (column.dataType === "json") return { key, expression: sql`json(${column})`, decode: null };
  const isPlain = column.dataType === "string" || column.dataType === "number";
  const decode = isPlain ? null : (value: unknown) => column.mapFromDriverValue(value);
  return { key, expression: sql`${column}`, decode };
}
