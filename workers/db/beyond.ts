import { type SQL, type SQLWrapper, sql } from "drizzle-orm";

/**
 * Rows after the last one of a page, in the order of `columns`: a comparison of row values, which an index in that order
 * answers without reading the pages before. Undefined on the first page.
 */
export function beyond(
  [column, id]: readonly [SQLWrapper, SQLWrapper],
  after: readonly [string | number, string] | null,
  direction: "asc" | "desc",
): SQL | undefined {
  if (after === null) return undefined;
  const [value, lastId] = after;
  return direction === "asc"
    ? sql`(${column}, ${id}) > (${value}, ${lastId})`
    : sql`(${column}, ${id}) < (${value}, ${lastId})`;
}
