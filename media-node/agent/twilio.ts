import { createHmac } from "node:crypto";
import { idHex, type WorkspaceId } from "../../schema/values/ids.ts";
import type { AgentCall, AgentConnection } from "../call/agent-ports.ts";
import type { CallLogger } from "../call/ports.ts";
import type { AgentAddress } from "./connect.ts";
import { type MediaStreamDialect, parametersOf, streamHexOf } from "./media-streams/dialect.ts";
import { MediaMessage } from "./media-streams/media-message.ts";
import { connectMediaStream } from "./media-streams/media-stream-connection.ts";

/**
 * Twilio Media Streams, both ways, as `<Connect><Stream>` has them (https://www.twilio.com/docs/voice/media-streams/websocket-messages):
 * numbers are strings, but for those of `mediaFormat`.
 */

interface TwilioAgent extends AgentAddress {
  readonly workspaceId: WorkspaceId;
}

/** @throws AgentUnavailable, or what the call was rejected with */
export async function connectTwilio(
  agent: TwilioAgent,
  call: AgentCall | Promise<AgentCall>,
  signal: AbortSignal,
  logger: CallLogger,
): Promise<AgentConnection> {
  const dialectOf = (known: AgentCall) => twilioDialect(agent.workspaceId, known);
  return await connectMediaStream(agent, dialectOf, call, signal, logger);
}

/** What `X-Twilio-Signature` has for a WebSocket: base64 of HMAC-SHA1 over the URL, which no parameters follow. */
export function twilioSignature(url: string, authToken: string): string {
  return createHmac("sha1", authToken).update(url, "utf8").digest("base64");
}

/** A SID is two letters and 32 hexadecimal digits: those of our own identifiers, so that either can be found by the other. */
function twilioDialect(workspaceId: WorkspaceId, call: AgentCall): MediaStreamDialect {
  const accountSid = `AC${idHex(workspaceId)}`;
  const callSid = `CA${idHex(call.callId)}`;
  const streamSid = `MZ${streamHexOf(call)}`;
  return {
    connected: JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }),
    start: (number) =>
      JSON.stringify({
        event: "start",
        sequenceNumber: String(number),
        start: {
          accountSid,
          streamSid,
          callSid,
          tracks: ["inbound"],
          mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8_000, channels: 1 },
          customParameters: parametersOf(call),
        },
        streamSid,
      }),
    media: new MediaMessage(
      `{"event":"media","sequenceNumber":"`,
      `"},"streamSid":"${streamSid}"}`,
    ),
    dtmf: (number, digit) =>
      JSON.stringify({
        event: "dtmf",
        streamSid,
        sequenceNumber: String(number),
        dtmf: { track: "inbound_track", digit },
      }),
    mark: (number, name) =>
      JSON.stringify({
        event: "mark",
        sequenceNumber: String(number),
        streamSid,
        mark: { name },
      }),
    stop: (number) =>
      JSON.stringify({
        event: "stop",
        sequenceNumber: String(number),
        stop: { accountSid, callSid },
        streamSid,
      }),
    // Twilio writes them to the account's debugger (31924), not to the stream.
    error: () => null,
    requiredStreamSid: streamSid,
    longestMediaMs: null,
  };
}
