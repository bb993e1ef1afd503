import type {
  ConversationQuery,
  ConversationSummary,
  ConversationView,
} from "../../schema/contracts/conversation.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findBatchCallsOf } from "../db/batch-recipients.ts";
import { findConversation, findConversations } from "../db/conversations.ts";
import { findRecording } from "../db/recordings.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { conversationSummary, conversationView } from "./conversation-view.ts";
import { pageOf, readCursor, writeCursor } from "./cursor.ts";
import { readTranscript } from "./transcripts.ts";

export async function readConversation(
  deps: Pick<AppDeps, "db" | "objects">,
  principal: Principal,
  id: string,
): Promise<Outcome<ConversationView>> {
  const row = await findConversation(deps.db, principal.workspaceId, id);
  if (row === null) return notFound("There is no such conversation.");
  const [batchCalls, recording, transcript] = await Promise.all([
    findBatchCallsOf(deps.db, row.direction === "outbound" ? [row.callId] : []),
    findRecording(deps.db, principal.workspaceId, id),
    readTranscript(deps, row),
  ]);
  const batchCall = batchCalls.get(row.callId) ?? null;
  return succeed(conversationView(row, { batchCall, recording, transcript }));
}

export interface ConversationPageView {
  readonly conversations: ConversationSummary[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

export async function pageConversations(
  deps: Pick<AppDeps, "db">,
  principal: Principal,
  query: ConversationQuery,
): Promise<Outcome<ConversationPageView>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readCursor(cursor, filters);
  if (!position.ok) return position;
  const rows = await findConversations(deps.db, {
    workspaceId: principal.workspaceId,
    agentId: query.agent_id,
    userId: query.user_id,
    startedBeforeMs: toMs(query.call_start_before_unix),
    startedAfterMs: toMs(query.call_start_after_unix),
    minDurationMs: toMs(query.call_duration_min_secs),
    maxDurationMs: toMs(query.call_duration_max_secs),
    excludeStatuses: query.exclude_statuses ?? [],
    direction: query.sort_direction,
    after: position.value === null ? null : [Number(position.value[0]), position.value[1]],
    limit: size + 1,
  });
  const { last, page } = pageOf(rows, size);
  return succeed({
    conversations: page.map(conversationSummary),
    next_cursor: last === null ? null : writeCursor([last.startedAtMs, last.id], filters),
    has_more: last !== null,
  });
}

function toMs(secs: number | undefined): number | undefined {
  return secs === undefined ? undefined : secs * 1_000;
}
