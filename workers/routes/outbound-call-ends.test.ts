import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { callInitiationFailureSchema } from "../../schema/contracts/webhook.ts";
import { regionHub } from "../hub/objects.ts";
import type { RegionHub } from "../hub/region-hub.ts";
import { bindings, commit, refuseWebhooks, sql } from "../hub/test-fixture.ts";
import {
  answeredCall,
  CONVERSATIONS,
  callFacts,
  eventually,
  isBusy,
  newWebhook,
  placed,
  post,
  refusedCall,
  rows,
  setUp,
  TO,
  tell,
  told,
} from "./test-orders.ts";

refuseWebhooks();

describe("what nodes and time tell of the call", () => {
  test.each([
    [486, "Busy here", "busy", "unavailable"],
    [600, "Busy Everywhere", "busy", "unavailable"],
    [408, "Request Timeout", "no-answer", "unavailable"],
    [480, "Temporarily Unavailable", "no-answer", "unavailable"],
    [487, "Request Terminated", "no-answer", "unavailable"],
    [404, "Not Found", "unknown", "not_found"],
    [603, "Decline", "unknown", "permission_denied"],
  ])(
    "a %i is told once as call_initiation_failure: %s is %s",
    async (status, reason, why, twirp) => {
      const { agentId, body, client, node } = await setUp(isBusy);
      const webhookId = await newWebhook(client);
      const answer = await placed(await post(client, body));
      const [order] = node?.orders ?? [];
      if (node === null || order === undefined) throw new Error("no order");
      const call = refusedCall(client, order, status, reason);
      await tell(node, "call_ended", call);
      await tell(node, "call_ended", call);
      const posted = await told(webhookId);
      for (const one of posted) callInitiationFailureSchema.parse(one.body);
      expect(posted).toEqual([
        {
          type: "call_initiation_failure",
          body: {
            type: "call_initiation_failure",
            event_timestamp: expect.any(Number),
            event_id: expect.stringMatching(/^evt_/),
            sequence: 1,
            data: {
              agent_id: agentId,
              conversation_id: answer.conversation_id,
              failure_reason: why,
              metadata: {
                type: "sip",
                body: {
                  from_number: "+15005550100",
                  to_number: TO,
                  sip_status_code: status,
                  error_reason: `INVITE failed: sip status: ${status}: ${reason} (SIP ${status})`,
                  call_sid: "sip-call-id",
                  sip_status: reason,
                  twirp_code: twirp,
                },
              },
            },
          },
        },
      ]);
      expect(await client.ok("GET", `${CONVERSATIONS}/${answer.conversation_id}`)).toMatchObject({
        status: "failed",
        metadata: { error: { code: status } },
      });
    },
  );

  test("a call that a limit refused is told with the limit's reason and status", async () => {
    const { body, client, node } = await setUp();
    const webhookId = await newWebhook(client);
    await placed(await post(client, body));
    const [order] = node?.orders ?? [];
    if (node === null || order === undefined) throw new Error("no order");
    const reason = "The agent had as many calls as its agent_concurrency_limit.";
    const end = { code: "agent_limit", blame: "customer", sipStatus: 486, reason };
    await tell(node, "call_ended", { ...refusedCall(client, order, 0, ""), end, refusal: null });
    const [only, ...others] = await told(webhookId);
    expect(others).toEqual([]);
    expect(only?.body.data).toMatchObject({
      failure_reason: "unknown",
      metadata: { body: { sip_status_code: 486, error_reason: `INVITE failed: ${reason}` } },
    });
  });

  test("an answered call is told as a transcription when it ends, with what the request said", async () => {
    const { body, client, node } = await setUp();
    const webhookId = await newWebhook(client);
    const clientData = { user_id: "user-7", dynamic_variables: { name: "Ada" } };
    const answer = await placed(
      await post(client, { ...body, conversation_initiation_client_data: clientData }),
    );
    const [order] = node?.orders ?? [];
    if (node === null || order === undefined) throw new Error("no order");
    // The order has waited: the call begins with its INVITE, wherever that is told.
    const startedAtMs = Date.now() + 2_500;
    await tell(node, "call_started", { ...callFacts(client, order), startedAtMs });
    await tell(node, "call_ended", { ...answeredCall(client, order), startedAtMs });
    const view = await client.ok("GET", `${CONVERSATIONS}/${answer.conversation_id}`);
    expect(view).toMatchObject({
      status: "done",
      user_id: "user-7",
      metadata: {
        start_time_unix_secs: Math.floor(startedAtMs / 1_000),
        call_duration_secs: 12,
        phone_call: { direction: "outbound", call_id: "sip-call-id", external_number: TO },
      },
    });
    const [only, ...others] = await told(webhookId);
    expect(others).toEqual([]);
    expect(only?.body).toMatchObject({ type: "post_call_transcription", data: view });
  });

  /** The phone rings, and then the node is gone. */
  async function lostCall() {
    const { body, client, node } = await setUp();
    const webhookId = await newWebhook(client);
    const answer = await placed(await post(client, body));
    const [order] = node?.orders ?? [];
    const hub = regionHub(bindings, "default", client.region);
    node?.drop();
    await eventually(
      () => runInDurableObject(hub, (_hub, state) => state.getWebSockets().length),
      (links) => links === 0,
    );
    let aheadMs = 0;
    const realNow = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => realNow() + aheadMs);
    const pass = async (ms: number) => {
      aheadMs += ms;
      await runInDurableObject(hub, (instance) => (instance as RegionHub).alarm());
    };
    await pass(31_000);
    const view = () => client.ok("GET", `${CONVERSATIONS}/${answer.conversation_id}`);
    await eventually(view, ({ status }) => status === "failed");
    if (node === null || order === undefined) throw new Error("no order");
    return { client, node, order, webhookId, pass, view, told: () => told(webhookId) };
  }

  test("a lost node's call ends as outcome_unknown, and the webhooks are told two minutes later", async () => {
    const lost = await lostCall();
    expect(await lost.view()).toMatchObject({
      status: "failed",
      end: { code: "outcome_unknown", blame: "platform" },
    });
    await lost.pass(60_000);
    expect(await lost.told()).toEqual([]);
    await lost.pass(61_000);
    await lost.pass(61_000);
    expect(await lost.told()).toMatchObject([
      { type: "call_initiation_failure", body: { data: { failure_reason: "unknown" } } },
    ]);
    expect(lost.node.orders).toHaveLength(1);
  });

  test("the node's own record replaces it until then, and is all that the webhooks hear", async () => {
    const lost = await lostCall();
    await tell(lost.node, "call_ended", answeredCall(lost.client, lost.order));
    expect(await lost.view()).toMatchObject({ status: "done", end: { code: "agent_hung_up" } });
    await lost.pass(130_000);
    expect((await lost.told()).map(({ type }) => type)).toEqual(["post_call_transcription"]);
  });

  test("a record that comes later still corrects the conversation, and no failure is told twice", async () => {
    const lost = await lostCall();
    await lost.pass(130_000);
    await tell(lost.node, "call_ended", refusedCall(lost.client, lost.order, 486, "Busy here"));
    expect(await lost.view()).toMatchObject({ end: { code: "callee_refused" } });
    expect((await lost.told()).map(({ type }) => type)).toEqual(["call_initiation_failure"]);
  });

  test("an order that no hub knows ends as outcome_unknown, and is never begun", async () => {
    const { body, client, node } = await setUp();
    const answer = await placed(await post(client, body));
    const [order] = node?.orders ?? [];
    await commit(
      sql(
        `INSERT INTO outbound_orders (id, workspace_id, region, call_id, phone_number_id, agent_id,
           to_number, api_key_id, status, created_at_ms)
         SELECT ?, workspace_id, region, 'call_x', phone_number_id, agent_id, to_number, api_key_id,
           'placed', created_at_ms - 200000 FROM outbound_orders WHERE id = ?`,
        "ord_00000000000000000000000000",
        order?.orderId ?? "",
      ),
    );
    expect(answer.success).toBe(true);
    const later = Date.now() + 61_000;
    vi.spyOn(Date, "now").mockImplementation(() => later);
    const hub = regionHub(bindings, "default", client.region);
    await runInDurableObject(hub, (instance) => (instance as RegionHub).alarm());
    const [row] = await rows(
      "SELECT * FROM outbound_orders WHERE id = 'ord_00000000000000000000000000'",
    );
    expect(row).toMatchObject({ status: "settled", answer: expect.stringContaining("not known") });
    expect(node?.orders).toHaveLength(1);
  });
});
