import { expect, test, vi } from "vitest";
import { Secret } from "../../schema/values/secret.ts";
import { deadline } from "../../tests/support/deadline.ts";
import {
  CALL,
  routeOf,
  SILENCE,
  SILENT_FRAME,
  startStream,
  WORKSPACE,
} from "../../tests/support/media-stream-call.ts";
import { type AgentSocket, startTextAgent } from "../../tests/support/scripted-agent.ts";
import { agentTarget } from "./target.ts";

const STREAM = "01890a5d-ac96-774b-bcce-b302099a8057";
const USER = "00000000-0000-0000-0000-000000000021";

function streaming(
  url: string,
  accepted: Promise<AgentSocket<string>>,
  authToken: string | null = null,
) {
  const target = {
    protocol: "telnyx",
    url,
    headers: {},
    workspaceId: WORKSPACE,
    authToken,
  } as const;
  return startStream(target, accepted);
}

test("each message is that of Telnyx's documentation, character by character", async () => {
  await using server = await startTextAgent();
  const { agent, connection, opening } = await streaming(server.url, server.accepted());
  await using _connection = connection;
  expect(opening).toEqual([
    `{"event":"connected","version":"1.0.0"}`,
    `{"event":"start","sequence_number":"1","start":{"user_id":"${USER}","call_control_id":"v3:${CALL.callId}",` +
      `"call_session_id":"${STREAM}","from":"+4930123456","to":"+15005550100","tags":[],"client_state":"",` +
      `"custom_parameters":{"sip_customer":"A \\"quoted\\" ü","tier":"3","vip":"true"},` +
      `"media_format":{"encoding":"PCMU","sample_rate":8000,"channels":1}},"stream_id":"${STREAM}"}`,
  ]);
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.UTC(2025, 5, 5, 8, 54, 19, 698));
  connection.audio(SILENT_FRAME);
  connection.digit("1", 120);
  clock.mockRestore();
  agent.say({ event: "mark", mark: { name: "m1" } });
  connection.markReached("m1", "cleared", 0);
  connection.playoutFull();
  connection.ended("caller_hung_up");
  const told: unknown[] = [];
  for (let i = 0; i < 5; i++) told.push(await agent.next());
  expect(told).toEqual([
    `{"event":"media","sequence_number":"2","media":{"track":"inbound","chunk":"1","timestamp":"0",` +
      `"payload":"${SILENCE}"},"stream_id":"${STREAM}"}`,
    `{"event":"dtmf","stream_id":"${STREAM}","occurred_at":"2025-06-05T08:54:19.698000Z","sequence_number":"3",` +
      `"dtmf":{"digit":"1"}}`,
    `{"event":"mark","stream_id":"${STREAM}","sequence_number":"4","mark":{"name":"m1"}}`,
    `{"event":"error","payload":{"code":100005,"title":"rate_limit_reached",` +
      `"detail":"more than 30 s is queued: the audio was dropped"},"stream_id":"${STREAM}"}`,
    `{"event":"stop","sequence_number":"5","stop":{"user_id":"${USER}","call_control_id":"v3:${CALL.callId}"},` +
      `"stream_id":"${STREAM}"}`,
  ]);
});

test("the application need not name the stream", async () => {
  await using server = await startTextAgent();
  const { agent, connection, told, until } = await streaming(server.url, server.accepted());
  await using _connection = connection;
  agent.say({ event: "media", media: { payload: "/38A" } });
  agent.say({ event: "mark", mark: { name: "a" } });
  agent.say({ event: "clear" });
  await until(3);
  expect(told).toEqual([Int16Array.of(0, 0, -32_124), "mark a", "clear"]);
});

test("what is wrong is told by Telnyx's codes, and the twentieth closes with 1008", async () => {
  await using server = await startTextAgent();
  const { agent, connection } = await streaming(server.url, server.accepted());
  await using _connection = connection;
  const codeOf = async (message: object | string) => {
    agent.say(message);
    const { event, payload, stream_id } = JSON.parse(String(await agent.next()));
    expect([event, stream_id]).toEqual(["error", STREAM]);
    return [payload.code, payload.title];
  };
  expect(await codeOf("{")).toEqual([100003, "malformed_frame"]);
  expect(await codeOf({ event: "dance" })).toEqual([100003, "malformed_frame"]);
  const invalid = [100004, "invalid_media"];
  expect(await codeOf({ event: "media", media: { payload: "?" } })).toEqual(invalid);
  const long = Buffer.alloc(240_001).toString("base64");
  expect(await codeOf({ event: "media", media: { payload: long } })).toEqual(invalid);
  for (let i = 0; i < 16; i++) agent.say("{");
  expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1008);
});

test("the token is a header of the handshake and stands in connected", async () => {
  const target = await agentTarget(
    routeOf({ protocol: "telnyx", url: "wss://media.example.com/" }),
    {
      unsealHeaders: async () => ({ "X-Telnyx-Streaming-Auth-Token": "forged" }),
      unsealAuthToken: async () => new Secret("a-token"),
    },
  );
  expect(target).toEqual({
    protocol: "telnyx",
    url: "wss://media.example.com/",
    headers: { "x-telnyx-streaming-auth-token": "a-token" },
    workspaceId: WORKSPACE,
    authToken: "a-token",
  });
  await using server = await startTextAgent();
  const { connection, opening } = await streaming(server.url, server.accepted(), "a-token");
  await using _connection = connection;
  expect(opening[0]).toBe(
    `{"event":"connected","version":"1.0.0","x-telnyx-streaming-auth-token":"a-token"}`,
  );
});

test("a stream in the place of one that was lost is another one of the same call, and says so", async () => {
  await using server = await startTextAgent();
  const target = {
    protocol: "telnyx",
    url: server.url,
    headers: {},
    workspaceId: WORKSPACE,
    authToken: null,
  } as const;
  const again = { ...CALL, resumption: { count: 2, awayMs: 740, lastMark: null } };
  const { connection, opening } = await startStream(target, server.accepted(), again);
  await using _connection = connection;
  const { start, stream_id } = JSON.parse(String(opening[1]));
  expect(start).toMatchObject({
    call_control_id: `v3:${CALL.callId}`,
    call_session_id: STREAM,
    custom_parameters: { vip: "true", system__reconnections: "2" },
  });
  expect(stream_id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(stream_id).not.toBe(STREAM);
});
