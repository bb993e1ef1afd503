import { and, desc, eq, inArray, lt } from "drizzle-orm";
import { conversationMarks } from "../../schema/tables/conversation-marks.ts";
import { conversationTags, taggedConversations } from "../../schema/tables/conversation-tags.ts";
import { type Database, type RowPage, readRows } from "./client.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guard, guardChangedOne, type Statement } from "./write-unit.ts";

export type TagRow = typeof conversationTags.$inferSelect;

/** What people have said of one conversation. */
export interface ConversationMarks {
  readonly feedback: "like" | "dislike" | null;
  readonly tagIds: readonly string[];
}

export const NO_MARKS: ConversationMarks = { feedback: null, tagIds: [] };

/** Of conversations that their workspace has: identifiers of another's find nothing that matters. */
export async function findMarks(
  db: Database,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, ConversationMarks>> {
  if (conversationIds.length === 0) return new Map();
  const ids = [...conversationIds];
  const [marks, tags] = await Promise.all([
    db.read((reader) =>
      reader
        .select({ id: conversationMarks.conversationId, feedback: conversationMarks.feedback })
        .from(conversationMarks)
        .where(inArray(conversationMarks.conversationId, ids)),
    ),
    db.read((reader) =>
      reader
        .select({ id: taggedConversations.conversationId, tagId: taggedConversations.tagId })
        .from(taggedConversations)
        .where(inArray(taggedConversations.conversationId, ids))
        .orderBy(taggedConversations.tagId),
    ),
  ]);
  const feedback = new Map(marks.map((row) => [row.id, row.feedback]));
  return new Map(
    ids.map((id) => [
      id,
      {
        feedback: feedback.get(id) ?? null,
        tagIds: tags.filter((row) => row.id === id).map((row) => row.tagId),
      },
    ]),
  );
}

function guardConversation(workspaceId: string, conversationId: string): Statement {
  return guard(
    "conversation_exists",
    "EXISTS (SELECT 1 FROM conversations WHERE id = ? AND workspace_id = ?)",
    [conversationId, workspaceId],
  );
}

/** Fails with guard `conversation_exists` unless the workspace has the conversation. */
export function putFeedback(
  workspaceId: string,
  conversationId: string,
  feedback: ConversationMarks["feedback"],
): readonly Statement[] {
  const row = { conversationId, workspaceId, feedback };
  return [
    guardConversation(workspaceId, conversationId),
    statementOf(
      statementBuilder
        .insert(conversationMarks)
        .values(row)
        .onConflictDoUpdate({ target: conversationMarks.conversationId, set: { feedback } }),
    ),
  ];
}

/** Fails with guard `conversation_exists` or `tag_exists`; a tag that it has already stays. */
export function assignTags(
  workspaceId: string,
  conversationId: string,
  tagIds: readonly string[],
): readonly Statement[] {
  return [
    guardConversation(workspaceId, conversationId),
    ...tagIds.flatMap((tagId) => [
      guard(
        "tag_exists",
        "EXISTS (SELECT 1 FROM conversation_tags WHERE id = ? AND workspace_id = ?)",
        [tagId, workspaceId],
      ),
      statementOf(
        statementBuilder
          .insert(taggedConversations)
          .values({ conversationId, tagId })
          .onConflictDoNothing(),
      ),
    ]),
  ];
}

/** Fails with guard `conversation_exists`, or `tag_assigned` when the conversation has no such tag. */
export function unassignTag(
  workspaceId: string,
  conversationId: string,
  tagId: string,
): readonly Statement[] {
  return [
    guardConversation(workspaceId, conversationId),
    statementOf(
      statementBuilder
        .delete(taggedConversations)
        .where(
          and(
            eq(taggedConversations.conversationId, conversationId),
            eq(taggedConversations.tagId, tagId),
          ),
        ),
    ),
    guardChangedOne("tag_assigned"),
  ];
}

/** For the erasure of a conversation. */
export function eraseMarks(conversationId: string): readonly Statement[] {
  return [
    statementOf(
      statementBuilder
        .delete(conversationMarks)
        .where(eq(conversationMarks.conversationId, conversationId)),
    ),
    statementOf(
      statementBuilder
        .delete(taggedConversations)
        .where(eq(taggedConversations.conversationId, conversationId)),
    ),
  ];
}

export async function findTag(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<TagRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(conversationTags)
      .where(and(eq(conversationTags.id, id), eq(conversationTags.workspaceId, workspaceId)))
      .limit(1),
  );
  return row ?? null;
}

/** Newest first, behind `after` where it is given. */
export async function findTags(
  db: Database,
  workspaceId: string,
  after: string | null,
  limit: number,
): Promise<RowPage<TagRow>> {
  return readRows(db, limit, (reader, step) =>
    reader
      .select()
      .from(conversationTags)
      .where(
        and(
          eq(conversationTags.workspaceId, workspaceId),
          after === null ? undefined : lt(conversationTags.id, after),
        ),
      )
      .orderBy(desc(conversationTags.id))
      .limit(step),
  );
}

export function insertTag(row: TagRow): Statement {
  return statementOf(statementBuilder.insert(conversationTags).values(row));
}

/** Fails with guard `tag_exists` unless the workspace has the tag. */
export function updateTag(
  workspaceId: string,
  id: string,
  change: Partial<Pick<TagRow, "title" | "description">> & { readonly updatedAtMs: number },
): readonly Statement[] {
  const own = and(eq(conversationTags.id, id), eq(conversationTags.workspaceId, workspaceId));
  return [
    statementOf(statementBuilder.update(conversationTags).set(change).where(own)),
    guardChangedOne("tag_exists"),
  ];
}

/** Takes it from every conversation; fails with guard `tag_exists` unless the workspace has it. */
export function deleteTag(workspaceId: string, id: string): readonly Statement[] {
  return [
    guard(
      "tag_exists",
      "EXISTS (SELECT 1 FROM conversation_tags WHERE id = ? AND workspace_id = ?)",
      [id, workspaceId],
    ),
    statementOf(
      statementBuilder.delete(taggedConversations).where(eq(taggedConversations.tagId, id)),
    ),
    statementOf(statementBuilder.delete(conversationTags).where(eq(conversationTags.id, id))),
  ];
}
