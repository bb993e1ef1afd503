import { describe, expect, test } from "vitest";
import { eventPageSchema, eventViewSchema } from "../../schema/contracts/event.ts";
import { deliveryPageSchema } from "../../schema/contracts/webhook-endpoint.ts";
import { conversationIdOf, idSchema, newId } from "../../schema/values/ids.ts";
import { insertEvent } from "../db/events.ts";
import { commit, newCallRecord, newNode, request } from "../hub/test-fixture.ts";
import { newClient, type TestClient } from "./test-client.ts";
import { DELIVERIES, newEndpoint, receiveWebhooks } from "./test-webhooks.ts";

receiveWebhooks();

const EVENTS = "/v1/events";

async function list(client: TestClient, query = "") {
  return eventPageSchema.parse(await client.ok("GET", `${EVENTS}?${query}`));
}

const idsOf = ({ data }: { data: readonly { event_id: string }[] }) =>
  data.map(({ event_id }) => event_id);

/** Something happens; who is told of it is not woken. */
async function happen(
  client: TestClient,
  subject: string,
  eventType = "post_call_transcription",
  endpointIds: readonly string[] = [],
) {
  const told = { type: eventType, event_timestamp: 1_790_000_000 };
  const data = { conversation_id: subject, agent_id: "agent_x" };
  await commit(
    ...insertEvent({
      workspaceIds: [client.workspaceId],
      endpointIds,
      eventType,
      subject,
      // Of a recording its facts stand where others have `data`.
      body: JSON.stringify({ ...told, ...data, data }),
      isToldOnce: false,
      nowMs: Date.now(),
    }),
  );
}

/** A call that ends, told by a node as often as `times`. */
async function endCall(client: TestClient, times = 1) {
  const node = await newNode(client.region);
  const call = newCallRecord(client.region, idSchema("workspace").parse(client.workspaceId));
  const body = { events: [{ kind: "call_ended", eventId: newId("event"), call }] };
  for (let time = 0; time < times; time += 1) {
    await request("POST", "/v1/nodes/events", { bearer: node.credential, body });
  }
  return call;
}

describe("an event", () => {
  test("of a call is there once, with the call, though no endpoint was to be told", async () => {
    const client = await newClient();
    const call = await endCall(client, 2);
    const { data } = await list(client);
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      type: "call.ended",
      conversation_id: call.conversationId,
      sequence: 1,
    });
    const event = eventViewSchema.parse(await client.ok("GET", `${EVENTS}/${data[0]?.event_id}`));
    expect(event.data).toMatchObject({ conversation_id: call.conversationId, status: "done" });
  });

  test("is the same for every endpoint that is told of it, and numbered with the others of its conversation", async () => {
    const client = await newClient();
    const [all, narrow] = [
      await newEndpoint(client),
      await newEndpoint(client, { event_types: ["call.recording.ready"] }),
    ];
    const subject = conversationIdOf(newId("call"));
    const endpointIds = [all.webhook_endpoint_id, narrow.webhook_endpoint_id];
    await happen(client, subject, "post_call_transcription", endpointIds);
    await happen(client, subject, "post_call_audio", endpointIds);
    const [recording, ended] = (await list(client, `conversation_id=${subject}`)).data;
    expect([recording?.sequence, ended?.sequence]).toEqual([2, 1]);
    for (const endpoint of [all, narrow]) await endpoint.run();
    const bodies = (endpoint: typeof all) =>
      endpoint.posts().map((post) => JSON.parse(post.body) as Record<string, unknown>);
    expect(bodies(all)).toMatchObject([
      { event_id: ended?.event_id, sequence: 1, type: "call.ended" },
      { event_id: recording?.event_id, sequence: 2, type: "call.recording.ready" },
    ]);
    // Its first number is not 1: what it is not told is not lost.
    expect(bodies(narrow)).toMatchObject([{ event_id: recording?.event_id, sequence: 2 }]);
    const page = await client.ok("GET", `${DELIVERIES}?conversation_id=${subject}`);
    const deliveries = deliveryPageSchema.parse(page).data;
    expect(new Set(deliveries.map(({ event_id }) => event_id))).toEqual(
      new Set([ended?.event_id, recording?.event_id]),
    );
  });

  test("is listed by type, conversation and time, newest first, in pages", async () => {
    const client = await newClient();
    for (const type of ["post_call_transcription", "call_initiation_failure"]) {
      await happen(client, "conv_a", type);
    }
    await happen(client, "conv_b");
    const every = await list(client);
    expect(every).toMatchObject({ has_more: false, next_cursor: null });
    const [third, second, first] = idsOf(every);
    expect(idsOf(await list(client, "type=call.failed"))).toEqual([second]);
    expect(idsOf(await list(client, "conversation_id=conv_b"))).toEqual([third]);
    expect(idsOf(await list(client, "before=2020-01-01T00:00:00Z"))).toEqual([]);
    const answer = await client.call("GET", `${EVENTS}?page_size=2&before=2040-01-01T00:00:00Z`);
    expect(idsOf(eventPageSchema.parse(await answer.json()))).toEqual([third, second]);
    const [, next = ""] = /^<(.+)>; rel="next"$/.exec(answer.headers.get("link") ?? "") ?? [];
    const behind = await client.call("GET", next);
    expect(idsOf(eventPageSchema.parse(await behind.json()))).toEqual([first]);
    expect(behind.headers.get("link")).toBeNull();
    const page = await list(client, "page_size=2");
    expect(idsOf(page)).toEqual([third, second]);
    expect(idsOf(await list(client, `page_size=2&cursor=${page.next_cursor}`))).toEqual([first]);
    const other = await client.call("GET", `${EVENTS}?type=call.ended&cursor=${page.next_cursor}`);
    expect(await other.json()).toMatchObject({ status: 400, code: "cursor_invalid" });
  });

  test("that comes later is behind the cursor of a list that had come to its end, and none is left out", async () => {
    const client = await newClient();
    let cursor = (await list(client, "order=asc")).next_cursor;
    const seen: string[] = [];
    for (const count of [1, 0, 3]) {
      for (let one = 0; one < count; one += 1) await happen(client, `conv_${count}${one}`);
      for (let more = true; more; ) {
        const page = await list(client, `order=asc&page_size=2&cursor=${cursor}`);
        seen.push(...idsOf(page));
        ({ has_more: more, next_cursor: cursor } = page);
      }
    }
    expect(seen).toEqual(idsOf(await list(client)).reverse());
    expect(seen).toHaveLength(4);
  });

  test("is gone with its conversation, and of another workspace is 404", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const call = await endCall(client);
    const [id] = idsOf(await list(client));
    expect((await other.call("GET", `${EVENTS}/${id}`)).status).toBe(404);
    expect((await list(other)).data).toEqual([]);
    await client.ok("DELETE", `/v1/convai/conversations/${call.conversationId}`);
    expect((await client.call("GET", `${EVENTS}/${id}`)).status).toBe(404);
    expect((await list(client)).data).toEqual([]);
  });
});
