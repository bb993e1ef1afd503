import { describe, expect, test, vi } from "vitest";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { pokeDialers } from "../hub/objects.ts";
import { bindings, commit, deps, refuseWebhooks, sql } from "../hub/test-fixture.ts";
import {
  BATCHES,
  batchOf,
  batchWhen,
  isOver,
  numbers,
  setUpBatches,
  statusesOf,
  submit,
} from "./test-batches.ts";
import { CONVERSATIONS, eventually, newWebhook, rows, told } from "./test-orders.ts";

refuseWebhooks();
// Rounds of the dialer, one after the other, in real time.
vi.setConfig({ testTimeout: 20_000 });

const toEach = (count: number) => numbers(count).map((phone_number) => ({ phone_number }));

describe("the calls of a batch", () => {
  test("each recipient has the status of its call, with its conversation and its own variables", async () => {
    const { body, calling, client } = await setUpBatches(({ toNumber }) =>
      toNumber.endsWith("1") ? { kind: "sip", status: 486 } : { kind: "answered" },
    );
    const webhookId = await newWebhook(client);
    const id = await submit(client, {
      ...body,
      telephony_call_config: { ringing_timeout_secs: 17 },
      recipients: [
        { id: "ada", phone_number: numbers(2)[0] },
        {
          phone_number: numbers(2)[1],
          conversation_initiation_client_data: {
            user_id: "u-1",
            dynamic_variables: { name: "Bob", secret__pin: "out of sight" },
          },
        },
      ],
    });
    const batch = await batchWhen(client, id, isOver);
    expect(batch).toMatchObject({
      status: "completed",
      total_calls_scheduled: 2,
      total_calls_dispatched: 2,
      total_calls_finished: 2,
      recipients: [
        { id: "ada", status: "completed", attempts: 1, conversation_id: expect.any(String) },
        { id: expect.stringMatching(/^rcpt_/), status: "failed", attempts: 1 },
      ],
    });
    expect(calling.dialled).toMatchObject([
      { toNumber: numbers(2)[0], ringingTimeoutSecs: 17 },
      {
        toNumber: numbers(2)[1],
        clientData: {
          userId: "u-1",
          dynamicVariables: { name: "Bob", secret__pin: "out of sight" },
        },
      },
    ]);
    const [first, second] = batch.recipients;
    expect(await client.ok("GET", `${CONVERSATIONS}/${first?.conversation_id}`)).toMatchObject({
      status: "done",
      metadata: { batch_call: { batch_call_id: id, batch_call_recipient_id: "ada" } },
    });
    expect(
      (await told(webhookId)).map(({ body: { data }, type }) => [type, data.conversation_id]),
    ).toEqual(
      expect.arrayContaining([
        ["post_call_transcription", first?.conversation_id],
        ["call_initiation_failure", second?.conversation_id],
      ]),
    );
    const kept = await rows(`SELECT * FROM batch_recipients WHERE batch_call_id = '${id}'`);
    expect(JSON.stringify([batch, kept])).not.toContain("out of sight");
  });

  test("a scheduled batch waits for its time, and begins then", async () => {
    const { body, calling, client } = await setUpBatches();
    const soon = Math.ceil(Date.now() / 1_000) + 1;
    const id = await submit(client, { ...body, scheduled_time_unix: soon, timezone: "Asia/Tokyo" });
    expect(await batchOf(client, id)).toMatchObject({
      status: "pending",
      scheduled_time_unix: soon,
      timezone: "Asia/Tokyo",
    });
    const later = await submit(client, { ...body, scheduled_time_unix: soon + 3_600 });
    await batchWhen(client, id, isOver);
    expect(calling.dialled.length).toBe(3);
    expect(await batchOf(client, later)).toMatchObject({
      status: "pending",
      total_calls_dispatched: 0,
    });
  });

  test("a call that no node could place is placed again, and nobody is told that it failed", async () => {
    let refusals = 0;
    const { body, calling, client } = await setUpBatches(({ toNumber }) => {
      if (toNumber.endsWith("0") && refusals < 1) {
        refusals += 1;
        return { kind: "refused", code: "ports_exhausted" };
      }
      if (toNumber.endsWith("1") && refusals < 2) {
        refusals += 1;
        return { kind: "end", code: "trunk_rate_limit" };
      }
      return { kind: "answered" };
    });
    const webhookId = await newWebhook(client);
    const id = await submit(client, { ...body, recipients: toEach(2) });
    const batch = await batchWhen(client, id, isOver);
    expect(batch.recipients).toMatchObject([
      { status: "completed", attempts: 1 },
      { status: "completed", attempts: 1 },
    ]);
    expect(new Set(calling.dialled.map(({ orderId }) => orderId)).size).toBe(3);
    expect((await told(webhookId)).map(({ type }) => type)).toEqual([
      "post_call_transcription",
      "post_call_transcription",
    ]);
  });

  test("an agent that is gone fails whoever has not been called", async () => {
    const { agentId, body, client, numberId } = await setUpBatches();
    const soon = Math.ceil(Date.now() / 1_000) + 1;
    const id = await submit(client, { ...body, scheduled_time_unix: soon });
    await client.ok("PATCH", `/v1/convai/phone-numbers/${numberId}`, { agent_id: null });
    await client.ok("DELETE", `/v1/convai/agents/${agentId}`);
    const batch = await batchWhen(client, id, ({ status }) => status === "failed");
    expect(statusesOf(batch)).toEqual(["failed", "failed", "failed"]);
  });

  test("a conversation that is deleted takes the recipient's number and data along", async () => {
    const { body, client } = await setUpBatches();
    const id = await submit(client, { ...body, recipients: toEach(1) });
    const batch = await batchWhen(client, id, isOver);
    await client.ok("DELETE", `${CONVERSATIONS}/${batch.recipients[0]?.conversation_id}`);
    expect((await batchOf(client, id)).recipients).toMatchObject([
      { phone_number: null, conversation_id: null, status: "completed" },
    ]);
  });
});

describe("pace", () => {
  test.each([
    { name: "its own limit", target: 3, agent: 100, most: 3 },
    { name: "seven tenths of the agent's limit", target: undefined, agent: 5, most: 3 },
    {
      name: "the agent's limit but for one place, whatever it asks for",
      target: 50,
      agent: 5,
      most: 4,
    },
  ])("a batch never has more calls than $name", async ({ agent, most, target }) => {
    const limits = { workspace: null, agent, daily: null };
    const { agentId, body, calling, client } = await setUpBatches(
      () => ({ kind: "holds" }),
      limits,
    );
    await client.ok("PATCH", `/v1/convai/agents/${agentId}`, {
      platform_settings: { call_limits: { agent_concurrency_limit: agent } },
    });
    const id = await submit(client, {
      ...body,
      recipients: toEach(12),
      target_concurrency_limit: target,
    });
    const seen: number[] = [];
    for (let ended = 0; ended < 12; ended += 1) {
      await eventually(
        () => calling.dialled.length - ended,
        (up) => up >= Math.min(most, 12 - ended),
      );
      seen.push(calling.up.size);
      const order = calling.dialled[ended];
      if (order === undefined) throw new Error("nobody is on the phone");
      await calling.end(order);
    }
    await batchWhen(client, id, isOver);
    expect([calling.most, calling.refusals]).toEqual([most, 0]);
    expect(seen.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => most));
    expect(calling.dialled.map(({ toNumber }) => toNumber)).toEqual(numbers(12));
  });

  test("batches of a workspace share half of its limit in turn, whoever came first", async () => {
    const { body, calling, client } = await setUpBatches(() => ({ kind: "holds" }));
    await commit(
      sql("UPDATE workspaces SET concurrency_limit = 8 WHERE id = ?", client.workspaceId),
    );
    const soon = Math.ceil(Date.now() / 1_000) + 1;
    const first = { ...body, recipients: toEach(9), scheduled_time_unix: soon };
    const ids = [await submit(client, first), await submit(client, first)];
    await eventually(
      () => calling.up.size,
      (up) => up === 4,
    );
    const batches = await Promise.all(ids.map((id) => batchOf(client, id)));
    expect(batches.map(({ total_calls_dispatched: dispatched }) => dispatched)).toEqual([2, 2]);
    expect(calling.most).toBe(4);
    for (const id of ids) await client.ok("POST", `${BATCHES}/${id}/cancel`);
  });
});

describe("what must not happen twice, nor be forgotten", () => {
  test("an order that never reached the hub is placed by whoever comes next, under the same identifier", async () => {
    const { body, calling, client } = await setUpBatches();
    const later = Math.ceil(Date.now() / 1_000) + 3_600;
    const recipients = toEach(1);
    const id = await submit(client, { ...body, recipients, scheduled_time_unix: later });
    const orderId = newId("order");
    const callId = newId("call");
    const longAgoMs = Date.now() - 600_000;
    // What a dialer leaves behind that dies between its commit and its word to the hub.
    await commit(
      sql("UPDATE batch_calls SET status = 'in_progress', scheduled_at_ms = 0 WHERE id = ?", id),
      sql(
        `UPDATE batch_recipients SET status = 'dispatched', attempts = 1, orders = 1, call_id = ?
         WHERE batch_call_id = ?`,
        callId,
        id,
      ),
      sql(
        `INSERT INTO outbound_orders (id, workspace_id, region, call_id, phone_number_id, agent_id,
           to_number, api_key_id, status, batch_call_id, batch_recipient_id, created_at_ms)
         SELECT ?, workspace_id, region, ?, phone_number_id, agent_id, '', api_key_id, 'placed', id, 'r', ?
         FROM batch_calls WHERE id = ?`,
        orderId,
        callId,
        longAgoMs,
        id,
      ),
      sql(
        `INSERT INTO conversations (id, workspace_id, call_id, agent_id, agent_name, phone_number_id,
           node_id, direction, status, started_at_ms, record)
         SELECT ?, workspace_id, ?, agent_id, agent_name, phone_number_id, '', 'outbound',
           'initiated', ?, '{}'
         FROM batch_calls WHERE id = ?`,
        conversationIdOf(callId),
        callId,
        longAgoMs,
        id,
      ),
    );
    await pokeDialers(bindings, deps.config.residency, [client.workspaceId]);
    await batchWhen(client, id, isOver);
    expect(calling.dialled.map((order) => order.orderId)).toEqual([orderId]);
  });
});

describe("cancel and retry", () => {
  test("after a cancel nobody else is called, and calls that were dispatched go on to their own end", async () => {
    const { body, calling, client } = await setUpBatches(() => ({ kind: "holds" }));
    const id = await submit(client, {
      ...body,
      recipients: toEach(5),
      target_concurrency_limit: 2,
    });
    await eventually(
      () => calling.up.size,
      (up) => up === 2,
    );
    const cancelled = await client.ok("POST", `${BATCHES}/${id}/cancel`);
    expect(cancelled).toMatchObject({ status: "cancelled", total_calls_finished: 3 });
    await batchWhen(client, id, ({ recipients }) => recipients[1]?.status === "in_progress");
    for (const order of [...calling.dialled]) await calling.end(order);
    const batch = await batchOf(client, id);
    expect(statusesOf(batch)).toEqual([
      "completed",
      "completed",
      "cancelled",
      "cancelled",
      "cancelled",
    ]);
    expect(calling.dialled).toHaveLength(2);
    expect(await client.ok("POST", `${BATCHES}/${id}/cancel`)).toMatchObject({
      status: "cancelled",
    });
  });

  test("a cancel that races with the pace splits the recipients exactly: dialled or cancelled", async () => {
    const { body, calling, client } = await setUpBatches();
    const id = await submit(client, { ...body, recipients: toEach(60) });
    await eventually(
      () => calling.dialled.length,
      (count) => count > 3,
    );
    await client.ok("POST", `${BATCHES}/${id}/cancel`);
    const batch = await batchWhen(
      client,
      id,
      ({ total_calls_finished: finished }) => finished === 60,
    );
    const reached = batch.recipients.filter(({ status }) => status === "completed");
    expect(reached.map((recipient) => recipient.phone_number).sort()).toEqual(
      calling.dialled.map(({ toNumber }) => toNumber).sort(),
    );
    expect(reached.length).toBeLessThan(60);
    expect(new Set(statusesOf(batch))).toEqual(new Set(["completed", "cancelled"]));
  });

  test("a retry calls whoever failed once more, and nobody else; with a key it is one retry", async () => {
    const { body, calling, client } = await setUpBatches(({ toNumber }, dialled) => {
      const isFirst = !dialled.some((order) => order.toNumber === toNumber);
      return toNumber.endsWith("1") && isFirst
        ? { kind: "sip", status: 480 }
        : { kind: "answered" };
    });
    const id = await submit(client, body);
    const before = await batchWhen(client, id, isOver);
    expect(statusesOf(before)).toEqual(["completed", "failed", "completed"]);
    const retry = `${BATCHES}/${id}/retry`;
    const answer = await client.ok("POST", retry);
    expect(answer).toMatchObject({
      status: "in_progress",
      retry_count: 1,
      total_calls_finished: 2,
    });
    const after = await batchWhen(client, id, isOver);
    expect(statusesOf(after)).toEqual(["completed", "completed", "completed"]);
    expect(after.recipients.map(({ attempts }) => attempts)).toEqual([1, 2, 1]);
    expect(after.recipients[1]?.conversation_id).not.toBe(before.recipients[1]?.conversation_id);
    expect(calling.dialled.map(({ toNumber }) => toNumber).sort()).toEqual(
      [...numbers(3), numbers(2)[1]].sort(),
    );
    const again = await client.call("POST", retry);
    expect([again.status, await again.json()]).toMatchObject([
      409,
      { detail: { status: "nobody_failed" } },
    ]);
  });

  test("a batch that is deleted is gone with its recipients, and its conversations stay", async () => {
    const { body, client } = await setUpBatches();
    const id = await submit(client, body);
    const batch = await batchWhen(client, id, isOver);
    const removed = await client.call("DELETE", `${BATCHES}/${id}`);
    expect([removed.status, await removed.text()]).toEqual([204, ""]);
    expect((await client.call("GET", `${BATCHES}/${id}`)).status).toBe(404);
    expect((await client.call("DELETE", `${BATCHES}/${id}`)).status).toBe(404);
    expect(await rows(`SELECT 1 FROM batch_recipients WHERE batch_call_id = '${id}'`)).toEqual([]);
    const [first] = batch.recipients;
    await client.ok("GET", `${CONVERSATIONS}/${first?.conversation_id}`);
  });
});
