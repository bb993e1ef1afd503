import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { RECORDING_FORMATS } from "../contracts/agent-recording.ts";
import { RECORDING_STATES, type RecordingPlace } from "../contracts/recording.ts";
import { workspaces } from "./workspaces.ts";

/** Recordings of calls: one row a call that was to be recorded, and where its bytes are. */
export const recordings = sqliteTable(
  "recordings",
  {
    callId: text("call_id").primaryKey(),
    conversationId: text("conversation_id").notNull(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    agentId: text("agent_id").notNull(),
    state: text("state", { enum: RECORDING_STATES }).notNull(),
    /** Why it failed. */
    code: text("code"),
    format: text("format", { enum: RECORDING_FORMATS }).notNull(),
    startedAtMs: integer("started_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
    durationMs: integer("duration_ms"),
    bytes: integer("bytes"),
    isComplete: integer("is_complete", { mode: "boolean" }),
    place: text("place", { mode: "json" }).$type<RecordingPlace>(),
  },
  (table) => [
    index("recordings_conversation").on(table.conversationId),
    index("recordings_expiry").on(table.expiresAtMs),
  ],
);
