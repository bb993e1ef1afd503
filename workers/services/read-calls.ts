import type { CallView, LiveCallQuery } from "../../schema/contracts/call-control.ts";
import { parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import {
  type ConversationRow,
  findConversationOfCall,
  findConversationsOfCalls,
  findLiveConversations,
} from "../db/conversations.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { pageOf, readNumberCursor, writeCursor } from "./cursor.ts";

interface CallPage {
  readonly data: CallView[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

/** Calls that have not ended, as far as their nodes have told, newest first. */
export async function pageLiveCalls(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  query: LiveCallQuery,
): Promise<Outcome<CallPage>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readNumberCursor(cursor, filters);
  if (!position.ok) return position;
  const rows = await findLiveConversations(deps.db, {
    workspaceId,
    isAnswered: query.status === undefined ? undefined : query.status === "in_progress",
    direction: query.direction,
    agentId: query.agent_id,
    phoneNumberId: query.phone_number_id,
    after: position.value,
    limit: size + 1,
  });
  const { last, page } = pageOf(rows, size);
  return succeed({
    data: page.map(viewOf),
    has_more: last !== null,
    next_cursor: last === null ? null : writeCursor([last.startedAtMs, last.id], filters),
  });
}

/** What one answer tells of a workspace's live calls at most. */
const MAX_LIVE_CALLS = 1_000;

/** All that have not ended, newest first. @throws DatabaseUnavailable */
export async function readLiveCalls(
  deps: Pick<AppDeps, "db">,
  workspaceId: string,
): Promise<{ readonly calls: CallView[]; readonly has_more: boolean }> {
  const found = await findLiveConversations(deps.db, {
    workspaceId,
    after: null,
    limit: MAX_LIVE_CALLS,
  });
  return { calls: found.rows.map(viewOf), has_more: !found.isLast };
}

/** Those of the calls that the workspace has, also such that have ended. @throws DatabaseUnavailable */
export async function readNamedCalls(
  deps: Pick<AppDeps, "db">,
  workspaceId: string,
  callIds: readonly string[],
): Promise<CallView[]> {
  return (await findConversationsOfCalls(deps.db, workspaceId, callIds)).map(viewOf);
}

/** Also of one that has ended. */
export async function readCall(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  callId: string,
): Promise<Outcome<CallView>> {
  const id = parseId("call", callId);
  const row = id === null ? null : await findConversationOfCall(deps.db, workspaceId, id);
  return row === null ? notFound("There is no such call.") : succeed(viewOf(row));
}

function viewOf(row: ConversationRow): CallView {
  const { record } = row;
  const status = row.acceptedAtMs === null ? "ringing" : "in_progress";
  return {
    call_id: row.callId,
    conversation_id: row.id,
    status: row.endedAtMs === null ? status : "ended",
    direction: row.direction,
    agent_id: row.agentId,
    agent_name: row.agentName,
    phone_number_id: row.phoneNumberId,
    agent_number: record.agentNumber ?? "",
    external_number: record.externalNumber ?? "",
    started_at: timeOf(row.startedAtMs),
    answered_at: row.acceptedAtMs === null ? null : timeOf(row.acceptedAtMs),
    ended_at: row.endedAtMs === null ? null : timeOf(row.endedAtMs),
    duration_secs: row.durationMs === null ? null : Math.round(row.durationMs / 1_000),
    end: row.endCode === null ? null : { code: row.endCode, reason: row.terminationReason ?? "" },
  };
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
