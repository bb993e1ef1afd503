import { expect, test } from "vitest";
import { nodeRevokedSchema } from "../../schema/contracts/keys.ts";
import { type RegionKeys, regionKeysSchema } from "../../schema/contracts/node-link.ts";
import { importSealingKey, unseal, unwrapAtNode } from "../../schema/sealing/sealing.ts";
import { parseSealed, sealedKeyId } from "../../schema/values/sealed.ts";
import { readChanges } from "../db/routing-changes.ts";
import { importNumber, newClient } from "../routes/test-client.ts";
import { rotateRegionKey } from "../services/rotate-region-key.ts";
import { bindings, deps, newNode, newRegion, request } from "./test-fixture.ts";
import { greet, openLink } from "./test-link.ts";

type TestNode = Awaited<ReturnType<typeof newNode>>;

async function keysOf(node: TestNode): Promise<RegionKeys["keys"]> {
  const answer = await request("GET", "/v1/nodes/region-keys", { bearer: node.credential });
  return regionKeysSchema.parse(await answer.json()).keys;
}

function revoke(nodeId: string): Promise<Response> {
  return request("DELETE", `/v1/admin/nodes/${nodeId}`, { bearer: bindings.TEST_OPERATOR_TOKEN });
}

/** The sealed password of the newest change of the region's one trunk. */
async function routedPassword(region: string) {
  const page = { after: 0, upTo: Number.MAX_SAFE_INTEGER, limit: 100 };
  const trunk = (await readChanges(deps.db, region, page)).findLast(
    ({ kind }) => kind === "inbound_trunk",
  );
  const match = /"(v1\.[^"]+)"/.exec(JSON.stringify(trunk?.value));
  const sealed = parseSealed(match?.[1] ?? "");
  if (sealed === null) throw new Error("no sealed password in the route");
  return { sealed, trunkId: trunk?.entityId ?? "" };
}

test("revoking a node ends its link and its credential, and gives the region another key", async () => {
  const region = newRegion();
  const [revoked, kept] = [await newNode(region), await newNode(region)];
  const [gone, stays] = [await openLink(revoked.credential), await openLink(kept.credential)];
  await greet(gone);
  await greet(stays);
  const [before] = await keysOf(kept);
  const answer = nodeRevokedSchema.parse(await (await revoke(revoked.nodeId)).json());
  expect(await gone.next("bye")).toEqual({ type: "bye", code: "revoked" });
  await stays.next("region_keys_changed");
  const refused = await request("GET", "/v1/nodes/region-keys", { bearer: revoked.credential });
  expect(refused.status).toBe(401);
  const held = await keysOf(kept);
  expect(held.map(({ keyId }) => keyId)).toEqual([before?.keyId, answer.region_key_id]);
  // A second time changes nothing.
  expect(await (await revoke(revoked.nodeId)).json()).toEqual(answer);
  expect((await revoke("node_00000000000000000000000000")).status).toBe(404);
});

test("what the table carries is sealed anew; the old key is held until every node has the new one", async () => {
  const client = await newClient(newRegion());
  const { region } = client;
  await importNumber(client, {
    inbound_trunk_config: { credentials: { username: "pbx", password: "hunter2" } },
  });
  const [revoked, kept] = [await newNode(region), await newNode(region)];
  const before = await routedPassword(region);
  const { region_key_id: newest } = nodeRevokedSchema.parse(
    await (await revoke(revoked.nodeId)).json(),
  );
  await rotateRegionKey(deps, region, new Map());
  const after = await routedPassword(region);
  expect(sealedKeyId(after.sealed)).toBe(newest);
  expect(sealedKeyId(before.sealed)).not.toBe(newest);

  const wrapped = (await keysOf(kept)).find(({ keyId }) => keyId === newest)?.wrapped ?? "";
  const bytes = await unwrapAtNode(newest, wrapped, kept.privateKey);
  const owner = `${client.workspaceId}/${after.trunkId}/password`;
  const opened = await unseal(await importSealingKey(newest, bytes), after.sealed, owner);
  expect(opened).toBe("hunter2");

  const ids = async () => (await keysOf(kept)).map(({ keyId }) => keyId);
  expect(await ids()).toHaveLength(2);
  await rotateRegionKey(deps, region, new Map([[kept.nodeId, sealedKeyId(before.sealed)]]));
  expect(await ids()).toHaveLength(2);
  await rotateRegionKey(deps, region, new Map([[kept.nodeId, newest]]));
  expect(await ids()).toEqual([newest]);
});
