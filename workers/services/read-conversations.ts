import type { ConversationSummary, ConversationView } from "../../schema/contracts/conversation.ts";
import type {
  ConversationDigest,
  ConversationQuery,
  LiveCountQuery,
} from "../../schema/contracts/conversation-query.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findBatchCallsOf } from "../db/batch-recipients.ts";
import { findMarks, NO_MARKS } from "../db/conversation-marks.ts";
import {
  countLiveConversations,
  findConversation,
  findConversations,
  sortedValue,
} from "../db/conversations.ts";
import { findRecording } from "../db/recordings.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { conversationSummary, conversationView } from "./conversation-view.ts";
import { pageOf, readCursor, writeCursor } from "./cursor.ts";
import { readTranscript } from "./transcripts.ts";

const NOT_FOUND = notFound("There is no such conversation.");

export async function readConversation(
  deps: Pick<AppDeps, "db" | "objects">,
  principal: Principal,
  id: string,
): Promise<Outcome<ConversationView>> {
  const row = await findConversation(deps.db, principal.workspaceId, id);
  if (row === null) return NOT_FOUND;
  const [batchCalls, recording, transcript, marks] = await Promise.all([
    findBatchCallsOf(deps.db, row.direction === "outbound" ? [row.callId] : []),
    findRecording(deps.db, principal.workspaceId, id),
    readTranscript(deps, row),
    findMarks(deps.db, [id]),
  ]);
  const batchCall = batchCalls.get(row.callId) ?? null;
  return succeed(conversationView(row, { batchCall, recording, transcript, marks: marks.get(id) }));
}

/** What was said, where it is short enough: nobody sums it up here. */
export async function readConversationDigest(
  deps: Pick<AppDeps, "db" | "objects">,
  principal: Principal,
  id: string,
  maxMessages: number,
): Promise<Outcome<ConversationDigest>> {
  const row = await findConversation(deps.db, principal.workspaceId, id);
  if (row === null) return NOT_FOUND;
  const transcript = await readTranscript(deps, row);
  const isShort = transcript.length <= maxMessages;
  return succeed({
    conversation_id: row.id,
    agent_id: row.agentId,
    status: row.status,
    call_summary_title: null,
    transcript_summary: null,
    call_successful: "unknown",
    message_count: transcript.length,
    messages: isShort ? transcript.map(({ role, text }) => ({ role, message: text })) : null,
    messages_omitted: !isShort,
    note: isShort
      ? "The whole conversation; it is not summed up."
      : `Longer than ${maxMessages} messages: read the conversation, or raise \`max_messages\`.`,
  });
}

export interface ConversationPageView {
  readonly conversations: ConversationSummary[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

const NOTHING: ConversationPageView = { conversations: [], next_cursor: null, has_more: false };

export async function pageConversations(
  deps: Pick<AppDeps, "db">,
  principal: Principal,
  query: ConversationQuery,
): Promise<Outcome<ConversationPageView>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readCursor(cursor, filters);
  if (!position.ok) return position;
  if (asksForWhatNobodyJudges(query)) return succeed(NOTHING);
  const rows = await findConversations(deps.db, {
    workspaceId: principal.workspaceId,
    agentId: query.agent_id,
    agentIds: query.visited_agent_ids,
    branchId: query.branch_id,
    branchIds: query.visited_agent_branch_ids,
    userId: query.user_id,
    startedBeforeMs: toMs(query.call_start_before_unix),
    startedAfterMs: toMs(query.call_start_after_unix),
    minDurationMs: toMs(query.call_duration_min_secs),
    maxDurationMs: toMs(query.call_duration_max_secs),
    excludeStatuses: query.exclude_statuses ?? [],
    terminationReasons: query.termination_reasons,
    tagIds: query.tag_ids,
    sortBy: query.sort_by,
    direction: query.sort_direction,
    after: position.value,
    limit: size + 1,
  });
  const { last, page } = pageOf(rows, size);
  const marks = await findMarks(
    deps.db,
    page.map(({ id }) => id),
  );
  return succeed({
    conversations: page.map((row) => conversationSummary(row, marks.get(row.id) ?? NO_MARKS)),
    next_cursor:
      last === null ? null : writeCursor([sortedValue(last, query.sort_by), last.id], filters),
    has_more: last !== null,
  });
}

/** Calls that an agent has or that wait for one, as far as their nodes have told. */
export async function countLive(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  { agent_id: agentId, agent_ids: agentIds }: LiveCountQuery,
): Promise<{ count: number }> {
  return { count: await countLiveConversations(deps.db, workspaceId, agentId, agentIds) };
}

/** Every call here is a phone call of an agent, with no success, rating, tool, topic or language told of it. */
function asksForWhatNobodyJudges(query: ConversationQuery): boolean {
  const { call_successful: success, conversation_initiation_source: source } = query;
  const named = [
    query.rating_min,
    query.rating_max,
    query.version_id,
    query.parent_conversation_id,
    query.workflow_node_entered_id,
    query.evaluation_params,
    query.evaluation_criteria_ids,
    query.data_collection_ids,
    query.tool_names,
    query.tool_names_successful,
    query.tool_names_errored,
    query.main_languages,
    query.topic_ids,
    query.triggered_procedure_ids,
    query.guardrail_types,
    query.custom_guardrail_names,
    // The one question about collected data that is true of all: whether it is missing.
    query.data_collection_params?.find((text) => !/:missing(:|$)/.test(text)),
  ];
  return (
    named.some((value) => value !== undefined) ||
    (success !== undefined && success !== "unknown") ||
    (source !== undefined && source !== "sip_trunk") ||
    query.conversation_product_type === "speech_engine" ||
    query.text_only === true ||
    query.has_feedback_comment === true
  );
}

function toMs(secs: number | undefined): number | undefined {
  return secs === undefined ? undefined : secs * 1_000;
}
