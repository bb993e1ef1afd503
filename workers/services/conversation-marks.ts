import type {
  CreateTag,
  TagPageQuery,
  TagView,
  UpdateTag,
} from "../../schema/contracts/conversation-marks.ts";
import { newId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import {
  assignTags,
  deleteTag,
  findTag,
  findTags,
  insertTag,
  putFeedback,
  type TagRow,
  unassignTag,
  updateTag,
} from "../db/conversation-marks.ts";
import type { Statement } from "../db/write-unit.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { pageOf, readCursor, writeCursor } from "./cursor.ts";
import { refuseFields } from "./import-phone-number.ts";

/** Feedback on conversations and their tags. */

type MarkDeps = Pick<AppDeps, "writer" | "clock">;
type Workspace = Pick<Principal, "workspaceId">;

const NO_CONVERSATION = "There is no such conversation.";
const NO_TAG = "There is no such tag.";

export function setFeedback(
  deps: MarkDeps,
  { workspaceId }: Workspace,
  conversationId: string,
  feedback: "like" | "dislike" | null,
): Promise<Outcome<null>> {
  return mark(deps, putFeedback(workspaceId, conversationId, feedback));
}

/** Every one of them or none: a tag of another workspace is none. */
export async function tagConversation(
  deps: MarkDeps,
  { workspaceId }: Workspace,
  conversationId: string,
  tagIds: readonly string[],
): Promise<Outcome<null>> {
  const committed = await commitUnit(
    deps.writer,
    assignTags(workspaceId, conversationId, [...new Set(tagIds)]),
  );
  if (committed.ok) return succeed(null);
  if (committed.refusedBy === "conversation_exists") return notFound(NO_CONVERSATION);
  return refuseFields([
    {
      pointer: "/tag_ids",
      code: "tag_not_found",
      detail: "One of them is no tag of this workspace: make it first, with POST /v1/convai/tags.",
    },
  ]);
}

export function untagConversation(
  deps: MarkDeps,
  { workspaceId }: Workspace,
  conversationId: string,
  tagId: string,
): Promise<Outcome<null>> {
  return mark(deps, unassignTag(workspaceId, conversationId, tagId));
}

async function mark(deps: MarkDeps, statements: readonly Statement[]): Promise<Outcome<null>> {
  const committed = await commitUnit(deps.writer, statements);
  if (committed.ok) return succeed(null);
  return notFound(committed.refusedBy === "conversation_exists" ? NO_CONVERSATION : NO_TAG);
}

export async function createTag(
  deps: MarkDeps,
  { workspaceId }: Workspace,
  input: CreateTag,
  keep: KeepAnswer,
): Promise<Outcome<TagView>> {
  const nowMs = deps.clock();
  const row: TagRow = {
    id: newId("conversationTag"),
    workspaceId,
    title: input.title,
    description: input.description ?? null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const view = tagView(row);
  await commitUnit(deps.writer, [insertTag(row), ...(await keep(view, null))]);
  return succeed(view);
}

export async function readTag(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Workspace,
  id: string,
): Promise<Outcome<TagView>> {
  const row = await findTag(deps.db, workspaceId, id);
  return row === null ? notFound(NO_TAG) : succeed(tagView(row));
}

export async function pageTags(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Workspace,
  { cursor, page_size: size }: TagPageQuery,
) {
  const position = readCursor(cursor, {});
  if (!position.ok) return position;
  const rows = await findTags(deps.db, workspaceId, position.value?.[1] ?? null, size + 1);
  const { last, page } = pageOf(rows, size);
  return succeed({
    conversation_tags: page.map(tagView),
    next_cursor: last === null ? null : writeCursor(["", last.id], {}),
    has_more: last !== null,
  });
}

export async function changeTag(
  deps: MarkDeps & Pick<AppDeps, "db">,
  principal: Workspace,
  id: string,
  { description, title }: UpdateTag,
): Promise<Outcome<TagView>> {
  const committed = await commitUnit(
    deps.writer,
    updateTag(principal.workspaceId, id, {
      ...(title == null ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      updatedAtMs: deps.clock(),
    }),
  );
  return committed.ok ? readTag(deps, principal, id) : notFound(NO_TAG);
}

export async function removeTag(
  deps: MarkDeps,
  { workspaceId }: Workspace,
  id: string,
): Promise<Outcome<null>> {
  return mark(deps, deleteTag(workspaceId, id));
}

function tagView(row: TagRow): TagView {
  return {
    tag_id: row.id,
    workspace_id: row.workspaceId,
    owner_user_id: "",
    title: row.title,
    description: row.description,
    created_at_unix_secs: Math.floor(row.createdAtMs / 1_000),
  };
}
