import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { timestamps } from "../columns/timestamps.ts";

export const workspaces = sqliteTable("workspaces", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** `<host_label>.sip.<region domain>`: unique in the residency. */
  hostLabel: text("host_label").notNull().unique(),
  region: text("region").notNull(),
  /** Calls at the same time; null: no limit. Set by the operator. */
  concurrencyLimit: integer("concurrency_limit"),
  /** Its keys may hold `nodes:admin`. Set by the operator. */
  operatesNodes: integer("operates_nodes", { mode: "boolean" }).notNull().default(false),
  ...timestamps,
});
