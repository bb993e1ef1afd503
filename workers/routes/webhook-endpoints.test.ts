import { runInDurableObject } from "cloudflare:test";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type DeliveryView,
  deliveryPageSchema,
  deliveryViewSchema,
  type EndpointCreated,
  endpointCreatedSchema,
  endpointTestedSchema,
  endpointViewSchema,
} from "../../schema/contracts/webhook-endpoint.ts";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { insertDelivery } from "../db/webhooks.ts";
import { objectNames } from "../env.ts";
import { bindings, commit, request, sql } from "../hub/test-fixture.ts";
import { signWebhook } from "../webhooks/sign-webhook.ts";
import type { WebhookEndpoint } from "../webhooks/webhook-endpoint.ts";
import { newClient, type TestClient } from "./test-client.ts";

const ENDPOINTS = "/v1/webhook-endpoints";
const DELIVERIES = "/v1/webhook-deliveries";
const DAY_MS = 86_400_000;

interface Posted {
  readonly url: string;
  readonly body: string;
  readonly headers: Headers;
}

const posted: Posted[] = [];
let aheadMs = 0;
let answer: () => Response;

beforeEach(() => {
  posted.length = 0;
  aheadMs = 0;
  answer = () => new Response("thanks", { status: 200 });
  const now = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => now() + aheadMs);
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    posted.push({
      url: String(input),
      body: String(init?.body),
      headers: new Headers(init?.headers),
    });
    return answer();
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** By the library that the specification's authors publish. */
function passesStandard(post: Posted | undefined, secret: string): boolean {
  try {
    new Webhook(secret).verify(post?.body ?? "", Object.fromEntries(post?.headers ?? []));
    return true;
  } catch {
    return false;
  }
}

async function newEndpoint(client: TestClient, more: object = {}) {
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
    posts: () => posted.filter((post) => post.url === url),
    async enqueue(eventType = "post_call_transcription") {
      const deliveryId = newId("delivery");
      const conversationId = conversationIdOf(newId("call"));
      const data = { conversation_id: conversationId, agent_id: "agent_x" };
      const body = JSON.stringify({ type: eventType, event_timestamp: 1_790_000_000, data });
      const createdAtMs = Date.now();
      await commit(
        insertDelivery({
          id: deliveryId,
          endpointId: id,
          eventType,
          conversationId,
          body,
          createdAtMs,
        }),
      );
      return deliveryId;
    },
    async run() {
      await runInDurableObject(object, (instance) => (instance as WebhookEndpoint).alarm());
    },
  };
}

async function deliveryOf(client: TestClient, id: string): Promise<DeliveryView> {
  return deliveryViewSchema.parse(await client.ok("GET", `${DELIVERIES}/${id}`));
}

describe("a webhook endpoint", () => {
  test("is posted Standard Webhooks that another implementation accepts, and no other secret signs", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    const id = await endpoint.enqueue();
    await endpoint.run();
    const [post] = endpoint.posts();
    expect(passesStandard(post, endpoint.secret)).toBe(true);
    expect(passesStandard(post, `whsec_${btoa("x".repeat(32))}`)).toBe(false);
    expect(post?.headers.get("webhook-id")).toBe(id);
    expect(JSON.parse(post?.body ?? "")).toEqual({
      type: "call.ended",
      timestamp: "2026-09-21T14:13:20.000Z",
      id,
      api_version: "2026-11-01",
      data: { conversation_id: expect.stringMatching(/^conv_/), agent_id: "agent_x" },
    });
  });

  test("of the vendor's style is posted the vendor's body under the vendor's signature", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client, { signature_style: "elevenlabs" });
    await endpoint.enqueue();
    await endpoint.run();
    const [post] = endpoint.posts();
    const signature = post?.headers.get("elevenlabs-signature") ?? "";
    const at = Number(/^t=(\d+)/.exec(signature)?.[1]);
    expect(signature).toBe(await signWebhook(endpoint.secret, at, post?.body ?? ""));
    expect(JSON.parse(post?.body ?? "")).toMatchObject({ type: "post_call_transcription" });
  });

  test("whose secret is rotated is signed with both until the overlap is over", async () => {
    const client = await newClient();
    const old = await newEndpoint(client);
    const path = `${old.path}/rotate-secret`;
    const rotated = await client.call("POST", path, { overlap_secs: 60 });
    expect(rotated.status).toBe(201);
    const { secret } = endpointCreatedSchema.parse(await rotated.json());
    expect((await client.call("POST", path, {})).status).toBe(409);
    await old.enqueue();
    await old.run();
    aheadMs += 61_000;
    await old.enqueue();
    await old.run();
    const [during, after] = old.posts();
    expect(during?.headers.get("webhook-signature")?.split(" ")).toHaveLength(2);
    expect(passesStandard(during, secret)).toBe(true);
    const [, first = ""] = during?.headers.get("webhook-signature")?.split(" ") ?? [];
    const headers = new Headers(during?.headers);
    headers.set("webhook-signature", first);
    const alone = { url: "", body: during?.body ?? "", headers };
    expect(passesStandard(alone, old.secret)).toBe(true);
    expect(after?.headers.get("webhook-signature")?.split(" ")).toHaveLength(1);
  });

  test("is told the events that it asked for, and no others", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client, { event_types: ["call.failed"] });
    await endpoint.enqueue("post_call_transcription");
    const id = await endpoint.enqueue("call_initiation_failure");
    await endpoint.run();
    expect(endpoint.posts().map((post) => post.headers.get("webhook-id"))).toEqual([id]);
    await client.ok("PATCH", endpoint.path, { event_types: null });
    await endpoint.enqueue("post_call_transcription");
    await endpoint.run();
    expect(endpoint.posts()).toHaveLength(2);
  });

  test.each([
    ["http://hooks.example.com/x", "scheme_not_allowed"],
    ["https://10.0.0.1/x", "host_not_allowed"],
    ["https://169.254.169.254/latest", "host_not_allowed"],
    ["https://[fd00::1]/x", "host_not_allowed"],
    ["https://0x0a000001/x", "host_not_allowed"],
    ["https://db.internal/x", "host_not_allowed"],
    ["https://user:pw@hooks.example.com/x", "credentials_in_url"],
    ["hooks.example.com", "not_a_url"],
  ])("may not be at %s", async (url, code) => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    for (const refused of [
      await client.call("POST", ENDPOINTS, { name: "Hook", url }),
      await client.call("PATCH", endpoint.path, { url }),
    ]) {
      expect(refused.status).toBe(422);
      expect(await refused.json()).toMatchObject({ errors: [{ pointer: "/url", code }] });
    }
  });

  test("of another workspace is 404 for every verb", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const { path } = await newEndpoint(other);
    for (const [method, at, body] of [
      ["GET", path, undefined],
      ["PATCH", path, { name: "Mine" }],
      ["DELETE", path, undefined],
      ["POST", `${path}/rotate-secret`, {}],
      ["POST", `${path}/test`, {}],
    ] as const) {
      expect([at, (await client.call(method, at, body)).status]).toEqual([at, 404]);
    }
  });

  test("is tested with a signed sample, and what it answers is told", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    answer = () => new Response(`no${"!".repeat(5_000)}`, { status: 503 });
    const tested = await client.ok("POST", `${endpoint.path}/test`, { type: "call.failed" });
    expect(endpointTestedSchema.parse(tested)).toMatchObject({
      delivered: false,
      status_code: 503,
      error: "status",
    });
    expect(tested.response_excerpt).toHaveLength(1_024);
    const [post] = endpoint.posts();
    expect(passesStandard(post, endpoint.secret)).toBe(true);
    expect(JSON.parse(post?.body ?? "")).toMatchObject({ type: "call.failed" });
    expect((await client.ok("GET", DELIVERIES)).data).toEqual([]);
  });

  test("that answers 410 is disabled, and enabled again by the workspace", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    answer = () => new Response(null, { status: 410 });
    await endpoint.enqueue();
    await endpoint.run();
    const gone = endpointViewSchema.parse(await client.ok("GET", endpoint.path));
    expect(gone).toMatchObject({ is_disabled: true, disabled_reason: "gone" });
    const enabled = await client.ok("PATCH", endpoint.path, { is_disabled: false });
    expect(enabled).toMatchObject({ is_disabled: false, disabled_reason: null });
  });

  test("that has failed for five days is disabled, and one failure before that is not enough", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    answer = () => new Response(null, { status: 500 });
    await endpoint.enqueue();
    await endpoint.run();
    expect(await client.ok("GET", endpoint.path)).toMatchObject({
      is_disabled: false,
      consecutive_failures: 1,
    });
    aheadMs += 5 * DAY_MS + 60_000;
    await endpoint.run();
    expect(await client.ok("GET", endpoint.path)).toMatchObject({
      is_disabled: true,
      disabled_reason: "failing",
    });
  });

  test("with ten failures in a row and no success for seven days is disabled", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    answer = () => new Response(null, { status: 500 });
    const id = endpoint.webhook_endpoint_id;
    await commit(
      sql(
        "UPDATE webhook_endpoints SET consecutive_failures = 9, failing_since_ms = ?, last_success_at_ms = ? WHERE id = ?",
        Date.now() - DAY_MS,
        Date.now() - 7 * DAY_MS - 1,
        id,
      ),
    );
    await endpoint.enqueue();
    await endpoint.run();
    expect(await client.ok("GET", endpoint.path)).toMatchObject({
      is_disabled: true,
      consecutive_failures: 10,
    });
  });

  test("that answers starts its count anew", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    answer = () => new Response(null, { status: 500 });
    await endpoint.enqueue();
    await endpoint.run();
    answer = () => new Response(null, { status: 204 });
    aheadMs += 60_000;
    await endpoint.run();
    expect(await client.ok("GET", endpoint.path)).toMatchObject({
      consecutive_failures: 0,
      failing_since: null,
      last_success_at: expect.any(String),
    });
  });
});

describe("webhook deliveries", () => {
  test("show what was posted, without its signature, and what was answered", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    const id = await endpoint.enqueue();
    await endpoint.run();
    const delivery = await deliveryOf(client, id);
    expect(delivery).toMatchObject({
      type: "call.ended",
      status: "delivered",
      attempts: 1,
      response: { status_code: 200, body_excerpt: "thanks" },
    });
    const [post] = endpoint.posts();
    expect(delivery.request.body_excerpt).toBe(post?.body);
    expect(delivery.request.headers["webhook-signature"]).toBe("[secret]");
    expect(JSON.stringify(delivery)).not.toContain(endpoint.secret);
  });

  test("are listed by endpoint, status, type and conversation, in pages", async () => {
    const client = await newClient();
    const [endpoint, other] = [await newEndpoint(client), await newEndpoint(client)];
    const ids = [await endpoint.enqueue(), await endpoint.enqueue("call_initiation_failure")];
    await endpoint.run();
    ids.push(await other.enqueue());
    const list = async (query: string) => {
      const page = deliveryPageSchema.parse(await client.ok("GET", `${DELIVERIES}?${query}`));
      return page.data.map((delivery) => delivery.webhook_delivery_id);
    };
    const of = `webhook_endpoint_id=${endpoint.webhook_endpoint_id}`;
    expect(await list(of)).toEqual([ids[1], ids[0]]);
    expect(await list(`${of}&type=call.failed`)).toEqual([ids[1]]);
    expect(await list("status=pending")).toEqual([ids[2]]);
    const { conversation_id } = await deliveryOf(client, String(ids[0]));
    expect(await list(`conversation_id=${conversation_id}`)).toEqual([ids[0]]);
    const first = await client.ok("GET", `${DELIVERIES}?page_size=2`);
    const rest = await list(`page_size=2&cursor=${first.next_cursor}`);
    expect(rest).toEqual([ids[0]]);
    const wrong = await client.call(
      "GET",
      `${DELIVERIES}?status=failed&cursor=${first.next_cursor}`,
    );
    expect(wrong.status).toBe(400);
  });

  test("that are replayed go out once more under the same identifier", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    const id = await endpoint.enqueue();
    const path = `${DELIVERIES}/${id}/replay`;
    const early = await client.call("POST", path);
    expect(await early.json()).toMatchObject({ code: "delivery_pending" });
    await endpoint.run();
    const headers = { "xi-api-key": client.key, "idempotency-key": "once" };
    const replays = [
      await request("POST", path, { headers }),
      await request("POST", path, { headers }),
    ];
    expect(replays.map(({ status }) => status)).toEqual([202, 202]);
    await vi.waitFor(() => expect(endpoint.posts()).toHaveLength(2), { timeout: 3_000 });
    const [first, second] = endpoint.posts();
    expect(second?.headers.get("webhook-id")).toBe(first?.headers.get("webhook-id"));
    expect(second?.body).toBe(first?.body);
    await vi.waitFor(async () =>
      expect(await deliveryOf(client, id)).toMatchObject({ status: "delivered", replays: 1 }),
    );
  });

  test("of a range are replayed by time, status and type, and nothing outside of it", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    const body = (more: object = {}) => ({
      webhook_endpoint_id: endpoint.webhook_endpoint_id,
      after: new Date(Date.now() - 1_000).toISOString(),
      before: new Date(Date.now() + 1_000).toISOString(),
      ...more,
    });
    await endpoint.enqueue();
    aheadMs += 10_000;
    await endpoint.enqueue();
    await endpoint.enqueue("call_initiation_failure");
    await endpoint.run();
    const failed = await client.call("POST", `${DELIVERIES}/replay`, body({ status: "failed" }));
    expect(await failed.json()).toEqual({ replayed: 0, has_more: false });
    const one = await client.call("POST", `${DELIVERIES}/replay`, body({ type: "call.failed" }));
    expect(await one.json()).toEqual({ replayed: 1, has_more: false });
    await endpoint.run();
    expect(endpoint.posts()).toHaveLength(4);
    const both = await client.call("POST", `${DELIVERIES}/replay`, body());
    expect(await both.json()).toEqual({ replayed: 2, has_more: false });
    await endpoint.run();
    expect(endpoint.posts()).toHaveLength(6);
  });

  test("of a disabled endpoint are not replayed, and those of another workspace are 404", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const endpoint = await newEndpoint(client);
    const id = await endpoint.enqueue();
    await endpoint.run();
    await client.ok("PATCH", endpoint.path, { is_disabled: true });
    const range = {
      webhook_endpoint_id: endpoint.webhook_endpoint_id,
      after: "2020-01-01T00:00:00Z",
      before: "2040-01-01T00:00:00Z",
    };
    const replay = `${DELIVERIES}/${id}/replay`;
    for (const refused of [
      await client.call("POST", replay),
      await client.call("POST", `${DELIVERIES}/replay`, range),
    ]) {
      expect(await refused.json()).toMatchObject({ status: 409, code: "endpoint_disabled" });
    }
    expect((await other.call("GET", `${DELIVERIES}/${id}`)).status).toBe(404);
    expect((await other.call("POST", replay)).status).toBe(404);
    expect((await other.call("POST", `${DELIVERIES}/replay`, range)).status).toBe(404);
  });
});
