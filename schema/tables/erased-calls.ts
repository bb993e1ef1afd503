import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Calls whose conversation was deleted: what a node still tells of them is taken and not stored. Nothing
 * but the identifier is left of such a call.
 */
export const erasedCalls = sqliteTable(
  "erased_calls",
  {
    callId: text("call_id").primaryKey(),
    erasedAtMs: integer("erased_at_ms").notNull(),
  },
  (table) => [index("erased_calls_age").on(table.erasedAtMs)],
);
