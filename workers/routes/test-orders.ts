import { expect, onTestFinished } from "vitest";
import {
  type HubToNode,
  hubToNodeSchema,
  type NodeToHub,
} from "../../schema/contracts/node-link.ts";
import type { OrderToHub, OrderToNode } from "../../schema/contracts/orders.ts";
import { outboundCallResponseSchema } from "../../schema/contracts/outbound-call.ts";
import { deps, newNode, request } from "../hub/test-fixture.ts";
import { vendorBody } from "../webhooks/delivery-body.ts";
import { importNumber, newAgent, newClient, type TestClient } from "./test-client.ts";

/** A client that orders calls, and nodes on real links that do with them what a test says. */

export const CALL = "/v1/convai/sip-trunk/outbound-call";
export const CONVERSATIONS = "/v1/convai/conversations";
export const TO = "+15005550199";
const WITHIN_MS = 5_000;

export type Order = Extract<OrderToNode, { type: "order" }>["order"];

/** A node on a real link that does with orders what the test says, and counts what it dials. */
export interface ScriptedNode {
  readonly credential: string;
  readonly orders: Order[];
  readonly queries: string[];
  /** Entities of the routing table that hints have brought. */
  readonly hints: Set<string>;
  say(message: NodeToHub): void;
  /** Every message of the hub beside orders goes here as well. */
  hear: (message: HubToNode) => void;
  /** Leaves the link and comes back. */
  relink(): Promise<void>;
  drop(): void;
}

export type Script = (order: Order, node: ScriptedNode) => void;

export const accept = ({ fence, orderId }: Order): OrderToHub => ({
  type: "order_accepted",
  orderId,
  fence,
});

export const progress = (
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

export const rings: Script = (order, node) => {
  node.say(accept(order));
  node.say(progress(order, "dialling"));
  node.say(progress(order, "ringing", { sipStatus: 180 }));
};
export const isBusy: Script = (order, node) => {
  node.say(accept(order));
  const busy = { sipStatus: 486, sipReason: "Busy here", endCode: "callee_busy" };
  node.say(progress(order, "ended", busy));
};
export const isSilent: Script = () => undefined;

export async function startNode(region: string, script: Script): Promise<ScriptedNode> {
  const { credential } = await newNode(region);
  let socket: WebSocket | null = null;
  const node: ScriptedNode = {
    credential,
    orders: [],
    queries: [],
    hints: new Set(),
    hear: () => undefined,
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
      node.hear(message);
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

export async function setUp(script: Script | null = rings) {
  const client = await newClient();
  const node = script === null ? null : await startNode(client.region, script);
  const agentId = await newAgent(client, "Ada");
  const trunk = { outbound_trunk_config: { address: "sip.example.com" } };
  const { id: numberId, phoneNumber } = await importNumber(client, trunk);
  const body = { agent_id: agentId, agent_phone_number_id: numberId, to_number: TO };
  return { client, node, agentId, numberId, phoneNumber, body };
}

/** Lets clients override what `overrides` names. */
export async function enableOverrides(
  client: TestClient,
  agentId: string,
  overrides: Record<string, unknown>,
): Promise<void> {
  await client.ok("PATCH", `/v1/convai/agents/${agentId}`, { platform_settings: { overrides } });
}

export function post(client: TestClient, body: unknown, key?: string): Promise<Response> {
  const headers = {
    "xi-api-key": client.key,
    ...(key === undefined ? {} : { "idempotency-key": key }),
  };
  return request("POST", CALL, { headers, body });
}

/** The answer of a call that must be 200, in exactly the vendor's members. */
export async function placed(response: Response) {
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.any(String)]);
  return outboundCallResponseSchema.strict().parse(JSON.parse(text));
}

export async function eventually<T>(
  look: () => T | Promise<T>,
  isThere: (value: T) => boolean,
  withinMs = WITHIN_MS,
) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (isThere(value)) return value;
    if (performance.now() > deadline) throw new Error(`not in time: ${JSON.stringify(value)}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}

export function rows(query: string): Promise<Record<string, unknown>[]> {
  return deps.db.read((reader) => reader.all<Record<string, unknown>>(query));
}

export const ordersOf = ({ workspaceId }: TestClient) =>
  rows(`SELECT * FROM outbound_orders WHERE workspace_id = '${workspaceId}'`);

export async function newWebhook(client: TestClient): Promise<string> {
  const { webhook_id: id } = await client.ok("POST", "/v1/workspace/webhooks", {
    settings: { auth_type: "hmac", name: "w", webhook_url: "https://hooks.example.com/x" },
  });
  return id;
}

/** What an endpoint in the vendor's style is posted. */
export async function told(webhookId: string) {
  const found = await deps.db.read((reader) =>
    reader.all<{ type: string; body: string; eventId: string; sequence: number }>(
      `SELECT event_type AS type, body, event_id AS eventId, sequence FROM webhook_deliveries
       WHERE endpoint_id = '${webhookId}' ORDER BY sequence`,
    ),
  );
  return found.map((row) => ({ type: row.type, body: JSON.parse(vendorBody(row)) }));
}

/** What the node posts of the order's call. */
export function callFacts(client: TestClient, order: Order) {
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

export function refusedCall(client: TestClient, order: Order, status: number, reason: string) {
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

export function answeredCall(client: TestClient, order: Order) {
  return {
    ...refusedCall(client, order, 200, ""),
    answeredAtMs: Date.now(),
    durationMs: 12_000,
    end: { code: "agent_hung_up", blame: "none", sipStatus: null, reason: "The agent ended." },
    refusal: null,
  };
}

export async function tell(node: ScriptedNode, kind: string, call: unknown): Promise<void> {
  const eventId = `evt_${String((call as { callId: string }).callId).slice("call_".length)}`;
  const response = await request("POST", "/v1/nodes/events", {
    bearer: node.credential,
    body: { events: [{ kind, eventId, call }] },
  });
  expect(await response.json()).toEqual({ accepted: [eventId], rejected: [] });
}
