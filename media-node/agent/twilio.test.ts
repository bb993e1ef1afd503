import { createHmac } from "node:crypto";
import { once } from "node:events";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { describe, expect, test } from "vitest";
import { Secret } from "../../schema/values/secret.ts";
import { deadline } from "../../tests/support/deadline.ts";
import {
  CALL,
  CALL_HEX,
  connectTo,
  routeOf,
  SILENCE,
  SILENT_FRAME as silence,
  startStream,
  WORKSPACE,
  WORKSPACE_HEX,
} from "../../tests/support/media-stream-call.ts";
import { recordingSink } from "../../tests/support/recording-sink.ts";
import { type AgentSocket, startTextAgent } from "../../tests/support/scripted-agent.ts";
import type { AgentCall } from "../call/agent-ports.ts";
import { AgentUnavailable } from "../call/faults.ts";
import { decodeG711, G711_CODECS } from "../protocol/audio/g711.ts";
import { agentTarget } from "./target.ts";
import { twilioSignature } from "./twilio.ts";

const MZ = `MZ${CALL_HEX}`;

function targetOf(url: string, headers: Record<string, string> = {}) {
  return { protocol: "twilio", url, headers, workspaceId: WORKSPACE } as const;
}

const connect = (url: string, headers?: Record<string, string>) =>
  connectTo(targetOf(url, headers));
const streaming = (url: string, accepted: Promise<AgentSocket<string>>) =>
  startStream(targetOf(url), accepted);

describe("what the application is told", () => {
  test("each message is that of Twilio's documentation, character by character", async () => {
    await using server = await startTextAgent();
    const { agent, connection, opening } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    expect(opening).toEqual([
      `{"event":"connected","protocol":"Call","version":"1.0.0"}`,
      `{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC${WORKSPACE_HEX}","streamSid":"${MZ}",` +
        `"callSid":"CA${CALL_HEX}","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,` +
        `"channels":1},"customParameters":{"sip_customer":"A \\"quoted\\" ü","tier":"3","vip":"true"}},"streamSid":"${MZ}"}`,
    ]);
    connection.audio(silence);
    connection.audio(silence);
    connection.digit("1", 120);
    agent.say({ event: "mark", streamSid: MZ, mark: { name: "my label" } });
    connection.markReached("my label", "played", 0);
    connection.audio(silence);
    connection.ended("caller_hung_up");
    connection.audio(silence);
    const media = (sequence: number, chunk: number, timestamp: number) =>
      `{"event":"media","sequenceNumber":"${sequence}","media":{"track":"inbound","chunk":"${chunk}",` +
      `"timestamp":"${timestamp}","payload":"${SILENCE}"},"streamSid":"${MZ}"}`;
    const told: unknown[] = [];
    for (let i = 0; i < 6; i++) told.push(await agent.next());
    expect(told).toEqual([
      media(2, 1, 0),
      media(3, 2, 20),
      `{"event":"dtmf","streamSid":"${MZ}","sequenceNumber":"4","dtmf":{"track":"inbound_track","digit":"1"}}`,
      `{"event":"mark","sequenceNumber":"5","streamSid":"${MZ}","mark":{"name":"my label"}}`,
      media(6, 3, 40),
      `{"event":"stop","sequenceNumber":"7","stop":{"accountSid":"AC${WORKSPACE_HEX}","callSid":"CA${CALL_HEX}"},"streamSid":"${MZ}"}`,
    ]);
    await connection[Symbol.asyncDispose]();
    expect(await agent.closed).toBe(1000);
  });

  test("nothing before the call is answered, and no stop of a stream that never began", async () => {
    await using server = await startTextAgent();
    const connection = await connect(server.url);
    const agent = await server.accepted();
    connection.attach(recordingSink().sink);
    connection.audio(silence);
    connection.digit("5", 100);
    connection.ended("cancelled");
    await connection[Symbol.asyncDispose]();
    expect(await agent.closed).toBe(1000);
    await expect(Promise.race([agent.next(), Promise.resolve("nothing")])).resolves.toBe("nothing");
  });

  test("a call that waits for its pre-call webhook is accepted when it is known, and then begins as any", async () => {
    await using server = await startTextAgent();
    const known = Promise.withResolvers<AgentCall>();
    let isAccepted = false;
    const connecting = connectTo(targetOf(server.url), known.promise);
    const accepted = connecting.then(() => {
      isAccepted = true;
    });
    const agent = await server.accepted();
    const ponged = once(agent.socket, "pong");
    agent.socket.ping();
    await Promise.race([ponged, new Promise((next) => setImmediate(next))]);
    expect(isAccepted).toBe(false);
    known.resolve({ ...CALL, dynamicVariables: { from: "webhook" } });
    await accepted;
    await using connection = await connecting;
    connection.attach(recordingSink().sink);
    connection.answered();
    await agent.next();
    const { start } = JSON.parse(String(await agent.next()));
    expect(start.customParameters).toEqual({ from: "webhook" });
  });

  test("the caller's samples are µ-law at 8 kHz, whatever the caller's codec", async () => {
    await using server = await startTextAgent();
    const { agent, connection } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    const frame = Int16Array.from({ length: 160 }, (_, i) => (i - 80) * 400);
    connection.audio(frame);
    const { media } = JSON.parse(String(await agent.next()));
    const codes = Buffer.from(media.payload, "base64");
    expect(codes.toString("base64")).toBe(media.payload);
    const pcm = new Int16Array(160);
    decodeG711(G711_CODECS.PCMU, codes, 0, 160, pcm);
    for (const [i, sample] of pcm.entries()) {
      const wanted = frame[i] ?? 0;
      expect(Math.abs(sample - wanted)).toBeLessThanOrEqual(4 + Math.abs(wanted) / 16);
    }
    connection.audio(new Int16Array(320));
    const wide = JSON.parse(String(await agent.next()));
    expect(Buffer.from(wide.media.payload, "base64")).toHaveLength(160);
  });

  test("numbers go on one by one, and a hold is part of the stream's time", async () => {
    await using server = await startTextAgent();
    const { agent, connection } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    for (let i = 1; i <= 1_001; i++) {
      connection.audio(silence);
      const { sequenceNumber, media } = JSON.parse(String(await agent.next()));
      if (i % 100 !== 0 && i !== 1_001) continue;
      expect([sequenceNumber, media.chunk, media.timestamp]).toEqual([
        `${i + 1}`,
        `${i}`,
        `${20 * (i - 1)}`,
      ]);
    }
    connection.held(true);
    // After the hold has begun: it is as long as this, or longer.
    const startMs = performance.now();
    while (performance.now() - startMs < 30) await new Promise((next) => setImmediate(next));
    connection.held(false);
    connection.audio(silence);
    const { media } = JSON.parse(String(await agent.next()));
    expect(Number(media.timestamp)).toBeGreaterThanOrEqual(20_020 + 30);
  });
});

describe("what the application says", () => {
  test("media, mark and clear go to the call in order", async () => {
    await using server = await startTextAgent();
    const { agent, connection, told, until } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    const codes = Buffer.from([0xff, 0x7f, 0x00, 0x80]);
    agent.say({ event: "media", streamSid: MZ, media: { payload: codes.toString("base64") } });
    agent.say({ event: "media", streamSid: MZ, media: { track: "outbound", payload: "/38AgA" } });
    agent.say({ event: "mark", streamSid: MZ, mark: { name: "a" } });
    agent.say({ event: "clear", streamSid: MZ });
    await until(4);
    const pcm = Int16Array.of(0, 0, -32_124, 32_124);
    expect(told).toEqual([pcm, pcm, "mark a", "clear"]);
  });

  test("a cleared mark comes back as a played one does", async () => {
    await using server = await startTextAgent();
    const { agent, connection, until } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    for (const name of ["a", "b"]) agent.say({ event: "mark", streamSid: MZ, mark: { name } });
    agent.say({ event: "clear", streamSid: MZ });
    await until(3);
    connection.markReached("a", "cleared", 0);
    connection.markReached("b", "cleared", 0);
    const marks = [await agent.next(), await agent.next()].map((text) => JSON.parse(String(text)));
    expect(marks.map(({ mark }) => mark.name)).toEqual(["a", "b"]);
  });

  test.each([1000, undefined])(
    "closing with code %s ends the call, after what was said",
    async (code) => {
      await using server = await startTextAgent();
      const { agent, connection, told, until } = await streaming(server.url, server.accepted());
      await using _connection = connection;
      agent.socket.close(code);
      await until(1);
      expect(told[0]).toMatch(/^hang up: closed with 100[05]/);
    },
  );

  test.each([
    ["closing with an error", (agent: AgentSocket<string>) => agent.socket.close(1011)],
    ["vanishing", (agent: AgentSocket<string>) => agent.socket.terminate()],
  ])("%s is the loss of the agent", async (_, leave) => {
    await using server = await startTextAgent();
    const { agent, connection, told, until } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    leave(agent);
    await until(1);
    expect(told[0]).toMatch(/^closed: closed with/);
  });
});

test("a stream in the place of one that was lost is another one of the same call, and says so", async () => {
  await using server = await startTextAgent();
  const resumption = { count: 1, awayMs: 740, lastMark: null };
  const first = await startStream(targetOf(server.url), server.accepted());
  const again = await startStream(targetOf(server.url), server.accepted(), { ...CALL, resumption });
  await using _first = first.connection;
  await using _again = again.connection;
  const { start: before } = JSON.parse(String(first.opening[1]));
  const { start, streamSid } = JSON.parse(String(again.opening[1]));
  expect(start.callSid).toBe(before.callSid);
  expect(start.customParameters).toEqual({
    ...before.customParameters,
    system__reconnections: "1",
  });
  expect(streamSid).toMatch(/^MZ[0-9a-f]{32}$/);
  expect(streamSid).not.toBe(before.streamSid);
  // What it sends has to name the new stream.
  again.agent.say({ event: "clear", streamSid });
  await again.until(1);
  expect(again.told).toEqual(["clear"]);
});

describe("a hostile application", () => {
  const messages: [string, unknown][] = [
    ["not JSON", "{"],
    ["no object", "[]"],
    ["an unknown event", { event: "dtmf", streamSid: MZ, dtmf: { digit: "1" } }],
    ["no event", { streamSid: MZ }],
    ["no stream", { event: "clear" }],
    ["another stream", { event: "clear", streamSid: "MZ0" }],
    ["media without a payload", { event: "media", streamSid: MZ, media: {} }],
    ["a payload that is no text", { event: "media", streamSid: MZ, media: { payload: [1] } }],
    ["a payload that is no base64", { event: "media", streamSid: MZ, media: { payload: "?*!é" } }],
    ["a mark without a name", { event: "mark", streamSid: MZ, mark: {} }],
    ["a huge name", { event: "mark", streamSid: MZ, mark: { name: "x".repeat(1_025) } }],
    ["binary", Buffer.from([1, 2])],
  ];

  test("is told nothing, and the twentieth malformed message closes with 1008", async () => {
    await using server = await startTextAgent();
    const { agent, connection, told, until } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    const send = (message: unknown) => {
      const isRaw = typeof message === "string" || Buffer.isBuffer(message);
      agent.socket.send(isRaw ? message : JSON.stringify(message));
    };
    for (const [, message] of messages) send(message);
    agent.say({ event: "clear", streamSid: MZ });
    await until(1);
    expect(told).toEqual(["clear"]);
    for (let i = messages.length; i < 20; i++) send(messages[i % messages.length]?.[1]);
    expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1008);
    expect(told.at(-1)).toMatch(/^closed for good: 20 malformed messages/);
  });

  test.each([
    ["messages", { event: "clear", streamSid: MZ }, 12_000],
    ["audio", { event: "media", streamSid: MZ, media: { payload: "/".repeat(1_000_000) } }, 12],
  ])("that floods the node with %s is closed with 1008", async (_, message, times) => {
    await using server = await startTextAgent();
    const { agent, connection, told } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    for (let i = 0; i < times; i++) agent.say(message);
    expect(await deadline(agent.closed, 10_000, "not closed")).toBe(1008);
    expect(told.at(-1)).toBe("closed for good: the agent sends more than it may");
  });

  test("with a message over 1 MiB is closed with 1009", async () => {
    await using server = await startTextAgent();
    const { agent, connection } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    agent.say("x".repeat(1_048_577));
    expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1009);
  });

  test("has 2,048 marks pending at most", async () => {
    await using server = await startTextAgent();
    const { agent, connection, told, until } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    for (let i = 0; i < 2_049; i++)
      agent.say({ event: "mark", streamSid: MZ, mark: { name: "m" } });
    agent.say({ event: "clear", streamSid: MZ });
    await until(2_049);
    expect(told.slice(2_047)).toEqual(["mark m", "clear"]);
  });

  test("that reads nothing hears the present again, numbered without a gap", async () => {
    await using server = await startTextAgent();
    const { agent, connection } = await streaming(server.url, server.accepted());
    await using _connection = connection;
    agent.request.socket.pause();
    for (let i = 0; i < 40_000; i++) connection.audio(silence);
    agent.request.socket.resume();
    const stopped = deadline(agent.closed, 5_000, "not closed");
    let last = 1;
    let newestMs = 0;
    do {
      // One more frame every turn: each that leaves makes room for the next.
      if (newestMs < 800_000 - 20) connection.audio(silence);
      const message = JSON.parse(String(await agent.next()));
      expect(Number(message.sequenceNumber)).toBe(last + 1);
      last += 1;
      newestMs = Number(message.media.timestamp);
    } while (newestMs < 800_000);
    expect(last).toBeLessThan(40_000);
    await connection[Symbol.asyncDispose]();
    expect(await stopped).toBe(1000);
  });
});

describe("the handshake", () => {
  const URL = "wss://media.example.com/stream?tenant=7";
  const TOKEN = "12345";

  const route = (more: object = {}) => routeOf({ protocol: "twilio", url: URL, ...more });

  test("is signed over the URL with the token, which goes nowhere itself", async () => {
    const signature = createHmac("sha1", TOKEN).update(URL).digest("base64");
    const target = await agentTarget(route({}), {
      unsealHeaders: async () => ({ "x-twilio-signature": "forged", "X-Tenant": "7" }),
      unsealAuthToken: async () => new Secret(TOKEN),
    });
    expect(target).toEqual({
      protocol: "twilio",
      url: URL,
      headers: { "X-Tenant": "7", "X-Twilio-Signature": signature },
      workspaceId: WORKSPACE,
    });
  });

  test("carries no signature when no token is set", async () => {
    const target = await agentTarget(route({}), {
      unsealHeaders: async () => ({}),
      unsealAuthToken: async () => null,
    });
    expect(target).toMatchObject({ headers: {} });
  });

  test("the signature is HMAC-SHA1 in base64: the second vector of RFC 2202", () => {
    const digest = Buffer.from("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "hex");
    expect(twilioSignature("what do ya want for nothing?", "Jefe")).toBe(digest.toString("base64"));
  });

  test.each(["wss://media.example.com/stream", URL, "wss://media.example.com:8443/a%20b?x=%2B"])(
    "the signature over %s is one that Twilio's own library accepts, and of no other token",
    (url) => {
      const signature = twilioSignature(url, TOKEN);
      expect(validateRequest(TOKEN, signature, url, {})).toBe(true);
      expect(validateRequest("54321", signature, url, {})).toBe(false);
    },
  );

  test("offers no subprotocol and no extension, and carries the agent's headers", async () => {
    await using server = await startTextAgent();
    await using _connection = await connect(server.url, { "X-Twilio-Signature": "abc=" });
    const { request } = await server.accepted();
    expect(request.headers["sec-websocket-protocol"]).toBeUndefined();
    expect(request.headers["sec-websocket-extensions"]).toBeUndefined();
    expect(request.headers["x-twilio-signature"]).toBe("abc=");
  });

  test("an application that is not there is unavailable", async () => {
    const server = await startTextAgent();
    await server[Symbol.asyncDispose]();
    await expect(connect(server.url)).rejects.toThrow(AgentUnavailable);
  });

  test("a token that is not sealed is no part of a route", () => {
    expect(() => route({ authToken: "text" })).toThrow();
  });
});
