import { createExecutionContext, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  type HubToNode,
  hubToNodeSchema,
  type NodeToHub,
} from "../../schema/contracts/node-link.ts";
import type { OrderToHub, OrderToNode } from "../../schema/contracts/orders.ts";
import { outboundCallResponseSchema } from "../../schema/contracts/outbound-call.ts";
import { callInitiationFailureSchema } from "../../schema/contracts/webhook.ts";
import { createApp } from "../app.ts";
import { regionHub } from "../hub/objects.ts";
import type { RegionHub } from "../hub/region-hub.ts";
import { bindings, commit, deps, newNode, request, sql } from "../hub/test-fixture.ts";
import { importNumber, newAgent, newClient, type TestClient } from "./test-client.ts";

const CALL = "/v1/convai/sip-trunk/outbound-call";
const CONVERSATIONS = "/v1/convai/conversations";
const TO = "+15005550199";
const WITHIN_MS = 5_000;

type Order = Extract<OrderToNode, { type: "order" }>["order"];

/** A node on a real link that does with orders what the test says, and counts what it dials. */
interface ScriptedNode {
  readonly credential: string;
  readonly orders: Order[];
  readonly queries: string[];
  /** Entities of the routing table that hints have brought. */
  readonly hints: Set<string>;
  say(message: OrderToHub): void;
  /** Leaves the link and comes back. */
  relink(): Promise<void>;
  drop(): void;
}

type Script = (order: Order, node: ScriptedNode) => void;

const accept = ({ fence, orderId }: Order): OrderToHub => ({
  type: "order_accepted",
  orderId,
  fence,
});

const progress = (
  { fence, orderId }: Order,
  state: Extract<OrderToHub, { type: "order_progress" }>["state"],
  more: Partial<Extract<OrderToHub, { type: "order_progress" }>> = {},
): OrderToHub => ({
  type: "order_progress",
  orderId,
  fence,
  state,
  sipCallId: "sip-call-id",
  sipStatus: null,
  sipReason: null,
  endCode: null,
  ...more,
});

const rings: Script = (order, node) => {
  node.say(accept(order));
  node.say(progress(order, "dialling"));
  node.say(progress(order, "ringing", { sipStatus: 180 }));
};
const isBusy: Script = (order, node) => {
  node.say(accept(order));
  const busy = { sipStatus: 486, sipReason: "Busy here", endCode: "callee_busy" };
  node.say(progress(order, "ended", busy));
};
const isSilent: Script = () => undefined;

async function startNode(region: string, script: Script): Promise<ScriptedNode> {
  const { credential } = await newNode(region);
  let socket: WebSocket | null = null;
  const node: ScriptedNode = {
    credential,
    orders: [],
    queries: [],
    hints: new Set(),
    say: (message) => socket?.send(JSON.stringify(message)),
    relink: async () => {
      node.drop();
      await link();
    },
    drop: () => {
      socket?.close(1000);
      socket = null;
    },
  };

  async function link(): Promise<void> {
    const response = await request("GET", "/v1/nodes/link", {
      bearer: credential,
      headers: { upgrade: "websocket" },
    });
    const opened = response.webSocket;
    if (opened === null) throw new Error(`link: status ${response.status}`);
    const welcomed = Promise.withResolvers<void>();
    opened.addEventListener("message", ({ data }) => {
      const message: HubToNode = hubToNodeSchema.parse(JSON.parse(String(data)));
      if (message.type === "welcome") welcomed.resolve();
      if (message.type === "routing_changed") {
        for (const { entityId } of message.changes) node.hints.add(entityId);
      }
      if (message.type === "order_query") node.queries.push(message.orderId);
      if (message.type !== "order") return;
      node.orders.push(message.order);
      script(message.order, node);
    });
    opened.accept();
    socket = opened;
    const state = {
      state: "ready",
      epoch: 0,
      routingVersion: 0,
      routingHash: "0".repeat(64),
      activeCalls: 0,
    } as const;
    const hello: NodeToHub = {
      type: "hello",
      versions: [1],
      bootId: "boot",
      softwareVersion: "test",
      state,
    };
    opened.send(JSON.stringify(hello));
    await welcomed.promise;
  }

  await link();
  onTestFinished(() => node.drop());
  return node;
}

async function setUp(script: Script | null = rings) {
  const client = await newClient();
  const node = script === null ? null : await startNode(client.region, script);
  const agentId = await newAgent(client, "Ada");
  const trunk = { outbound_trunk_config: { address: "sip.example.com" } };
  const { id: numberId, phoneNumber } = await importNumber(client, trunk);
  const body = { agent_id: agentId, agent_phone_number_id: numberId, to_number: TO };
  return { client, node, agentId, numberId, phoneNumber, body };
}

function post(client: TestClient, body: unknown, key?: string): Promise<Response> {
  const headers = {
    "xi-api-key": client.key,
    ...(key === undefined ? {} : { "idempotency-key": key }),
  };
  return request("POST", CALL, { headers, body });
}

/** The answer of a call that must be 200, in exactly the vendor's members. */
async function placed(response: Response) {
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.any(String)]);
  return outboundCallResponseSchema.strict().parse(JSON.parse(text));
}

async function eventually<T>(look: () => T | Promise<T>, isThere: (value: T) => boolean) {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const value = await look();
    if (isThere(value)) return value;
    if (performance.now() > deadline) throw new Error(`not in time: ${JSON.stringify(value)}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}

function rows(query: string): Promise<Record<string, unknown>[]> {
  return deps.db.read((reader) => reader.all<Record<string, unknown>>(query));
}

const ordersOf = ({ workspaceId }: TestClient) =>
  rows(`SELECT * FROM outbound_orders WHERE workspace_id = '${workspaceId}'`);

async function newWebhook(client: TestClient): Promise<string> {
  const { webhook_id: id } = await client.ok("POST", "/v1/workspace/webhooks", {
    settings: { auth_type: "hmac", name: "w", webhook_url: "https://hooks.example.com/x" },
  });
  return id;
}

async function told(webhookId: string) {
  const found = await rows(
    `SELECT event_type, body FROM webhook_deliveries WHERE endpoint_id = '${webhookId}' ORDER BY sequence`,
  );
  return found.map(({ body, event_type: type }) => ({ type, body: JSON.parse(String(body)) }));
}

/** What the node posts of the order's call. */
function callFacts(client: TestClient, order: Order) {
  return {
    callId: order.callId,
    conversationId: `conv_${order.callId.slice("call_".length)}`,
    workspaceId: order.workspaceId,
    phoneNumberId: order.phoneNumberId,
    agentId: order.agentId,
    agentName: "Ada",
    direction: "outbound",
    agentNumber: "+15005550100",
    externalNumber: order.toNumber,
    callSid: "sip-call-id",
    sipCallId: "sip-call-id",
    dynamicVariables: {},
    nodeId: "node-1",
    region: client.region,
    transport: "tls",
    sourceAddress: "192.0.2.20",
    startedAtMs: Date.now(),
  };
}

function refusedCall(client: TestClient, order: Order, status: number, reason: string) {
  const now = Date.now();
  return {
    ...callFacts(client, order),
    answeredAtMs: null,
    endedAtMs: now,
    durationMs: 0,
    end: { code: "callee_refused", blame: "none", sipStatus: null, reason: "It was refused." },
    refusal: { status, reason },
    media: null,
  };
}

function answeredCall(client: TestClient, order: Order) {
  return {
    ...refusedCall(client, order, 200, ""),
    answeredAtMs: Date.now(),
    durationMs: 12_000,
    end: { code: "agent_hung_up", blame: "none", sipStatus: null, reason: "The agent ended." },
    refusal: null,
  };
}

async function tell(node: ScriptedNode, kind: string, call: unknown): Promise<void> {
  const eventId = `evt_${String((call as { callId: string }).callId).slice("call_".length)}`;
  const response = await request("POST", "/v1/nodes/events", {
    bearer: node.credential,
    body: { events: [{ kind, eventId, call }] },
  });
  expect(await response.json()).toEqual({ accepted: [eventId], rejected: [] });
}

// Every webhook endpoint refuses: what is pending stays pending.
beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(null, { status: 503 }));
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("placing a call", () => {
  test("a phone that rings is a success with both identifiers, and a conversation that is listed", async () => {
    const { agentId, body, client, node, numberId, phoneNumber } = await setUp();
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

describe("what is refused before an order exists", () => {
  test.each([
    ["", "cannot_be_dialled", undefined],
    ["sip:+15005550199@carrier.example.com", "cannot_be_dialled", TO],
    ["tel:+15005550199", "cannot_be_dialled", TO],
    ["+15005550199@carrier.example.com", "cannot_be_dialled", TO],
    ["+1500555\r\n0199", "cannot_be_dialled", undefined],
    ["1".repeat(129), "cannot_be_dialled", undefined],
  ])("to_number %j is %s, and %j would pass", async (to, type, hint) => {
    const { body, client, node } = await setUp();
    const response = await post(client, { ...body, to_number: to });
    expect(response.status).toBe(422);
    const { detail } = await response.json<{ detail: Record<string, unknown>[] }>();
    expect(detail).toMatchObject([{ loc: ["body", "to_number"], type }]);
    if (hint !== undefined) expect(detail[0]?.["hint"]).toBe(hint);
    expect([node?.orders, await ordersOf(client)]).toEqual([[], []]);
  });

  test.each(["1000", "reception", "+44 20 7946 0018", "*31#100"])(
    "%j can be dialled",
    async (to) => {
      const { body, client, node } = await setUp();
      expect(await placed(await post(client, { ...body, to_number: to }))).toMatchObject({
        success: true,
      });
      expect(node?.orders[0]?.toNumber).toBe(to);
    },
  );

  test("an unknown agent or number, another workspace's too, is 404", async () => {
    const [mine, others] = [await setUp(), await setUp()];
    const bodies = [
      { ...mine.body, agent_id: others.agentId },
      { ...mine.body, agent_phone_number_id: others.numberId },
      { ...mine.body, agent_id: "agent" },
    ];
    for (const body of bodies) {
      const response = await post(mine.client, body);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ detail: { status: "not_found" } });
    }
    expect(await ordersOf(mine.client)).toEqual([]);
  });

  test("a number that cannot dial is 422, with what would help", async () => {
    const { agentId, client } = await setUp();
    const trunkless = await importNumber(client);
    const inboundOnly = await importNumber(client, {
      outbound_trunk_config: { address: "sip.example.com" },
      supports_outbound: false,
    });
    for (const [{ id }, type] of [
      [trunkless, "outbound_trunk_missing"],
      [inboundOnly, "outbound_not_supported"],
    ] as const) {
      const body = { agent_id: agentId, agent_phone_number_id: id, to_number: TO };
      const response = await post(client, body);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({
        detail: [
          {
            loc: ["body", "agent_phone_number_id"],
            type,
            hint: '{"outbound_trunk_config":{"address":"sip.example.com"}}',
          },
        ],
      });
    }
    expect(await ordersOf(client)).toEqual([]);
  });

  test.each([
    [{ telephony_call_config: { ringing_timeout_secs: 0 } }],
    [{ telephony_call_config: { ringing_timeout_secs: 1_000 } }],
    [{ telephony_call_config: { ringing_timeout_secs: 1.5 } }],
    [{ conversation_initiation_client_data: { dynamic_variables: { a: { b: 1 } } } }],
    [{ agent_id: undefined }],
  ])("%j is 422 in the vendor's shape", async (more) => {
    const { body, client } = await setUp(null);
    const response = await post(client, { ...body, ...more });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      detail: [{ loc: expect.arrayContaining(["body"]), msg: expect.any(String) }],
    });
  });
});

describe("how fast a key may order", () => {
  /** The API with a limit of one call a second and key. */
  function limited(client: TestClient, body: unknown, key?: string): Promise<Response> {
    const app = createApp({ ...deps, config: { ...deps.config, callsPerSecondOfKey: 1 } });
    const headers = {
      "content-type": "application/json",
      "xi-api-key": client.key,
      ...(key === undefined ? {} : { "idempotency-key": key }),
    };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    return Promise.resolve(app.request(CALL, init, bindings, createExecutionContext()));
  }

  test("a call too many a second is 429 with Retry-After before it is an order; a repeated one is none", async () => {
    const { body, client, node } = await setUp();
    const key = crypto.randomUUID();
    const first = await placed(await limited(client, body, key));
    const refused = await limited(client, body);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await refused.json()).toMatchObject({ detail: { status: "too_many_calls" } });
    expect(await placed(await limited(client, body, key))).toEqual(first);
    expect([node?.orders.length, (await ordersOf(client)).length]).toEqual([1, 1]);
  });

  test("a request that is refused for itself, and another key's, take nothing of it", async () => {
    const [mine, others] = [await setUp(), await setUp()];
    for (const wrong of [{ to_number: "sip:+1@x" }, { agent_id: "agent" }]) {
      expect((await limited(mine.client, { ...mine.body, ...wrong })).status).not.toBe(429);
    }
    await placed(await limited(others.client, others.body));
    await placed(await limited(mine.client, mine.body));
  });

  test("a refused request keeps its Idempotency-Key: sent again in time, it is the order", async () => {
    const { body, client, node } = await setUp();
    await placed(await limited(client, body));
    const key = crypto.randomUUID();
    expect((await limited(client, body, key)).status).toBe(429);
    const later = Date.now() + 1_000;
    vi.spyOn(Date, "now").mockImplementation(() => later);
    await placed(await limited(client, body, key));
    expect(node?.orders).toHaveLength(2);
  });
});

describe("Idempotency-Key", () => {
  test("ten requests at once are one order, and all are answered alike", async () => {
    const { body, client, node } = await setUp();
    const key = crypto.randomUUID();
    const responses = await Promise.all(Array.from({ length: 10 }, () => post(client, body, key)));
    const answers = await Promise.all(responses.map(placed));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ success: true });
    const replayed = responses.filter(
      ({ headers }) => headers.get("idempotent-replayed") === "true",
    );
    expect(replayed).toHaveLength(9);
    expect([node?.orders.length, (await ordersOf(client)).length]).toEqual([1, 1]);
  });

  test("while the phone is still silent the second waits for the first's answer; another body is 422", async () => {
    const { body, client, node } = await setUp(isSilent);
    const key = crypto.randomUUID();
    const first = post(client, body, key);
    const [order] = await eventually(
      () => node?.orders ?? [],
      (orders) => orders.length > 0,
    );
    if (order === undefined) throw new Error("no order");
    const second = post(client, body, key);
    const other = await post(client, { ...body, to_number: "+15005550188" }, key);
    expect(other.status).toBe(422);
    isBusy(order, node as ScriptedNode);
    const [one, two] = await Promise.all(
      [first, second].map(async (response) => placed(await response)),
    );
    expect(one).toMatchObject({ success: false });
    expect(two).toEqual(one);
    expect(node?.orders).toHaveLength(1);
  });

  test("long afterwards it is answered from the database", async () => {
    const { body, client, node } = await setUp(isBusy);
    const key = crypto.randomUUID();
    const first = await placed(await post(client, body, key));
    await eventually(
      () => ordersOf(client),
      ([row]) => row?.["status"] === "settled",
    );
    const later = Date.now() + 3_600_000;
    vi.spyOn(Date, "now").mockImplementation(() => later);
    const hub = regionHub(bindings, "default", client.region);
    await runInDurableObject(hub, (instance) => (instance as RegionHub).alarm());
    expect(await placed(await post(client, body, key))).toEqual(first);
    expect(node?.orders).toHaveLength(1);
  });

  test("without a key every request is a call of its own", async () => {
    const { body, client, node } = await setUp();
    await Promise.all([post(client, body), post(client, body)]);
    expect(node?.orders).toHaveLength(2);
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
