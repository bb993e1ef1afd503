import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import {
  endpointCreatedSchema,
  endpointTestedSchema,
  endpointViewSchema,
} from "../../schema/contracts/webhook-endpoint.ts";
import { commit, sql } from "../hub/test-fixture.ts";
import { signWebhook } from "../webhooks/sign-webhook.ts";
import { newClient } from "./test-client.ts";
import {
  DELIVERIES,
  ENDPOINTS,
  newEndpoint,
  type Posted,
  receiver,
  receiveWebhooks,
} from "./test-webhooks.ts";

receiveWebhooks();

const DAY_MS = 86_400_000;

/** By the library that the specification's authors publish. */
function passesStandard(post: Posted | undefined, secret: string): boolean {
  try {
    new Webhook(secret).verify(post?.body ?? "", Object.fromEntries(post?.headers ?? []));
    return true;
  } catch {
    return false;
  }
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
      event_id: expect.stringMatching(/^evt_/),
      sequence: 1,
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
    expect(JSON.parse(post?.body ?? "")).toMatchObject({
      type: "post_call_transcription",
      event_id: expect.stringMatching(/^evt_/),
      sequence: 1,
    });
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
    receiver.aheadMs += 61_000;
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
    receiver.answer = () => new Response(`no${"!".repeat(5_000)}`, { status: 503 });
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
    receiver.answer = () => new Response(null, { status: 410 });
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
    receiver.answer = () => new Response(null, { status: 500 });
    await endpoint.enqueue();
    await endpoint.run();
    expect(await client.ok("GET", endpoint.path)).toMatchObject({
      is_disabled: false,
      consecutive_failures: 1,
    });
    receiver.aheadMs += 5 * DAY_MS + 60_000;
    await endpoint.run();
    expect(await client.ok("GET", endpoint.path)).toMatchObject({
      is_disabled: true,
      disabled_reason: "failing",
    });
  });

  test("with ten failures in a row and no success for seven days is disabled", async () => {
    const client = await newClient();
    const endpoint = await newEndpoint(client);
    receiver.answer = () => new Response(null, { status: 500 });
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
    receiver.answer = () => new Response(null, { status: 500 });
    await endpoint.enqueue();
    await endpoint.run();
    receiver.answer = () => new Response(null, { status: 204 });
    receiver.aheadMs += 60_000;
    await endpoint.run();
    expect(await client.ok("GET", endpoint.path)).toMatchObject({
      consecutive_failures: 0,
      failing_since: null,
      last_success_at: expect.any(String),
    });
  });
});
