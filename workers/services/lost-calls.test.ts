import { expect, test } from "vitest";
import { callStartedSchema } from "../../schema/contracts/call-record.ts";
import { newId } from "../../schema/values/ids.ts";
import { findConversation } from "../db/conversations.ts";
import {
  deps,
  newCallRecord,
  newNode,
  newRegion,
  newWorkspace,
  refuseWebhooks,
  request,
} from "../hub/test-fixture.ts";
import { closeLostCalls, PROVISIONAL_MS } from "./lost-calls.ts";
import { sweepOrders } from "./settle-order.ts";

refuseWebhooks();

async function setUp() {
  const region = newRegion();
  const [node, workspace] = [await newNode(region), await newWorkspace(region)];
  const made = await request("POST", "/v1/workspace/webhooks", {
    headers: { "xi-api-key": workspace.api_key },
    body: {
      settings: { auth_type: "hmac", name: "hook", webhook_url: "https://hooks.example.com/" },
    },
  });
  const { webhook_id: endpointId } = await made.json<{ webhook_id: string }>();
  const tell = async (kind: string, call: object) => {
    const events = [{ kind, eventId: newId("event"), call }];
    await request("POST", "/v1/nodes/events", { bearer: node.credential, body: { events } });
  };
  const newCall = () => {
    const call = { ...newCallRecord(region, workspace.workspace_id), nodeId: node.nodeId };
    return { ...call, startedAtMs: Date.now() - 31_000, answeredAtMs: Date.now() - 30_000 };
  };
  const find = (call: { readonly conversationId: string }) =>
    findConversation(deps.db, workspace.workspace_id, call.conversationId);
  const told = async () => {
    const rows = await deps.db.read((reader) =>
      reader.all<{ event_type: string; body: string }>(
        `SELECT event_type, body FROM webhook_deliveries WHERE endpoint_id = '${endpointId}'`,
      ),
    );
    return rows.map(({ event_type: eventType, body }) => ({ eventType, ...JSON.parse(body) }));
  };
  const sweep = (isLost: boolean, laterMs: number) =>
    sweepOrders(
      { ...deps, clock: () => Date.now() + laterMs },
      region,
      () => true,
      () => isLost,
      async () => undefined,
    );
  return { region, node, tell, newCall, find, told, sweep };
}

test("calls of a lost node end as node_lost, and the webhooks are told when two minutes have brought no record", async () => {
  const { region, node, tell, newCall, find, told, sweep } = await setUp();
  const [up, ringing, elsewhere] = [newCall(), newCall(), { ...newCall(), nodeId: "node-b" }];
  await tell("call_answered", up);
  await tell("call_started", callStartedSchema.parse(ringing));
  await tell("call_answered", elsewhere);
  await closeLostCalls(deps, region, (nodeId) => nodeId === node.nodeId);
  expect(await find(up)).toMatchObject({ status: "done", endCode: "node_lost" });
  expect((await find(up))?.durationMs).toBeGreaterThanOrEqual(30_000);
  expect(await find(ringing)).toMatchObject({ status: "failed", endCode: "node_lost" });
  expect(await find(elsewhere)).toMatchObject({ status: "in-progress", endedAtMs: null });
  expect(await told()).toEqual([]);
  // A second look finds nothing to do, and an event of before the loss changes nothing.
  const before = await find(up);
  await closeLostCalls(deps, region, (nodeId) => nodeId === node.nodeId);
  await tell("call_answered", up);
  expect(await find(up)).toEqual(before);
  await sweep(true, PROVISIONAL_MS + 1_000);
  const bodies = await told();
  expect(bodies.map(({ eventType }) => eventType)).toEqual([
    "post_call_transcription",
    "post_call_transcription",
  ]);
  const of = (call: { readonly conversationId: string }) =>
    bodies.find(({ data }) => data.conversation_id === call.conversationId)?.data;
  expect(of(up)).toMatchObject({ status: "done", end: { code: "node_lost" } });
});

test("the node's own record takes the place of that end, and is what the webhooks are told", async () => {
  const { region, tell, newCall, find, told, sweep } = await setUp();
  const call = newCall();
  await tell("call_answered", call);
  await closeLostCalls(deps, region, () => true);
  // It is back, with the call: nobody is told while it may still say how it ended.
  await sweep(false, PROVISIONAL_MS + 1_000);
  expect(await told()).toEqual([]);
  await tell("call_ended", call);
  expect(await find(call)).toMatchObject({ endCode: "caller_hung_up", provisionalUntilMs: null });
  const bodies = await told();
  expect(bodies).toHaveLength(1);
  expect(bodies[0]?.data).toMatchObject({ end: { code: "caller_hung_up" } });
  await sweep(true, 2 * PROVISIONAL_MS);
  expect(await told()).toHaveLength(1);
});
