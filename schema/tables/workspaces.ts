import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { timestamps } from "../columns/timestamps.ts";

export const workspaces = sqliteTable("workspaces", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** `<host_label>.sip.<region domain>`: unique in the residency. */
  hostLabel: text("host_label").notNull().unique(),
  region: text("region").notNull(),
  ...timestamps,
});
