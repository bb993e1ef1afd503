import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { regionHub } from "../hub/objects.ts";
import { bindings, commit, refuseWebhooks, request, sql } from "../hub/test-fixture.ts";
import {
  accept,
  CALL,
  CONVERSATIONS,
  enableOverrides,
  eventually,
  isBusy,
  isSilent,
  newWebhook,
  ordersOf,
  placed,
  post,
  progress,
  rings,
  rows,
  type Script,
  setUp,
  startNode,
  TO,
  told,
} from "./test-orders.ts";

refuseWebhooks();

describe("placing a call", () => {
  test("a phone that rings is a success with both identifiers, and a conversation that is listed", async () => {
    const { agentId, body, client, node, numberId, phoneNumber } = await setUp();
    await enableOverrides(client, agentId, {
      conversation_config_override: { agent: { first_message: true } },
      custom_llm_extra_body: true,
    });
    const answer = await placed(
      await post(client, {
        ...body,
        telephony_call_config: { ringing_timeout_secs: 25, twilio_call_recording_enabled: true },
        conversation_initiation_client_data: {
          user_id: "user-7",
          dynamic_variables: { name: "Ada", visits: 3, secret__token: "out of sight", none: null },
          conversation_config_override: { agent: { first_message: "Hello {{name}}" } },
          custom_llm_extra_body: { temperature: 0.2 },
        },
      }),
    );
    expect(answer).toEqual({
      success: true,
      message: "The phone is ringing.",
      conversation_id: expect.stringMatching(/^conv_/),
      sip_call_id: "sip-call-id",
    });
    expect(node?.orders).toMatchObject([
      {
        fence: 1,
        workspaceId: client.workspaceId,
        phoneNumberId: numberId,
        agentId,
        toNumber: TO,
        ringingTimeoutSecs: 25,
        clientData: {
          dynamicVariables: { name: "Ada", visits: 3, secret__token: "out of sight" },
          conversationConfigOverride: { agent: { first_message: "Hello {{name}}" } },
          customLlmExtraBody: { temperature: 0.2 },
          userId: "user-7",
        },
      },
    ]);
    const view = await client.ok("GET", `${CONVERSATIONS}/${answer.conversation_id}`);
    expect(view).toMatchObject({
      agent_id: agentId,
      agent_name: "Ada",
      status: "initiated",
      user_id: "user-7",
      conversation_initiation_client_data: {
        dynamic_variables: { name: "Ada", visits: 3 },
        conversation_config_override: { agent: { first_message: "Hello {{name}}" } },
      },
      metadata: {
        phone_call: {
          direction: "outbound",
          phone_number_id: numberId,
          agent_number: phoneNumber,
          external_number: TO,
        },
      },
    });
    expect(JSON.stringify([view, await ordersOf(client)])).not.toContain("out of sight");
    const lists = ["", `?agent_id=${agentId}`, "?user_id=user-7", "?user_id=user-8"].map(
      async (query) => (await client.ok("GET", `${CONVERSATIONS}${query}`)).conversations,
    );
    const found = (await Promise.all(lists)).map((list) => list.length);
    expect(found).toEqual([1, 1, 1, 0]);
  });

  test("a busy phone is no success, in the vendor's words", async () => {
    const { body, client } = await setUp(isBusy);
    expect(await placed(await post(client, body))).toMatchObject({
      success: false,
      message: "INVITE failed: sip status: 486: Busy here (SIP 486)",
      sip_call_id: "sip-call-id",
    });
    // Nothing is left for the hub: the answer stands in the database.
    await eventually(
      () => ordersOf(client),
      ([row]) => row?.["status"] === "settled",
    );
  });

  test("a node that refuses for now is passed over, and only the second dials", async () => {
    const { body, client, node } = await setUp((order, self) => {
      const { fence, orderId } = order;
      const refusal = { code: "ports_exhausted", detail: "no port is free", retriable: true };
      self.say({ type: "order_refused", orderId, fence, ...refusal });
    });
    const second = await startNode(client.region, rings);
    // Of two equals either may be first.
    for (let call = 0; call < 2; call += 1) {
      expect(await placed(await post(client, body))).toMatchObject({ success: true });
    }
    expect(second.orders).toHaveLength(2);
    const fences = [...(node?.orders ?? []), ...second.orders].map(
      ({ fence, orderId }) => `${orderId} ${fence}`,
    );
    expect(new Set(fences).size).toBe(fences.length);
  });

  test.each([
    ["workspace_limit", "the workspace has as many calls as it may have at a time"],
    ["agent_limit", "the agent has as many calls as it may have at a time"],
    ["daily_limit", "the agent has had all the calls that it may have today"],
    ["trunk_rate_limit", "the trunk has had as many new calls as it may have in a second"],
    ["limit_undecided", "whether a limit allows it could not be found out"],
  ])("%s is no success and says so, and no other node is asked", async (code, reason) => {
    const overLimit: Script = (order, node) => {
      node.say(accept(order));
      node.say(progress(order, "ended", { sipCallId: null, endCode: code }));
    };
    const { body, client, node } = await setUp(overLimit);
    const other = await startNode(client.region, overLimit);
    expect(await placed(await post(client, body))).toMatchObject({
      success: false,
      message: `The call was not placed: ${reason} (${code}).`,
      sip_call_id: null,
    });
    expect([...(node?.orders ?? []), ...other.orders]).toHaveLength(1);
  });

  test("without a node it fails, says so, and tells the webhooks", async () => {
    const { agentId, body, client, phoneNumber } = await setUp(null);
    const webhookId = await newWebhook(client);
    const answer = await placed(await post(client, body));
    expect(answer).toMatchObject({
      success: false,
      message: "No media node of the region was ready to place the call.",
      sip_call_id: null,
    });
    const [only] = await eventually(
      () => told(webhookId),
      (list) => list.length > 0,
    );
    expect(only?.body).toMatchObject({
      type: "call_initiation_failure",
      data: {
        agent_id: agentId,
        conversation_id: answer.conversation_id,
        failure_reason: "unknown",
        metadata: { type: "sip", body: { from_number: phoneNumber, to_number: TO } },
      },
    });
    expect(await client.ok("GET", `${CONVERSATIONS}/${answer.conversation_id}`)).toMatchObject({
      status: "failed",
      end: { code: "no_node_available", blame: "platform" },
      metadata: { error: { code: 500, reason: expect.stringContaining("No media node") } },
    });
  });

  test("a node knows the trunk when the order comes, even of a number imported before outbound calls existed", async () => {
    const known: (readonly string[])[] = [];
    const { body, client, node } = await setUp((order, self) => {
      known.push([...self.hints].filter((id) => id.startsWith("otrk_")));
      rings(order, self);
    });
    await commit(
      sql(
        "DELETE FROM routing_changes WHERE region = ? AND kind = 'outbound_trunk'",
        client.region,
      ),
    );
    node?.hints.clear();
    await placed(await post(client, body));
    await placed(await post(client, body));
    const routes = await rows(
      `SELECT entity_id FROM routing_changes WHERE region = '${client.region}' AND kind = 'outbound_trunk'`,
    );
    const trunkId = routes[0]?.["entity_id"];
    expect([routes.length, known]).toEqual([1, [[trunkId], [trunkId]]]);
  });
});

describe("links and hubs that break", () => {
  test("a node that comes back is asked, and its client is answered", async () => {
    const { body, client, node } = await setUp((order, self) => self.say(accept(order)));
    const answer = post(client, body);
    const [order] = await eventually(
      () => node?.orders ?? [],
      (orders) => orders.length > 0,
    );
    await node?.relink();
    await eventually(
      () => node?.queries ?? [],
      (queries) => queries.includes(order?.orderId ?? ""),
    );
    if (order !== undefined) node?.say(progress(order, "answered", { sipStatus: 200 }));
    expect(await placed(await answer)).toMatchObject({ success: true });
    expect(node?.orders).toHaveLength(1);
  });

  test("a hub that is restarted under a waiting client dials once, and the client is answered", async () => {
    const { body, client, node } = await setUp((order, self) => self.say(accept(order)));
    const answer = post(client, body);
    const [order] = await eventually(
      () => node?.orders ?? [],
      (orders) => orders.length > 0,
    );
    const hub = regionHub(bindings, "default", client.region);
    await runInDurableObject(hub, (_hub, state) => state.abort("restarted")).catch(() => undefined);
    await node?.relink();
    await eventually(
      () => node?.queries ?? [],
      (queries) => queries.includes(order?.orderId ?? ""),
    );
    if (order !== undefined) node?.say(progress(order, "ringing", { sipStatus: 180 }));
    expect(await placed(await answer)).toMatchObject({ success: true, sip_call_id: "sip-call-id" });
    expect(node?.orders).toHaveLength(1);
  });

  test("a hub that has slept meanwhile goes on with the order", async () => {
    const { body, client, node } = await setUp();
    await placed(await post(client, body));
    const [order] = node?.orders ?? [];
    await evictDurableObject(regionHub(bindings, "default", client.region));
    if (order !== undefined) node?.say(progress(order, "answered", { sipStatus: 200 }));
    await eventually(
      () => ordersOf(client),
      ([row]) => row?.["status"] === "settled",
    );
    expect(node?.orders).toHaveLength(1);
  }, 20_000);

  test("a client that hangs up has ordered the call all the same", async () => {
    const { body, client, node } = await setUp(isSilent);
    const gone = new AbortController();
    const lost = request("POST", CALL, {
      headers: { "xi-api-key": client.key },
      body,
      signal: gone.signal,
    }).catch(() => null);
    const [order] = await eventually(
      () => node?.orders ?? [],
      (orders) => orders.length > 0,
    );
    gone.abort();
    await lost;
    if (node !== null && order !== undefined) isBusy(order, node);
    const [row] = await eventually(
      () => ordersOf(client),
      ([found]) => found?.["status"] === "settled",
    );
    expect(row?.["answer"]).toContain("486");
    expect(node?.orders).toHaveLength(1);
  });
});
