import { describe, expect, test } from "vitest";
import {
  nodeDrainedSchema,
  nodeListSchema,
  nodeViewSchema,
  regionListSchema,
} from "../../schema/contracts/nodes.ts";
import { usageSchema } from "../../schema/contracts/usage.ts";
import { newId } from "../../schema/values/ids.ts";
import { bindings, commit, newCallRecord, newNode, request, sql } from "../hub/test-fixture.ts";
import { greet, openLink, state } from "../hub/test-link.ts";
import { newClient, type TestClient } from "./test-client.ts";

const NODES = "/v1/nodes";
const DAY_MS = 86_400_000;

async function operating(): Promise<TestClient> {
  const client = await newClient();
  await commit(sql("UPDATE workspaces SET operates_nodes = 1 WHERE id = ?", client.workspaceId));
  return client;
}

describe("nodes", () => {
  test("are those of the workspace's region, with their state and load", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const [linked, silent] = [await newNode(client.region), await newNode(client.region)];
    await newNode(other.region);
    const link = await openLink(linked.credential);
    await greet(link, { ...state(0, 0), activeCalls: 7 });
    const { data } = nodeListSchema.parse(await client.ok("GET", NODES));
    expect(data).toHaveLength(2);
    expect(data).toContainEqual(
      expect.objectContaining({
        node_id: linked.nodeId,
        region: client.region,
        public_address: "192.0.2.10",
        status: "ready",
        active_calls: 7,
      }),
    );
    const one = nodeViewSchema.parse(await client.ok("GET", `${NODES}/${silent.nodeId}`));
    expect(one).toMatchObject({ status: "unlinked", active_calls: null, seen_at: null });
    expect((await other.call("GET", `${NODES}/${linked.nodeId}`)).status).toBe(404);
    expect(JSON.stringify(data)).not.toContain(linked.credential);
    const regions = regionListSchema.parse(await client.ok("GET", "/v1/regions"));
    expect(regions.data).toEqual([
      {
        region: client.region,
        nodes: { ready: 1, syncing: 0, draining: 0, unlinked: 1 },
        active_calls: 7,
      },
    ]);
  });

  test("are all shown to an operator, and to nobody else without a key", async () => {
    const node = await newNode((await newClient()).region);
    const path = `/v1/admin/nodes/${node.nodeId}`;
    const bearer = bindings.TEST_OPERATOR_TOKEN;
    expect(await (await request("GET", path, { bearer })).json()).toMatchObject({
      status: "unlinked",
    });
    expect((await request("GET", path)).status).toBe(401);
    expect((await request("GET", `${NODES}/${node.nodeId}`)).status).toBe(401);
    expect((await request("GET", NODES, { bearer: node.credential })).status).toBe(401);
  });
});

describe("a drain", () => {
  test("is ordered over the link, and answered when the node says that it drains", async () => {
    const client = await operating();
    const node = await newNode(client.region);
    const link = await openLink(node.credential);
    await greet(link);
    const drained = client.ok("POST", `${NODES}/${node.nodeId}/drain`);
    await link.next("drain");
    link.send({ type: "state", state: { ...state(0, 0), state: "draining", activeCalls: 3 } });
    expect(nodeDrainedSchema.parse(await drained)).toEqual({
      node_id: node.nodeId,
      status: "draining",
      active_calls: 3,
    });
    const { data } = await client.ok("GET", NODES);
    expect(data).toMatchObject([{ status: "draining" }]);
    // A second one finds it draining, and asks nobody.
    await client.ok("POST", `${NODES}/${node.nodeId}/drain`);
    const log = await client.ok("GET", "/v1/audit-log");
    expect(log.data[0]).toMatchObject({ target: node.nodeId, actor: { kind: "api_key" } });
  });

  test("of a node without a link is 409, and of one that is not there 404", async () => {
    const client = await operating();
    const node = await newNode(client.region);
    const refused = await client.call("POST", `${NODES}/${node.nodeId}/drain`);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: "node_not_linked" });
    const missing = await client.call("POST", `${NODES}/${newId("node")}/drain`);
    expect(missing.status).toBe(404);
  });

  test("is not for workspaces that share the nodes with others", async () => {
    const client = await newClient();
    const node = await newNode(client.region);
    const refused = await client.call("POST", `${NODES}/${node.nodeId}/drain`);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: "scope_missing", hint: "nodes:admin" });
  });
});

describe("usage", () => {
  test("counts calls, tests among them, and seconds by day and direction, of this workspace only", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const startedAtMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS + 3_600_000;
    for (const [at, { workspaceId, region }] of [client, client, other].entries()) {
      const node = await newNode(region);
      // The client's own type has it as text.
      const call = newCallRecord(region, workspaceId as Parameters<typeof newCallRecord>[1]);
      const times = { startedAtMs, answeredAtMs: startedAtMs, endedAtMs: startedAtMs + 30_000 };
      const test = at === 0 ? { isTest: true } : {};
      await request("POST", "/v1/nodes/events", {
        bearer: node.credential,
        body: {
          events: [
            { kind: "call_ended", eventId: newId("event"), call: { ...call, ...times, ...test } },
          ],
        },
      });
    }
    const usage = usageSchema.parse(await client.ok("GET", "/v1/usage"));
    const counts = { calls: 2, answered_calls: 2, call_secs: 60, test_calls: 1 };
    const date = new Date(startedAtMs).toISOString().slice(0, 10);
    expect(usage.data).toEqual([{ date, direction: "inbound", ...counts }]);
    expect(usage.total).toEqual(counts);
    const before = await client.ok("GET", "/v1/usage?from=2020-01-01&to=2020-03-01");
    expect(before.total.calls).toBe(0);
    for (const query of ["from=2020-01-01&to=2021-01-01", "from=2020-02-01&to=2020-01-01"]) {
      expect((await client.call("GET", `/v1/usage?${query}`)).status).toBe(422);
    }
  });

  test("stands beside the limits, which say what this request has left", async () => {
    const client = await newClient();
    const limits = await client.call("GET", "/v1/limits");
    const body = await limits.json<{ requests: { remaining: number } }>();
    expect(limits.headers.get("ratelimit")).toContain(`r=${body.requests.remaining};`);
    expect(body).toMatchObject({ concurrency_limit: null, active_calls: 0 });
  });

  test("is of the key's own workspace, the only one that it is shown", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const { data } = await client.ok("GET", "/v1/workspaces");
    expect(data).toMatchObject([{ workspace_id: client.workspaceId, region: client.region }]);
    expect((await client.call("GET", `/v1/workspaces/${other.workspaceId}`)).status).toBe(404);
  });
});
