import { writeBase64 } from "../base64.ts";
import type { CallerFrames } from "../caller-audio.ts";
import type { AgentSocket } from "../websocket/agent-socket.ts";
import type { AudioFormat } from "./audio-format.ts";

const HEAD = Buffer.from(`{"user_audio_chunk":"`);
const TAIL = Buffer.from(`"}`);

/** The caller's frames as `user_audio_chunk`: one message of constant length, written over the last one. */
export function createUserAudio(
  socket: Pick<AgentSocket, "sendTextBytes">,
  format: AudioFormat,
): CallerFrames {
  let message = Buffer.alloc(0);
  const wireBytes = (kept: number): number => HEAD.length + 4 * Math.ceil(kept / 3) + TAIL.length;
  return {
    keptBytes: (samples) => samples * format.bytesPerSample,
    keep: (pcm, kept) => format.encode(pcm, kept),
    wireBytes,
    send(kept) {
      const length = wireBytes(kept.length);
      if (message.length !== length) {
        message = Buffer.alloc(length);
        message.set(HEAD, 0);
        message.set(TAIL, length - TAIL.length);
      }
      writeBase64(kept, 0, message, HEAD.length);
      socket.sendTextBytes(message);
    },
  };
}

/** Nothing said for so long, as a message of its own. */
export function silentChunk(format: AudioFormat, durationMs: number): string {
  const pcm = new Int16Array(Math.round((format.sampleRateHz * durationMs) / 1_000));
  const bytes = Buffer.alloc(pcm.length * format.bytesPerSample);
  format.encode(pcm, bytes);
  return JSON.stringify({ user_audio_chunk: bytes.toString("base64") });
}
