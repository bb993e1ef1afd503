import { idHex, type WorkspaceId } from "../../schema/values/ids.ts";
import type { AgentCall, AgentConnection } from "../call/agent-ports.ts";
import type { CallLogger } from "../call/ports.ts";
import type { AgentAddress } from "./connect.ts";
import {
  type MediaStreamDialect,
  parametersOf,
  type StreamProblem,
  streamHexOf,
} from "./media-streams/dialect.ts";
import { MediaMessage } from "./media-streams/media-message.ts";
import { connectMediaStream } from "./media-streams/media-stream-connection.ts";

/**
 * Telnyx Media Streaming, both ways, with `stream_bidirectional_mode` `rtp` and PCMU
 * (https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket).
 */

export const TELNYX_TOKEN_HEADER = "x-telnyx-streaming-auth-token";

const ERRORS = {
  malformed: { code: 100003, title: "malformed_frame" },
  invalid_media: { code: 100004, title: "invalid_media" },
  too_much: { code: 100005, title: "rate_limit_reached" },
} as const satisfies Record<StreamProblem, unknown>;

const LONGEST_MEDIA_MS = 30_000;

interface TelnyxAgent extends AgentAddress {
  readonly workspaceId: WorkspaceId;
  /** Stands in `connected` as it does in the handshake's headers. */
  readonly authToken: string | null;
}

/** @throws AgentUnavailable, or what the call was rejected with */
export async function connectTelnyx(
  agent: TelnyxAgent,
  call: AgentCall | Promise<AgentCall>,
  signal: AbortSignal,
  logger: CallLogger,
): Promise<AgentConnection> {
  const dialectOf = (known: AgentCall) => telnyxDialect(agent, known);
  return await connectMediaStream(agent, dialectOf, call, signal, logger);
}

/** Identifiers are the UUIDs of our own, so that either can be found by the other. */
function telnyxDialect(
  { workspaceId, authToken }: Pick<TelnyxAgent, "workspaceId" | "authToken">,
  call: AgentCall,
): MediaStreamDialect {
  const userId = uuidOf(idHex(workspaceId));
  const sessionId = uuidOf(idHex(call.callId));
  const streamId = uuidOf(streamHexOf(call));
  const controlId = `v3:${call.callId}`;
  return {
    connected: JSON.stringify({
      event: "connected",
      version: "1.0.0",
      ...(authToken === null ? {} : { [TELNYX_TOKEN_HEADER]: authToken }),
    }),
    start: (number) =>
      JSON.stringify({
        event: "start",
        sequence_number: String(number),
        start: {
          user_id: userId,
          call_control_id: controlId,
          call_session_id: sessionId,
          from: call.from,
          to: call.to,
          tags: [],
          client_state: "",
          custom_parameters: parametersOf(call),
          media_format: { encoding: "PCMU", sample_rate: 8_000, channels: 1 },
        },
        stream_id: streamId,
      }),
    media: new MediaMessage(
      `{"event":"media","sequence_number":"`,
      `"},"stream_id":"${streamId}"}`,
    ),
    dtmf: (number, digit, pressedAtMs) =>
      JSON.stringify({
        event: "dtmf",
        stream_id: streamId,
        occurred_at: microsecondsOf(pressedAtMs),
        sequence_number: String(number),
        dtmf: { digit },
      }),
    mark: (number, name) =>
      JSON.stringify({
        event: "mark",
        stream_id: streamId,
        sequence_number: String(number),
        mark: { name },
      }),
    stop: (number) =>
      JSON.stringify({
        event: "stop",
        sequence_number: String(number),
        stop: { user_id: userId, call_control_id: controlId },
        stream_id: streamId,
      }),
    error: (problem, detail) =>
      JSON.stringify({
        event: "error",
        payload: { ...ERRORS[problem], detail },
        stream_id: streamId,
      }),
    requiredStreamSid: null,
    longestMediaMs: LONGEST_MEDIA_MS,
  };
}

/** RFC 9562 §4. */
function uuidOf(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** RFC 3339 with six digits, as Telnyx writes it. */
function microsecondsOf(atMs: number): string {
  return new Date(atMs).toISOString().replace("Z", "000Z");
}
