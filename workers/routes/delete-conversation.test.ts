import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type CallRecord,
  callEventsResponseSchema,
  type NodeEvent,
} from "../../schema/contracts/call-record.ts";
import type { MessageLog } from "../../schema/contracts/sip-messages.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { findMessageLog } from "../db/sip-message-logs.ts";
import { listPending } from "../db/webhooks.ts";
import { objectNames } from "../env.ts";
import {
  bindings,
  commit,
  deps,
  newCallRecord,
  newNode,
  newRegion,
  request,
  sql,
} from "../hub/test-fixture.ts";
import { messageObjectKey } from "../services/sip-message-logs.ts";
import { importNumber, newClient } from "./test-client.ts";

const CONVERSATIONS = "/v1/convai/conversations";
const SAID = "INVITE sip:secretary@example.com SIP/2.0";

// Every webhook endpoint refuses: what is pending stays pending.
beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(null, { status: 503 }));
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function setUp() {
  const client = await newClient(newRegion());
  const [node, number] = await Promise.all([newNode(client.region), importNumber(client)]);
  const workspaceId = parseId("workspace", client.workspaceId);
  const phoneNumberId = parseId("phoneNumber", number.id);
  if (workspaceId === null || phoneNumberId === null) throw new Error("not of this test");
  const record = { ...newCallRecord(client.region, workspaceId), phoneNumberId };
  const path = `${CONVERSATIONS}/${record.conversationId}`;
  const tell = async (kind: NodeEvent["kind"], call: CallRecord = record) => {
    const eventId = newId("event");
    const body = { events: [{ kind, eventId, call }] };
    const told = await request("POST", "/v1/nodes/events", { bearer: node.credential, body });
    expect(callEventsResponseSchema.parse(await told.json())).toEqual({
      accepted: [eventId],
      rejected: [],
    });
  };
  const log: MessageLog = {
    callId: record.callId,
    conversationId: record.conversationId,
    workspaceId,
    phoneNumberId,
    phoneNumbers: ["+15005550100"],
    startedAtMs: Date.now(),
    messages: [
      {
        direction: "in",
        atMicros: Date.now() * 1_000,
        transport: "tls",
        localAddress: "192.0.2.1:5061",
        remoteAddress: "198.51.100.7:40000",
        sipCallId: "call@peer",
        text: SAID,
        error: null,
      },
    ],
  };
  const tellMessages = async () => {
    const told = { bearer: node.credential, body: log };
    expect((await request("POST", "/v1/nodes/sip-messages", told)).status).toBe(204);
  };
  const object = () => deps.objects.get(messageObjectKey(workspaceId, record.callId));
  const erase = async () => expect((await client.call("DELETE", path)).status).toBe(200);
  return { client, number, path, record, tell, tellMessages, object, erase };
}

async function newWebhook(client: Awaited<ReturnType<typeof newClient>>): Promise<string> {
  const created = await client.ok("POST", "/v1/workspace/webhooks", {
    settings: { auth_type: "hmac", name: "hook", webhook_url: "https://hooks.example.com/" },
  });
  return created.webhook_id;
}

/** Every row of the database that names the call or holds a word of it. */
async function traces({ callId, conversationId, externalNumber }: CallRecord): Promise<string[]> {
  const found: string[] = [];
  const tables = await deps.db.read((reader) =>
    reader.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'"),
  );
  for (const { name } of tables) {
    // Write-ahead identifiers of units, and SQLite's own.
    if (name === "writes" || name.startsWith("sqlite_")) continue;
    const rows = await deps.db.read((reader) => reader.all(`SELECT * FROM ${name}`));
    const text = rows.map((row) => JSON.stringify(row));
    const words = [callId, conversationId, externalNumber];
    if (text.some((row) => words.some((word) => row.includes(word)))) found.push(name);
  }
  return found.sort();
}

describe("a conversation that is deleted", () => {
  test("is gone with its SIP messages, their object and what webhooks were yet to be told", async () => {
    const { client, erase, number, object, path, record, tell, tellMessages } = await setUp();
    const webhookId = await newWebhook(client);
    const told = { ...record, externalNumber: `+1${Date.now()}` };
    await tell("call_started", told);
    await tell("call_ended", told);
    await tellMessages();
    expect(await object()).not.toBeNull();
    expect(await listPending(deps.db, webhookId, 10)).toHaveLength(1);
    expect(await traces(told)).toEqual(["conversations", "sip_message_logs", "webhook_deliveries"]);

    await erase();
    expect(await traces(told)).toEqual(["erased_calls"]);
    expect(await object()).toBeNull();
    expect(await listPending(deps.db, webhookId, 10)).toEqual([]);
    for (const gone of [path, `${path}/sip-messages`]) {
      expect((await client.call("GET", gone)).status).toBe(404);
    }
    expect((await client.call("DELETE", path)).status).toBe(404);
    expect((await client.ok("GET", CONVERSATIONS)).conversations).toEqual([]);
    const ofNumber = `/v1/convai/phone-numbers/${number.id}/sip-messages`;
    expect((await client.ok("GET", ofNumber)).sip_messages).toEqual([]);
  });

  test("does not come back, whatever a node still tells of it and how often", async () => {
    const { client, erase, object, path, record, tell, tellMessages } = await setUp();
    const webhookId = await newWebhook(client);
    await tell("call_started");
    await erase();
    for (const kind of ["call_started", "call_answered", "call_ended", "call_ended"] as const) {
      await tell(kind);
    }
    await tellMessages();
    expect((await client.call("GET", path)).status).toBe(404);
    expect(await traces(record)).toEqual(["erased_calls"]);
    expect(await object()).toBeNull();
    expect(await listPending(deps.db, webhookId, 10)).toEqual([]);
  });

  test("leaves no messages behind when a node tells of them at the same time", async () => {
    const { erase, object, record, tell, tellMessages } = await setUp();
    await tell("call_ended");
    await Promise.all([tellMessages(), erase(), tellMessages()]);
    expect(await object()).toBeNull();
    expect(await findMessageLog(deps.db, record.callId)).toBeNull();
  });

  test("of which two requests delete one, the other is told that there is none", async () => {
    const { client, path, tell } = await setUp();
    await tell("call_ended");
    const statuses = [1, 2].map(async () => (await client.call("DELETE", path)).status);
    expect((await Promise.all(statuses)).sort()).toEqual([200, 404]);
  });

  test("is its own workspace's: for any other, and without a key, it stays as it is", async () => {
    const { client, object, path, tell, tellMessages } = await setUp();
    const stranger = await newClient(client.region);
    await tell("call_ended");
    await tellMessages();
    const refused = await stranger.call("DELETE", path);
    expect(refused.status).toBe(404);
    const none = await stranger.call("DELETE", `${CONVERSATIONS}/${newId("agent")}`);
    expect([none.status, await none.json()]).toEqual([404, await refused.json()]);
    expect((await request("DELETE", path)).status).toBe(401);
    expect(await object()).not.toBeNull();
    expect((await client.ok("GET", `${path}/sip-messages`)).sip_messages).toMatchObject([
      { raw_message: SAID },
    ]);
  });

  test("is forgotten itself after thirty days", async () => {
    const [young, old] = [newId("call"), newId("call")];
    const daysAgo = (days: number) => Date.now() - days * 86_400_000;
    const insert = "INSERT INTO erased_calls (call_id, erased_at_ms) VALUES (?, ?)";
    await commit(sql(insert, young, daysAgo(29)), sql(insert, old, daysAgo(31)));
    // The first use of a hub starts it, and a start sweeps, for all regions of the database.
    const name = objectNames.regionHub(deps.config.residency, newRegion());
    await bindings.REGION_HUB.get(bindings.REGION_HUB.idFromName(name)).position();
    const left = () =>
      deps.db.read((reader) => reader.all<{ call_id: string }>("SELECT call_id FROM erased_calls"));
    await vi.waitFor(async () =>
      expect((await left()).map((row) => row.call_id)).not.toContain(old),
    );
    expect((await left()).map((row) => row.call_id)).toContain(young);
  });
});
