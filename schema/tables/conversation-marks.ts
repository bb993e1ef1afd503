import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { workspaces } from "./workspaces.ts";

/** What people have said of a conversation; one of which nobody has said anything has no row. */
export const conversationMarks = sqliteTable("conversation_marks", {
  conversationId: text("conversation_id").primaryKey(),
  workspaceId: text("workspace_id")
    .notNull()
    .references(() => workspaces.id),
  feedback: text("feedback", { enum: ["like", "dislike"] }),
});
