import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { workspaces } from "./workspaces.ts";

/** A row of a file that has become a number: its place, the SHA-256 of its line and the number's identifier. */
export type MadeRow = readonly [index: number, sha256: string, phoneNumberId: string];

/** What of a keyed import is made, one row for each unit that made some of it. */
export const numberImports = sqliteTable(
  "number_imports",
  {
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    key: text("key").notNull(),
    /** Places of the first and the last row that the unit made. */
    firstIndex: integer("first_index").notNull(),
    lastIndex: integer("last_index").notNull(),
    made: text("made", { mode: "json" }).$type<readonly MadeRow[]>().notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.key, table.firstIndex] }),
    index("number_imports_expiry").on(table.expiresAtMs),
  ],
);
