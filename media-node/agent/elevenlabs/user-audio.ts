import { base64Message } from "../base64-message.ts";
import type { CallerFrames } from "../caller-audio.ts";
import type { AgentSocket } from "../websocket/agent-socket.ts";
import type { AudioFormat } from "./audio-format.ts";

/** The caller's frames as `user_audio_chunk`. */
export function createUserAudio(
  socket: Pick<AgentSocket, "sendTextBytes">,
  format: AudioFormat,
): CallerFrames {
  return {
    keptBytes: (samples) => samples * format.bytesPerSample,
    keep: (pcm, kept) => format.encode(pcm, kept),
    ...base64Message(socket, `{"user_audio_chunk":"`, `"}`),
  };
}

/** Nothing said for so long, as a message of its own. */
export function silentChunk(format: AudioFormat, durationMs: number): string {
  const pcm = new Int16Array(Math.round((format.sampleRateHz * durationMs) / 1_000));
  const bytes = Buffer.alloc(pcm.length * format.bytesPerSample);
  format.encode(pcm, bytes);
  return JSON.stringify({ user_audio_chunk: bytes.toString("base64") });
}
