import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { workspaces } from "./workspaces.ts";

/** A call that a client has ordered: written with its conversation before a node hears of it. */
export const outboundOrders = sqliteTable(
  "outbound_orders",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    region: text("region").notNull(),
    callId: text("call_id").notNull().unique(),
    phoneNumberId: text("phone_number_id").notNull(),
    agentId: text("agent_id").notNull(),
    toNumber: text("to_number").notNull(),
    apiKeyId: text("api_key_id").notNull(),
    /** `placed`: the region's hub has it, or never got it. `settled`: nothing is left for the hub to do. */
    status: text("status", { enum: ["placed", "settled"] }).notNull(),
    /** JSON of what the client is answered, however often it asks; null before. */
    answer: text("answer"),
    /** The batch that the call is of, and its recipient there; null: ordered by itself, or the batch is deleted. */
    batchCallId: text("batch_call_id"),
    batchRecipientId: text("batch_recipient_id"),
    createdAtMs: integer("created_at_ms").notNull(),
    settledAtMs: integer("settled_at_ms"),
  },
  (table) => [
    index("outbound_orders_workspace").on(table.workspaceId, table.createdAtMs),
    index("outbound_orders_of_batches")
      .on(table.batchCallId, table.status)
      .where(sql`${table.batchCallId} IS NOT NULL`),
    index("outbound_orders_open").on(table.region, table.status, table.createdAtMs),
  ],
);
