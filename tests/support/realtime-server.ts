import type { RealtimeClientEvent, RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { decodeG711, encodeG711, G711_CODECS } from "../../media-node/protocol/audio/g711.ts";
import { eventually } from "./deadline.ts";
import { audioDelta, audioDone, responseCreated } from "./realtime-events.ts";
import type { AgentSocket } from "./scripted-agent.ts";
import { sine } from "./tone-agent.ts";

export const AGENT_HZ = 1037;

/** Everything that a Realtime server is sent, as it comes, and what it says in a call. */
export function observeRealtime(agent: AgentSocket<string>) {
  const told: RealtimeClientEvent[] = [];
  agent.socket.on("message", (text: Buffer) => told.push(JSON.parse(text.toString())));
  const say = (event: RealtimeServerEvent) => agent.say(event);
  return {
    say,
    /** The caller, linear at 8 kHz. */
    heard(): Int16Array {
      const codes = Buffer.concat(
        told.flatMap((event) =>
          event.type === "input_audio_buffer.append" ? [Buffer.from(event.audio, "base64")] : [],
        ),
      );
      const pcm = new Int16Array(codes.length);
      decodeG711(G711_CODECS.PCMU, codes, 0, codes.length, pcm);
      return pcm;
    },
    /** A response that says so much of the tone, in pieces of 50 ms, faster than it is heard. */
    speak(id: string, ms: number): void {
      say(responseCreated(`resp_${id}`));
      const pcm = sine(AGENT_HZ, 8_000, ms * 8);
      const codes = Buffer.alloc(pcm.length);
      encodeG711(G711_CODECS.PCMU, pcm, pcm.length, codes, 0);
      for (let at = 0; at < codes.length; at += 400) {
        say(audioDelta(`resp_${id}`, `item_${id}`, codes.toString("base64", at, at + 400)));
      }
      say(audioDone(`resp_${id}`, `item_${id}`));
    },
    find: <T extends RealtimeClientEvent["type"]>(type: T, count = 1) =>
      eventually(
        () => {
          const found = told.filter(
            (event): event is Extract<RealtimeClientEvent, { type: T }> => event.type === type,
          );
          return found.length < count ? null : found;
        },
        15_000,
        `no ${type} came`,
      ),
  };
}
