import type { CallAnswered, CallRecord, CallStarted } from "../../schema/contracts/call-record.ts";
import type { ConversationRow } from "./conversations.ts";
import { NOT_ERASED } from "./erased-calls.ts";
import { guardChangedOne, type Statement } from "./write-unit.ts";

/** The conversation of a call that has begun. */
export function startedConversation(call: CallStarted): ConversationRow {
  return {
    ...identityOf(call),
    status: "initiated",
    acceptedAtMs: null,
    endedAtMs: null,
    durationMs: null,
    endCode: null,
    terminationReason: null,
    provisionalUntilMs: null,
    record: call,
  };
}

/** The conversation of a call that an agent has. */
export function answeredConversation({ answeredAtMs, ...call }: CallAnswered): ConversationRow {
  return { ...startedConversation(call), status: "in-progress", acceptedAtMs: answeredAtMs };
}

/** The conversation of a call that is over: the record tells all of it. */
export function endedConversation(call: CallRecord): ConversationRow {
  return {
    ...identityOf(call),
    status: call.answeredAtMs === null ? "failed" : "done",
    acceptedAtMs: call.answeredAtMs,
    endedAtMs: call.endedAtMs,
    durationMs: call.durationMs,
    endCode: call.end.code,
    terminationReason: call.end.reason,
    provisionalUntilMs: null,
    record: call,
  };
}

function identityOf(call: CallStarted) {
  const { conversationId: id, workspaceId, callId, agentId, agentName, phoneNumberId } = call;
  const { nodeId, direction, isTest = null, startedAtMs } = call;
  return {
    id,
    workspaceId,
    callId,
    agentId,
    agentName,
    phoneNumberId,
    nodeId,
    direction,
    startedAtMs,
    isTest,
  };
}

/** Nothing for a call whose conversation has been erased: what is told of it is told in vain. */
const INSERT = `INSERT INTO conversations
  (id, workspace_id, call_id, agent_id, agent_name, phone_number_id, node_id, direction, status,
   started_at_ms, accepted_at_ms, ended_at_ms, duration_ms, end_code, termination_reason, is_test, record)
  SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE ${NOT_ERASED}`;

function insertArgs(row: ConversationRow): Statement["args"] {
  return [
    row.id,
    row.workspaceId,
    row.callId,
    row.agentId,
    row.agentName,
    row.phoneNumberId,
    row.nodeId,
    row.direction,
    row.status,
    row.startedAtMs,
    row.acceptedAtMs,
    row.endedAtMs,
    row.durationMs,
    row.endCode,
    row.terminationReason,
    row.isTest === true ? 1 : null,
    JSON.stringify(row.record),
    row.callId,
  ];
}

/** The conversation of a call that has been ordered and that no node has begun. */
export function insertOrdered(row: ConversationRow): Statement {
  return { sql: INSERT, args: insertArgs(row) };
}

/** The node's facts, with what the request that placed the call said beside it. */
const RECORD = `CASE
    WHEN json_extract(excluded.record, '$.clientData') IS NOT NULL THEN excluded.record
    WHEN json_extract(conversations.record, '$.clientData') IS NULL THEN excluded.record
    ELSE json_set(excluded.record, '$.clientData',
                  json(json_extract(conversations.record, '$.clientData')))
  END`;

/**
 * Inserts the conversation unless the call is known, begun or over. That of an outbound call is there
 * before its node: the node's facts complete it, once, and it has begun when its node says.
 */
export function insertStarted(row: ConversationRow): Statement {
  return {
    sql: `${INSERT} ON CONFLICT (call_id) DO UPDATE SET
            node_id = excluded.node_id, started_at_ms = excluded.started_at_ms, record = ${RECORD}
          WHERE conversations.ended_at_ms IS NULL AND conversations.node_id = ''
            AND conversations.workspace_id = excluded.workspace_id`,
    args: insertArgs(row),
  };
}

/** The call is up, unless it is over: also one whose beginning has not been told yet. */
export function upsertAnswered(row: ConversationRow): Statement {
  return {
    sql: `${INSERT} ON CONFLICT (call_id) DO UPDATE SET
            status = excluded.status, accepted_at_ms = excluded.accepted_at_ms,
            node_id = excluded.node_id, started_at_ms = excluded.started_at_ms, record = ${RECORD}
          WHERE conversations.ended_at_ms IS NULL
            AND conversations.workspace_id = excluded.workspace_id`,
    args: insertArgs(row),
  };
}

/**
 * Ends the call; fails with guard `call_not_ended` when it has ended before by its node's own word, or has
 * been erased. A provisional end gives way.
 */
export function upsertEnded(row: ConversationRow): readonly Statement[] {
  return [
    {
      sql: `${INSERT} ON CONFLICT (call_id) DO UPDATE SET
              status = excluded.status, accepted_at_ms = excluded.accepted_at_ms,
              ended_at_ms = excluded.ended_at_ms, duration_ms = excluded.duration_ms,
              end_code = excluded.end_code, termination_reason = excluded.termination_reason,
              node_id = excluded.node_id, started_at_ms = excluded.started_at_ms,
              provisional_until_ms = NULL, record = ${RECORD}
            WHERE (conversations.ended_at_ms IS NULL
                   OR conversations.provisional_until_ms IS NOT NULL)
              AND conversations.workspace_id = excluded.workspace_id`,
      args: insertArgs(row),
    },
    guardChangedOne("call_not_ended"),
  ];
}
