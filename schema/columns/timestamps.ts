import { integer } from "drizzle-orm/sqlite-core";

/** Wall time of creation and last change, milliseconds since the epoch. */
export const timestamps = {
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
};
