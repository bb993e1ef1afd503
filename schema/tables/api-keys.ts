import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { workspaces } from "./workspaces.ts";

export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    name: text("name").notNull(),
    /** Hex SHA-256 of the whole key; the key itself is shown once and not kept. */
    sha256: text("sha256").notNull().unique(),
    last4: text("last4").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms"),
    revokedAtMs: integer("revoked_at_ms"),
    /** Whose it is, in the workspace's words. */
    member: text("member"),
    /** Null: every scope that the workspace has. */
    scopes: text("scopes", { mode: "json" }).$type<string[]>(),
    /** Null: from every address. */
    allowedCidrs: text("allowed_cidrs", { mode: "json" }).$type<string[]>(),
    /** Exact to a minute. */
    lastUsedAtMs: integer("last_used_at_ms"),
    /** The key that this one replaces; it goes on until it expires. */
    rotatedFromId: text("rotated_from_id"),
  },
  (table) => [index("api_keys_workspace").on(table.workspaceId)],
);
