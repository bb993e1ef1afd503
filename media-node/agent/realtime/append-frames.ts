import { encodeG711, G711_CODECS } from "../../protocol/audio/g711.ts";
import { writeBase64 } from "../base64.ts";
import type { CallerFrames } from "../caller-audio.ts";
import type { AgentSocket } from "../websocket/agent-socket.ts";

const HEAD = Buffer.from(`{"type":"input_audio_buffer.append","audio":"`);
const TAIL = Buffer.from(`"}`);

/** The caller's frames as `input_audio_buffer.append` in µ-law: one message of constant length, written over the last one. */
export function createAppendFrames(socket: Pick<AgentSocket, "sendTextBytes">): CallerFrames {
  let message = Buffer.alloc(0);
  const wireBytes = (codes: number): number => HEAD.length + 4 * Math.ceil(codes / 3) + TAIL.length;
  return {
    keptBytes: (samples) => samples,
    keep(pcm, kept) {
      encodeG711(G711_CODECS.PCMU, pcm, pcm.length, kept, 0);
    },
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
