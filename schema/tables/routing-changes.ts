import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The log of a region's routing table; the newest row of each entity is the table. `version` rises by
 * one per row within a region; `changeId` tells a row apart from another of the same version after a
 * restore.
 */
export const routingChanges = sqliteTable(
  "routing_changes",
  {
    region: text("region").notNull(),
    version: integer("version").notNull(),
    changeId: text("change_id").notNull(),
    kind: text("kind").notNull(),
    entityId: text("entity_id").notNull(),
    /** JSON of the entity's route, or null when it was removed. */
    value: text("value"),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.region, table.version] }),
    index("routing_changes_entity").on(table.region, table.kind, table.entityId, table.version),
  ],
);
