import { index, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { timestamps } from "../columns/timestamps.ts";
import { workspaces } from "./workspaces.ts";

/** Tags that a workspace's conversations may have. */
export const conversationTags = sqliteTable(
  "conversation_tags",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    title: text("title").notNull(),
    description: text("description"),
    ...timestamps,
  },
  (table) => [index("conversation_tags_workspace").on(table.workspaceId, table.id)],
);

/** Which conversation has which. */
export const taggedConversations = sqliteTable(
  "tagged_conversations",
  {
    conversationId: text("conversation_id").notNull(),
    tagId: text("tag_id")
      .notNull()
      .references(() => conversationTags.id),
  },
  (table) => [
    primaryKey({ columns: [table.conversationId, table.tagId] }),
    index("tagged_conversations_tag").on(table.tagId),
  ],
);
