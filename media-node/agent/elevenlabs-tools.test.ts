import { describe, expect, test } from "vitest";
import {
  type ClientFrame,
  metadata,
  type PlatformFrame,
  startConversation,
  targetOf,
  toolCall,
} from "../../tests/support/elevenlabs-call.ts";
import { connectTo, SILENT_FRAME } from "../../tests/support/media-stream-call.ts";
import { node } from "../../tests/support/native-call.ts";
import { startTextAgent } from "../../tests/support/scripted-agent.ts";

const frame = (golden: ClientFrame): string => JSON.stringify(golden);

describe("the tools of the node", () => {
  const result = (id: string, text: object | string, isError: boolean) =>
    frame({
      type: "client_tool_result",
      tool_call_id: id,
      result: typeof text === "string" ? text : JSON.stringify(text),
      is_error: isError,
    });

  test("end_call hangs up, and skip_turn does nothing; both are answered", async () => {
    await using started = await startConversation();
    started.agent.say(toolCall("skip_turn", "t1", { reason: "waiting" }));
    const skipped = { result_type: "skip_turn_success", status: "success" };
    expect(await started.spoken()).toBe(result("t1", skipped, false));
    started.agent.say(toolCall("end_call", "t2", { reason: "said goodbye" }));
    const ended = { result_type: "end_call_success", status: "success" };
    expect(await started.spoken()).toBe(result("t2", ended, false));
    await started.until(1);
    expect(started.told).toEqual(["hang up: said goodbye"]);
  });

  test.each(["transfer_to_number", "transfer"])(
    "%s is a transfer like any, and answered when it is over",
    async (name) => {
      await using started = await startConversation();
      const { agent, connection } = started;
      agent.say(toolCall(name, "t1", { transfer_number: "+4930123400", reason: "billing" }));
      agent.say(toolCall(name, "t2", { destination: "sip:a@b.example", transfer_type: "blind" }));
      await started.until(2);
      expect(started.told).toEqual([
        "transfer +4930123400 conference",
        "transfer sip:a@b.example refer",
      ]);
      const update = { sipStatus: null, reason: "" };
      connection.transferring({ id: "t1", state: "accepted", ...update });
      connection.transferring({ id: "t1", state: "ringing", ...update });
      connection.transferring({ id: "t1", state: "failed", sipStatus: 486, reason: "Busy Here" });
      connection.transferring({ id: "t1", state: "succeeded", ...update });
      connection.transferring({ id: "t2", state: "succeeded", ...update });
      const busy = {
        result_type: "transfer_to_number_error",
        status: "error",
        error: "Busy Here",
        details: "SIP 486",
      };
      expect(await started.spoken()).toBe(result("t1", busy, true));
      const done = {
        result_type: "transfer_to_number_sip_success",
        status: "success",
        transfer_number: "sip:a@b.example",
      };
      expect(await started.spoken()).toBe(result("t2", done, false));
    },
  );

  test("play_keypad_touch_tone sends keys, and is answered when they have left", async () => {
    await using started = await startConversation();
    const { agent, connection } = started;
    agent.say(toolCall("play_keypad_touch_tone", "t1", { dtmf_tones: "1w2#" }));
    agent.say(toolCall("dtmf", "t2", { digits: "8", use_out_of_band_dtmf: false }));
    // The test's call takes no 9.
    agent.say(toolCall("dtmf", "t3", { digits: "9" }));
    await started.until(3);
    expect(started.told).toEqual(["send 1w2# auto", "send 8 in_band", "send 9 auto"]);
    const why = "No keys can be sent now: the call is not answered, is on hold, or others wait.";
    const refused = { result_type: "play_dtmf_error", status: "error", error: why };
    expect(await started.spoken()).toBe(result("t3", refused, true));
    connection.digitsSent("1w2#", "sent");
    connection.digitsSent("8", "dropped");
    const sent = { result_type: "play_dtmf_success", status: "success", dtmf_tones: "1w2#" };
    expect(await started.spoken()).toBe(result("t1", sent, false));
    const dropped = {
      result_type: "play_dtmf_error",
      status: "error",
      error: "The keys were not sent.",
    };
    expect(await started.spoken()).toBe(result("t2", dropped, true));
  });

  test.each([
    ["book_table", {}, "Client tool with name book_table is not defined on client"],
    [
      "transfer_to_number",
      {},
      `{"result_type":"transfer_to_number_error","status":"error","error":"transfer_number: is missing"}`,
    ],
    [
      "dtmf",
      { digits: "five" },
      `{"result_type":"play_dtmf_error","status":"error","error":"digits: is not 1 to 64 of 0-9, A-D, *, #, w and W"}`,
    ],
    ["end_call", { reason: 7 }, "reason: Invalid input: expected string, received number"],
  ])("%s of %j is answered with an error, and the call goes on", async (name, parameters, text) => {
    await using started = await startConversation();
    started.agent.say(toolCall(name, "t1", parameters));
    expect(await started.spoken()).toBe(result("t1", text, true));
    expect(started.told).toEqual([]);
  });

  test("a call that the platform's own end_call has ended is over", async () => {
    await using started = await startConversation();
    const answer = { tool_call_id: "x", tool_type: "system", is_called: true, event_id: 1 };
    started.agent.say({
      type: "agent_tool_response",
      agent_tool_response: { ...answer, tool_name: "end_call", is_error: true },
    } satisfies PlatformFrame);
    started.agent.say({
      type: "agent_tool_response",
      agent_tool_response: { ...answer, tool_name: "end_call", is_error: false },
    } satisfies PlatformFrame);
    await started.until(1);
    expect(started.told).toEqual(["hang up: end_call"]);
  });
});

describe("the end", () => {
  test.each([
    [1000, "hang up: closed with 1000: over"],
    [1002, "closed: closed with 1002: over"],
    [1008, "closed: closed with 1008: over"],
    [1011, "closed: closed with 1011: over"],
    [4300, "closed: closed with 4300: over"],
  ])("a conversation that is closed with %i says to the call: %s", async (code, told) => {
    await using started = await startConversation();
    started.agent.socket.close(code, "over");
    await started.until(1);
    expect(started.told).toEqual([told]);
  });

  test("of the call closes the conversation with 1000, and its identifier on the platform is in the log", async () => {
    const started = await startConversation();
    node.logs.length = 0;
    started.connection.answered();
    started.connection.ended("caller_hung_up");
    await started[Symbol.asyncDispose]();
    expect(await started.agent.closed).toBe(1000);
    expect(started.told).toEqual([]);
    expect(node.logs).toMatchObject([
      { event: "agent_closed", fields: { platformConversationId: "conv_of_the_platform" } },
    ]);
  });

  test.each([
    ["opus_48000", "pcm_16000"],
    ["pcm_16000", "mp3_44100"],
  ])("formats that there are not, %s and %s, refuse the call and say so", async (input, output) => {
    await using server = await startTextAgent();
    const accepted = server.accepted();
    const refused = expect(connectTo(targetOf(server.url))).rejects.toThrow(
      `the agent's audio format cannot be had: ${input.startsWith("opus") ? input : output}`,
    );
    (await accepted).say(metadata({ input, output }));
    await refused;
  });

  test("an error instead of metadata refuses the call with its reason, and nothing that is for debugging", async () => {
    await using server = await startTextAgent();
    const accepted = server.accepted();
    const refused = expect(connectTo(targetOf(server.url))).rejects.toThrow(
      /^the agent cannot be had: 1008: override_error: Override for field 'language' is not allowed$/,
    );
    const said = {
      type: "error",
      error_event: {
        code: 1008,
        error_type: "override_error",
        reason: "Override for field 'language' is not allowed",
        debug_message: "prompt: you are",
      },
    } as const satisfies PlatformFrame;
    (await accepted).say(said);
    await refused;
  });

  test("an agent that sends no metadata in time is not there", async () => {
    await using server = await startTextAgent();
    await expect(connectTo(targetOf(server.url))).rejects.toThrow("was not ready in time");
  });

  test("audio that the agent does not read is dropped, the oldest first", async () => {
    await using started = await startConversation({ input: "pcm_48000" });
    started.agent.socket.pause();
    started.connection.answered();
    for (let i = 0; i < 5_000; i++) started.connection.audio(SILENT_FRAME);
    started.agent.socket.resume();
    expect((await started.heard()).length).toBe(1_920);
  });
});
