import type { CallRecord } from "../../schema/contracts/call-record.ts";
import { parseId } from "../../schema/values/ids.ts";
import { commit, newCallRecord, sql } from "../hub/test-fixture.ts";
import type { TestClient } from "./test-client.ts";

export const CONVERSATIONS = "/v1/convai/conversations";

interface Kept {
  readonly agentId?: string;
  readonly agentName?: string;
  readonly status?: string;
  readonly startedAtMs?: number;
  readonly durationMs?: number;
  readonly record?: Partial<CallRecord>;
  /** The call has not ended. */
  readonly isLive?: boolean;
}

/** A conversation of the workspace, as if its call had been told of. */
export async function keep(client: TestClient, more: Kept = {}): Promise<string> {
  const workspaceId = parseId("workspace", client.workspaceId);
  if (workspaceId === null) throw new Error("not a workspace");
  const record = { ...newCallRecord(client.region, workspaceId), ...more.record };
  await commit(
    sql(
      `INSERT INTO conversations (id, workspace_id, call_id, agent_id, agent_name, phone_number_id,
         node_id, direction, status, started_at_ms, accepted_at_ms, ended_at_ms, duration_ms,
         end_code, termination_reason, record)
       VALUES (?, ?, ?, ?, ?, ?, 'node', 'inbound', ?, ?, ?, ?, ?, ?, ?, ?)`,
      record.conversationId,
      client.workspaceId,
      record.callId,
      more.agentId ?? record.agentId,
      more.agentName ?? "Ada",
      record.phoneNumberId,
      more.status ?? "done",
      more.startedAtMs ?? record.startedAtMs,
      record.answeredAtMs,
      more.isLive === true ? null : record.endedAtMs,
      more.isLive === true ? null : (more.durationMs ?? record.durationMs),
      record.end.code,
      record.end.reason,
      JSON.stringify(record),
    ),
  );
  return record.conversationId;
}
