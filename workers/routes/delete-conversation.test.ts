import { describe, expect, test, vi } from "vitest";
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
  refuseWebhooks,
  request,
  sql,
} from "../hub/test-fixture.ts";
import { seriesKey } from "../services/call-quality.ts";
import { messageObjectKey } from "../services/sip-message-logs.ts";
import { transcriptKey } from "../services/transcripts.ts";
import { importNumber, newClient } from "./test-client.ts";
import {
  CONVERSATIONS,
  newWebhook,
  placed,
  post,
  rows,
  setUp as setUpOrders,
} from "./test-orders.ts";

const SAID = "INVITE sip:secretary@example.com SIP/2.0";

const range = { min: 1, avg: 2, max: 3, samples: 2 };
const way = { mos: range, jitterMs: range, lossPercent: range, packets: 500, packetsLost: 12 };
const measured = { mos: [4, 4], lossPercent: [0, 5], jitterMs: [1, 3] };
const MEASURED: CallRecord["media"] = {
  codec: "PCMA",
  srtpSuite: null,
  packetsSent: 510,
  packetsReceived: 500,
  packetsLost: 12,
  jitterMs: 2,
  quality: {
    summary: { receive: way, send: way, roundTripMs: range },
    series: {
      startedAtMs: 1_790_000_001_000,
      atSecs: [5, 10],
      receive: measured,
      send: measured,
      roundTripMs: [40, null],
    },
  },
};

refuseWebhooks();

async function setUp() {
  const client = await newClient(newRegion());
  const [node, number] = await Promise.all([newNode(client.region), importNumber(client)]);
  const workspaceId = parseId("workspace", client.workspaceId);
  const phoneNumberId = parseId("phoneNumber", number.id);
  if (workspaceId === null || phoneNumberId === null) throw new Error("not of this test");
  // Nobody else's: it is looked for in the whole database, which is that of other tests as well.
  const externalNumber = `+1${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
  const facts = newCallRecord(client.region, workspaceId);
  const transcript = [{ role: "user" as const, text: SAID, timeMs: 1_200 }];
  const record = { ...facts, phoneNumberId, externalNumber, media: MEASURED, transcript };
  const path = `${CONVERSATIONS}/${record.conversationId}`;
  const tell = async (kind: NodeEvent["kind"]) => {
    const eventId = newId("event");
    const body = { events: [{ kind, eventId, call: record }] };
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
  /** Which of the objects of a call there are. */
  const objects = async () => {
    const { callId } = record;
    const keys = { messages: messageObjectKey, quality: seriesKey, transcript: transcriptKey };
    const found = await Promise.all(
      Object.entries(keys).map(async ([kind, keyOf]) =>
        (await deps.objects.get(keyOf(workspaceId, callId))) === null ? [] : [kind],
      ),
    );
    return found.flat();
  };
  const erase = async () => expect((await client.call("DELETE", path)).status).toBe(200);
  return { client, number, path, record, tell, tellMessages, objects, erase };
}

/** The tables of the database that name the call or hold its caller's number. */
async function traces({ callId, conversationId, externalNumber }: CallRecord): Promise<string[]> {
  const columns = await rows(
    `SELECT t.name AS "table", c.name AS "column" FROM sqlite_master t, pragma_table_info(t.name) c
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
  );
  const conditions = new Map<string, string[]>();
  for (const { column, table } of columns) {
    const words = [callId, conversationId, externalNumber].map(
      (word) => `instr(CAST("${column}" AS TEXT), '${word}') > 0`,
    );
    conditions.set(String(table), [...(conditions.get(String(table)) ?? []), ...words]);
  }
  const found: string[] = [];
  for (const [table, words] of conditions) {
    const [row] = await rows(`SELECT 1 AS hit FROM "${table}" WHERE ${words.join(" OR ")} LIMIT 1`);
    if (row !== undefined) found.push(table);
  }
  return found.sort();
}

describe("a conversation that is deleted", () => {
  test("is gone with its transcript, its SIP messages, its quality and what webhooks were yet to be told", async () => {
    const { client, erase, number, objects, path, record, tell, tellMessages } = await setUp();
    const webhookId = await newWebhook(client);
    await tell("call_started");
    await tell("call_ended");
    await tellMessages();
    expect(await objects()).toEqual(["messages", "quality", "transcript"]);
    expect(await listPending(deps.db, webhookId, 10)).toHaveLength(1);
    expect(await traces(record)).toEqual([
      "conversations",
      "events",
      "sip_message_logs",
      "webhook_deliveries",
    ]);

    await erase();
    expect(await traces(record)).toEqual(["audit_log", "erased_calls"]);
    expect(await objects()).toEqual([]);
    expect(await listPending(deps.db, webhookId, 10)).toEqual([]);
    const quality = `/v1/conversations/${record.conversationId}/quality`;
    for (const gone of [path, `${path}/sip-messages`, quality]) {
      expect((await client.call("GET", gone)).status).toBe(404);
    }
    expect((await client.call("DELETE", path)).status).toBe(404);
    expect((await client.ok("GET", CONVERSATIONS)).conversations).toEqual([]);
    const ofNumber = `/v1/convai/phone-numbers/${number.id}/sip-messages`;
    expect((await client.ok("GET", ofNumber)).sip_messages).toEqual([]);
  });

  test("does not come back, whatever a node still tells of it and how often", async () => {
    const { client, erase, objects, path, record, tell, tellMessages } = await setUp();
    const webhookId = await newWebhook(client);
    await tell("call_started");
    await erase();
    for (const kind of ["call_started", "call_answered", "call_ended", "call_ended"] as const) {
      await tell(kind);
    }
    await tellMessages();
    expect((await client.call("GET", path)).status).toBe(404);
    expect(await traces(record)).toEqual(["audit_log", "erased_calls"]);
    expect(await objects()).toEqual([]);
    expect(await listPending(deps.db, webhookId, 10)).toEqual([]);
  });

  test("leaves no object behind when a node tells of the call at the same time", async () => {
    const { erase, objects, record, tell, tellMessages } = await setUp();
    await tell("call_ended");
    await Promise.all([
      tellMessages(),
      tell("call_ended"),
      erase(),
      tell("call_ended"),
      tellMessages(),
    ]);
    expect(await objects()).toEqual([]);
    expect(await findMessageLog(deps.db, record.callId)).toBeNull();
  });

  test("of an ordered call takes the called number with it, and a repetition of its order dials nobody", async () => {
    const to = `+1${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
    const { body, client, node } = await setUpOrders();
    const [order, key] = [{ ...body, to_number: to }, crypto.randomUUID()];
    const answer = await placed(await post(client, order, key));
    const numbers = () => rows(`SELECT id FROM outbound_orders WHERE to_number = '${to}'`);
    expect(await numbers()).toHaveLength(1);
    await client.ok("DELETE", `${CONVERSATIONS}/${answer.conversation_id}`);
    expect(await numbers()).toEqual([]);
    expect(await placed(await post(client, order, key))).toEqual(answer);
    expect(node?.orders).toHaveLength(1);
    expect((await client.ok("GET", CONVERSATIONS)).conversations).toEqual([]);
  });

  test("of which two requests delete one, the other is told that there is none", async () => {
    const { client, path, tell } = await setUp();
    await tell("call_ended");
    const statuses = [1, 2].map(async () => (await client.call("DELETE", path)).status);
    expect((await Promise.all(statuses)).sort()).toEqual([200, 404]);
  });

  test("is its own workspace's: for any other, and without a key, it stays as it is", async () => {
    const { client, objects, path, tell, tellMessages } = await setUp();
    const stranger = await newClient(client.region);
    await tell("call_ended");
    await tellMessages();
    const refused = await stranger.call("DELETE", path);
    expect(refused.status).toBe(404);
    const none = await stranger.call("DELETE", `${CONVERSATIONS}/${newId("agent")}`);
    expect([none.status, await none.json()]).toEqual([404, await refused.json()]);
    expect((await request("DELETE", path)).status).toBe(401);
    expect(await objects()).toEqual(["messages", "quality", "transcript"]);
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
    const left = async () =>
      (await rows("SELECT call_id FROM erased_calls")).map((row) => row["call_id"]);
    await vi.waitFor(async () => expect(await left()).not.toContain(old));
    expect(await left()).toContain(young);
  });
});
