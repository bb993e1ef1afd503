import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { dnsViewSchema } from "../../schema/contracts/dns.ts";
import { problemSchema } from "../../schema/contracts/errors.ts";
import { createApp } from "../app.ts";
import { listNodes } from "../db/media-nodes.ts";
import type { Env } from "../env.ts";
import { regionHub } from "../hub/objects.ts";
import { LINK_NODE_HEADER, RegionHub } from "../hub/region-hub.ts";
import { bindings, commit, deps, newNode, newRegion, request, sql } from "../hub/test-fixture.ts";
import { greet, hello, openLink, state } from "../hub/test-link.ts";
import { DnsReconciler } from "./dns-reconciler.ts";
import { regionNodesOf } from "./region-nodes.ts";
import { SDK_WITHIN_MS, TestRoute53, warmSdk, ZONE_ID } from "./test-route53.ts";

const NAME = "sip.example.net";

beforeAll(warmSdk, SDK_WITHIN_MS);
let server: TestRoute53;
beforeEach(() => {
  server = new TestRoute53();
  server.install();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The bindings of a deployment whose name is served by the region. */
function deployed(region: string): Env {
  return {
    ...bindings,
    DNS_ZONE_ID: ZONE_ID,
    DNS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    DNS_SECRET_ACCESS_KEY: "example",
    DNS_ENDPOINT: "https://route53.test",
    DNS_DOMAIN: "example.net",
    DNS_NAMES: JSON.stringify({ [NAME]: [region] }),
  };
}

/** In an object of its own, and so without anything remembered. */
function inReconciler<T>(
  env: Env,
  use: (reconciler: DnsReconciler, state: DurableObjectState) => Promise<T>,
): Promise<T> {
  const id = bindings.DNS_RECONCILER.idFromName(`test/${crypto.randomUUID()}/dns`);
  return runInDurableObject(bindings.DNS_RECONCILER.get(id), (_made, state) =>
    use(new DnsReconciler(state, env), state),
  );
}

async function readyNode(region: string) {
  const node = await newNode(region);
  const link = await openLink(node.credential);
  await greet(link);
  return { node, link };
}

describe("a region", () => {
  test("says of every node whether it is ready, drains or is away; revoked and silent ones are away", async () => {
    const region = newRegion();
    const { node: ready } = await readyNode(region);
    const { link, node: draining } = await readyNode(region);
    const { node: revoked } = await readyNode(region);
    const absent = await newNode(region);
    link.send({ type: "state", state: { ...state(0, 0), state: "draining" } });
    await commit(
      sql("UPDATE media_nodes SET revoked_at_ms = ? WHERE id = ?", Date.now(), revoked.nodeId),
    );
    const hub = regionHub(bindings, "default", region);
    const nodesOf = async () =>
      regionNodesOf(await listNodes(deps.db, region), await hub.linkedNodes(), Date.now());
    await expect
      .poll(async () => {
        const nodes = await nodesOf();
        return Object.fromEntries(nodes.map((node) => [node.nodeId, node.state]));
      })
      .toEqual({
        [ready.nodeId]: "ready",
        [draining.nodeId]: "draining",
        [revoked.nodeId]: "away",
        [absent.nodeId]: "away",
      });
    const [first] = await nodesOf();
    expect(first).toMatchObject({ name: "node-1", address: "192.0.2.10" });
    await commit(sql("UPDATE media_nodes SET revoked_at_ms = 1 WHERE id = ?", revoked.nodeId));
    expect(await nodesOf()).toHaveLength(3);
    const silent = regionNodesOf(
      await listNodes(deps.db, region),
      await hub.linkedNodes(),
      Date.now() + 33_000,
    );
    expect(silent.map((each) => each.state)).toEqual(["away", "away", "away"]);
  });

  test("has a hub that tells the reconciler when a node's state changes and when its link is gone, and not at every beat", async () => {
    const region = newRegion();
    const node = await newNode(region);
    const told: string[] = [];
    const DNS_RECONCILER = {
      idFromName: (name: string) => name,
      get: (name: string) => ({ poke: async () => void told.push(name) }),
    } as unknown as Env["DNS_RECONCILER"];
    const hub = regionHub(bindings, "default", region);
    await runInDurableObject(hub, async (_made, context) => {
      const told1 = new RegionHub(context, { ...deployed(region), DNS_RECONCILER });
      const headers = { upgrade: "websocket", [LINK_NODE_HEADER]: node.nodeId };
      await told1.fetch(new Request("http://hub", { headers }));
      const [socket] = context.getWebSockets();
      if (socket === undefined) throw new Error("no link");
      const says = (message: unknown) => told1.webSocketMessage(socket, JSON.stringify(message));
      await says(hello(state(0, 0)));
      expect(told).toHaveLength(1);
      await says({ type: "state", state: state(0, 0) });
      expect(told).toHaveLength(1);
      await says({ type: "state", state: { ...state(0, 0), state: "draining" } });
      expect(told).toHaveLength(2);
      await told1.webSocketClose(socket, 1006);
      expect(told).toEqual(["default/dns", "default/dns", "default/dns"]);
    });
  });
});

describe("the reconciler", () => {
  test("writes the linked nodes of its regions, says so, and looks again by itself", async () => {
    const region = newRegion();
    await readyNode(region);
    await inReconciler(deployed(region), async (reconciler, { storage }) => {
      await reconciler.poke();
      const pokedAtMs = (await storage.getAlarm()) ?? 0;
      expect(pokedAtMs - Date.now()).toBeLessThan(1_000);
      await storage.deleteAlarm();
      await reconciler.alarm();
      expect(server.addresses(NAME)).toEqual(["192.0.2.10"]);
      expect(server.targets(NAME)).toEqual([`node-1.${region}.example.net`]);
      expect((await storage.getAlarm()) ?? 0).toBeGreaterThan(Date.now());
      await storage.deleteAlarm();
      await reconciler.alarm();
      expect(dnsViewSchema.parse(await reconciler.view())).toMatchObject({
        data: [{ name: NAME, outcome: "in_place", standing: { addresses: ["192.0.2.10"] } }],
        nodes: [{ region, state: "ready", fqdn: `node-1.${region}.example.net` }],
        unseen_regions: [],
      });
    });
  });

  test("that has lost its storage finds everything in place", async () => {
    const region = newRegion();
    await readyNode(region);
    const env = deployed(region);
    await inReconciler(env, (reconciler) => reconciler.alarm());
    const before = server.sets;
    await inReconciler(env, async (reconciler) => {
      await reconciler.alarm();
      expect((await reconciler.view())?.data[0]?.outcome).toBe("in_place");
    });
    expect(server.sets).toBe(before);
  });

  test("is not woken by a poke in the pause after a failure", async () => {
    const region = newRegion();
    await readyNode(region);
    await inReconciler(deployed(region), async (reconciler, { storage }) => {
      for (let time = 1; time <= 4; time += 1) {
        server.faults.push({ on: "read", fault: "throttled" });
        await reconciler.alarm();
      }
      const dueAtMs = (await storage.getAlarm()) ?? 0;
      expect(dueAtMs - Date.now()).toBeGreaterThan(6_000);
      await storage.deleteAlarm();
      await reconciler.poke();
      expect(await storage.getAlarm()).toBe(dueAtMs);
    });
  });

  test("keeps what stands while a hub does not answer", async () => {
    const region = newRegion();
    await readyNode(region);
    const env = deployed(region);
    await inReconciler(env, async (reconciler) => {
      await reconciler.alarm();
      const before = server.sets;
      await commit(sql("ALTER TABLE media_nodes RENAME TO media_nodes_away"));
      try {
        await reconciler.alarm();
      } finally {
        await commit(sql("ALTER TABLE media_nodes_away RENAME TO media_nodes"));
      }
      expect(await reconciler.view()).toMatchObject({
        data: [{ outcome: "region_unseen" }],
        unseen_regions: [region],
      });
      expect(server.sets).toBe(before);
    });
  });

  test("does nothing in a deployment without a zone", async () => {
    await inReconciler(bindings, async (reconciler, { storage }) => {
      await reconciler.poke();
      await reconciler.alarm();
      expect([await storage.getAlarm(), await reconciler.view()]).toEqual([null, null]);
    });
    expect(server.requests).toEqual([]);
  });
});

describe("GET /v1/admin/dns", () => {
  const path = "/v1/admin/dns";

  test("is the operator's, and says what is missing where there is no reconciler", async () => {
    const stranger = await request("GET", path);
    expect(stranger.status).toBe(401);
    const response = await request("GET", path, { bearer: bindings.TEST_OPERATOR_TOKEN });
    expect(response.status).toBe(404);
    expect(problemSchema.parse(await response.json())).toMatchObject({
      code: "dns_not_configured",
      hint: expect.stringContaining("DNS_ZONE_ID"),
    });
  });

  test("has each name with what stands, what is wanted and why it is not done", async () => {
    const region = newRegion();
    await readyNode(region);
    server.put({ name: NAME, type: "A", ttlSecs: 60, values: ["192.0.2.99"] });
    await inReconciler(deployed(region), async (reconciler) => {
      await reconciler.alarm();
      const app = createApp({ ...deps, dnsView: () => reconciler.view() });
      const headers = { authorization: `Bearer ${bindings.TEST_OPERATOR_TOKEN}` };
      const response = await app.request(path, { headers }, bindings);
      expect(dnsViewSchema.parse(await response.json()).data).toEqual([
        expect.objectContaining({
          name: NAME,
          outcome: "not_ours",
          since: expect.stringMatching(/Z$/),
          standing: { addresses: ["192.0.2.99"], targets: [] },
          wanted: { addresses: ["192.0.2.10"], targets: [`node-1.${region}.example.net`] },
        }),
      ]);
    });
    expect(server.addresses(NAME)).toEqual(["192.0.2.99"]);
  });
});
