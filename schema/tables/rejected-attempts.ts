import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { workspaces } from "./workspaces.ts";

/** INVITEs that a node refused, counted by number, source and reason within a minute. */
export const rejectedAttempts = sqliteTable(
  "rejected_attempts",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    phoneNumberId: text("phone_number_id"),
    conversationId: text("conversation_id"),
    nodeId: text("node_id").notNull(),
    /** A row of the nodes' CALL_ENDS. */
    code: text("code").notNull(),
    sipStatus: integer("sip_status").notNull(),
    reason: text("reason").notNull(),
    hint: text("hint"),
    /** Null: several sources in one row. */
    sourceAddress: text("source_address"),
    sourcePort: integer("source_port").notNull(),
    transport: text("transport", { enum: ["tcp", "tls", "udp"] }).notNull(),
    requestUser: text("request_user").notNull(),
    requestHost: text("request_host").notNull(),
    toUser: text("to_user").notNull(),
    fromUser: text("from_user").notNull(),
    sipCallId: text("sip_call_id").notNull(),
    attempts: integer("attempts").notNull(),
    firstAtMs: integer("first_at_ms").notNull(),
    lastAtMs: integer("last_at_ms").notNull(),
  },
  (table) => [
    index("rejected_attempts_workspace").on(table.workspaceId, table.firstAtMs, table.id),
    index("rejected_attempts_number").on(table.phoneNumberId, table.firstAtMs),
    index("rejected_attempts_age").on(table.firstAtMs),
  ],
);
