import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { postCallTranscriptionSchema } from "../../schema/contracts/webhook.ts";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { insertDelivery } from "../db/webhooks.ts";
import { objectNames } from "../env.ts";
import { regionHub } from "../hub/objects.ts";
import {
  bindings,
  commit,
  deps,
  newCallRecord,
  newNode,
  newRegion,
  newWorkspace,
  request,
} from "../hub/test-fixture.ts";
import { signWebhook } from "./sign-webhook.ts";
import type { WebhookEndpoint } from "./webhook-endpoint.ts";

interface Posted {
  readonly url: string;
  readonly body: string;
  readonly headers: Headers;
  readonly redirect: string | undefined;
}

const posted: Posted[] = [];
/** What each URL answers, one after the other; the last one for ever. */
const answers = new Map<string, (() => Response)[]>();

/** How long a URL takes to answer, in ms. */
const delays = new Map<string, number>();

/** How far the Worker's clock is ahead of the machine's. */
let aheadMs = 0;

beforeEach(() => {
  aheadMs = 0;
  const now = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => now() + aheadMs);
  // The endpoint's server: the one thing here that is not real.
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const url = String(input);
    posted.push({
      url,
      body: String(init?.body),
      headers: new Headers(init?.headers),
      redirect: init?.redirect,
    });
    await scheduler.wait(delays.get(url) ?? 0);
    const queue = answers.get(url) ?? [];
    const answer = queue.length > 1 ? queue.shift() : queue[0];
    return answer?.() ?? new Response(null, { status: 200 });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function setUp(...statuses: readonly number[]) {
  const region = newRegion();
  const { workspace_id: workspaceId, api_key } = await newWorkspace(region);
  const url = `https://hooks.example.com/${crypto.randomUUID()}`;
  answers.set(
    url,
    statuses.map((status) => () => new Response(null, { status, headers: { location: "/x" } })),
  );
  const headers = { "xi-api-key": api_key };
  const response = await request("POST", "/v1/workspace/webhooks", {
    headers,
    body: { settings: { auth_type: "hmac", name: "hook", webhook_url: url } },
  });
  const { webhook_id, webhook_secret } = await response.json<{
    webhook_id: string;
    webhook_secret: string;
  }>();
  const name = objectNames.webhookEndpoint("default", webhook_id);
  const object = bindings.WEBHOOK_ENDPOINT.get(bindings.WEBHOOK_ENDPOINT.idFromName(name));
  return {
    region,
    workspaceId,
    headers,
    webhookId: webhook_id,
    secret: webhook_secret,
    object,
    url,
    posts: () => posted.filter((post) => post.url === url),
    /** Puts a delivery into the outbox behind the object's back. */
    async enqueue(conversationId = conversationIdOf(newId("call")), told = {}) {
      const id = newId("delivery");
      await commit(
        insertDelivery({
          id,
          endpointId: webhook_id,
          eventType: "post_call_transcription",
          conversationId,
          body: `{"id":"${id}"}`,
          ...told,
          createdAtMs: Date.now(),
        }),
      );
      return id;
    },
    /** Time passes, and the object's alarm runs. */
    async runAfter(ms: number) {
      aheadMs += ms;
      await runInDurableObject(object, (instance) => (instance as WebhookEndpoint).alarm());
    },
  };
}

async function deliveryOf(id: string) {
  const rows = await deps.db.read((reader) =>
    reader.all<{ status: string; attempts: number; last_status_code: number | null }>(
      `SELECT status, attempts, last_status_code FROM webhook_deliveries WHERE id = '${id}'`,
    ),
  );
  return rows[0];
}

function untilPosted(posts: () => readonly Posted[], count: number) {
  return vi.waitFor(() => expect(posts()).toHaveLength(count), { timeout: 3_000 });
}

describe("webhook delivery", () => {
  test("the end of a call is posted by itself, signed over exactly the bytes of the body", async () => {
    const { region, workspaceId, secret, posts } = await setUp(200);
    const node = await newNode(region);
    const call = newCallRecord(region, workspaceId);
    const event = { kind: "call_ended", eventId: newId("event"), call };
    for (const _ of [1, 2]) {
      await request("POST", "/v1/nodes/events", {
        bearer: node.credential,
        body: { events: [event] },
      });
    }
    await untilPosted(posts, 1);
    const [post] = posts();
    const body = postCallTranscriptionSchema.parse(JSON.parse(post?.body ?? ""));
    expect(body.data).toMatchObject({ conversation_id: call.conversationId, status: "done" });
    const signature = post?.headers.get("ElevenLabs-Signature") ?? "";
    const timestamp = Number(/^t=(\d+),v0=[0-9a-f]{64}$/.exec(signature)?.[1]);
    expect(signature).toBe(await signWebhook(secret, timestamp, post?.body ?? ""));
    expect(Math.abs(timestamp - Date.now() / 1000)).toBeLessThan(30);
    expect(post?.headers.get("content-type")).toBe("application/json");
  });

  test("a delivery is recorded once and not posted again, however often the object is poked", async () => {
    const { enqueue, posts, runAfter } = await setUp(200);
    const id = await enqueue();
    await runAfter(0);
    await runAfter(600_000);
    await runAfter(600_000);
    expect(posts()).toHaveLength(1);
    expect(await deliveryOf(id)).toEqual({
      status: "delivered",
      attempts: 1,
      last_status_code: 200,
    });
  });

  test("after a 500 the same body is posted again, not before its pause, even after a restart", async () => {
    const { enqueue, posts, runAfter, object } = await setUp(500, 200);
    const id = await enqueue();
    await runAfter(0);
    expect(await deliveryOf(id)).toEqual({ status: "pending", attempts: 1, last_status_code: 500 });
    await runAfter(3_000);
    expect(posts()).toHaveLength(1);
    await evictDurableObject(object);
    await runAfter(3_000);
    const [first, second] = posts();
    expect(second?.body).toBe(first?.body);
    expect(second?.headers.get("Webhook-Id")).toBe(id);
    expect(first?.headers.get("Webhook-Id")).toBe(id);
    expect(await deliveryOf(id)).toEqual({
      status: "delivered",
      attempts: 2,
      last_status_code: 200,
    });
  }, 20_000);

  test("a redirect is a failure and is not followed", async () => {
    const { enqueue, posts, runAfter } = await setUp(302, 200);
    const id = await enqueue();
    await runAfter(0);
    expect(posts()).toHaveLength(1);
    expect(posts()[0]?.redirect).toBe("manual");
    expect(await deliveryOf(id)).toEqual({ status: "pending", attempts: 1, last_status_code: 302 });
    await runAfter(6_000);
    expect(await deliveryOf(id)).toMatchObject({ status: "delivered" });
  });

  test("the tenth failure is the last", async () => {
    const { enqueue, posts, runAfter } = await setUp(503);
    const id = await enqueue();
    // A tenth more than each pause: longer ones would be days in which nothing has got through.
    const pausesSecs = [0, 6, 330, 1_980, 7_920, 19_800, 39_600, 55_440, 79_200, 95_040];
    for (const secs of [...pausesSecs, 95_040, 95_040]) await runAfter(secs * 1_000 + 1_000);
    expect(posts()).toHaveLength(10);
    expect(await deliveryOf(id)).toMatchObject({ status: "failed", attempts: 10 });
  });

  test("a conversation's second event waits for its first; another conversation does not", async () => {
    const { enqueue, posts, runAfter } = await setUp(500, 200);
    const conversationId = conversationIdOf(newId("call"));
    const first = await enqueue(conversationId);
    const second = await enqueue(conversationId);
    await runAfter(0);
    const other = await enqueue();
    await runAfter(1_000);
    const order = () => posts().map((post) => post.headers.get("Webhook-Id"));
    expect(order()).toEqual([first, other]);
    await runAfter(6_000);
    await runAfter(0);
    expect(order()).toEqual([first, other, first, second]);
  });

  test("an endpoint that fails for every delivery is left alone, then probed by one", async () => {
    const { enqueue, posts, runAfter } = await setUp(500);
    for (let count = 0; count < 12; count += 1) await enqueue();
    await runAfter(0);
    const opened = posts().length;
    // Attempts under way when the fifth failure opens the circuit still end.
    expect(opened).toBeGreaterThanOrEqual(5);
    expect(opened).toBeLessThan(9);
    await runAfter(10_000);
    expect(posts()).toHaveLength(opened);
    await runAfter(3_600_000);
    expect(posts()).toHaveLength(opened + 1);
  });

  test("410 disables the endpoint, and enabling it again delivers what waited", async () => {
    const { enqueue, posts, runAfter, webhookId, headers, object } = await setUp(410, 200);
    const id = await enqueue();
    await runAfter(0);
    await runAfter(600_000);
    expect(posts()).toHaveLength(1);
    const listed = await request("GET", "/v1/workspace/webhooks", { headers });
    expect(await listed.json()).toMatchObject({
      webhooks: [{ is_disabled: true, most_recent_failure_error_code: 410 }],
    });
    const path = `/v1/workspace/webhooks/${webhookId}`;
    await request("PATCH", path, { headers, body: { is_disabled: false } });
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(posts()).toHaveLength(2);
    expect(await deliveryOf(id)).toMatchObject({ status: "delivered" });
  });

  test("a run that fails at one delivery ends when the others are posted, and posts them once", async () => {
    const { enqueue, posts, runAfter, url } = await setUp(200);
    delays.set(url, 100);
    const id = await enqueue();
    // Never written by us: it makes the run fail.
    await enqueue(undefined, { eventType: "post_call_audio", body: "{" });
    await runAfter(0);
    expect(await deliveryOf(id)).toMatchObject({ status: "delivered", attempts: 1 });
    expect(posts()).toHaveLength(1);
  });

  test("the region's sweep finds what nobody has poked", async () => {
    const { region, enqueue, posts } = await setUp(200);
    await enqueue();
    const hub = regionHub(bindings, "default", region);
    // A start sweeps at its first alarm.
    await evictDurableObject(hub);
    await runDurableObjectAlarm(hub);
    await untilPosted(posts, 1);
  });

  test("an endpoint that was deleted is posted nothing", async () => {
    const { enqueue, posts, runAfter, webhookId, headers } = await setUp(200);
    await enqueue();
    const deleted = await request("DELETE", `/v1/workspace/webhooks/${webhookId}`, { headers });
    expect(deleted.status).toBe(200);
    await runAfter(0);
    expect(posts()).toHaveLength(0);
  });
});

describe("webhook endpoints", () => {
  test("the secret is shown when it is made and never again", async () => {
    const { secret, headers } = await setUp(200);
    expect(secret).toMatch(/^wsec_[A-Za-z0-9_-]{43}$/);
    const listed = await (await request("GET", "/v1/workspace/webhooks", { headers })).text();
    expect(listed).not.toContain(secret);
    const [row] = await deps.db.read((reader) =>
      reader.all<{ secret: string }>(
        "SELECT secret FROM webhook_endpoints ORDER BY id DESC LIMIT 1",
      ),
    );
    expect(row?.secret).not.toContain(secret);
  });

  test("the list has the vendor's shape", async () => {
    const { headers, webhookId } = await setUp(200);
    const path = "/v1/workspace/webhooks?include_usages=true";
    expect(await (await request("GET", path, { headers })).json()).toEqual({
      webhooks: [
        {
          name: "hook",
          webhook_id: webhookId,
          webhook_url: expect.stringMatching(/^https:\/\/hooks\.example\.com\//),
          is_disabled: false,
          is_auto_disabled: false,
          created_at_unix: expect.any(Number),
          auth_type: "hmac",
          usage: [{ usage_type: "ConvAI Settings" }],
          events: null,
          most_recent_failure_error_code: null,
          most_recent_failure_timestamp: null,
        },
      ],
    });
  });

  test("the OpenAPI document describes the webhook", async () => {
    const document = await (await request("GET", "/openapi.json")).json();
    expect(document).toMatchObject({
      webhooks: { post_call_transcription: { post: { operationId: "postCallTranscription" } } },
    });
  });

  test("headers of one's own are refused, not left out", async () => {
    const { headers } = await setUp(200);
    const settings = {
      auth_type: "hmac",
      name: "n",
      webhook_url: "https://hooks.example.com/",
      request_headers: { "x-token": "1" },
    };
    const body = { settings };
    const response = await request("POST", "/v1/workspace/webhooks", { headers, body });
    expect(response.status).toBe(422);
  });

  test("a private address is refused in the vendor's shape of a 422", async () => {
    const { headers } = await setUp(200);
    const response = await request("POST", "/v1/workspace/webhooks", {
      headers,
      body: { settings: { auth_type: "hmac", name: "n", webhook_url: "https://10.0.0.1/" } },
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      detail: [{ loc: ["body", "settings", "webhook_url"], type: "host_not_allowed" }],
    });
  });

  test("another workspace's endpoint is 404 to change and to delete", async () => {
    const [mine, others] = [await setUp(200), await setUp(200)];
    const path = `/v1/workspace/webhooks/${others.webhookId}`;
    const { headers } = mine;
    const statuses = [
      await request("PATCH", path, { headers, body: { name: "x" } }),
      await request("DELETE", path, { headers }),
      await request("DELETE", path, { headers: others.headers }),
      await request("DELETE", path, { headers: others.headers }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([404, 404, 200, 404]);
  });
});
