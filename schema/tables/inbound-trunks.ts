import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedSecret } from "../columns/sealed-secret.ts";
import { timestamps } from "../columns/timestamps.ts";
import { workspaces } from "./workspaces.ts";

export const inboundTrunks = sqliteTable(
  "inbound_trunks",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    /** Canonical blocks; null: any source. */
    allowedAddresses: text("allowed_addresses", { mode: "json" }).$type<string[]>(),
    allowedNumbers: text("allowed_numbers", { mode: "json" }).$type<string[]>(),
    mediaEncryption: text("media_encryption", {
      enum: ["required", "allowed", "disabled"],
    }).notNull(),
    username: text("username"),
    password: sealedSecret("password"),
    remoteDomains: text("remote_domains", { mode: "json" }).$type<string[]>(),
    attributesToHeaders: text("attributes_to_headers", { mode: "json" })
      .$type<Record<string, string>>()
      .notNull(),
    enabledCodecs: text("enabled_codecs", { mode: "json" }).$type<string[]>().notNull(),
    country: text("country"),
    ...timestamps,
  },
  (table) => [index("inbound_trunks_workspace").on(table.workspaceId)],
);
