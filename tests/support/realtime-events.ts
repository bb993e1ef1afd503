import type {
  ConversationItem,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
} from "openai/resources/realtime/realtime";

/** Events of a Realtime server, as the vendor's own SDK types them. */

let events = 0;
const eventId = () => `event_${++events}`;

export function sessionCreated(
  session: RealtimeSessionCreateRequest = { type: "realtime", model: "gpt-realtime" },
) {
  return {
    type: "session.created",
    event_id: eventId(),
    session,
  } satisfies RealtimeServerEvent;
}

export function sessionUpdated(session: RealtimeSessionCreateRequest) {
  return {
    type: "session.updated",
    event_id: eventId(),
    session,
  } satisfies RealtimeServerEvent;
}

export function responseCreated(id: string) {
  return {
    type: "response.created",
    event_id: eventId(),
    response: {
      id,
      object: "realtime.response",
      status: "in_progress",
      output: [],
      output_modalities: ["audio"],
    },
  } satisfies RealtimeServerEvent;
}

/** `delta`: base64 of µ-law. */
export function audioDelta(responseId: string, itemId: string, delta: string) {
  return {
    type: "response.output_audio.delta",
    event_id: eventId(),
    response_id: responseId,
    item_id: itemId,
    output_index: 0,
    content_index: 0,
    delta,
  } satisfies RealtimeServerEvent;
}

export function audioDone(responseId: string, itemId: string) {
  return {
    type: "response.output_audio.done",
    event_id: eventId(),
    response_id: responseId,
    item_id: itemId,
    output_index: 0,
    content_index: 0,
  } satisfies RealtimeServerEvent;
}

export function responseDone(
  id: string,
  status: "completed" | "cancelled" | "failed" = "completed",
  output: ConversationItem[] = [],
) {
  return {
    type: "response.done",
    event_id: eventId(),
    response: {
      id,
      object: "realtime.response",
      status,
      output,
      output_modalities: ["audio"],
      ...(status === "failed"
        ? {
            status_details: {
              type: status,
              error: { type: "requests", code: "rate_limit_exceeded" },
            },
          }
        : {}),
    },
  } satisfies RealtimeServerEvent;
}

/** For `responseDone`. */
export function functionCall(name: string, callId: string, args: object): ConversationItem {
  return {
    type: "function_call",
    id: `item_${callId}`,
    object: "realtime.item",
    status: "completed",
    name,
    call_id: callId,
    arguments: JSON.stringify(args),
  };
}

export function speechStarted(itemId: string, audioStartMs: number) {
  return {
    type: "input_audio_buffer.speech_started",
    event_id: eventId(),
    item_id: itemId,
    audio_start_ms: audioStartMs,
  } satisfies RealtimeServerEvent;
}

export function realtimeError(code: string, message: string, about: string | null = null) {
  return {
    type: "error",
    event_id: eventId(),
    error: { type: "invalid_request_error", code, message, param: null, event_id: about },
  } satisfies RealtimeServerEvent;
}

export function agentTranscript(responseId: string, itemId: string, transcript: string) {
  return {
    type: "response.output_audio_transcript.done",
    event_id: eventId(),
    response_id: responseId,
    item_id: itemId,
    output_index: 0,
    content_index: 0,
    transcript,
  } satisfies RealtimeServerEvent;
}

export function userTranscript(itemId: string, transcript: string) {
  return {
    type: "conversation.item.input_audio_transcription.completed",
    event_id: eventId(),
    item_id: itemId,
    content_index: 0,
    transcript,
    usage: { type: "duration", seconds: 1 },
  } satisfies RealtimeServerEvent;
}
