import { sql } from "drizzle-orm";
import { check, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row per committed write unit, so that a writer can tell after a timeout whether it was applied. */
export const writes = sqliteTable("writes", {
  writeId: text("write_id").primaryKey(),
  committedAtMs: integer("committed_at_ms").notNull(),
});

/** One row: the fence of the only writer that may commit. */
export const writerFence = sqliteTable("writer_fence", {
  id: integer("id").primaryKey(),
  fence: integer("fence").notNull(),
});

/** Never holds a row for long: inserting a false claim fails the transaction (see DatabaseWriter). */
export const writeGuards = sqliteTable(
  "write_guards",
  {
    guard: text("guard").notNull(),
    holds: integer("holds").notNull(),
  },
  (table) => [check("write_guard_holds", sql`${table.holds} = 1`)],
);
