import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedSecret } from "../columns/sealed-secret.ts";
import { timestamps } from "../columns/timestamps.ts";
import { workspaces } from "./workspaces.ts";

export const webhookEndpoints = sqliteTable(
  "webhook_endpoints",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    name: text("name").notNull(),
    url: text("url").notNull(),
    secret: sealedSecret("secret").notNull(),
    isDisabled: integer("is_disabled", { mode: "boolean" }).notNull(),
    ...timestamps,
  },
  (table) => [index("webhook_endpoints_workspace").on(table.workspaceId)],
);

/** The outbox: written in the transaction of what it tells, delivered by the endpoint's object. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    id: text("id").primaryKey(),
    endpointId: text("endpoint_id")
      .notNull()
      .references(() => webhookEndpoints.id),
    workspaceId: text("workspace_id").notNull(),
    eventType: text("event_type").notNull(),
    conversationId: text("conversation_id").notNull(),
    /** Order within the conversation, from 1. */
    sequence: integer("sequence").notNull(),
    /** The exact bytes that are signed and posted. */
    body: text("body").notNull(),
    status: text("status", { enum: ["pending", "delivered", "failed"] }).notNull(),
    attempts: integer("attempts").notNull(),
    lastStatusCode: integer("last_status_code"),
    lastError: text("last_error"),
    createdAtMs: integer("created_at_ms").notNull(),
    deliveredAtMs: integer("delivered_at_ms"),
  },
  (table) => [
    index("webhook_deliveries_pending").on(table.endpointId, table.status, table.createdAtMs),
    index("webhook_deliveries_conversation").on(table.conversationId),
  ],
);
