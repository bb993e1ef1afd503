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
    /** Why it is disabled; null: it is not, or was by the workspace. */
    disabledReason: text("disabled_reason", { enum: ["gone", "failing"] }),
    signatureStyle: text("signature_style", { enum: ["standard", "elevenlabs"] })
      .notNull()
      .default("elevenlabs"),
    /** Where deliveries come from: the edge, or a node's static address and nowhere else. */
    egress: text("egress", { enum: ["edge", "static"] })
      .notNull()
      .default("edge"),
    /** Null: every type. */
    eventTypes: text("event_types", { mode: "json" }).$type<string[]>(),
    /** Signs beside `secret` until `previousSecretUntilMs`. */
    previousSecret: sealedSecret("previous_secret"),
    previousSecretUntilMs: integer("previous_secret_until_ms"),
    /** Attempts since the last one that succeeded. */
    consecutiveFailures: integer("consecutive_failures").notNull().default(0),
    failingSinceMs: integer("failing_since_ms"),
    lastSuccessAtMs: integer("last_success_at_ms"),
    ...timestamps,
  },
  (table) => [index("webhook_endpoints_workspace").on(table.workspaceId)],
);

/** The outbox: written in the transaction of what it tells, delivered by the endpoint's object. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    id: text("id").primaryKey(),
    /** What is told; null in rows from before there were events. */
    eventId: text("event_id"),
    endpointId: text("endpoint_id")
      .notNull()
      .references(() => webhookEndpoints.id),
    workspaceId: text("workspace_id").notNull(),
    eventType: text("event_type").notNull(),
    conversationId: text("conversation_id").notNull(),
    /** Order within the conversation, from 1: the event's. */
    sequence: integer("sequence").notNull(),
    /** The exact bytes that are signed and posted. */
    body: text("body").notNull(),
    status: text("status", { enum: ["pending", "delivered", "failed"] }).notNull(),
    attempts: integer("attempts").notNull(),
    lastStatusCode: integer("last_status_code"),
    lastError: text("last_error"),
    createdAtMs: integer("created_at_ms").notNull(),
    deliveredAtMs: integer("delivered_at_ms"),
    lastAttemptAtMs: integer("last_attempt_at_ms"),
    lastLatencyMs: integer("last_latency_ms"),
    /** Of the last answer: its first 1,024 characters. */
    responseExcerpt: text("response_excerpt"),
    /** How often it was ordered to be delivered once more. */
    replays: integer("replays").notNull().default(0),
  },
  (table) => [
    index("webhook_deliveries_pending").on(table.endpointId, table.status, table.createdAtMs),
    index("webhook_deliveries_conversation").on(table.conversationId),
    index("webhook_deliveries_workspace").on(table.workspaceId, table.createdAtMs, table.id),
  ],
);
