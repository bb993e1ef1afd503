import type { RealtimeClientEvent, RealtimeFunctionTool } from "openai/resources/realtime/realtime";
import { describe, expect, test } from "vitest";
import { Secret } from "../../schema/values/secret.ts";
import {
  CALL,
  connectTo,
  routeOf,
  SILENCE,
  SILENT_FRAME,
} from "../../tests/support/media-stream-call.ts";
import {
  codes,
  configure,
  MARK,
  nextEvent,
  SETTINGS,
  talk,
  targetOf,
} from "../../tests/support/realtime-call.ts";
import {
  audioDelta,
  functionCall,
  responseCreated,
  responseDone,
} from "../../tests/support/realtime-events.ts";
import { recordingSink } from "../../tests/support/recording-sink.ts";
import { startTextAgent } from "../../tests/support/scripted-agent.ts";
import type { AgentCall } from "../call/agent-ports.ts";
import { agentTarget } from "./target.ts";

const TOOLS = [
  {
    type: "function",
    name: "end_call",
    description:
      "Ends the phone call. What was said before is still heard. Say goodbye first, in the same response.",
    parameters: {
      type: "object",
      properties: { reason: { type: "string", maxLength: 256 } },
    },
  },
  {
    type: "function",
    name: "transfer_call",
    description:
      "Transfers the caller to somebody else. On success the conversation is over; on failure the answer says why.",
    parameters: {
      type: "object",
      properties: {
        destination: { type: "string", minLength: 1, maxLength: 512 },
        method: { default: "conference", type: "string", enum: ["conference", "refer"] },
      },
      required: ["destination"],
    },
  },
  {
    type: "function",
    name: "send_digits",
    description: "Presses keys on the phone, as for the menu of an automatic system.",
    parameters: {
      type: "object",
      properties: { digits: { type: "string", pattern: "^[0-9A-Da-d*#wW]{1,64}$" } },
      required: ["digits"],
    },
  },
] satisfies RealtimeFunctionTool[];

describe("what the session is told", () => {
  test("each event is one of the vendor's SDK, and is sent as it stands there", async () => {
    await using server = await startTextAgent();
    const { agent, say, connection, update, until, told } = await talk(
      targetOf(server.url),
      server.accepted(),
    );
    await using _connection = connection;
    expect(agent.request.headers.authorization).toBe("Bearer sk-test");
    expect(update).toEqual({
      type: "session.update",
      session: {
        type: "realtime",
        output_modalities: ["audio"],
        instructions: `Help A "quoted" ü, tier 3.`,
        audio: {
          input: { format: { type: "audio/pcmu" } },
          output: { format: { type: "audio/pcmu" } },
        },
        tools: TOOLS,
      },
    } satisfies RealtimeClientEvent);
    const ask = {
      type: "response.create",
      event_id: "trunkline_response",
    } satisfies RealtimeClientEvent;
    expect(await nextEvent(agent)).toEqual(ask);
    say(responseCreated("resp_1"));

    connection.audio(SILENT_FRAME);
    expect(String(await agent.next())).toBe(
      JSON.stringify({
        type: "input_audio_buffer.append",
        audio: SILENCE,
      } satisfies RealtimeClientEvent),
    );

    say(audioDelta("resp_1", "item_1", codes(400)));
    await until(1);
    connection.digit("5", 100);
    await until(4);
    expect(told.slice(1)).toEqual([MARK, "clear", "corrected: null"]);
    expect([await nextEvent(agent), await nextEvent(agent), await nextEvent(agent)]).toEqual([
      {
        type: "conversation.item.truncate",
        item_id: "item_1",
        content_index: 0,
        audio_end_ms: 123,
      },
      { type: "response.cancel" },
      {
        type: "conversation.item.create",
        item: {
          type: "message",
          role: "user",
          content: [{ type: "input_text", text: "The caller pressed 5 on the keypad." }],
        },
      },
    ] satisfies RealtimeClientEvent[]);
    say(responseDone("resp_1", "cancelled"));
    expect(await nextEvent(agent)).toEqual(ask);
    say(responseCreated("resp_2"));
    const done = [functionCall("send_digits", "call_1", { digits: "12#" })];
    say(responseDone("resp_2", "completed", done));
    await until(5);
    connection.digitsSent("12#", "sent");
    expect([await nextEvent(agent), await nextEvent(agent)]).toEqual([
      {
        type: "conversation.item.create",
        item: { type: "function_call_output", call_id: "call_1", output: `{"status":"sent"}` },
      },
      ask,
    ] satisfies RealtimeClientEvent[]);
    connection.farEndChanged?.("+4930999");
    expect(await nextEvent(agent)).toEqual({
      type: "conversation.item.create",
      item: {
        type: "message",
        role: "system",
        content: [{ type: "input_text", text: "Another party is on the phone now: +4930999" }],
      },
    } satisfies RealtimeClientEvent);
  });

  test("the settings' session is kept but for its formats and the functions of the node's names", async () => {
    await using server = await startTextAgent();
    const theirs = { type: "function", name: "weather", parameters: {} };
    const session = {
      tool_choice: "auto",
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24_000 },
          turn_detection: { type: "semantic_vad" },
        },
        output: { voice: "marin", speed: 1.1 },
      },
      tools: [theirs, { type: "function", name: "end_call", parameters: { theirs: true } }],
    };
    const target = targetOf(server.url, { session, functions: ["end_call"] });
    const { update, connection } = await talk(target, server.accepted());
    await using _connection = connection;
    expect(update).toEqual({
      type: "session.update",
      session: {
        type: "realtime",
        output_modalities: ["audio"],
        tool_choice: "auto",
        audio: {
          input: { format: { type: "audio/pcmu" }, turn_detection: { type: "semantic_vad" } },
          output: { format: { type: "audio/pcmu" }, voice: "marin", speed: 1.1 },
        },
        tools: [theirs, TOOLS[0]],
      },
    });
  });

  test("a call's own prompt and first message are said, and a secret variable is told to no model", async () => {
    await using server = await startTextAgent();
    const call: AgentCall = {
      ...CALL,
      dynamicVariables: { name: "Ada", secret__pin: "4711" },
      clientData: {
        dynamicVariables: {},
        conversationConfigOverride: {
          agent: { prompt: { prompt: "Be {{name}}{{secret__pin}}" }, first_message: "Hi {{name}}" },
        },
        customLlmExtraBody: {},
        userId: null,
        branchId: null,
        environment: null,
      },
    };
    const { agent, update, connection } = await talk(targetOf(server.url), server.accepted(), call);
    await using _connection = connection;
    expect(update).toMatchObject({ session: { instructions: "Be Ada" } });
    expect(await nextEvent(agent)).toEqual({
      type: "response.create",
      event_id: "trunkline_response",
      response: { instructions: "Say exactly this, and nothing else: Hi Ada" },
    } satisfies RealtimeClientEvent);
  });

  test("an agent that does not speak first is asked for nothing, and hears nothing before the answer", async () => {
    await using server = await startTextAgent();
    const connecting = connectTo(targetOf(server.url, { speaksFirst: false }));
    const agent = await server.accepted();
    await configure(agent);
    await using connection = await connecting;
    connection.attach(recordingSink().sink);
    connection.audio(SILENT_FRAME);
    connection.digit("1", 100);
    connection.answered();
    connection.audio(SILENT_FRAME);
    expect(await nextEvent(agent)).toMatchObject({ type: "input_audio_buffer.append" });
    connection.ended("caller_hung_up");
    connection.audio(SILENT_FRAME);
    await connection[Symbol.asyncDispose]();
    expect(await agent.closed).toBe(1000);
    await expect(Promise.race([agent.next(), Promise.resolve("nothing")])).resolves.toBe("nothing");
  });

  test("collected keys are told as one answer", async () => {
    await using server = await startTextAgent();
    const target = { ...targetOf(server.url, { speaksFirst: false }), collectsDigits: true };
    const { agent, connection } = await talk(target, server.accepted());
    await using _connection = connection;
    connection.digit("1", 100);
    connection.digit("2", 100);
    connection.digitsCollected({ digits: "12", endedBy: "terminator" });
    expect(await nextEvent(agent)).toMatchObject({
      item: { content: [{ text: "The caller entered 12 on the keypad." }] },
    });
    expect(await nextEvent(agent)).toMatchObject({ type: "response.create" });
  });
});

test("the key is the bearer of the session's host, in the place of any such header, and the model is in its URL", async () => {
  const connection = {
    protocol: "openai",
    url: "wss://api.openai.com/v1/realtime?x=1",
    settings: SETTINGS,
  };
  const target = await agentTarget(routeOf(connection), {
    unsealHeaders: async () => ({ authorization: "forged", "X-Tenant": "7" }),
    unsealAuthToken: async () => new Secret("sk-1"),
  });
  expect(target).toEqual({
    protocol: "openai",
    url: "wss://api.openai.com/v1/realtime?x=1&model=gpt-realtime",
    headers: { "X-Tenant": "7", Authorization: "Bearer sk-1" },
    settings: SETTINGS,
    collectsDigits: false,
  });
});
