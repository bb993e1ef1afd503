import { describe, expect, test, vi } from "vitest";
import { callEventsResponseSchema } from "../../schema/contracts/call-record.ts";
import { type MessageLog, sipMessagePageSchema } from "../../schema/contracts/sip-messages.ts";
import { conversationIdOf, newId, parseId } from "../../schema/values/ids.ts";
import { findMessageLog } from "../db/sip-message-logs.ts";
import { objectNames } from "../env.ts";
import { bindings, deps, newCallRecord, newNode, newRegion, request } from "../hub/test-fixture.ts";
import { importNumber, newClient, type TestClient } from "./test-client.ts";

const DAY_MS = 86_400_000;

async function setUp() {
  const client = await newClient(newRegion());
  const node = await newNode(client.region);
  const number = await importNumber(client);
  const tell = (log: MessageLog, credential = node.credential) =>
    request("POST", "/v1/nodes/sip-messages", { bearer: credential, body: log });
  const keep = async (log: MessageLog) => expect((await tell(log)).status).toBe(204);
  const conversation = async (log: MessageLog) => {
    const { callId, conversationId, workspaceId } = log;
    const call = { ...newCallRecord(client.region, workspaceId), callId, conversationId };
    const event = { kind: "call_ended", eventId: newId("event"), call };
    const body = { events: [event] };
    const told = await request("POST", "/v1/nodes/events", { bearer: node.credential, body });
    expect(callEventsResponseSchema.parse(await told.json()).rejected).toEqual([]);
  };
  const newLog = (count = 2, startedAtMs = Date.now()) =>
    logOf(client.workspaceId, number.id, count, startedAtMs);
  return { client, node, number, tell, keep, conversation, newLog };
}

function logOf(workspace: string, number: string, count: number, startedAtMs: number): MessageLog {
  const workspaceId = parseId("workspace", workspace);
  const phoneNumberId = parseId("phoneNumber", number);
  if (workspaceId === null || phoneNumberId === null) throw new Error("not of this test");
  const callId = newId("call");
  return {
    callId,
    conversationId: conversationIdOf(callId),
    workspaceId,
    phoneNumberId,
    phoneNumbers: ["+15005550100", "+4930123456"],
    startedAtMs,
    messages: Array.from({ length: count }, (_, index) => ({
      direction: index % 2 === 0 ? ("in" as const) : ("out" as const),
      atMicros: startedAtMs * 1_000 + index,
      transport: "tls" as const,
      localAddress: "192.0.2.1:5061",
      remoteAddress: "198.51.100.7:40000",
      sipCallId: "call@peer",
      text: `message ${index} of ${callId}`,
      error: null,
    })),
  };
}

describe("a call's capture file", () => {
  test("is named by the call alone, holds its messages, and is there for its workspace alone", async () => {
    const { client, keep, newLog } = await setUp();
    const log = newLog(2);
    await keep(log);
    const answer = await client.call("GET", `/v1/conversations/${log.conversationId}/pcap`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-disposition")).toBe(
      `attachment; filename="${log.conversationId}.pcap"`,
    );
    const text = new TextDecoder("latin1").decode(await answer.arrayBuffer());
    for (const message of log.messages) expect(text).toContain(message.text);
    const stranger = await newClient();
    for (const [who, id] of [
      [stranger, log.conversationId],
      [client, newId("conversation")],
      [client, "..%2F..%2Fetc"],
    ] as const) {
      expect((await who.call("GET", `/v1/conversations/${id}/pcap`)).status).toBe(404);
    }
  });
});

async function read(client: TestClient, path: string) {
  return sipMessagePageSchema.parse(await client.ok("GET", `/v1/convai/${path}`));
}

/** The texts of all pages. */
async function readAll(client: TestClient, path: string, size: number): Promise<string[]> {
  const texts: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await read(client, `${path}?page_size=${size}&cursor=${cursor}`);
    texts.push(...page.sip_messages.map(({ raw_message: text }) => text));
    expect(page.has_more).toBe(page.next_cursor !== null);
    cursor = page.next_cursor;
  }
  return texts;
}

describe("SIP messages", () => {
  test("of a conversation are answered in the vendor's shape", async () => {
    const { client, conversation, keep, newLog } = await setUp();
    const log = newLog();
    await keep(log);
    await conversation(log);
    const page = await read(client, `conversations/${log.conversationId}/sip-messages`);
    expect(page).toMatchObject({ next_cursor: null, has_more: false });
    expect(page.sip_messages[0]).toEqual({
      call_id: "call@peer",
      phone_numbers: ["+15005550100", "+4930123456"],
      local_address: "192.0.2.1:5061",
      remote_address: "198.51.100.7:40000",
      transport: "tls",
      raw_message: log.messages[0]?.text,
      error_message: null,
      direction: "in",
      created_at_unix_micro: log.startedAtMs * 1_000,
    });
    expect(page.sip_messages.map(({ direction }) => direction)).toEqual(["in", "out"]);
  });

  test.each([1, 3, 20])(
    "of a number come with the newest call first, %i at a time",
    async (size) => {
      const { client, keep, newLog, number } = await setUp();
      const nowMs = Date.now();
      const logs = [0, 1, 2].map((age) => newLog(7, nowMs - age * 1_000));
      for (const log of logs) await keep(log);
      const texts = await readAll(client, `phone-numbers/${number.id}/sip-messages`, size);
      expect(texts).toEqual(logs.flatMap(({ messages }) => messages.map(({ text }) => text)));
    },
  );

  test("told twice are kept once, and one whose object is not there yet hides no other", async () => {
    const { client, keep, newLog, number } = await setUp();
    const nowMs = Date.now();
    const [lost, ...others] = [0, 1, 2].map((age) => newLog(2, nowMs - age * 1_000));
    if (lost === undefined) throw new Error("three were made");
    for (const log of [lost, ...others, ...others]) await keep(log);
    const row = await findMessageLog(deps.db, lost.callId);
    await deps.objects.delete(row?.objectKey ?? "");
    const texts = await readAll(client, `phone-numbers/${number.id}/sip-messages`, 1);
    expect(texts).toEqual(others.flatMap(({ messages }) => messages.map(({ text }) => text)));
  });

  test("are nobody else's, and no other region's node may tell them", async () => {
    const { client, conversation, keep, newLog, number, tell } = await setUp();
    const stranger = await setUp();
    const log = newLog();
    await keep(log);
    await conversation(log);
    for (const path of [
      `conversations/${log.conversationId}/sip-messages`,
      `phone-numbers/${number.id}/sip-messages`,
    ]) {
      expect((await stranger.client.call("GET", `/v1/convai/${path}`)).status).toBe(404);
      expect((await request("GET", `/v1/convai/${path}`)).status).toBe(401);
    }
    expect((await tell(newLog(), stranger.node.credential)).status).toBe(404);
    expect((await tell(newLog(), "wrong")).status).toBe(401);
    const stolen = { ...stranger.newLog(), callId: log.callId };
    expect((await tell(stolen, stranger.node.credential)).status).toBe(404);
    const page = await read(client, `phone-numbers/${number.id}/sip-messages`);
    expect(page.sip_messages.map(({ raw_message: text }) => text)).toEqual(
      log.messages.map(({ text }) => text),
    );
  });

  test.each(["page_size=0", "page_size=21", "page_size=x"])("with %s are 422", async (query) => {
    const { client, number } = await setUp();
    const path = `/v1/convai/phone-numbers/${number.id}/sip-messages?${query}`;
    expect((await client.call("GET", path)).status).toBe(422);
  });

  test("are gone after thirty days, the object as well", async () => {
    const { keep, newLog } = await setUp();
    const [young, old] = [newLog(1, Date.now() - 29 * DAY_MS), newLog(1, Date.now() - 31 * DAY_MS)];
    await keep(young);
    await keep(old);
    const row = await findMessageLog(deps.db, old.callId);
    expect(await deps.objects.get(row?.objectKey ?? "")).not.toBeNull();
    // The first use of a hub starts it, and a start sweeps, for all regions of the database.
    const name = objectNames.regionHub(deps.config.residency, newRegion());
    await bindings.REGION_HUB.get(bindings.REGION_HUB.idFromName(name)).position();
    await vi.waitFor(async () => expect(await findMessageLog(deps.db, old.callId)).toBeNull());
    expect(await deps.objects.get(row?.objectKey ?? "")).toBeNull();
    expect(await findMessageLog(deps.db, young.callId)).not.toBeNull();
  });

  test("a number's wish reaches the nodes' table", async () => {
    const { client, number } = await setUp();
    const wish = async () => {
      const rows = await deps.db.read((reader) =>
        reader.all<{ value: string }>(
          `SELECT value FROM routing_changes WHERE entity_id = '${number.id}' ORDER BY version DESC LIMIT 1`,
        ),
      );
      return JSON.parse(rows[0]?.value ?? "null")?.storeSipMessages;
    };
    expect(await wish()).toBe(true);
    const path = `/v1/convai/phone-numbers/${number.id}`;
    await client.ok("PATCH", path, { store_sip_messages: false });
    expect(await wish()).toBe(false);
  });
});
