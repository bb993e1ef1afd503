import { describe, expect, test } from "vitest";
import {
  audio,
  type ClientFrame,
  interruption,
  nextOf,
  type PlatformFrame,
  startConversation,
  toolCall,
} from "../../tests/support/elevenlabs-call.ts";
import { CALL } from "../../tests/support/media-stream-call.ts";
import { decodeG711, G711_CODECS } from "../protocol/audio/g711.ts";
import { createTone } from "../protocol/audio/tone.ts";
import { tonePower } from "../protocol/audio/tone-analysis.ts";

/** Held to the vendor's types, which are made from its AsyncAPI document, and then to the text. */
const frame = (golden: ClientFrame): string => JSON.stringify(golden);

const pcmOf = (...samples: number[]): Buffer => Buffer.from(Int16Array.from(samples).buffer);

describe("what the platform is told", () => {
  test("first: the client's data, the call's variables and who is calling it; nothing of system__ names", async () => {
    await using started = await startConversation({
      call: {
        ...CALL,
        dynamicVariables: {
          sip_customer: 'A "quoted" ü',
          tier: 3,
          sip_call_id: "set by a header",
          secret__token: "s",
          system__call_id: "a84b@pbx",
          system__call_sid: "sid",
          system__caller_id: "+4930123456",
          system__called_number: "+15005550100",
          system__conversation_id: "conv_ours",
          system__agent_id: "agent_ours",
          system__time_utc: "2026-11-22T12:00:00.000Z",
        },
        clientData: {
          dynamicVariables: {},
          conversationConfigOverride: { agent: { first_message: "Hello", language: "de" } },
          customLlmExtraBody: { temperature: 0.2 },
          userId: "user 7",
          branchId: null,
          environment: null,
        },
      },
    });
    expect(started.opening).toBe(
      frame({
        type: "conversation_initiation_client_data",
        conversation_config_override: { agent: { first_message: "Hello", language: "de" } },
        custom_llm_extra_body: { temperature: 0.2 },
        dynamic_variables: {
          sip_customer: 'A "quoted" ü',
          tier: 3,
          sip_call_id: "a84b@pbx",
          secret__token: "s",
          sip_call_sid: "sid",
          sip_caller_id: "+4930123456",
          sip_called_number: "+15005550100",
          sip_conversation_id: "conv_ours",
        },
        user_id: "user 7",
        source_info: { source: "trunkline" },
      }),
    );
  });

  test("only what somebody has said, at the conversation's URL, without a subprotocol", async () => {
    await using started = await startConversation();
    expect(started.agent.request.url).toBe("/v1/convai/conversation?agent_id=agent_7");
    expect(started.agent.request.headers["sec-websocket-protocol"]).toBeUndefined();
    expect(JSON.parse(started.opening)).toEqual({
      type: "conversation_initiation_client_data",
      dynamic_variables: CALL.dynamicVariables,
      source_info: { source: "trunkline" },
    });
  });

  test.each([
    ["pcm_8000", 8_000],
    ["pcm_16000", 16_000],
    ["pcm_22050", 22_050],
    ["pcm_24000", 24_000],
    ["pcm_44100", 44_100],
    ["pcm_48000", 48_000],
    ["ulaw_8000", 8_000],
  ])(
    "the caller's audio in %s, 20 ms a frame, and hears the agent in the same",
    async (format, rateHz) => {
      const other = format === "pcm_16000" ? "ulaw_8000" : "pcm_16000";
      await using hearing = await startConversation({ input: format, output: other });
      hearing.connection.answered();
      const caller = createTone(8_000, 437);
      const heard: Buffer[] = [];
      for (let i = 0; i < 50; i++) {
        const pcm = new Int16Array(160);
        caller.fill(pcm);
        hearing.connection.audio(pcm);
        heard.push(await hearing.heard());
      }
      expect(new Set(heard.slice(1).map(({ length }) => length))).toEqual(
        new Set([(rateHz / 50) * (format === "ulaw_8000" ? 1 : 2)]),
      );
      const sent = samplesOf(Buffer.concat(heard.slice(5)), format);
      expect(tonePower(sent, rateHz, 437)).toBeGreaterThan(0.9 * meanSquare(sent));
      expect(meanSquare(sent)).toBeGreaterThan(1_000_000);

      await using speaking = await startConversation({ input: other, output: format });
      const agent = new Int16Array(rateHz / 10);
      createTone(rateHz, 1_037).fill(agent);
      speaking.agent.say(audio(bytesOf(agent, format), 1));
      await speaking.until(1);
      const [told] = speaking.told;
      if (!(told instanceof Int16Array)) throw new Error("no audio");
      expect(told).toHaveLength(rateHz / 10);
      expect(tonePower(told, rateHz, 1_037)).toBeGreaterThan(0.9 * meanSquare(told));
      expect(speaking.rates).toEqual([rateHz]);
    },
  );

  test("keys that make an answer as one turn, and each of those that nobody collects as its own", async () => {
    await using collecting = await startConversation();
    collecting.connection.answered();
    collecting.connection.digit("4", 100);
    collecting.connection.digitsCollected({ digits: "47", endedBy: "timeout" });
    expect(await collecting.spoken()).toBe(frame({ type: "user_message", text: "47" }));
    await using single = await startConversation({ collectsDigits: false });
    single.connection.answered();
    single.connection.digit("4", 100);
    expect(await single.spoken()).toBe(frame({ type: "user_message", text: "4" }));
  });

  test("a new far end as something to know", async () => {
    await using started = await startConversation();
    started.connection.farEndChanged?.("+4930123400");
    const text = "The other side has transferred the call. You are now talking to +4930123400.";
    expect(await started.spoken()).toBe(
      frame({ type: "contextual_update", text, context_id: "far_end" }),
    );
  });

  test.each([
    ["before the answer", () => {}],
    [
      "on hold",
      (connection: Awaited<ReturnType<typeof startConversation>>["connection"]) => {
        connection.answered();
        connection.held(true);
      },
    ],
  ])("silence and activity %s, where nobody can speak", async (_when, prepare) => {
    await using started = await startConversation({ input: "ulaw_8000" });
    prepare(started.connection);
    const chunk = frame({ user_audio_chunk: Buffer.alloc(800, 0xff).toString("base64") });
    expect(await nextOf(started.agent, (text) => text === chunk)).toBe(chunk);
    const activity = frame({ type: "user_activity" });
    expect(await nextOf(started.agent, (text) => text === activity)).toBe(activity);
    expect(await nextOf(started.agent, (text) => text === chunk)).toBe(chunk);
  });

  test("silence of a caller who sends nothing, and nothing that excuses it", async () => {
    await using started = await startConversation({ input: "ulaw_8000" });
    started.connection.answered();
    const chunks: string[] = [];
    // Longer than activity is told after.
    while (chunks.length < 13) chunks.push(String(await started.agent.next()));
    expect(new Set(chunks.slice(1)).size).toBe(1);
    expect(chunks.at(-1)).toContain("user_audio_chunk");
  });
});

describe("what the platform says", () => {
  test("an interruption clears what is queued, and audio of events up to it is never heard", async () => {
    await using started = await startConversation();
    const { agent, told, until } = started;
    agent.say(audio(pcmOf(1, 1), 4));
    agent.say(interruption(5));
    agent.say(audio(pcmOf(2, 2), 4));
    agent.say(audio(pcmOf(3, 3), 5));
    agent.say(interruption(3));
    agent.say(audio(pcmOf(4, 4), 5));
    agent.say(audio(pcmOf(5, 5), 6));
    await until(4);
    expect(told).toEqual([Int16Array.of(1, 1), "clear", "clear", Int16Array.of(5, 5)]);
  });

  test("audio that is far ahead waits in the connection, and an interruption takes it along", async () => {
    await using started = await startConversation({ output: "pcm_8000" });
    const { agent, told, until } = started;
    // 40 s, of which 20 s are passed on at once and the message that reaches over them.
    for (let i = 0; i < 8; i++) agent.say(audio(Buffer.alloc(80_000, i), 1));
    agent.say({ type: "ping", ping_event: { event_id: 1 } });
    await started.spoken();
    expect(told).toHaveLength(5);
    agent.say(interruption(1));
    agent.say(audio(pcmOf(7), 2));
    await until(7);
    expect(told.slice(5)).toEqual(["clear", Int16Array.of(7)]);
  });

  test("what was queued ahead is given to the call when the agent hangs up", async () => {
    await using started = await startConversation({ output: "pcm_8000" });
    const { agent, told, until } = started;
    for (let i = 0; i < 6; i++) agent.say(audio(Buffer.alloc(80_000, i), 1));
    agent.say(toolCall("end_call", "t1", { reason: "done" }));
    await until(7);
    expect(told.slice(6)).toEqual(["hang up: done"]);
  });

  test("a ping is answered after the time that it names", async () => {
    await using started = await startConversation();
    started.agent.say({ type: "ping", ping_event: { event_id: 1, ping_ms: 120 } });
    started.agent.say({
      type: "ping",
      ping_event: { event_id: 2, ping_ms: null },
    } satisfies PlatformFrame);
    const sentAtMs = performance.now();
    expect(await started.spoken()).toBe(frame({ type: "pong", event_id: 2 }));
    expect(await started.spoken()).toBe(frame({ type: "pong", event_id: 1 }));
    expect(performance.now() - sentAtMs).toBeGreaterThanOrEqual(110);
  });

  test("transcripts and corrections are told to the call", async () => {
    await using started = await startConversation();
    const said: PlatformFrame[] = [
      {
        type: "user_transcript",
        user_transcription_event: { user_transcript: "Where is it?", event_id: 3 },
      },
      {
        type: "agent_response",
        agent_response_event: { agent_response: "It left Hamburg.", event_id: 4 },
      },
      {
        type: "agent_response_correction",
        agent_response_correction_event: {
          original_agent_response: "It left Hamburg.",
          corrected_agent_response: "It left",
          event_id: 4,
        },
      },
    ];
    for (const message of said) started.agent.say(message);
    await started.until(3);
    expect(started.told).toEqual([
      "user: Where is it?",
      "agent: It left Hamburg.",
      "corrected: It left",
    ]);
    expect(started.transcript).toEqual([
      { kind: "said", role: "user", text: "Where is it?", eventId: "3" },
      { kind: "said", role: "agent", text: "It left Hamburg.", eventId: "4" },
      { kind: "corrected", role: "agent", text: "It left", eventId: "4" },
    ]);
  });

  test("what a call has no use for is ignored, however much of it comes, and what is wrong is counted", async () => {
    await using started = await startConversation();
    const { agent } = started;
    const ignored: PlatformFrame[] = [
      { type: "vad_score", vad_score_event: { vad_score: 0.5 } },
      {
        type: "agent_reasoning_response_part",
        reasoning_response_part: { text: "hm", type: "delta", event_id: "1" },
      },
    ];
    for (let i = 0; i < 30; i++) for (const message of ignored) agent.say(message);
    agent.say({ type: "queue_status", queue_status_event: { status: "waiting" } });
    agent.say({ type: "of next year", anything: 1 });
    for (let i = 0; i < 19; i++) agent.say({ type: "audio", audio_event: { event_id: 1 } });
    agent.say({ type: "ping", ping_event: { event_id: 5 } });
    expect(await started.spoken()).toBe(frame({ type: "pong", event_id: 5 }));
    agent.say(audio(Buffer.from([1]), 1));
    expect(await agent.closed).toBe(1008);
  });
});

function samplesOf(bytes: Buffer, format: string): Int16Array {
  if (format !== "ulaw_8000") {
    return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }
  const pcm = new Int16Array(bytes.length);
  decodeG711(G711_CODECS.PCMU, bytes, 0, bytes.length, pcm);
  return pcm;
}

function bytesOf(pcm: Int16Array, format: string): Buffer {
  if (format !== "ulaw_8000") return Buffer.from(pcm.buffer);
  const { encodeTable } = G711_CODECS.PCMU;
  return Buffer.from(Uint8Array.from(pcm, (sample) => encodeTable[sample & 0xffff] ?? 0));
}

function meanSquare(pcm: Int16Array): number {
  return pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
}
