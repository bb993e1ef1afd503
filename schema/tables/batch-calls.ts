import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { sealedSecret } from "../columns/sealed-secret.ts";
import { timestamps } from "../columns/timestamps.ts";
import type { InitiationData } from "../contracts/client-data.ts";
import { workspaces } from "./workspaces.ts";

/** Calls to many recipients that a client has ordered at once. */
export const batchCalls = sqliteTable(
  "batch_calls",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    region: text("region").notNull(),
    apiKeyId: text("api_key_id").notNull(),
    name: text("name").notNull(),
    agentId: text("agent_id").notNull(),
    /** When it was submitted. */
    agentName: text("agent_name").notNull(),
    phoneNumberId: text("phone_number_id").notNull(),
    branchId: text("branch_id"),
    environment: text("environment"),
    /** `draft`: its recipients are being stored, and nobody sees it before all of them are. */
    status: text("status", {
      enum: ["draft", "pending", "in_progress", "completed", "failed", "cancelled"],
    }).notNull(),
    scheduledAtMs: integer("scheduled_at_ms").notNull(),
    timezone: text("timezone"),
    ringingTimeoutSecs: integer("ringing_timeout_secs").notNull(),
    targetConcurrencyLimit: integer("target_concurrency_limit"),
    /** How many recipients it has. */
    recipients: integer("recipients").notNull(),
    retryCount: integer("retry_count").notNull(),
    ...timestamps,
  },
  (table) => [
    index("batch_calls_workspace").on(table.workspaceId, table.createdAtMs, table.id),
    index("batch_calls_open")
      .on(table.region, table.workspaceId)
      .where(sql`${table.status} IN ('draft', 'pending', 'in_progress')`),
  ],
);

/** Whom a batch calls, in the order of its request. */
export const batchRecipients = sqliteTable(
  "batch_recipients",
  {
    batchCallId: text("batch_call_id")
      .notNull()
      .references(() => batchCalls.id),
    position: integer("position").notNull(),
    /** The client's own, or made here; told apart within the batch. */
    id: text("id").notNull(),
    workspaceId: text("workspace_id").notNull(),
    /** As given; empty once the conversation with it was erased. */
    phoneNumber: text("phone_number").notNull(),
    status: text("status", {
      enum: [
        "pending",
        "dispatched",
        "initiated",
        "in_progress",
        "completed",
        "failed",
        "cancelled",
        "voicemail",
      ],
    }).notNull(),
    /** How often it was called. */
    attempts: integer("attempts").notNull(),
    /** How many orders it has had: beside calls also those that no node could place. Makes the next one's identifier. */
    orders: integer("orders").notNull(),
    /** Of the newest order; null before the first, and while it waits for another. */
    callId: text("call_id"),
    /** What a node could not place is tried again then. */
    notBeforeMs: integer("not_before_ms").notNull(),
    /** What the request said of the conversation, without what only the agent may know. */
    clientData: text("client_data", { mode: "json" }).$type<InitiationData>(),
    /** JSON object of the variables that only the agent may know, sealed under the master key. */
    secretVariables: sealedSecret("secret_variables"),
    ...timestamps,
  },
  (table) => [
    primaryKey({ columns: [table.batchCallId, table.position] }),
    uniqueIndex("batch_recipients_id").on(table.batchCallId, table.id),
    index("batch_recipients_status").on(table.batchCallId, table.status, table.position),
    uniqueIndex("batch_recipients_call").on(table.callId).where(sql`${table.callId} IS NOT NULL`),
    index("batch_recipients_up")
      .on(table.workspaceId, table.batchCallId)
      .where(sql`${table.status} IN ('dispatched', 'initiated', 'in_progress')`),
  ],
);
