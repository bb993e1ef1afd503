import type { IncomingSocketEvent, WebSocketConnection } from "@elevenlabs/client";
import type { AgentCall } from "../../media-node/call/agent-ports.ts";
import { CALL, connectTo } from "./media-stream-call.ts";
import { recordingSink } from "./recording-sink.ts";
import { type AgentSocket, startTextAgent } from "./scripted-agent.ts";

/** A call to an agent of ElevenLabs whose platform is the test. Frames have the types of the vendor's SDK. */

export type PlatformFrame = IncomingSocketEvent;
export type ClientFrame = Parameters<WebSocketConnection["sendMessage"]>[0];

export interface ElevenLabsOptions {
  readonly input?: string;
  readonly output?: string;
  readonly collectsDigits?: boolean;
  readonly call?: AgentCall;
}

export function targetOf(url: string, { collectsDigits = true }: ElevenLabsOptions = {}) {
  const at = `${url}/v1/convai/conversation?agent_id=agent_7`;
  return { protocol: "elevenlabs", url: at, headers: {}, apiKey: null, collectsDigits } as const;
}

/** The first frame of the platform; `any` other format than the vendor's types know is for refusals. */
export function metadata({ input = "pcm_16000", output = "pcm_16000" }: ElevenLabsOptions = {}) {
  return {
    type: "conversation_initiation_metadata",
    conversation_initiation_metadata_event: {
      conversation_id: "conv_of_the_platform",
      agent_output_audio_format: output,
      user_input_audio_format: input,
    },
  };
}

export function audio(bytes: Buffer, eventId: number) {
  return {
    type: "audio",
    audio_event: { audio_base_64: bytes.toString("base64"), event_id: eventId },
  } as const satisfies PlatformFrame;
}

export function interruption(eventId: number) {
  return {
    type: "interruption",
    interruption_event: { event_id: eventId },
  } as const satisfies PlatformFrame;
}

export function toolCall(name: string, id: string, parameters: object) {
  return {
    type: "client_tool_call",
    client_tool_call: { tool_name: name, tool_call_id: id, parameters, event_id: 9 },
  };
}

/** What the node said, but for audio and what it says to nobody's silence. */
export function isSpoken(text: string): boolean {
  return !text.startsWith('{"user_audio_chunk"') && text !== '{"type":"user_activity"}';
}

/** The platform's side of a call that has been accepted, and not answered. */
export async function startConversation(options: ElevenLabsOptions = {}) {
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await startTextAgent());
  const accepted = server.accepted();
  const connecting = connectTo(targetOf(server.url, options), options.call ?? CALL);
  const agent = await accepted;
  const opening = String(await agent.next());
  agent.say(metadata(options));
  const connection = starting.use(await connecting);
  const recorder = recordingSink();
  connection.attach(recorder.sink);
  const stack = starting.move();
  return {
    agent,
    connection,
    opening,
    /** The next frame of the node that is neither audio nor activity. */
    spoken: () => nextOf(agent, isSpoken),
    /** The next frame of the caller's audio. */
    heard: async () => {
      const text = await nextOf(agent, (frame) => frame.startsWith('{"user_audio_chunk"'));
      return Buffer.from(JSON.parse(text).user_audio_chunk, "base64");
    },
    ...recorder,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export async function nextOf(
  agent: AgentSocket<string>,
  isWanted: (text: string) => boolean,
): Promise<string> {
  for (;;) {
    const text = String(await agent.next());
    if (isWanted(text)) return text;
  }
}
