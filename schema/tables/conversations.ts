import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { CallRecord } from "../contracts/call-record.ts";
import { workspaces } from "./workspaces.ts";

export const conversations = sqliteTable(
  "conversations",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    callId: text("call_id").notNull().unique(),
    agentId: text("agent_id").notNull(),
    agentName: text("agent_name").notNull(),
    phoneNumberId: text("phone_number_id").notNull(),
    nodeId: text("node_id").notNull(),
    direction: text("direction", { enum: ["inbound", "outbound"] }).notNull(),
    status: text("status", {
      enum: ["initiated", "in-progress", "processing", "done", "failed"],
    }).notNull(),
    startedAtMs: integer("started_at_ms").notNull(),
    acceptedAtMs: integer("accepted_at_ms"),
    endedAtMs: integer("ended_at_ms"),
    durationMs: integer("duration_ms"),
    endCode: text("end_code"),
    terminationReason: text("termination_reason"),
    /**
     * Not null: the control plane has ended the call without a word of the node, whose own record
     * replaces this end. The moment when the webhooks are told nevertheless; 0 once they have been.
     */
    provisionalUntilMs: integer("provisional_until_ms"),
    /** Somebody has tried the number from the console; null: a caller's call. */
    isTest: integer("is_test", { mode: "boolean" }),
    /** What the node knows: the facts of the start, replaced by the whole record at the end. */
    record: text("record", { mode: "json" }).$type<Partial<CallRecord>>().notNull(),
  },
  (table) => [
    index("conversations_workspace").on(table.workspaceId, table.startedAtMs),
    index("conversations_agent").on(table.agentId, table.startedAtMs),
    // Orders of the list; identifiers tell apart what is the same.
    index("conversations_duration").on(
      table.workspaceId,
      sql`CASE WHEN ${table.durationMs} IS NULL THEN 0 ELSE ${table.durationMs} END`,
      table.id,
    ),
    index("conversations_agent_name").on(table.workspaceId, table.agentName, table.id),
    index("conversations_number").on(table.phoneNumberId, table.startedAtMs),
    index("conversations_live")
      .on(table.workspaceId, table.startedAtMs)
      .where(sql`${table.endedAtMs} IS NULL`),
    index("conversations_tests")
      .on(table.workspaceId, table.startedAtMs)
      .where(sql`${table.isTest} = 1`),
    index("conversations_provisional")
      .on(table.provisionalUntilMs)
      .where(sql`${table.provisionalUntilMs} > 0`),
  ],
);
