import { describe, expect, test } from "vitest";
import {
  type LiveCallsMessage,
  liveCallsMessageSchema,
} from "../../schema/contracts/live-calls.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { LIVE_LOOK } from "../../schema/values/live-calls-look.ts";
import { newCallRecord, newNode, request } from "../hub/test-fixture.ts";
import { type TestSocket, takeSocket } from "../hub/test-socket.ts";
import { newClient, type TestClient } from "./test-client.ts";
import { keep } from "./test-conversations.ts";

const PATH = "/v1/calls/live";

async function watch(client: TestClient): Promise<TestSocket> {
  const headers = { "xi-api-key": client.key, upgrade: "websocket" };
  return takeSocket(await request("GET", PATH, { headers }));
}

async function next(socket: TestSocket): Promise<LiveCallsMessage> {
  return liveCallsMessageSchema.parse(JSON.parse(await socket.nextText()));
}

/** What a node tells of a call's end. */
async function end(client: TestClient) {
  const node = await newNode(client.region);
  const workspaceId = parseId("workspace", client.workspaceId);
  if (workspaceId === null) throw new Error("not a workspace");
  const call = newCallRecord(client.region, workspaceId);
  const events = [{ kind: "call_ended", eventId: newId("event"), call }];
  const answer = await request("POST", "/v1/nodes/events", {
    bearer: node.credential,
    body: { events },
  });
  expect(answer.status).toBe(200);
  return call;
}

describe("live calls", () => {
  test("are told as they are at the beginning, when asked for, and as they change; to their workspace alone", async () => {
    const [client, stranger] = await Promise.all([newClient(), newClient()]);
    const live = await keep(client, { isLive: true });
    await keep(client);
    const [socket, others] = await Promise.all([watch(client), watch(stranger)]);
    expect(await next(socket)).toMatchObject({
      type: "snapshot",
      calls: [{ conversation_id: live, status: "in_progress" }],
      has_more: false,
    });
    expect(await next(others)).toMatchObject({ type: "snapshot", calls: [] });
    const { callId } = await end(client);
    expect(await next(socket)).toMatchObject({
      type: "calls",
      calls: [{ call_id: callId, status: "ended" }],
    });
    for (const one of [socket, others]) one.send(LIVE_LOOK);
    expect(await next(socket)).toMatchObject({ type: "snapshot" });
    // Nothing of the other workspace came between.
    expect(await next(others)).toMatchObject({ type: "snapshot", calls: [] });
  });

  test("are not told to a page of another site, whatever the cookie, nor without a WebSocket", async () => {
    const client = await newClient();
    const signedIn = await request("POST", "/v1/session", { body: { api_key: client.key } });
    const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const upgrade = { cookie, upgrade: "websocket" };
    for (const origin of [{}, { origin: "https://evil.example" }, { origin: "null" }]) {
      const refused = await request("GET", PATH, { headers: { ...upgrade, ...origin } });
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ code: "cross_site_request" });
    }
    const plain = await request("GET", PATH, { headers: { "xi-api-key": client.key } });
    expect(plain.status).toBe(426);
    expect(await plain.json()).toMatchObject({ code: "upgrade_required" });
    const noKey = await request("GET", PATH, { headers: { upgrade: "websocket" } });
    expect(noKey.status).toBe(401);
  });

  test("are told to the console's own page", async () => {
    const client = await newClient();
    const signedIn = await request("POST", "/v1/session", { body: { api_key: client.key } });
    const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const origin = new URL(signedIn.url || "https://trunkline.test/").origin;
    const answer = await request("GET", PATH, {
      headers: { cookie, origin, upgrade: "websocket" },
    });
    expect(await next(takeSocket(answer))).toMatchObject({ type: "snapshot" });
  });
});
