import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedSecret } from "../columns/sealed-secret.ts";
import { workspaces } from "./workspaces.ts";

/** The answer to a request that made something, written with what it made, for its repetition. */
export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    /** Method and path. */
    operation: text("operation").notNull(),
    key: text("key").notNull(),
    /** Hex, of the request's body. */
    bodySha256: text("body_sha256").notNull(),
    /** The answer's JSON: it may hold a secret that is shown once. */
    answer: sealedSecret("answer").notNull(),
    /** Of the answer, as the database gave it in the same transaction; null when it has none. */
    routingRevision: integer("routing_revision"),
    expiresAtMs: integer("expires_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.operation, table.key] }),
    index("idempotency_keys_expiry").on(table.expiresAtMs),
  ],
);
