import { describe, expect, test } from "vitest";
import {
  type CallRecord,
  callEventsResponseSchema,
  callStartedSchema,
} from "../../schema/contracts/call-record.ts";
import { newId } from "../../schema/values/ids.ts";
import { findConversation } from "../db/conversations.ts";
import { findDelivery, listPending } from "../db/webhooks.ts";
import {
  deps,
  newCallRecord,
  newNode,
  newRegion,
  newWorkspace,
  refuseWebhooks,
  request,
} from "../hub/test-fixture.ts";
import { applyCallEvents, type WaitingWork } from "./apply-call-events.ts";

refuseWebhooks();

async function setUp() {
  const region = newRegion();
  const [node, workspace] = [await newNode(region), await newWorkspace(region)];
  const send = async (...events: readonly unknown[]) => {
    const response = await request("POST", "/v1/nodes/events", {
      bearer: node.credential,
      body: { events },
    });
    expect(response.status).toBe(200);
    return callEventsResponseSchema.parse(await response.json());
  };
  const newWebhook = async () => {
    const response = await request("POST", "/v1/workspace/webhooks", {
      headers: { "xi-api-key": workspace.api_key },
      body: {
        settings: { auth_type: "hmac", name: "hook", webhook_url: "https://hooks.example.com/" },
      },
    });
    return (await response.json<{ webhook_id: string }>()).webhook_id;
  };
  const record = newCallRecord(region, workspace.workspace_id);
  const find = (id = record.conversationId) =>
    findConversation(deps.db, workspace.workspace_id, id);
  return { region, node, workspace, send, newWebhook, record, find };
}

function started(record: CallRecord) {
  const call = callStartedSchema.parse(record);
  return { kind: "call_started", eventId: newId("event"), call };
}

function answered(record: CallRecord) {
  return { ...started(record), kind: "call_answered", call: record };
}

function screened(call: CallRecord) {
  const voicemail = {
    ...{ verdict: "human", confidence: 1, cause: "short_greeting", action: "continue" },
    ...{ atMs: 900, beepAtMs: null, message: null },
  };
  return { kind: "call_screened", eventId: newId("event"), call: { ...call, voicemail } };
}

function ended(call: CallRecord) {
  return { kind: "call_ended", eventId: newId("event"), call };
}

describe("call events", () => {
  test("a call that begins is a conversation, and its end completes it", async () => {
    const { send, record, find } = await setUp();
    const begin = started(record);
    expect(await send(begin)).toEqual({ accepted: [begin.eventId], rejected: [] });
    expect(await find()).toMatchObject({ status: "initiated", endedAtMs: null });
    await send(ended(record));
    expect(await find()).toMatchObject({
      status: "done",
      startedAtMs: record.startedAtMs,
      acceptedAtMs: record.answeredAtMs,
      endedAtMs: record.endedAtMs,
      durationMs: 30_000,
      endCode: "caller_hung_up",
      terminationReason: "The caller hung up.",
      record,
    });
  });

  test("an end without a beginning is enough, and a beginning that comes late changes nothing", async () => {
    const { send, record, find } = await setUp();
    await send(ended(record));
    const before = await find();
    const late = started({ ...record, agentName: "Other" });
    expect(await send(late)).toEqual({ accepted: [late.eventId], rejected: [] });
    expect(await find()).toEqual(before);
    expect(before).toMatchObject({ status: "done" });
  });

  test("a call that is answered is in progress, whether or not its beginning was told, until it ends", async () => {
    const { send, record, find } = await setUp();
    const other = newCallRecord(record.region, record.workspaceId);
    await send(started(record));
    const [late, end] = [answered(record), ended(record)];
    expect(await send(late, answered(other))).toMatchObject({ rejected: [] });
    for (const id of [record.conversationId, other.conversationId]) {
      expect(await find(id)).toMatchObject({
        status: "in-progress",
        acceptedAtMs: record.answeredAtMs,
        endedAtMs: null,
        nodeId: record.nodeId,
      });
    }
    // What is told again, or out of turn, takes nothing back.
    await send(started(record), started(other));
    expect(await find()).toMatchObject({ status: "in-progress" });
    await send(end);
    const before = await find();
    expect(before).toMatchObject({ status: "done" });
    await send(late, started(record));
    expect(await find()).toEqual(before);
  });

  test("a call that was never answered has failed", async () => {
    const { send, record, find } = await setUp();
    await send(ended({ ...record, answeredAtMs: null, durationMs: 0 }));
    expect(await find()).toMatchObject({ status: "failed", acceptedAtMs: null });
  });

  test("an end told twice, together or apart, is applied once: one conversation, one delivery", async () => {
    const { send, newWebhook, record, find } = await setUp();
    const webhookId = await newWebhook();
    const [first, second] = [ended(record), ended({ ...record, durationMs: 1 })];
    const together = await send(first, first);
    expect(together.accepted).toEqual([first.eventId, first.eventId]);
    expect(await send(second)).toEqual({ accepted: [second.eventId], rejected: [] });
    expect(await find()).toMatchObject({ durationMs: 30_000 });
    expect(await listPending(deps.db, webhookId, 10)).toHaveLength(1);
  });

  test("events of one call that come together are told in their order, whatever is more urgent", async () => {
    const { send, newWebhook, record } = await setUp();
    const webhookId = await newWebhook();
    await send(started(record), screened(record), ended(record));
    const pending = await listPending(deps.db, webhookId, 10);
    const told = await Promise.all(pending.map(({ id }) => findDelivery(deps.db, id)));
    expect(told.map((delivery) => delivery?.eventType)).toEqual([
      "answering_machine_detection",
      "post_call_transcription",
    ]);
    expect(pending.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  test("an end told again, because its answer was lost, wakes its endpoints again", async () => {
    const { region, record, newWebhook } = await setUp();
    const webhookId = await newWebhook();
    const event = ended(record);
    const poked: string[][] = [];
    const poke = async ({ endpointIds }: WaitingWork) => void poked.push([...endpointIds]);
    await applyCallEvents(deps, region, [event], poke);
    await applyCallEvents(deps, region, [event], poke);
    expect(poked).toEqual([[webhookId], [webhookId]]);
    expect(await listPending(deps.db, webhookId, 10)).toHaveLength(1);
  });

  test("every enabled endpoint of the workspace has a delivery, and no other has", async () => {
    const mine = await setUp();
    const others = await setUp();
    const [one, two, disabled] = [
      await mine.newWebhook(),
      await mine.newWebhook(),
      await mine.newWebhook(),
    ];
    const foreign = await others.newWebhook();
    await request("PATCH", `/v1/workspace/webhooks/${disabled}`, {
      headers: { "xi-api-key": mine.workspace.api_key },
      body: { is_disabled: true },
    });
    await mine.send(ended(mine.record));
    const counts = await Promise.all(
      [one, two, disabled, foreign].map(async (id) => (await listPending(deps.db, id, 10)).length),
    );
    expect(counts).toEqual([1, 1, 0, 0]);
  });

  test("a wrong event is rejected by name and holds up none beside it", async () => {
    const { send, region, record, find } = await setUp();
    const good = ended(record);
    const stranger = ended(newCallRecord(region, newId("workspace")));
    const elsewhere = ended({ ...newCallRecord(newRegion(), record.workspaceId) });
    const crossed = ended({ ...newCallRecord(region, record.workspaceId), callId: newId("call") });
    const malformed = { kind: "call_ended", eventId: newId("event"), call: { callId: 7 } };
    const answer = await send(stranger, elsewhere, crossed, malformed, good);
    expect(answer.accepted).toEqual([good.eventId]);
    expect(answer.rejected.map(({ eventId, code }) => [eventId, code])).toEqual([
      [stranger.eventId, "workspace_unknown"],
      [elsewhere.eventId, "region_mismatch"],
      [crossed.eventId, "conversation_mismatch"],
      [malformed.eventId, "malformed"],
    ]);
    expect(await find()).toMatchObject({ status: "done" });
  });

  test("a workspace of another region cannot be written to", async () => {
    const [mine, others] = [await setUp(), await setUp()];
    const event = ended(newCallRecord(mine.region, others.workspace.workspace_id));
    const answer = await mine.send(event);
    expect(answer.rejected).toMatchObject([{ code: "workspace_unknown" }]);
    expect(await others.find(event.call.conversationId)).toBeNull();
  });

  test("more than 100 events, or none, are 422", async () => {
    const { node, record } = await setUp();
    const statuses = await Promise.all(
      [[], Array.from({ length: 101 }, () => started(record))].map(async (events) => {
        const body = { events };
        return (await request("POST", "/v1/nodes/events", { bearer: node.credential, body }))
          .status;
      }),
    );
    expect(statuses).toEqual([422, 422]);
  });
});
