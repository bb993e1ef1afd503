import type { BatchCallView, BatchRecipientView } from "../../schema/contracts/batch-call.ts";
import { conversationIdOf, parseId } from "../../schema/values/ids.ts";
import type { BatchCallRow, RecipientCounts } from "../db/batch-calls.ts";
import type { RecipientRow } from "../db/batch-recipients.ts";

/** Batches and their recipients as clients see them. */

export function batchCallView(row: BatchCallRow, counts: RecipientCounts): BatchCallView {
  const of = (...statuses: RecipientRow["status"][]): number =>
    statuses.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
  const ended = of("completed", "failed", "voicemail");
  return {
    id: row.id,
    phone_number_id: row.phoneNumberId,
    phone_provider: "sip_trunk",
    whatsapp_params: null,
    name: row.name,
    agent_id: row.agentId,
    branch_id: row.branchId,
    environment: row.environment,
    created_at_unix: unixSecs(row.createdAtMs),
    scheduled_time_unix: unixSecs(row.scheduledAtMs),
    timezone: row.timezone,
    total_calls_dispatched: of("dispatched", "initiated", "in_progress") + ended,
    total_calls_scheduled: row.recipients,
    total_calls_finished: ended + of("cancelled"),
    last_updated_at_unix: unixSecs(row.updatedAtMs),
    // A draft is shown to nobody.
    status: row.status === "draft" ? "pending" : row.status,
    retry_count: row.retryCount,
    telephony_call_config: {
      ringing_timeout_secs: row.ringingTimeoutSecs,
      twilio_call_recording_enabled: false,
    },
    target_concurrency_limit: row.targetConcurrencyLimit,
    agent_name: row.agentName,
    branch_name: null,
  };
}

export function recipientView(row: RecipientRow): BatchRecipientView {
  return {
    id: row.id,
    phone_number: row.phoneNumber === "" ? null : row.phoneNumber,
    whatsapp_user_id: null,
    status: row.status,
    created_at_unix: unixSecs(row.createdAtMs),
    updated_at_unix: unixSecs(row.updatedAtMs),
    conversation_id: conversationOf(row),
    conversation_initiation_client_data: row.clientData,
    attempts: row.attempts,
  };
}

/** Null: it has not been called yet, waits for another call, or the conversation was deleted. */
export function conversationOf({ callId, phoneNumber }: RecipientRow): string | null {
  const id = callId === null ? null : parseId("call", callId);
  return id === null || phoneNumber === "" ? null : conversationIdOf(id);
}

function unixSecs(ms: number): number {
  return Math.floor(ms / 1_000);
}
