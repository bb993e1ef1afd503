import { writeBase64 } from "./base64.ts";
import type { CallerFrames } from "./caller-audio.ts";
import type { AgentSocket } from "./websocket/agent-socket.ts";

/** How a protocol sends audio as base64 between two constant texts: one message, written over the last one of its length. */
export function base64Message(
  socket: Pick<AgentSocket, "sendTextBytes">,
  before: string,
  after: string,
): Pick<CallerFrames, "wireBytes" | "send"> {
  const [head, tail] = [Buffer.from(before), Buffer.from(after)];
  const wireBytes = (kept: number): number => head.length + 4 * Math.ceil(kept / 3) + tail.length;
  let message = Buffer.alloc(0);
  return {
    wireBytes,
    send(kept) {
      const length = wireBytes(kept.length);
      if (message.length !== length) {
        message = Buffer.alloc(length);
        message.set(head, 0);
        message.set(tail, length - tail.length);
      }
      writeBase64(kept, 0, message, head.length);
      socket.sendTextBytes(message);
    },
  };
}
