import { describe, expect, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { CALL, connect, connected } from "../../tests/support/native-call.ts";
import { recordingSink } from "../../tests/support/recording-sink.ts";
import { startScriptedAgent } from "../../tests/support/scripted-agent.ts";
import { createTone } from "../protocol/audio/tone.ts";
import { analyseTone } from "../protocol/audio/tone-analysis.ts";

test("an agent of a call that we place is told that it rings, and may ask for what is heard before the answer", async () => {
  await using scripted = await startScriptedAgent();
  const accepting = scripted.accepted();
  const { agent, connection } = await connected(scripted.url, accepting);
  expect(connection.wantsEarlyAudio).toBe(false);
  connection.ringing?.();
  connection.answered();
  expect(await agent.next()).toEqual({ type: "ringing" });
  expect(await agent.next()).toEqual({ type: "answered" });
  await connection[Symbol.asyncDispose]();

  const connecting = connect(scripted.url);
  const curious = await scripted.accepted();
  curious.say({ type: "ready", early_audio: true });
  await using second = await connecting;
  expect(second.wantsEarlyAudio).toBe(true);
});

describe("the start", () => {
  test("tells the agent the call, with the subprotocol and the agent's headers", async () => {
    await using scripted = await startScriptedAgent();
    const connecting = connect(scripted.url, { headers: { authorization: "Bearer secret" } });
    const agent = await scripted.accepted();
    expect(agent.request.headers["sec-websocket-protocol"]).toBe("trunkline.agent.v1");
    expect(agent.request.headers["sec-websocket-extensions"]).toBeUndefined();
    expect(agent.request.headers.authorization).toBe("Bearer secret");
    expect(await agent.next()).toEqual({
      type: "start",
      version: 1,
      call_id: CALL.callId,
      conversation_id: CALL.conversationId,
      direction: "inbound",
      from: "+4930123456",
      to: "+15005550100",
      audio: {
        encoding: "pcm_s16le",
        sample_rate_hz: 8000,
        sample_rates_hz: [8000, 16_000, 24_000, 48_000],
      },
      accepts: ["transcript", "hold", "mute", "play"],
      dynamic_variables: { sip_customer: "42" },
    });
    agent.say({ type: "ready" });
    await using connection = await connecting;
    connection.answered();
    expect(await agent.next()).toEqual({ type: "answered" });
  });

  test("what comes in one packet with ready is kept for the call, in order", async () => {
    await using scripted = await startScriptedAgent();
    const connecting = connect(scripted.url);
    const agent = await scripted.accepted();
    await agent.next();
    // One write of the socket: the node reads all of it in one go.
    agent.request.socket.cork();
    agent.say({ type: "ready" });
    agent.socket.send(Buffer.from([1, 0, 255, 255]));
    agent.say({ type: "mark", name: "greeting" });
    agent.request.socket.uncork();
    await using connection = await connecting;
    const { sink, told, until } = recordingSink();
    connection.attach(sink);
    await until(2);
    expect(told).toEqual([Int16Array.of(1, -1), "mark greeting"]);
  });
});

describe("during the call", () => {
  test("hold, mute and files go to the call, and what came of them comes back", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    agent.say({ type: "hold", active: true });
    agent.say({ type: "mute", party: "agent", active: true });
    agent.say({ type: "play", file: "menu" });
    await until(3);
    const actions = [
      { kind: "hold", isActive: true },
      { kind: "mute", party: "agent", isActive: true },
      { kind: "play", id: null, file: "menu" },
    ] as const;
    expect(told).toEqual(actions.map((action) => `act ${JSON.stringify(action)}`));
    connection.acted?.(actions[0]);
    connection.acted?.(actions[1]);
    connection.acted?.({ ...actions[2], outcome: "failed", reason: "No." });
    expect(await agent.next()).toEqual({ type: "hold", active: true });
    expect(await agent.next()).toEqual({ type: "mute", party: "agent", active: true });
    expect(await agent.next()).toEqual({
      type: "play",
      id: null,
      file: "menu",
      outcome: "failed",
      reason: "No.",
    });
  });

  test("keys go to the call, and what became of them comes back; collected ones are one message", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    agent.say({ type: "send_digits", digits: "12#" });
    agent.say({ type: "send_digits", digits: "w5", in_band: true });
    agent.say({ type: "send_digits", digits: "9" });
    await until(3);
    expect(told).toEqual(["send 12# auto", "send w5 in_band", "send 9 auto"]);
    expect(await agent.next()).toEqual({ type: "digits_sent", digits: "9", outcome: "dropped" });
    connection.digitsSent("12#", "sent");
    connection.digitsCollected({ digits: "4711", endedBy: "terminator" });
    expect(await agent.next()).toEqual({ type: "digits_sent", digits: "12#", outcome: "sent" });
    expect(await agent.next()).toEqual({ type: "digits", digits: "4711", ended_by: "terminator" });
    agent.say({ type: "send_digits", digits: "5x" });
    expect(await agent.next()).toMatchObject({ type: "error", code: "malformed_message" });
  });

  test("audio is 16-bit little-endian both ways, 320 bytes for a frame of 20 ms", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    const frame = new Int16Array(160);
    frame[0] = -2;
    frame[159] = 0x1234;
    connection.audio(frame);
    frame.fill(0);
    const heard = await agent.next();
    if (!Buffer.isBuffer(heard)) throw new Error("not audio");
    expect(heard.length).toBe(320);
    expect([heard.readInt16LE(0), heard.readInt16LE(318)]).toEqual([-2, 0x1234]);
    agent.socket.send(heard.subarray(0, 4));
    await until(1);
    expect(told).toEqual([Int16Array.of(-2, 0)]);
  });

  test.each([8_000, 16_000, 24_000, 48_000])(
    "an agent that says %i Hz has it both ways, whatever the caller's codec and however that changes",
    async (rateHz) => {
      await using scripted = await startScriptedAgent();
      const connecting = connect(scripted.url);
      const agent = await scripted.accepted();
      await agent.next();
      agent.say({ type: "ready", sample_rate_hz: rateHz });
      await using connection = await connecting;
      const { sink, until } = recordingSink();
      const rates: (number | undefined)[] = [];
      connection.attach({
        ...sink,
        audio(pcm, sampleRateHz) {
          rates.push(sampleRateHz);
          sink.audio(pcm);
        },
      });
      for (const callerHz of [8_000, 16_000]) {
        const tone = createTone(callerHz, 437);
        const heard: Buffer[] = [];
        for (let i = 0; i < 10; i++) {
          const frame = new Int16Array(callerHz / 50);
          tone.fill(frame);
          connection.audio(frame);
          const audio = await agent.next();
          if (!Buffer.isBuffer(audio)) throw new Error("not audio");
          expect(audio.length).toBe(rateHz / 25);
          heard.push(audio);
        }
        const bytes = Buffer.concat(heard);
        const pcm = Int16Array.from({ length: bytes.length / 2 }, (_, i) =>
          bytes.readInt16LE(2 * i),
        );
        const { snrDb, presentMs } = analyseTone(pcm, rateHz, 437);
        expect(snrDb).toBeGreaterThan(20);
        expect(presentMs).toBeGreaterThan(160);
      }
      agent.socket.send(Buffer.alloc(6));
      await until(1);
      expect(rates).toEqual([rateHz]);
    },
  );

  test("what was said is told to the call, and what it turned out to be", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _ = connection;
    agent.say({ type: "transcript", role: "user", text: "My parcel?", ago_ms: 900 });
    agent.say({ type: "transcript", role: "agent", text: "It", id: "7", is_correction: true });
    agent.say({ type: "transcript", role: "nobody", text: "" });
    await until(2);
    expect(told).toEqual(["user: My parcel?", "corrected: It"]);
    expect(await agent.next()).toMatchObject({ type: "error", code: "malformed_message" });
  });

  test("a sample rate that there is not is refused", async () => {
    await using scripted = await startScriptedAgent();
    const connecting = connect(scripted.url);
    const agent = await scripted.accepted();
    await agent.next();
    agent.say({ type: "ready", sample_rate_hz: 11_025 });
    expect(await agent.next()).toMatchObject({ type: "error", code: "malformed_message" });
    agent.say({ type: "ready" });
    await using _connection = await connecting;
  });

  test("digits, marks and hold are told to the agent; mark, clear and hangup to the call", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    agent.say({ type: "mark", name: "m1" });
    agent.say({ type: "clear" });
    agent.say({ type: "hangup", reason: "done" });
    await until(3);
    expect(told).toEqual(["mark m1", "clear", "hang up: done"]);
    connection.markReached("m1", "cleared", 119.9);
    connection.digit("#", 99.6);
    connection.held(true);
    connection.held(false);
    connection.playoutFull();
    connection.ended("caller_hung_up");
    const cleared = { type: "mark", name: "m1", outcome: "cleared", played_ms: 119 };
    expect(await agent.next()).toEqual(cleared);
    expect(await agent.next()).toEqual({ type: "dtmf", digit: "#", duration_ms: 100 });
    expect(await agent.next()).toEqual({ type: "held" });
    expect(await agent.next()).toEqual({ type: "resumed" });
    expect(await agent.next()).toMatchObject({ type: "error", code: "playout_full" });
    expect(await agent.next()).toEqual({ type: "end", reason: "caller_hung_up" });
  });

  test.each([
    ["not JSON", "{", "malformed_message"],
    ["an unknown type", '{"type":"dance"}', "malformed_message"],
    ["a mark without a name", '{"type":"mark"}', "malformed_message"],
    ["a second ready", '{"type":"ready"}', "already_ready"],
    ["half a sample", Buffer.from([1]), "malformed_audio"],
  ])("%s is answered with an error, and the call goes on", async (_, message, code) => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    agent.socket.send(message);
    expect(await agent.next()).toMatchObject({ type: "error", code });
    agent.say({ type: "clear" });
    await until(1);
    expect(told).toEqual(["clear"]);
  });
});

describe("the end", () => {
  test.each([
    ["a normal close is the same as hangup", 1000, "hang up: closed with 1000"],
    ["another close is a loss", 1011, "closed: closed with 1011"],
  ])("%s", async (_, code, event) => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    agent.socket.close(code);
    await until(1);
    expect(told).toEqual([event]);
  });

  test("a broken connection is a loss", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    agent.socket.terminate();
    await until(1);
    expect(told).toEqual(["closed: closed with 1006"]);
  });

  test("an agent that answers no ping is a loss", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted(), {
      keepAliveMs: 30,
    });
    await using _connection = connection;
    agent.request.socket.pause();
    await until(1);
    expect(told).toEqual(["closed: closed with 1006: no pong"]);
  });

  test("the node says end, closes with 1000, and tells the call nothing", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told } = await connected(scripted.url, scripted.accepted());
    connection.ended("caller_hung_up");
    await connection[Symbol.asyncDispose]();
    expect(await agent.next()).toEqual({ type: "end", reason: "caller_hung_up" });
    expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1000);
    expect(told).toEqual([]);
  });

  test("an agent that does not close its side delays the end by 1 s at most", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection } = await connected(scripted.url, scripted.accepted());
    agent.request.socket.pause();
    await deadline(
      Promise.resolve(connection[Symbol.asyncDispose]()),
      1_900,
      "the end was delayed",
    );
  });
});
