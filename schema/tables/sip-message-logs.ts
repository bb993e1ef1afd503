import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { workspaces } from "./workspaces.ts";

/** The index of the SIP messages of calls: one row and one object a call. */
export const sipMessageLogs = sqliteTable(
  "sip_message_logs",
  {
    callId: text("call_id").primaryKey(),
    conversationId: text("conversation_id").notNull(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    phoneNumberId: text("phone_number_id").notNull(),
    startedAtMs: integer("started_at_ms").notNull(),
    messages: integer("messages").notNull(),
    /** Of the object. */
    bytes: integer("bytes").notNull(),
    objectKey: text("object_key").notNull(),
  },
  (table) => [
    index("sip_message_logs_conversation").on(table.conversationId),
    index("sip_message_logs_number").on(table.phoneNumberId, table.startedAtMs, table.callId),
    index("sip_message_logs_age").on(table.startedAtMs),
  ],
);
