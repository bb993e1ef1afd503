import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The address block: what is announced, in use and about to go. Rows stay when a range is removed. */
export const addressRanges = sqliteTable(
  "address_ranges",
  {
    id: text("id").primaryKey(),
    /** Canonical. */
    prefix: text("prefix").notNull(),
    region: text("region").notNull(),
    country: text("country").notNull(),
    subdivision: text("subdivision"),
    city: text("city"),
    services: text("services", { mode: "json" }).$type<string[]>().notNull(),
    direction: text("direction", { mode: "json" }).$type<string[]>().notNull(),
    form: text("form", {
      enum: ["brought_block", "provider_block", "provider_addresses"],
    }).notNull(),
    holder: text("holder").notNull(),
    asn: integer("asn"),
    state: text("state", { enum: ["pending", "active", "deprecated", "removed"] }).notNull(),
    announcedVersion: integer("announced_version").notNull(),
    changedVersion: integer("changed_version").notNull(),
    announcedAtMs: integer("announced_at_ms").notNull(),
    activeFromMs: integer("active_from_ms").notNull(),
    /** Null: it has never been in use. */
    activatedAtMs: integer("activated_at_ms"),
    deprecatedAtMs: integer("deprecated_at_ms"),
    removeAfterMs: integer("remove_after_ms"),
  },
  (table) => [index("address_ranges_state").on(table.state)],
);

/** One row per published version of the block: what it changed. Versions rise and never change. */
export const networkVersions = sqliteTable("network_versions", {
  version: integer("version").primaryKey(),
  publishedAtMs: integer("published_at_ms").notNull(),
  notice: text("notice", { enum: ["scheduled", "initial", "emergency"] }).notNull(),
  reason: text("reason"),
  /** JSON: `RangeChange[]`. */
  changes: text("changes").notNull(),
});
