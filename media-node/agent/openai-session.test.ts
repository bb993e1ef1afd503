import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { CALL, connectTo, SILENT_FRAME } from "../../tests/support/media-stream-call.ts";
import {
  codes,
  lastMark,
  MARK,
  nextEvent,
  talk,
  targetOf,
} from "../../tests/support/realtime-call.ts";
import {
  agentTranscript,
  audioDelta,
  audioDone,
  functionCall,
  realtimeError,
  responseCreated,
  responseDone,
  sessionCreated,
  sessionUpdated,
  speechStarted,
  userTranscript,
} from "../../tests/support/realtime-events.ts";
import { recordingSink } from "../../tests/support/recording-sink.ts";
import { startTextAgent } from "../../tests/support/scripted-agent.ts";
import type { AgentCall } from "../call/agent-ports.ts";
import { AgentUnavailable } from "../call/faults.ts";

describe("a session", () => {
  test("accepts the call when it has been updated, and one that refuses is unavailable by its code, without its message", async () => {
    await using server = await startTextAgent();
    const refused = connectTo(targetOf(server.url)).catch((error: unknown) => error);
    const agent = await server.accepted();
    agent.say(realtimeError("invalid_api_key", "Incorrect API key provided: sk-test"));
    const error = await refused;
    expect(error).toBeInstanceOf(AgentUnavailable);
    expect(String(error)).toContain("refused the session: invalid_api_key");
    expect(String(error)).not.toContain("sk-test");
  });

  test("that is there before its call is known is configured when it is", async () => {
    await using server = await startTextAgent();
    const known = Promise.withResolvers<AgentCall>();
    const connecting = connectTo(targetOf(server.url), known.promise);
    const agent = await server.accepted();
    agent.say(sessionCreated());
    const ponged = once(agent.socket, "pong");
    agent.socket.ping();
    await Promise.race([ponged, new Promise((next) => setImmediate(next))]);
    known.resolve({ ...CALL, dynamicVariables: { sip_customer: "late" } });
    expect(await nextEvent(agent)).toMatchObject({
      session: { instructions: "Help late, tier ." },
    });
    agent.say(sessionUpdated({ type: "realtime" }));
    await using _connection = await connecting;
  });

  test("that closes is lost, whatever its code, and what is not the protocol ends it", async () => {
    await using server = await startTextAgent();
    const one = await talk(targetOf(server.url), server.accepted());
    one.agent.socket.close(1000, "over");
    await one.until(1);
    expect(one.told).toEqual(["closed: closed with 1000: over"]);
    await one.connection[Symbol.asyncDispose]();

    const other = await talk(targetOf(server.url), server.accepted());
    await using _connection = other.connection;
    for (let i = 0; i < 30; i++) other.agent.say({ type: "rate_limits.updated", rate_limits: [] });
    for (let i = 0; i < 5; i++) other.agent.say("{}");
    for (let i = 0; i < 5; i++) other.agent.say("not json");
    for (let i = 0; i < 5; i++) other.agent.say({ type: "response.created", response: null });
    other.say(responseCreated("resp_1"));
    for (let i = 0; i < 5; i++) other.say(audioDelta("resp_1", "item_1", "!"));
    expect(await deadline(other.agent.closed, 2_000, "still open")).toBe(1008);
    expect(other.told).toEqual([expect.stringContaining("20 malformed messages")]);
  });

  test("is asked for a response when the one that it began by itself is done, once", async () => {
    await using server = await startTextAgent();
    const { agent, say, connection } = await talk(targetOf(server.url), server.accepted());
    await using _connection = connection;
    await nextEvent(agent);
    say(responseCreated("resp_vad"));
    say(realtimeError("conversation_already_has_active_response", "busy", "trunkline_response"));
    const call = functionCall("weather", "call_1", {});
    say(responseDone("resp_vad", "completed", [call]));
    expect(await nextEvent(agent)).toMatchObject({
      item: {
        call_id: "call_1",
        output: `{"status":"failed","reason":"there is no such function on this call"}`,
      },
    });
    expect(await nextEvent(agent)).toMatchObject({ type: "response.create" });
    say(responseCreated("resp_2"));
    say(responseDone("resp_2", "failed"));
    connection.audio(SILENT_FRAME);
    expect(await nextEvent(agent)).toMatchObject({ type: "input_audio_buffer.append" });
  });

  test("of the beta interface is heard as well", async () => {
    await using server = await startTextAgent();
    const { agent, say, connection, until, told } = await talk(
      targetOf(server.url),
      server.accepted(),
    );
    await using _connection = connection;
    say(responseCreated("resp_1"));
    agent.say({ ...audioDelta("resp_1", "item_1", codes(20)), type: "response.audio.delta" });
    agent.say({ ...audioDone("resp_1", "item_1"), type: "response.audio.done" });
    await until(2);
    expect(told).toEqual([new Int16Array(160), MARK]);
  });
});

describe("what the agent does", () => {
  test("speech of the caller stops it, and of the response that was broken off nothing more is heard", async () => {
    await using server = await startTextAgent();
    const { agent, say, connection, until, told } = await talk(
      targetOf(server.url),
      server.accepted(),
    );
    await using _connection = connection;
    await nextEvent(agent);
    say(responseCreated("resp_1"));
    say(audioDelta("resp_1", "item_1", codes(20)));
    say(speechStarted("item_2", 5_000));
    say(audioDelta("resp_1", "item_1", codes(20)));
    say(responseDone("resp_1", "cancelled", [functionCall("end_call", "call_1", {})]));
    say(responseCreated("resp_2"));
    say(audioDelta("resp_2", "item_3", codes(40)));
    await until(5);
    const broken = "corrected: null";
    expect(told).toEqual([new Int16Array(160), MARK, "clear", broken, new Int16Array(320)]);
    expect(await nextEvent(agent)).toMatchObject({ type: "conversation.item.truncate" });
  });

  test("a session that is not to be interrupted is not", async () => {
    await using server = await startTextAgent();
    const connecting = connectTo(targetOf(server.url));
    const agent = await server.accepted();
    agent.say(sessionCreated());
    await nextEvent(agent);
    const input = { turn_detection: { type: "server_vad", interrupt_response: false } } as const;
    agent.say(sessionUpdated({ type: "realtime", audio: { input } }));
    await using connection = await connecting;
    const { sink, told, until } = recordingSink();
    connection.attach(sink);
    connection.answered();
    agent.say(responseCreated("resp_1"));
    agent.say(audioDelta("resp_1", "item_1", codes(20)));
    agent.say(speechStarted("item_2", 5_000));
    agent.say(audioDelta("resp_1", "item_1", codes(40)));
    await until(2);
    expect(told).toEqual([new Int16Array(160), new Int16Array(320)]);
  });

  test("a transfer and a hang-up wait until what was said before has left, and a transfer that failed is answered", async () => {
    await using server = await startTextAgent();
    const { agent, say, connection, until, told } = await talk(
      targetOf(server.url),
      server.accepted(),
    );
    await using _connection = connection;
    await nextEvent(agent);
    say(responseCreated("resp_1"));
    say(audioDelta("resp_1", "item_1", codes(20)));
    const transfer = functionCall("transfer_call", "call_1", { destination: "+4930123" });
    const wrong = functionCall("transfer_call", "call_2", { method: "refer" });
    say(responseDone("resp_1", "completed", [transfer, wrong]));
    expect(await nextEvent(agent)).toMatchObject({ item: { call_id: "call_2" } });
    expect(told).toEqual([new Int16Array(160), MARK]);
    connection.markReached(lastMark(told), "played", 20);
    await until(3);
    expect(told[2]).toBe("transfer +4930123 conference");
    expect(await nextEvent(agent)).toMatchObject({ type: "response.create" });
    say(responseCreated("resp_2"));
    say(responseDone("resp_2"));
    const update = { id: "call_1", sipStatus: 486 };
    connection.transferring({ ...update, state: "ringing", reason: "Ringing" });
    connection.transferring({ ...update, state: "failed", reason: "Busy Here" });
    expect(await nextEvent(agent)).toMatchObject({
      item: { call_id: "call_1", output: `{"status":"failed","reason":"Busy Here"}` },
    });
    expect(await nextEvent(agent)).toMatchObject({ type: "response.create" });

    say(responseCreated("resp_3"));
    say(audioDelta("resp_3", "item_3", codes(20)));
    say(
      responseDone("resp_3", "completed", [functionCall("end_call", "call_3", { reason: "bye" })]),
    );
    await until(5);
    connection.markReached(lastMark(told), "played", 20);
    await until(6);
    expect(told[5]).toBe("hang up: bye");
  });
});

describe("the conversation's record", () => {
  test("has what both sides said, and which words of the agent were broken off", async () => {
    await using server = await startTextAgent();
    const { say, connection, until, transcript } = await talk(
      targetOf(server.url),
      server.accepted(),
    );
    await using _connection = connection;
    say(responseCreated("resp_1"));
    say(audioDelta("resp_1", "item_1", codes(20)));
    say(agentTranscript("resp_1", "item_1", "Good morning, how can I help?"));
    say(userTranscript("item_2", "  "));
    say(userTranscript("item_2", "My order."));
    say(speechStarted("item_3", 5_000));
    await until(6);
    expect(transcript).toEqual([
      { kind: "said", role: "agent", eventId: "item_1", text: "Good morning, how can I help?" },
      { kind: "said", role: "user", eventId: "item_2", text: "My order." },
      { kind: "corrected", role: "agent", eventId: "item_1", text: null },
    ]);
  });
});

describe("a session", () => {
  test("that takes a call up again is told so, and does not greet", async () => {
    await using server = await startTextAgent();
    const resumption = { count: 1, awayMs: 740, lastMark: null };
    const { agent, connection } = await talk(targetOf(server.url), server.accepted(), {
      ...CALL,
      resumption,
    });
    await using _connection = connection;
    const [item, response] = [await nextEvent(agent), await nextEvent(agent)];
    expect(JSON.stringify(item)).toContain("do not greet them again");
    expect(item).toMatchObject({ type: "conversation.item.create", item: { role: "system" } });
    expect(response).toMatchObject({ type: "response.create" });
  });

  test("whose call a machine has taken is told of it once, with the message to leave", async () => {
    await using server = await startTextAgent();
    const { agent, connection } = await talk(
      targetOf(server.url, { speaksFirst: false }),
      server.accepted(),
    );
    await using _connection = connection;
    const report = {
      verdict: "machine",
      confidence: 0.9,
      cause: "long_greeting",
      atMs: 2_000,
      beepAtMs: null,
      action: "leave_message",
      message: null,
    } as const;
    connection.voicemail?.({ report, isHeldBack: true, message: "Please call back." });
    connection.voicemail?.({
      report: { ...report, verdict: "machine_beep", cause: "beep", beepAtMs: 4_000 },
      isHeldBack: false,
      message: "Please call back.",
    });
    connection.farEndChanged?.("+4930123456");
    expect(JSON.stringify(await nextEvent(agent))).toContain("Please call back.");
    expect(await nextEvent(agent)).toMatchObject({ type: "response.create" });
    expect(JSON.stringify(await nextEvent(agent))).toContain("+4930123456");
  });
});
