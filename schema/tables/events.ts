import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What has happened and is told of: each event once, whoever wants it, in the transaction of what it tells. */
export const events = sqliteTable(
  "events",
  {
    /** The order in which events were committed. Never given twice: a reader who has come so far has missed none. */
    position: integer("position").primaryKey({ autoIncrement: true }),
    id: text("id").notNull().unique(),
    workspaceId: text("workspace_id").notNull(),
    /** As deliveries have it: the vendor's name where the vendor has one. */
    eventType: text("event_type").notNull(),
    /** A conversation, or what else the order is kept among. */
    conversationId: text("conversation_id").notNull(),
    /** Order within the conversation, from 1. */
    sequence: integer("sequence").notNull(),
    /** In the vendor's shape. */
    body: text("body").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    index("events_workspace").on(table.workspaceId, table.position),
    index("events_conversation").on(table.conversationId, table.workspaceId),
  ],
);
