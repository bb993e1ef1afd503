import type { CallRecord, CallStarted } from "../../schema/contracts/call-record.ts";
import type { ConversationRow } from "./conversations.ts";
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
    record: call,
  };
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
    record: call,
  };
}

function identityOf(call: CallStarted) {
  const { conversationId: id, workspaceId, callId, agentId, agentName, phoneNumberId } = call;
  const { nodeId, direction, startedAtMs } = call;
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
  };
}

const INSERT = `INSERT INTO conversations
  (id, workspace_id, call_id, agent_id, agent_name, phone_number_id, node_id, direction, status,
   started_at_ms, accepted_at_ms, ended_at_ms, duration_ms, end_code, termination_reason, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

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
    JSON.stringify(row.record),
  ];
}

/** Inserts the conversation unless the call is known, begun or over. */
export function insertStarted(row: ConversationRow): Statement {
  return { sql: `${INSERT} ON CONFLICT (call_id) DO NOTHING`, args: insertArgs(row) };
}

/** Ends the call; fails with guard `call_not_ended` when it has ended before. */
export function upsertEnded(row: ConversationRow): readonly Statement[] {
  return [
    {
      sql: `${INSERT} ON CONFLICT (call_id) DO UPDATE SET
              status = excluded.status, accepted_at_ms = excluded.accepted_at_ms,
              ended_at_ms = excluded.ended_at_ms, duration_ms = excluded.duration_ms,
              end_code = excluded.end_code, termination_reason = excluded.termination_reason,
              record = excluded.record
            WHERE conversations.ended_at_ms IS NULL
              AND conversations.workspace_id = excluded.workspace_id`,
      args: insertArgs(row),
    },
    guardChangedOne("call_not_ended"),
  ];
}
