import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedSecret } from "../columns/sealed-secret.ts";

/** A region of this residency and the key that seals trunk secrets for its nodes. */
export const regionKeys = sqliteTable("region_keys", {
  id: text("id").primaryKey(),
  region: text("region").notNull(),
  /** base64url of 32 bytes, sealed under the master key. */
  key: sealedSecret("key").notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  retiredAtMs: integer("retired_at_ms"),
});
