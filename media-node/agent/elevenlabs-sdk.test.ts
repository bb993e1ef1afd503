import { AudioInterface } from "@elevenlabs/elevenlabs-js/api/resources/conversationalAi/conversation/AudioInterface.js";
import { ClientTools } from "@elevenlabs/elevenlabs-js/api/resources/conversationalAi/conversation/ClientTools.js";
import { Conversation } from "@elevenlabs/elevenlabs-js/api/resources/conversationalAi/conversation/Conversation.js";
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js/Client.js";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  audio,
  interruption,
  isSpoken,
  metadata,
  type PlatformFrame,
  targetOf,
  toolCall,
} from "../../tests/support/elevenlabs-call.ts";
import { CALL, connectTo } from "../../tests/support/media-stream-call.ts";
import { recordingSink } from "../../tests/support/recording-sink.ts";
import { type AgentSocket, startTextAgent } from "../../tests/support/scripted-agent.ts";

/**
 * The vendor's own client for Node.js and ours, against one platform that says the same to both: what the one understands and
 * answers, the other does.
 */

const pcm = (sample: number): Buffer => Buffer.from(new Int16Array(160).fill(sample).buffer);
const FRAME = new Int16Array(160).fill(77);
const LAST = 99;

const SCRIPT: readonly (PlatformFrame | ReturnType<typeof toolCall>)[] = [
  { type: "agent_response", agent_response_event: { agent_response: "Hello.", event_id: 1 } },
  audio(pcm(1), 1),
  audio(pcm(2), 2),
  { type: "ping", ping_event: { event_id: 11 } },
  interruption(3),
  audio(pcm(3), 2),
  audio(pcm(4), 3),
  audio(pcm(5), 4),
  {
    type: "agent_response_correction",
    agent_response_correction_event: {
      original_agent_response: "Hello.",
      corrected_agent_response: "Hel",
      event_id: 1,
    },
  },
  {
    type: "user_transcript",
    user_transcription_event: { user_transcript: "Stop", event_id: 4 },
  },
  { type: "vad_score", vad_score_event: { vad_score: 0.25 } },
  toolCall("book_table", "tool_1", { persons: 2 }),
  toolCall("skip_turn", "tool_2", {}),
  { type: "ping", ping_event: { event_id: LAST } },
];

/** Plays the platform; resolves with what the client said, once it has answered the last ping and sent audio. */
async function play(agent: AgentSocket<string>): Promise<Record<string, unknown>[]> {
  const said = [String(await agent.next())];
  agent.say(metadata({ input: "pcm_8000", output: "pcm_8000" }));
  for (const message of SCRIPT) agent.say(message);
  const isDone = () =>
    [`{"type":"pong","event_id":${LAST}}`, "tool_1", "tool_2", "user_audio_chunk"].every((part) =>
      said.some((text) => text.includes(part)),
    );
  while (!isDone()) said.push(String(await agent.next()));
  return said.map((text) => JSON.parse(text));
}

class Loudspeaker extends AudioInterface {
  readonly heard: string[] = [];
  override start(inputCallback: (audio: Buffer) => void): void {
    inputCallback(Buffer.from(FRAME.buffer));
  }
  override stop(): void {}
  override output(bytes: Buffer): void {
    this.heard.push(`audio ${bytes.readInt16LE(0)}`);
  }
  override interrupt(): void {
    this.heard.push("clear");
  }
}

/** The vendor's client, with tools of ours where the node has them. */
async function runSdk() {
  await using server = await startTextAgent();
  const accepted = server.accepted();
  const loudspeaker = new Loudspeaker();
  const { heard } = loudspeaker;
  const clientTools = new ClientTools();
  clientTools.register("skip_turn", async () => "skipped", true);
  const variables = Object.entries(CALL.dynamicVariables);
  const conversation = new Conversation({
    agentId: "agent_7",
    requiresAuth: false,
    client: new ElevenLabsClient({ apiKey: "unused" }),
    audioInterface: loudspeaker,
    clientTools,
    config: {
      extraBody: {},
      conversationConfigOverride: {},
      dynamicVariables: Object.fromEntries(variables),
    },
    webSocketFactory: { create: () => new WebSocket(server.url) },
    callbackAgentResponse: (text) => heard.push(`agent: ${text}`),
    callbackAgentResponseCorrection: (_original, text) => heard.push(`corrected: ${text}`),
    callbackUserTranscript: (text) => heard.push(`user: ${text}`),
  });
  const session = conversation.startSession();
  const said = await play(await accepted);
  await session;
  conversation.endSession();
  return { said, heard };
}

async function runNode() {
  await using server = await startTextAgent();
  const accepted = server.accepted();
  const connecting = connectTo(targetOf(server.url));
  const agent = await accepted;
  const playing = play(agent);
  await using connection = await connecting;
  const { sink, told } = recordingSink();
  connection.attach(sink);
  connection.answered();
  connection.audio(FRAME);
  const said = await playing;
  const heard = told.map((event) => (typeof event === "string" ? event : `audio ${event[0]}`));
  return { said, heard };
}

test("the node hears, forgets and answers what the vendor's own client does, in the same frames", async () => {
  const [sdk, ours] = [await runSdk(), await runNode()];
  expect(ours.heard).toEqual([
    "agent: Hello.",
    "audio 1",
    "audio 2",
    "clear",
    "audio 5",
    "corrected: Hel",
    "user: Stop",
  ]);
  expect(sdk.heard).toEqual(ours.heard);

  const typed = (said: Record<string, unknown>[], type: string) =>
    said.filter((message) => message["type"] === type);
  for (const type of ["pong", "client_tool_result"]) {
    const [theirs, mine] = [typed(sdk.said, type), typed(ours.said, type)];
    const shape = (messages: Record<string, unknown>[]) =>
      messages
        .map(({ result, ...message }) => ({ ...message, hasText: typeof result }))
        .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
    expect(shape(mine)).toEqual(shape(theirs));
  }
  const chunk = { user_audio_chunk: Buffer.from(FRAME.buffer).toString("base64") };
  expect(sdk.said).toContainEqual(chunk);
  expect(ours.said).toContainEqual(chunk);

  const [theirs, mine] = [sdk.said[0], ours.said[0]];
  expect(mine?.["type"]).toBe(theirs?.["type"]);
  expect(mine?.["dynamic_variables"]).toEqual(theirs?.["dynamic_variables"]);
  const extra = ours.said.filter((message) => isSpoken(JSON.stringify(message)));
  const known = ["conversation_initiation_client_data", "pong", "client_tool_result"];
  expect(extra.every((message) => known.includes(String(message["type"])))).toBe(true);
});
