import { reachedVoicemail } from "../../schema/contracts/agent-voicemail.ts";
import { NO_CLIENT_DATA } from "../../schema/contracts/client-data.ts";
import type { ConversationSummary, ConversationView } from "../../schema/contracts/conversation.ts";
import type { BatchCallOf } from "../db/batch-recipients.ts";
import { type ConversationMarks, NO_MARKS } from "../db/conversation-marks.ts";
import type { ConversationRow } from "../db/conversations.ts";
import type { RecordingRow } from "../db/recordings.ts";
import { voicemailView } from "./agent-voicemail.ts";
import { failureStatus } from "./call-failure.ts";
import { qualityView } from "./quality-view.ts";
import { recordingSummary } from "./recording-view.ts";
import type { TranscriptEntries } from "./transcripts.ts";

/** What is kept of a call beside its conversation, as far as the conversation tells of it. */
export interface CallBelongings {
  readonly batchCall: BatchCallOf | null;
  readonly recording: RecordingRow | null;
  readonly transcript: TranscriptEntries;
  /** Absent: of a call that has just ended, of which nobody has said anything. */
  readonly marks?: ConversationMarks | undefined;
}

/** A conversation as clients see it: what GET answers, and `data` of the post-call webhook. */
export function conversationView(
  row: ConversationRow,
  { batchCall, marks = NO_MARKS, recording, transcript }: CallBelongings,
): ConversationView {
  const hasAudio = recording?.state === "ready";
  const { record } = row;
  const variables = record.dynamicVariables ?? {};
  const clientData = record.clientData ?? NO_CLIENT_DATA;
  return {
    agent_id: row.agentId,
    agent_name: row.agentName,
    status: row.status,
    user_id: clientData.userId,
    branch_id: clientData.branchId,
    version_id: null,
    environment: clientData.environment ?? "production",
    conversation_id: row.id,
    has_audio: hasAudio,
    has_user_audio: hasAudio,
    has_response_audio: hasAudio,
    has_auxiliary_audio: false,
    transcript: transcriptView(transcript),
    tag_ids: [...marks.tagIds],
    analysis: null,
    conversation_initiation_client_data: {
      conversation_config_override: clientData.conversationConfigOverride,
      custom_llm_extra_body: clientData.customLlmExtraBody,
      dynamic_variables: { ...variables, ...clientData.dynamicVariables },
    },
    metadata: {
      start_time_unix_secs: unixSecs(row.startedAtMs),
      accepted_time_unix_secs: row.acceptedAtMs === null ? null : unixSecs(row.acceptedAtMs),
      call_duration_secs: durationSecs(row),
      ...(record.queueWaitMs === undefined
        ? {}
        : { queue_wait_secs: Math.round(record.queueWaitMs / 1_000) }),
      cost: null,
      cost_fiat: null,
      feedback: {
        type: marks.feedback === null ? null : "thumbs",
        overall_score: marks.feedback,
        likes: marks.feedback === "like" ? 1 : 0,
        dislikes: marks.feedback === "dislike" ? 1 : 0,
        rating: null,
        comment: null,
      },
      phone_call: {
        type: "sip_trunking",
        direction: row.direction,
        phone_number_id: row.phoneNumberId,
        agent_number: record.agentNumber ?? "",
        external_number: record.externalNumber ?? "",
        call_sid: record.callSid ?? "",
        call_id: record.sipCallId ?? null,
        sip_header_dynamic_variables: variables,
      },
      ...(batchCall === null
        ? {}
        : {
            batch_call: {
              batch_call_id: batchCall.batchCallId,
              batch_call_recipient_id: batchCall.recipientId,
            },
          }),
      termination_reason: row.terminationReason ?? "",
      error: errorOf(row),
      warnings: record.warnings ?? [],
      main_language: null,
      text_only: false,
      conversation_initiation_source: "sip_trunk",
      timezone: null,
      features_usage: {
        voicemail_detection: {
          enabled: record.voicemail !== undefined,
          used: reachedVoicemail(record.voicemail),
        },
      },
    },
    end:
      row.endCode === null
        ? null
        : {
            code: row.endCode,
            blame: record.end?.blame ?? "unknown",
            sip_status: record.end?.sipStatus ?? null,
          },
    quality: qualityView(record.media),
    answering_machine_detection:
      record.voicemail === undefined ? null : voicemailView(record.voicemail),
    recording: recording === null ? null : recordingSummary(recording),
    transfers: (record.transfers ?? []).map(({ sipStatus, endedAtMs, ...transfer }) => ({
      ...transfer,
      sip_status: sipStatus,
      time_unix_secs: unixSecs(endedAtMs),
    })),
  };
}

export function conversationSummary(
  row: ConversationRow,
  { tagIds }: ConversationMarks,
): ConversationSummary {
  return {
    agent_id: row.agentId,
    agent_name: row.agentName,
    branch_id: row.record.clientData?.branchId ?? null,
    version_id: null,
    conversation_id: row.id,
    start_time_unix_secs: unixSecs(row.startedAtMs),
    call_duration_secs: durationSecs(row),
    message_count: row.record.transcriptMessages ?? 0,
    status: row.status,
    termination_reason: row.terminationReason ?? "",
    call_successful: "unknown",
    transcript_summary: null,
    call_summary_title: null,
    main_language: null,
    conversation_initiation_source: "sip_trunk",
    tool_names: [],
    direction: row.direction,
    rating: null,
    tag_ids: [...tagIds],
    agent_number: row.record.agentNumber ?? "",
    external_number: row.record.externalNumber ?? "",
  };
}

function transcriptView(transcript: TranscriptEntries): ConversationView["transcript"] {
  return transcript.map(({ role, text, timeMs, interrupted = false, originalText }) => ({
    role,
    message: text,
    tool_calls: [],
    tool_results: [],
    time_in_call_secs: Math.floor(timeMs / 1_000),
    interrupted,
    original_message: originalText ?? null,
    source_medium: role === "user" ? "audio" : null,
  }));
}

/** The same status as in the webhook that tells of the failure: the nearest there is to the code that the vendor gives here. */
function errorOf(row: ConversationRow): ConversationView["metadata"]["error"] {
  if (row.status !== "failed") return null;
  const { end, refusal } = row.record;
  const code = failureStatus({
    sipStatus: refusal?.status ?? null,
    sipReason: refusal?.reason ?? null,
    endCode: row.endCode,
    endStatus: end?.sipStatus ?? null,
  });
  return { code, reason: row.terminationReason };
}

function durationSecs(row: ConversationRow): number {
  return Math.round((row.durationMs ?? 0) / 1_000);
}

function unixSecs(ms: number): number {
  return Math.floor(ms / 1_000);
}
