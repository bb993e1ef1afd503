import {
  and,
  asc,
  desc,
  eq,
  exists,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  notInArray,
  or,
  sql,
} from "drizzle-orm";
import { taggedConversations } from "../../schema/tables/conversation-tags.ts";
import { conversations } from "../../schema/tables/conversations.ts";
import { beyond } from "./beyond.ts";
import { type Database, type RowPage, readRows } from "./client.ts";

export type ConversationRow = typeof conversations.$inferSelect;

export interface ConversationPageQuery {
  readonly workspaceId: string;
  readonly agentId?: string | undefined;
  /** One of these; so with the other lists. */
  readonly agentIds?: readonly string[] | undefined;
  readonly branchId?: string | undefined;
  readonly branchIds?: readonly string[] | undefined;
  readonly terminationReasons?: readonly string[] | undefined;
  readonly tagIds?: readonly string[] | undefined;
  readonly userId?: string | undefined;
  readonly startedBeforeMs?: number | undefined;
  readonly startedAfterMs?: number | undefined;
  readonly minDurationMs?: number | undefined;
  readonly maxDurationMs?: number | undefined;
  readonly excludeStatuses: readonly ConversationRow["status"][];
  readonly sortBy: ConversationOrder;
  readonly direction: "asc" | "desc";
  /** Where the page before ended: the sorted column and the identifier. */
  readonly after: readonly [string | number, string] | null;
  readonly limit: number;
}

/** Each has an index; the expression is that of its index. */
const SORT_COLUMNS = {
  start_time: conversations.startedAtMs,
  duration: sql<number>`CASE WHEN ${conversations.durationMs} IS NULL THEN 0 ELSE ${conversations.durationMs} END`,
  agent_name: conversations.agentName,
} as const;
export type ConversationOrder = keyof typeof SORT_COLUMNS;

/** What a conversation is sorted by: the same value as the column above. */
export function sortedValue(row: ConversationRow, by: ConversationOrder): string | number {
  switch (by) {
    case "start_time":
      return row.startedAtMs;
    case "duration":
      return row.durationMs ?? 0;
    case "agent_name":
      return row.agentName;
    default:
      return by satisfies never;
  }
}

/** What the client has said, or the agent's webhook. */
const BRANCH = sql<string>`json_extract(${conversations.record}, '$.clientData.branchId')`;

export async function findConversation(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<ConversationRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(conversations)
      .where(and(eq(conversations.id, id), eq(conversations.workspaceId, workspaceId)))
      .limit(1),
  );
  return row ?? null;
}

export async function findConversations(
  db: Database,
  query: ConversationPageQuery,
): Promise<RowPage<ConversationRow>> {
  const order = query.direction === "asc" ? asc : desc;
  const column = SORT_COLUMNS[query.sortBy];
  const { id, startedAtMs, durationMs } = conversations;
  const { agentId, userId, startedAfterMs, startedBeforeMs, minDurationMs, maxDurationMs } = query;
  return readRows(db, query.limit, (reader, limit) =>
    reader
      .select()
      .from(conversations)
      .where(
        and(
          eq(conversations.workspaceId, query.workspaceId),
          agentId === undefined ? undefined : eq(conversations.agentId, agentId),
          query.agentIds === undefined
            ? undefined
            : inArray(conversations.agentId, [...query.agentIds]),
          query.branchId === undefined ? undefined : eq(BRANCH, query.branchId),
          query.branchIds === undefined ? undefined : inArray(BRANCH, [...query.branchIds]),
          query.terminationReasons === undefined
            ? undefined
            : inArray(conversations.terminationReason, [...query.terminationReasons]),
          query.tagIds === undefined
            ? undefined
            : exists(
                reader
                  .select({ tagId: taggedConversations.tagId })
                  .from(taggedConversations)
                  .where(
                    and(
                      eq(taggedConversations.conversationId, conversations.id),
                      inArray(taggedConversations.tagId, [...query.tagIds]),
                    ),
                  ),
              ),
          userId === undefined
            ? undefined
            : sql`json_extract(${conversations.record}, '$.clientData.userId') = ${userId}`,
          startedAfterMs === undefined ? undefined : gte(startedAtMs, startedAfterMs),
          startedBeforeMs === undefined ? undefined : lte(startedAtMs, startedBeforeMs),
          minDurationMs === undefined ? undefined : gte(durationMs, minDurationMs),
          maxDurationMs === undefined ? undefined : lte(durationMs, maxDurationMs),
          query.excludeStatuses.length === 0
            ? undefined
            : notInArray(conversations.status, [...query.excludeStatuses]),
          beyond([column, id], query.after, query.direction),
        ),
      )
      .orderBy(order(column), order(id))
      .limit(limit),
  );
}

export interface LiveConversationQuery {
  readonly workspaceId: string;
  /** An agent has the call. */
  readonly isAnswered?: boolean | undefined;
  readonly direction?: ConversationRow["direction"] | undefined;
  readonly agentId?: string | undefined;
  readonly phoneNumberId?: string | undefined;
  /** Where the page before ended: start and identifier. */
  readonly after: readonly [number, string] | null;
  readonly limit: number;
}

/** Of calls that have not ended, newest first. */
export async function findLiveConversations(
  db: Database,
  query: LiveConversationQuery,
): Promise<RowPage<ConversationRow>> {
  const { id, startedAtMs, acceptedAtMs } = conversations;
  const { after, agentId, direction, isAnswered, phoneNumberId } = query;
  return readRows(db, query.limit, (reader, limit) =>
    reader
      .select()
      .from(conversations)
      .where(
        and(
          eq(conversations.workspaceId, query.workspaceId),
          isNull(conversations.endedAtMs),
          isAnswered === undefined
            ? undefined
            : isAnswered
              ? isNotNull(acceptedAtMs)
              : isNull(acceptedAtMs),
          direction === undefined ? undefined : eq(conversations.direction, direction),
          agentId === undefined ? undefined : eq(conversations.agentId, agentId),
          phoneNumberId === undefined ? undefined : eq(conversations.phoneNumberId, phoneNumberId),
          after === null
            ? undefined
            : or(lt(startedAtMs, after[0]), and(eq(startedAtMs, after[0]), lt(id, after[1]))),
        ),
      )
      .orderBy(desc(startedAtMs), desc(id))
      .limit(limit),
  );
}

/** Of calls that have not ended; of any agent where none is named. */
export async function countLiveConversations(
  db: Database,
  workspaceId: string,
  agentId: string | undefined,
  agentIds: readonly string[] | undefined,
): Promise<number> {
  return db.read((reader) =>
    reader.$count(
      conversations,
      and(
        eq(conversations.workspaceId, workspaceId),
        isNull(conversations.endedAtMs),
        agentId === undefined ? undefined : eq(conversations.agentId, agentId),
        agentIds === undefined ? undefined : inArray(conversations.agentId, [...agentIds]),
      ),
    ),
  );
}

export async function findConversationsOfCalls(
  db: Database,
  workspaceId: string,
  callIds: readonly string[],
): Promise<ConversationRow[]> {
  const { rows } = await readRows(db, callIds.length, (reader, limit) =>
    reader
      .select()
      .from(conversations)
      .where(
        and(
          inArray(conversations.callId, [...callIds]),
          eq(conversations.workspaceId, workspaceId),
        ),
      )
      .limit(limit),
  );
  return rows;
}

export async function findConversationOfCall(
  db: Database,
  workspaceId: string,
  callId: string,
): Promise<ConversationRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(conversations)
      .where(and(eq(conversations.callId, callId), eq(conversations.workspaceId, workspaceId)))
      .limit(1),
  );
  return row ?? null;
}
