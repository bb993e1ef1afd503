import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, vi } from "vitest";
import {
  type DeliveryView,
  deliveryViewSchema,
  type EndpointCreated,
  endpointCreatedSchema,
} from "../../schema/contracts/webhook-endpoint.ts";
import { objectNames } from "../env.ts";
import { bindings } from "../hub/test-fixture.ts";
import { enqueueFor } from "../webhooks/test-outbox.ts";
import type { WebhookEndpoint } from "../webhooks/webhook-endpoint.ts";
import type { TestClient } from "./test-client.ts";

export const ENDPOINTS = "/v1/webhook-endpoints";
export const DELIVERIES = "/v1/webhook-deliveries";

export interface Posted {
  readonly url: string;
  readonly body: string;
  readonly headers: Headers;
}

/** Whoever is posted to, and the time: set by a test, and as before it in the next. */
export const receiver = {
  posted: [] as Posted[],
  /** The clock's. */
  aheadMs: 0,
  answer: () => new Response("thanks", { status: 200 }),
};

/** In every test of the file: nothing leaves the machine, and what would be posted is kept. */
export function receiveWebhooks(): void {
  beforeEach(() => {
    receiver.posted.length = 0;
    receiver.aheadMs = 0;
    receiver.answer = () => new Response("thanks", { status: 200 });
    const now = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => now() + receiver.aheadMs);
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      receiver.posted.push({
        url: String(input),
        body: String(init?.body),
        headers: new Headers(init?.headers),
      });
      return receiver.answer();
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}

export async function newEndpoint(client: TestClient, more: object = {}) {
  const url = `https://hooks.example.com/${crypto.randomUUID()}`;
  const made = await client.call("POST", ENDPOINTS, { name: "Hook", url, ...more });
  expect(made.status).toBe(201);
  const endpoint: EndpointCreated = endpointCreatedSchema.parse(await made.json());
  const id = endpoint.webhook_endpoint_id;
  const name = objectNames.webhookEndpoint("default", id);
  const object = bindings.WEBHOOK_ENDPOINT.get(bindings.WEBHOOK_ENDPOINT.idFromName(name));
  return {
    ...endpoint,
    path: `${ENDPOINTS}/${id}`,
    posts: () => receiver.posted.filter((post) => post.url === url),
    enqueue: (eventType?: string) => enqueueFor(id, eventType === undefined ? {} : { eventType }),
    async run() {
      await runInDurableObject(object, (instance) => (instance as WebhookEndpoint).alarm());
    },
  };
}

export async function deliveryOf(client: TestClient, id: string): Promise<DeliveryView> {
  return deliveryViewSchema.parse(await client.ok("GET", `${DELIVERIES}/${id}`));
}
