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
  throw new TypeError(`a parameter of type ${typeof param} cannot be written`);
}
