import { afterEach, beforeEach, expect, it } from "vitest";
import type { AgentRoute } from "../../schema/contracts/routing.ts";
import { importSealingKey, seal } from "../../schema/sealing/sealing.ts";
import { newId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { FakeControlPlane } from "../../tests/support/fake-control-plane.ts";
import { enrolNode } from "./enrol.ts";
import { type ControlPlaneClient, createControlPlaneClient } from "./http-client.ts";
import { createRegionKeys } from "./region-keys.ts";
import { deriveNonceKey } from "./trunk-passwords.ts";

let plane: FakeControlPlane;
let client: ControlPlaneClient | null = null;
beforeEach(async () => {
  plane = await new FakeControlPlane().start();
});
afterEach(async () => {
  client?.close();
  client = null;
  await plane.stop();
});

const enrol = (joinToken = "join-once") =>
  enrolNode({ controlPlaneUrl: plane.url, joinToken, name: "n1", publicAddress: "127.0.0.1" });

it("a join token becomes an identity, and a spent one a fault that does not repeat it", async () => {
  const identity = await enrol();
  expect(identity).toMatchObject({ region: "test-1", snapshotPublicKey: plane.snapshotPublicKey });
  const refused = await enrol("spent-token").catch((fault: unknown) => fault);
  expect(refused).toMatchObject({ code: "control_plane_refused", status: 401 });
  expect(String(refused)).not.toContain("spent-token");
});

it("what is sealed under the region key opens on the node it was wrapped for, and on no other", async () => {
  const identity = await enrol();
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  plane.regionKeys = [{ keyId: "rk1", bytes }];
  client = createControlPlaneClient({
    baseUrl: plane.url,
    credential: new Secret(identity.credential),
    ca: null,
  });
  const keys = createRegionKeys(client, new Secret(identity.privateKey));
  const regionKey = await importSealingKey("rk1", bytes);
  const agent: AgentRoute = {
    id: newId("agent"),
    workspaceId: newId("workspace"),
    name: "a",
    maxDurationSecs: 60,
    digitInput: null,
    transferDestinations: [],
    limits: { concurrency: null, daily: null },
    queue: null,
    silenceTimeoutSecs: null,
    voicemail: null,
    fallback: null,
    audioFiles: {},
    recording: null,
    connection: { protocol: "native", url: "wss://agent.example.net", headers: null },
    preCallWebhook: null,
  };
  const headers = await seal(
    regionKey,
    JSON.stringify({ authorization: "Bearer x" }),
    `${agent.workspaceId}/${agent.id}/headers`,
  );
  const sealedAgent = { ...agent, connection: { ...agent.connection, headers } } as AgentRoute;
  // Nothing was fetched before: a key that is missing is asked for.
  expect(await keys.unsealHeaders(sealedAgent)).toEqual({ authorization: "Bearer x" });
  expect(await keys.unsealHeaders(agent)).toEqual({});

  const password = await seal(regionKey, "pw", "wksp/itrk/password");
  expect((await keys.openTrunkSecret(password, "wksp/itrk/password")).reveal()).toBe("pw");
  await expect(keys.openTrunkSecret(password, "other/itrk/password")).rejects.toMatchObject({
    code: "unseal_failed",
  });

  // Every node that holds the region key signs nonces alike; one that does not has no key to do so.
  expect(keys.nonceKeys).toEqual([deriveNonceKey(bytes)]);

  const stranger = createRegionKeys(client, new Secret((await enrol()).privateKey));
  await stranger.restore(keys.wrapped);
  expect(stranger.nonceKeys).toEqual([]);
  plane.regionKeys = [];
  await expect(stranger.openTrunkSecret(password, "wksp/itrk/password")).rejects.toMatchObject({
    code: "unseal_failed",
  });
});
