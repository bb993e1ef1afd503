import { describe, expect, test, vi } from "vitest";
import { deliveryPageSchema } from "../../schema/contracts/webhook-endpoint.ts";
import { request } from "../hub/test-fixture.ts";
import { newClient } from "./test-client.ts";
import { DELIVERIES, deliveryOf, newEndpoint, receiver, receiveWebhooks } from "./test-webhooks.ts";

receiveWebhooks();

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
    receiver.aheadMs += 10_000;
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
