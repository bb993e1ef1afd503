import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { createApp } from "../app.ts";
import { regionHub } from "../hub/objects.ts";
import type { RegionHub } from "../hub/region-hub.ts";
import { bindings, deps, refuseWebhooks } from "../hub/test-fixture.ts";
import { importNumber, type TestClient } from "./test-client.ts";
import {
  CALL,
  eventually,
  isBusy,
  isSilent,
  ordersOf,
  placed,
  post,
  type ScriptedNode,
  setUp,
  TO,
} from "./test-orders.ts";

refuseWebhooks();

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
