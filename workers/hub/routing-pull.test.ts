import { describe, expect, test } from "vitest";
import {
  type RoutingChange,
  routingChangesSchema,
  routingGoneSchema,
  routingSnapshotHeadSchema,
} from "../../schema/contracts/routing.ts";
import { fromBase64Url, unwrapAtNode } from "../../schema/sealing/sealing.ts";
import { newId } from "../../schema/values/ids.ts";
import {
  agentChange,
  asOperator,
  commit,
  deps,
  newAgent,
  newJoinToken,
  newNode,
  newRegion,
  request,
  sql,
} from "./test-fixture.ts";

async function pull(credential: string, epoch: number, since: number) {
  const path = `/v1/nodes/routing?epoch=${epoch}&since=${since}`;
  const response = await request("GET", path, { bearer: credential });
  const body: unknown = await response.json();
  if (response.status === 410) return { status: 410, gone: routingGoneSchema.parse(body) } as const;
  expect(response.status).toBe(200);
  return { status: 200, update: routingChangesSchema.parse(body) } as const;
}

async function currentEpoch(credential: string): Promise<number> {
  const answer = await pull(credential, 0, 0);
  return answer.status === 410 ? answer.gone.epoch : -1;
}

describe("enrolment", () => {
  test("a join token enrols one node: its second use is 401", async () => {
    const region = newRegion();
    const joinToken = await newJoinToken(region);
    const { publicKey } = await newNode(newRegion());
    const body = { joinToken, name: "n", publicAddress: "192.0.2.1", publicKey };
    const first = await request("POST", "/v1/nodes/enrol", { body });
    const second = await request("POST", "/v1/nodes/enrol", { body });
    expect([first.status, second.status]).toEqual([201, 401]);
    expect(await first.json()).toMatchObject({ region, nodeId: expect.stringMatching(/^node_/) });
    expect(await second.json()).toMatchObject({ code: "join_token_invalid" });
  });

  test("of two uses of a join token at the same time one succeeds", async () => {
    const joinToken = await newJoinToken(newRegion());
    const { publicKey } = await newNode(newRegion());
    const body = { joinToken, name: "n", publicAddress: "192.0.2.1", publicKey };
    const responses = await Promise.all([
      request("POST", "/v1/nodes/enrol", { body }),
      request("POST", "/v1/nodes/enrol", { body }),
    ]);
    expect(responses.map(({ status }) => status).sort()).toEqual([201, 401]);
  });

  test("an unknown join token is 401, and an address or key that is none is 422", async () => {
    const { publicKey } = await newNode(newRegion());
    const good = { joinToken: "x", name: "n", publicAddress: "192.0.2.1", publicKey };
    const unknown = await request("POST", "/v1/nodes/enrol", { body: good });
    const noKey = await request("POST", "/v1/nodes/enrol", { body: { ...good, publicKey: "AA" } });
    const noAddress = await request("POST", "/v1/nodes/enrol", {
      body: { ...good, publicAddress: "here" },
    });
    expect([unknown.status, noKey.status, noAddress.status]).toEqual([401, 422, 422]);
  });

  test("without the operator token nobody makes a workspace or a join token", async () => {
    const body = { name: "n", host_label: "a", region: "eu" };
    const responses = await Promise.all([
      request("POST", "/v1/admin/workspaces", { body, bearer: "wrong" }),
      request("POST", "/v1/admin/join-tokens", { body: { region: "eu", ttl_secs: 60 } }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([401, 401]);
  });

  test("a host label that is taken is 409", async () => {
    const body = { name: "n", host_label: `l${Date.now()}`, region: newRegion() };
    const first = await asOperator("/v1/admin/workspaces", body);
    const second = await asOperator("/v1/admin/workspaces", body);
    expect([first.status, second.status]).toEqual([201, 409]);
    expect(await second.json()).toMatchObject({ code: "host_label_taken" });
  });

  test("a missing, unknown or revoked credential is 401 on every node path", async () => {
    const node = await newNode(newRegion());
    const paths = ["region-keys", "routing?epoch=0&since=0", "routing/snapshot", "link"];
    const statuses = (bearer?: string) =>
      Promise.all(
        paths.map(async (path) => {
          const options = bearer === undefined ? {} : { bearer };
          return (await request("GET", `/v1/nodes/${path}`, options)).status;
        }),
      );
    expect(await statuses()).toEqual([401, 401, 401, 401]);
    expect(await statuses("tknode_unknown")).toEqual([401, 401, 401, 401]);
    await commit(sql("UPDATE media_nodes SET revoked_at_ms = 1 WHERE id = ?", node.nodeId));
    expect(await statuses(node.credential)).toEqual([401, 401, 401, 401]);
  });

  test("who is not a node learns nothing of what a request should look like", async () => {
    const [query, events] = [
      await request("GET", "/v1/nodes/routing?epoch=x"),
      await request("POST", "/v1/nodes/events", { body: { events: "none" } }),
    ];
    expect([query.status, events.status]).toEqual([401, 401]);
  });

  test("region keys are wrapped to the node and open with its private key", async () => {
    const region = newRegion();
    const node = await newNode(region);
    const response = await request("GET", "/v1/nodes/region-keys", { bearer: node.credential });
    const { keys } = await response.json<{ keys: { keyId: string; wrapped: string }[] }>();
    const expected = await deps.secrets.regionKey(region);
    expect(keys.map(({ keyId }) => keyId)).toEqual([expected.id]);
    const opened = await unwrapAtNode(expected.id, keys[0]?.wrapped ?? "", node.privateKey);
    expect(opened).toEqual(expected.bytes);
  });
});

describe("pull", () => {
  test("a node gets the changes after its version, in order, and nothing of another region", async () => {
    const region = newRegion();
    const node = await newNode(region);
    const agent = newAgent("first");
    await commit(
      agentChange(region, agent),
      agentChange(newRegion(), newAgent("elsewhere")),
      agentChange(region, { ...agent, name: "second" }),
      agentChange(region, agent, true),
    );
    const epoch = await currentEpoch(node.credential);
    const answer = await pull(node.credential, epoch, 1);
    expect(answer).toMatchObject({ update: { epoch, since: 1, version: 3, more: false } });
    expect(answer.update?.changes).toEqual([
      { version: 2, kind: "agent", entityId: agent.id, value: { ...agent, name: "second" } },
      { version: 3, kind: "agent", entityId: agent.id, value: null },
    ]);
    expect(await pull(node.credential, epoch, 3)).toMatchObject({
      update: { version: 3, more: false, changes: [] },
    });
  });

  test("more changes than a page has come in pages without a gap", async () => {
    const region = newRegion();
    const node = await newNode(region);
    const total = 2_700;
    await commit(
      sql(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO routing_changes (region, version, change_id, kind, entity_id, value, created_at_ms)
         SELECT ?, i, 'rtc_' || i, 'agent', 'agent_' || i, '{}', 0 FROM n`,
        total,
        region,
      ),
    );
    const epoch = await currentEpoch(node.credential);
    const versions: number[] = [];
    let since = 0;
    for (let more = true; more; ) {
      const { update } = await pull(node.credential, epoch, since);
      if (update === undefined) throw new Error("the epoch moved");
      versions.push(...update.changes.map(({ version }) => version));
      ({ version: since, more } = update);
    }
    expect(versions).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    expect(since).toBe(total);
  });

  test("rows of which a page is more than libSQL answers with come in shorter pages, none lost", async () => {
    const region = newRegion();
    const { credential } = await newNode(region);
    const large = { ...newAgent("x".repeat(1_000_000)) };
    const ids = Array.from({ length: 14 }, () => newId("agent"));
    for (const id of ids) await commit(agentChange(region, { ...large, id }));
    const epoch = await currentEpoch(credential);
    const pulled: string[] = [];
    for (let since = 0, more = true; more; ) {
      const answer = await pull(credential, epoch, since);
      if (answer.status === 410) throw new Error("410");
      pulled.push(...answer.update.changes.map((change) => change.entityId));
      since = answer.update.version;
      more = answer.update.more;
    }
    expect(pulled).toEqual(ids);
    const snapshot = await request("GET", "/v1/nodes/routing/snapshot", { bearer: credential });
    expect(snapshot.status).toBe(200);
    const unzipped = snapshot.body?.pipeThrough(new DecompressionStream("gzip"));
    const lines = (await new Response(unzipped).text()).trim().split("\n");
    expect(lines).toHaveLength(1 + ids.length);
  });

  test("a query that is no position is 422", async () => {
    const node = await newNode(newRegion());
    const response = await request("GET", "/v1/nodes/routing?epoch=-1&since=x", {
      bearer: node.credential,
    });
    expect(response.status).toBe(422);
  });
});

describe("epochs", () => {
  test("a database behind what was served starts a greater epoch, and the old one is 410", async () => {
    const region = newRegion();
    const node = await newNode(region);
    await commit(agentChange(region, newAgent("a")), agentChange(region, newAgent("b")));
    const epoch = await currentEpoch(node.credential);
    expect(await pull(node.credential, epoch, 2)).toMatchObject({ status: 200 });
    await commit(sql("DELETE FROM routing_changes WHERE region = ? AND version = 2", region));
    const answer = await pull(node.credential, epoch, 2);
    expect(answer).toMatchObject({ status: 410, gone: { version: 1 } });
    expect(answer.gone?.epoch).toBeGreaterThan(epoch);
    expect(await pull(node.credential, answer.gone?.epoch ?? 0, 1)).toMatchObject({ status: 200 });
  });

  test("another change at the served version starts a greater epoch", async () => {
    const region = newRegion();
    const node = await newNode(region);
    await commit(agentChange(region, newAgent("a")));
    const epoch = await currentEpoch(node.credential);
    await commit(
      sql("UPDATE routing_changes SET change_id = 'rtc_other' WHERE region = ?", region),
      agentChange(region, newAgent("b")),
    );
    const answer = await pull(node.credential, epoch, 1);
    expect(answer).toMatchObject({ status: 410, gone: { version: 2 } });
    expect(answer.gone?.epoch).toBeGreaterThan(epoch);
  });

  test("a database that was emptied starts a greater epoch", async () => {
    const region = newRegion();
    const node = await newNode(region);
    await commit(agentChange(region, newAgent("a")));
    const epoch = await currentEpoch(node.credential);
    await commit(sql("DELETE FROM routing_changes WHERE region = ?", region));
    const answer = await pull(node.credential, epoch, 1);
    expect(answer).toMatchObject({ status: 410, gone: { version: 0 } });
    expect(answer.gone?.epoch).toBeGreaterThan(epoch);
  });

  test("a node that is above the head is 410 in a greater epoch", async () => {
    const region = newRegion();
    const node = await newNode(region);
    await commit(agentChange(region, newAgent("a")));
    const epoch = await currentEpoch(node.credential);
    const answer = await pull(node.credential, epoch, 7);
    expect(answer).toMatchObject({ status: 410, gone: { version: 1 } });
    expect(answer.gone?.epoch).toBeGreaterThan(epoch);
  });

  test("a node of a greater epoch than the hub's gets one that is greater still", async () => {
    const region = newRegion();
    const node = await newNode(region);
    const epoch = await currentEpoch(node.credential);
    const answer = await pull(node.credential, epoch + 1000, 0);
    expect(answer.gone?.epoch).toBe(epoch + 1001);
  });

  test("changes and time alone never move the epoch", async () => {
    const region = newRegion();
    const node = await newNode(region);
    const epoch = await currentEpoch(node.credential);
    for (let version = 1; version <= 3; version += 1) {
      await commit(agentChange(region, newAgent("a")));
      const answer = await pull(node.credential, epoch, version - 1);
      expect(answer).toMatchObject({ status: 200, update: { epoch, version } });
    }
  });
});

describe("snapshot", () => {
  test("its bytes have the hash, its signature verifies, its rows are the newest of each entity", async () => {
    const region = newRegion();
    const node = await newNode(region);
    const [kept, changed, removed] = [newAgent("kept"), newAgent("changed"), newAgent("removed")];
    await commit(
      agentChange(region, removed),
      agentChange(region, changed),
      agentChange(region, kept),
      agentChange(region, { ...changed, name: "new" }),
      agentChange(region, removed, true),
    );
    const response = await request("GET", "/v1/nodes/routing/snapshot", {
      bearer: node.credential,
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const sha256 = digest.toHex();
    expect(response.headers.get("x-trunkline-sha256")).toBe(sha256);

    const unpacked = new Response(bytes).body?.pipeThrough(new DecompressionStream("gzip"));
    const lines = (await new Response(unpacked).text()).split("\n");
    expect(lines.pop()).toBe("");
    const head = routingSnapshotHeadSchema.parse(JSON.parse(lines[0] ?? ""));
    expect(head).toMatchObject({ region, version: 5, rows: 2, expectedRemovals: 0 });
    expect(head.epoch).toBe(await currentEpoch(node.credential));
    const rows = lines.slice(1).map((line): RoutingChange => JSON.parse(line));
    expect(rows).toEqual([
      { version: 3, kind: "agent", entityId: kept.id, value: kept },
      { version: 4, kind: "agent", entityId: changed.id, value: { ...changed, name: "new" } },
    ]);

    const key = await crypto.subtle.importKey(
      "raw",
      fromBase64Url(node.snapshotPublicKey),
      "Ed25519",
      false,
      ["verify"],
    );
    const signature = fromBase64Url(response.headers.get("x-trunkline-signature") ?? "");
    const signed = new TextEncoder().encode(`${head.epoch}.${head.version}.${sha256}`);
    expect(await crypto.subtle.verify("Ed25519", key, signature, signed)).toBe(true);
  });

  test("an empty region has a snapshot of no rows at version 0", async () => {
    const node = await newNode(newRegion());
    const response = await request("GET", "/v1/nodes/routing/snapshot", {
      bearer: node.credential,
    });
    const unpacked = response.body?.pipeThrough(new DecompressionStream("gzip"));
    const head: unknown = JSON.parse(await new Response(unpacked).text());
    expect(head).toMatchObject({ version: 0, rows: 0 });
  });
});
