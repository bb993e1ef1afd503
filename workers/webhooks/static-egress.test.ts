import { runInDurableObject } from "cloudflare:test";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { problemSchema } from "../../schema/contracts/errors.ts";
import {
  deliveryViewSchema,
  endpointCreatedSchema,
  endpointTestedSchema,
  endpointViewSchema,
} from "../../schema/contracts/webhook-endpoint.ts";
import {
  SIGNED_REQUEST_HEADER,
  signedRequestSchema,
  WEBHOOK_POST_ABILITY,
  type WebhookPostOutcome,
} from "../../schema/contracts/webhook-job.ts";
import { fromBase64Url } from "../../schema/sealing/sealing.ts";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { insertDelivery } from "../db/webhooks.ts";
import { objectNames } from "../env.ts";
import { bindings, commit, newNode, request } from "../hub/test-fixture.ts";
import { hello, openLink, state } from "../hub/test-link.ts";
import { newClient, type TestClient } from "../routes/test-client.ts";
import type { WebhookEndpoint } from "./webhook-endpoint.ts";

const ENDPOINTS = "/v1/webhook-endpoints";
const THANKS: WebhookPostOutcome = {
  kind: "answered",
  statusCode: 200,
  retryAfterSecs: null,
  latencyMs: 12,
  excerpt: "thanks",
};

const postedFromHere = vi.fn();
beforeEach(() => {
  postedFromHere.mockReset();
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    postedFromHere(String(input));
    return new Response(null, { status: 200 });
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function newStaticEndpoint(client: TestClient) {
  const url = `https://hooks.example.com/${crypto.randomUUID()}`;
  const made = await client.call("POST", ENDPOINTS, { name: "Hook", url, egress: "static" });
  const endpoint = endpointCreatedSchema.parse(await made.json());
  const id = endpoint.webhook_endpoint_id;
  const name = objectNames.webhookEndpoint("default", id);
  const object = bindings.WEBHOOK_ENDPOINT.get(bindings.WEBHOOK_ENDPOINT.idFromName(name));
  return {
    ...endpoint,
    path: `${ENDPOINTS}/${id}`,
    async enqueue(conversationId = conversationIdOf(newId("call"))) {
      const deliveryId = newId("delivery");
      const eventType = "post_call_transcription";
      const data = { conversation_id: conversationId, agent_id: "agent_x" };
      const body = JSON.stringify({ type: eventType, event_timestamp: 1_790_000_000, data });
      const row = { id: deliveryId, endpointId: id, eventType, conversationId, body };
      await commit(insertDelivery({ ...row, createdAtMs: Date.now() }));
      return deliveryId;
    },
    run: () => runInDurableObject(object, (instance) => (instance as WebhookEndpoint).alarm()),
    delivery: async (deliveryId: string) =>
      deliveryViewSchema.parse(await client.ok("GET", `/v1/webhook-deliveries/${deliveryId}`)),
    view: async () => endpointViewSchema.parse(await client.ok("GET", `${ENDPOINTS}/${id}`)),
  };
}

/** A ready node at the region's hub; null: of before the ability. */
async function linkNode(region: string, abilities: string[] | null = [WEBHOOK_POST_ABILITY]) {
  const node = await newNode(region);
  const link = await openLink(node.credential);
  const greeting = hello(state(0, 0));
  link.send(abilities === null ? greeting : { ...greeting, abilities });
  await link.next("welcome");
  const fetchJob = (jobId: string) =>
    request("GET", `/v1/nodes/webhook-jobs/${jobId}`, { bearer: node.credential });
  return {
    ...link,
    fetchJob,
    async read(jobId: string) {
      const response = await fetchJob(jobId);
      expect(response.status).toBe(200);
      const header = response.headers.get(SIGNED_REQUEST_HEADER) ?? "";
      const text = new TextDecoder().decode(fromBase64Url(header));
      return { request: signedRequestSchema.parse(JSON.parse(text)), body: await response.text() };
    },
    tell: (jobId: string, outcome: WebhookPostOutcome) =>
      link.send({ type: "webhook_posted", jobId, outcome }),
  };
}

describe("an endpoint with static egress", () => {
  test("is posted by a node of its region, which is given the signed request and nothing else", async () => {
    const client = await newClient();
    const node = await linkNode(client.region);
    const endpoint = await newStaticEndpoint(client);
    expect(endpoint.egress).toBe("static");
    const id = await endpoint.enqueue();
    const run = endpoint.run();
    const asked = await node.next("webhook_post");
    // Neither body nor signature is in a message.
    expect(Object.keys(asked).sort()).toEqual(["jobId", "type"]);
    const job = await node.read(asked.jobId);
    expect(job.request).toMatchObject({ url: endpoint.url, timeoutMs: 15_000 });
    expect(job.request.contentLength).toBe(new TextEncoder().encode(job.body).length);
    expect(new Webhook(endpoint.secret).verify(job.body, job.request.headers)).toMatchObject({
      type: "call.ended",
      id,
    });
    node.tell(asked.jobId, THANKS);
    await run;
    expect(await endpoint.delivery(id)).toMatchObject({
      status: "delivered",
      attempts: 1,
      response: { status_code: 200, latency_ms: 12, body_excerpt: "thanks" },
    });
    expect(postedFromHere).not.toHaveBeenCalled();
    // Done is gone: the job cannot be fetched a second time.
    expect((await node.fetchJob(asked.jobId)).status).toBe(404);
  });

  test("waits while no node answers, says so, spends no attempt, and is never posted from elsewhere", async () => {
    const client = await newClient();
    const endpoint = await newStaticEndpoint(client);
    const conversationId = conversationIdOf(newId("call"));
    const first = await endpoint.enqueue(conversationId);
    const second = await endpoint.enqueue(conversationId);
    // A node of before is not asked: it would not know the message, and nobody would be told.
    await linkNode(client.region, null);
    for (let times = 0; times < 5; times += 1) await endpoint.run();
    const waiting = { status: "pending", attempts: 0, last_error: "no_node_answers" };
    expect(await endpoint.delivery(first)).toMatchObject(waiting);
    expect(await endpoint.delivery(second)).toMatchObject({ attempts: 0, last_error: null });
    expect(await endpoint.view()).toMatchObject({ consecutive_failures: 0, is_disabled: false });
    const node = await linkNode(client.region);
    const run = endpoint.run();
    // In the order of the conversation, one after the other.
    for (const id of [first, second]) {
      const { jobId } = await node.next("webhook_post");
      expect(JSON.parse((await node.read(jobId)).body)).toMatchObject({ id });
      node.tell(jobId, THANKS);
    }
    await run;
    expect((await endpoint.delivery(second)).status).toBe("delivered");
    expect(postedFromHere).not.toHaveBeenCalled();
  });

  test("goes to a second node when the first refuses, and a job is of its own node only", async () => {
    const client = await newClient();
    const endpoint = await newStaticEndpoint(client);
    const nodes = await Promise.all([linkNode(client.region), linkNode(client.region)]);
    const stranger = await linkNode(`${client.region}-x`);
    const id = await endpoint.enqueue();
    const run = endpoint.run();
    const asked = nodes.map(async (node, index) => ({
      other: nodes[1 - index],
      node,
      jobId: (await node.next("webhook_post")).jobId,
    }));
    const { jobId, node, other } = await Promise.race(asked);
    for (const wrong of [other, stranger]) {
      expect((await wrong?.fetchJob(jobId))?.status).toBe(404);
      wrong?.tell(jobId, THANKS);
    }
    node.tell(jobId, { kind: "not_posted", reason: "busy" });
    const second = (await Promise.all(asked)).find((one) => one.node !== node);
    if (second === undefined) throw new Error("no other node was asked");
    second.node.tell(second.jobId, THANKS);
    await run;
    expect(await endpoint.delivery(id)).toMatchObject({ status: "delivered", attempts: 1 });
  });

  test("whose node is lost on the way has an attempt that is not its own, and is posted again", async () => {
    const client = await newClient();
    const endpoint = await newStaticEndpoint(client);
    const node = await linkNode(client.region);
    const id = await endpoint.enqueue();
    const run = endpoint.run();
    const { jobId } = await node.next("webhook_post");
    // It has all that it needs to post it, and may have done so.
    const lost = await node.read(jobId);
    node.cut();
    await run;
    expect(await endpoint.delivery(id)).toMatchObject({
      status: "pending",
      attempts: 1,
      last_error: "no_node_answers",
    });
    expect((await endpoint.view()).consecutive_failures).toBe(0);
    const other = await linkNode(client.region);
    const laterMs = Date.now() + 10_000;
    vi.spyOn(Date, "now").mockImplementation(() => laterMs);
    const again = endpoint.run();
    const second = await other.next("webhook_post");
    const { body, request: signed } = await other.read(second.jobId);
    expect(body).toBe(lost.body);
    expect(signed.headers["webhook-id"]).toBe(lost.request.headers["webhook-id"]);
    other.tell(second.jobId, THANKS);
    await again;
    expect(await endpoint.delivery(id)).toMatchObject({ status: "delivered", attempts: 2 });
  });

  test.each([
    [{ ...THANKS, statusCode: 503 }, { last_status_code: 503, last_error: "status" }, 1],
    [{ ...THANKS, statusCode: 308 }, { last_status_code: 308, last_error: "redirect" }, 1],
    [
      { kind: "failed", error: "address_refused", latencyMs: 2 },
      { last_error: "address_refused" },
      1,
    ],
    [{ kind: "failed", error: "timeout", latencyMs: 15_000 }, { last_error: "timeout" }, 1],
    [{ kind: "failed", error: "source", latencyMs: 0 }, { last_error: "source" }, 0],
  ] as const)("has what a node tells as its attempt: %o", async (outcome, shown, failures) => {
    const client = await newClient();
    const endpoint = await newStaticEndpoint(client);
    const node = await linkNode(client.region);
    const id = await endpoint.enqueue();
    const run = endpoint.run();
    node.tell((await node.next("webhook_post")).jobId, outcome);
    await run;
    expect(await endpoint.delivery(id)).toMatchObject({ status: "pending", attempts: 1, ...shown });
    expect((await endpoint.view()).consecutive_failures).toBe(failures);
  });

  test("is disabled by a 410 that a node has heard", async () => {
    const client = await newClient();
    const endpoint = await newStaticEndpoint(client);
    const node = await linkNode(client.region);
    await endpoint.enqueue();
    const run = endpoint.run();
    node.tell((await node.next("webhook_post")).jobId, { ...THANKS, statusCode: 410 });
    await run;
    expect(await endpoint.view()).toMatchObject({ is_disabled: true, disabled_reason: "gone" });
  });

  test("is tested the way its deliveries go, or not at all", async () => {
    const client = await newClient();
    const endpoint = await newStaticEndpoint(client);
    const refused = await client.call("POST", `${endpoint.path}/test`, { type: "call.ended" });
    expect(refused.status).toBe(503);
    expect(problemSchema.parse(await refused.json()).code).toBe("no_node_answers");
    const node = await linkNode(client.region);
    const tested = client.ok("POST", `${endpoint.path}/test`, { type: "call.ended" });
    const { jobId } = await node.next("webhook_post");
    const { body, request: signed } = await node.read(jobId);
    expect(new Webhook(endpoint.secret).verify(body, signed.headers)).toMatchObject({
      data: { test: true },
    });
    node.tell(jobId, THANKS);
    expect(endpointTestedSchema.parse(await tested)).toMatchObject({
      delivered: true,
      response_excerpt: "thanks",
    });
    expect(postedFromHere).not.toHaveBeenCalled();
  });

  test("can be changed back to the edge, and an endpoint is of the edge unless it says", async () => {
    const client = await newClient();
    const endpoint = await newStaticEndpoint(client);
    const changed = await client.ok("PATCH", endpoint.path, { egress: "edge" });
    expect(endpointViewSchema.parse(changed).egress).toBe("edge");
    await endpoint.enqueue();
    await endpoint.run();
    expect(postedFromHere).toHaveBeenCalledWith(endpoint.url);
    const wrong = await client.call("PATCH", endpoint.path, { egress: "anywhere" });
    expect(wrong.status).toBe(422);
  });
});
