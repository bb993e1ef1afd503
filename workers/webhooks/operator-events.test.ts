import { runInDurableObject } from "cloudflare:test";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { OPERATOR_EVENT_BODIES } from "../../schema/contracts/operator-events.ts";
import {
  deliveryPageSchema,
  endpointCreatedSchema,
  endpointViewSchema,
} from "../../schema/contracts/webhook-endpoint.ts";
import { newId } from "../../schema/values/ids.ts";
import { objectNames } from "../env.ts";
import { newBlock, proposal, RANGES, withoutBlock } from "../hub/test-feed.ts";
import { bindings, deps, newRegion } from "../hub/test-fixture.ts";
import { newClient, type TestClient } from "../routes/test-client.ts";
import { activateRangesDue } from "../services/change-ranges.ts";
import { signJob } from "../services/webhook-jobs.ts";
import { enqueueFor } from "./test-outbox.ts";
import type { WebhookEndpoint } from "./webhook-endpoint.ts";

withoutBlock();

const ENDPOINTS = "/v1/webhook-endpoints";
const DAY_MS = 86_400_000;

const posted: { url: string; body: string; headers: Headers }[] = [];
/** What an endpoint answers, by its URL; absent: 200. */
const answers = new Map<string, number>();
beforeEach(() => {
  posted.length = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const url = String(input);
    posted.push({ url, body: String(init?.body), headers: new Headers(init?.headers) });
    return new Response(null, { status: answers.get(url) ?? 200 });
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function newEndpoint(client: TestClient, more: object = {}) {
  const url = `https://hooks.example.com/${crypto.randomUUID()}`;
  const made = await client.call("POST", ENDPOINTS, { name: "Hook", url, ...more });
  const endpoint = endpointCreatedSchema.parse(await made.json());
  const id = endpoint.webhook_endpoint_id;
  const name = objectNames.webhookEndpoint("default", id);
  const object = bindings.WEBHOOK_ENDPOINT.get(bindings.WEBHOOK_ENDPOINT.idFromName(name));
  return {
    ...endpoint,
    id,
    run: () => runInDurableObject(object, (instance) => (instance as WebhookEndpoint).alarm()),
    posts: () => posted.filter((post) => post.url === url),
    deliveries: async () => {
      const path = `/v1/webhook-deliveries?webhook_endpoint_id=${id}`;
      return deliveryPageSchema.parse(await client.ok("GET", path)).data.toReversed();
    },
  };
}

const typesOf = (deliveries: readonly { type: string }[]) => deliveries.map(({ type }) => type);

describe("changes of the published block", () => {
  test("are told to every workspace: what is announced, and what is in use", async () => {
    const [one, other] = await Promise.all([newClient(), newClient()]);
    const everything = await newEndpoint(one);
    const named = await newEndpoint(other, {
      signature_style: "elevenlabs",
      event_types: ["network.ranges.changed"],
    });
    const others = await Promise.all([
      newEndpoint(one, { event_types: ["call.ended"] }),
      newEndpoint(one, { signature_style: "elevenlabs" }),
    ]);
    const block = newBlock();
    const region = newRegion();
    await block.ok(RANGES, { notice: "initial", ranges: [proposal("25.10.20.0/25", region)] });
    await block.ok(RANGES, { ranges: [proposal("25.10.20.128/25", region)] });
    expect(typesOf(await everything.deliveries())).toEqual([
      "network.ranges.changed",
      "network.ranges.scheduled",
    ]);
    expect(typesOf(await named.deliveries())).toEqual(["network.ranges.changed"]);
    for (const silent of others) expect(await silent.deliveries()).toEqual([]);
    // In order, of no conversation, and signed as every other.
    expect(await everything.deliveries()).toMatchObject([
      { conversation_id: null, sequence: 1 },
      { conversation_id: null, sequence: 2 },
    ]);
    await everything.run();
    const bodies = everything
      .posts()
      .map(({ body, headers }) =>
        new Webhook(everything.secret).verify(body, Object.fromEntries(headers)),
      );
    const [changed, scheduled] = bodies;
    expect(OPERATOR_EVENT_BODIES["network.ranges.changed"].parse(changed).data).toMatchObject({
      version: 1,
      notice: "initial",
      changes: [{ prefix: "25.10.20.0/25", disposition: "announce", region }],
    });
    const told = OPERATOR_EVENT_BODIES["network.ranges.scheduled"].parse(scheduled).data;
    expect(told).toMatchObject({ version: 2, notice: "scheduled" });
    const atMs = Date.parse(told.changes[0]?.effective_at ?? "");
    expect(atMs).toBeGreaterThan(Date.now() + 29 * DAY_MS);
    expect(told.feed_url).toMatch(/^https:\/\/.*\/network\/ip-ranges\.json$/);
  });

  test("are told when the clock makes them, and not by a change that was refused", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client, { event_types: ["network.ranges.changed"] });
    const block = newBlock();
    await block.ok(RANGES, { ranges: [proposal("25.10.20.0/25", client.region)] });
    await block.refused(RANGES, { ranges: [proposal("25.10.20.0/25", client.region)] });
    expect(await endpoint.deliveries()).toEqual([]);
    const clock = () => Date.now() + 40 * DAY_MS;
    await activateRangesDue({ ...deps, clock }, 1);
    await activateRangesDue({ ...deps, clock }, 1);
    expect(typesOf(await endpoint.deliveries())).toEqual(["network.ranges.changed"]);
  });

  test("a node whose range is not published for webhooks is given nothing to post", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client, { egress: "static" });
    const { region } = client;
    await newBlock().ok(RANGES, {
      notice: "initial",
      ranges: [
        proposal("25.10.20.0/25", region, { services: ["sip", "rtp"] }),
        proposal("25.10.20.128/25", region),
      ],
    });
    const job = { endpointId: endpoint.id, deliveryId: newId("delivery") };
    const node = (publicAddress: string) => ({
      ...{ nodeId: newId("node"), region, name: "n", publicAddress },
      ...{ publicKey: "", credentialSha256: "", revokedAtMs: null },
    });
    const sample = { ...job, sampleType: "post_call_transcription" };
    expect(await signJob(deps, node("25.10.20.200"), sample)).toMatchObject({ ok: true });
    expect(await signJob(deps, node("25.10.20.4"), sample)).toMatchObject({
      ok: false,
      refusal: { status: 409, code: "address_not_published" },
    });
  });
});

describe("an endpoint that is disabled", () => {
  test("is told to the workspace's other endpoints, once, and to nobody else", async () => {
    const client = await newClient();
    const [gone, other, narrow, foreign] = await Promise.all([
      newEndpoint(client),
      newEndpoint(client),
      newEndpoint(client, { event_types: ["call.ended"] }),
      newEndpoint(await newClient()),
    ]);
    answers.set(gone.url, 410);
    await enqueueFor(gone.id);
    for (const _ of [1, 2]) await gone.run();
    const view = endpointViewSchema.parse(await client.ok("GET", `${ENDPOINTS}/${gone.id}`));
    expect(view).toMatchObject({ is_disabled: true, disabled_reason: "gone" });
    expect(typesOf(await other.deliveries())).toEqual(["webhook_endpoint.disabled"]);
    for (const silent of [gone, narrow, foreign]) {
      expect(typesOf(await silent.deliveries())).not.toContain("webhook_endpoint.disabled");
    }
    await vi.waitFor(() => expect(other.posts()).toHaveLength(1), { timeout: 3_000 });
    const { data } = OPERATOR_EVENT_BODIES["webhook_endpoint.disabled"].parse(
      JSON.parse(other.posts()[0]?.body ?? ""),
    );
    expect(data).toMatchObject({ webhook_endpoint_id: gone.id, disabled_reason: "gone" });
    // Where it was posted to may hold secrets.
    expect(other.posts()[0]?.body).not.toContain(gone.url);
  });

  test("by the workspace itself is told to nobody", async () => {
    const client = await newClient();
    const [off, other] = [await newEndpoint(client), await newEndpoint(client)];
    await client.ok("PATCH", `${ENDPOINTS}/${off.id}`, { is_disabled: true });
    await off.run();
    expect(await other.deliveries()).toEqual([]);
  });
});
