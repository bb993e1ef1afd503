import { encodeG711, G711_CODECS } from "../../protocol/audio/g711.ts";
import { base64Message } from "../base64-message.ts";
import type { CallerFrames } from "../caller-audio.ts";
import type { AgentSocket } from "../websocket/agent-socket.ts";

/** The caller's frames as `input_audio_buffer.append` in µ-law. */
export function createAppendFrames(socket: Pick<AgentSocket, "sendTextBytes">): CallerFrames {
  return {
    keptBytes: (samples) => samples,
    keep(pcm, kept) {
      encodeG711(G711_CODECS.PCMU, pcm, pcm.length, kept, 0);
    },
    ...base64Message(socket, `{"type":"input_audio_buffer.append","audio":"`, `"}`),
  };
}
