import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { NodeIdentity } from "../../schema/contracts/node-link.ts";
import { Secret } from "../../schema/values/secret.ts";
import { type RecordedDeps, recordedDeps } from "../../tests/support/control-deps.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { FakeControlPlane, REGION } from "../../tests/support/fake-control-plane.ts";
import { importedNumber } from "../../tests/support/routing-rows.ts";
import { createRoutingStore } from "../routing/store.ts";
import { createControlPlaneClient } from "./http-client.ts";
import { createRegionKeys } from "./region-keys.ts";
import { type RoutingSync, startRoutingSync } from "./routing-sync.ts";
import { parseSnapshotKey } from "./snapshot.ts";

const PATIENCE_MS = 5_000;
/** So long that only hints, commands and the first pull count. */
const NEVER_MS = 3_600_000;

let directory = "";
let identity: NodeIdentity;
let plane: FakeControlPlane;
let started: { sync: RoutingSync; close(): Promise<void> }[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-sync-"));
  plane = await new FakeControlPlane().start();
  identity = await plane.identity();
});

afterEach(async () => {
  for (const { close } of started) await close();
  started = [];
  await plane.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Node {
  readonly sync: RoutingSync;
  readonly deps: RecordedDeps;
  close(): Promise<void>;
}

async function startNode(options: { pollMs?: number } = {}): Promise<Node> {
  const deps = recordedDeps();
  const credential = new Secret(identity.credential);
  const client = createControlPlaneClient({ baseUrl: plane.url, credential, ca: null });
  const sync = await startRoutingSync({
    ...deps,
    store: createRoutingStore({ directory, nodeId: identity.nodeId, region: REGION, credential }),
    regionKeys: createRegionKeys(client, new Secret(identity.privateKey)),
    pull: { client, region: REGION, snapshotKey: parseSnapshotKey(plane.snapshotPublicKey) },
    pollMs: options.pollMs ?? NEVER_MS,
    onChanged: () => undefined,
  });
  let isClosed = false;
  const node: Node = {
    sync,
    deps,
    async close() {
      if (isClosed) return;
      isClosed = true;
      await sync.stop();
      client.close();
    },
  };
  started.push(node);
  return node;
}

function importNumber(calledIdentifier: string, options = { hint: false }): void {
  for (const { kind, entityId, value } of importedNumber(calledIdentifier).rows) {
    plane.put(kind, entityId, value, options);
  }
}

const reaches = (node: Node, version: number) =>
  eventually(
    () => (node.sync.table()?.version === version ? true : null),
    PATIENCE_MS,
    `the table reaches version ${version}`,
  );

const knows = (node: Node, number: string) =>
  node.sync.table()?.numbersExactly(number).length === 1;

it("a new node takes the snapshot and the changes after it", async () => {
  importNumber("+15005550100");
  plane.takeSnapshot();
  importNumber("+15005550101");
  const node = await startNode();
  await reaches(node, 6);
  expect(knows(node, "+15005550100") && knows(node, "+15005550101")).toBe(true);
  expect(node.sync.problem()).toBeNull();
});

it("a change is there after the next poll", async () => {
  const node = await startNode({ pollMs: 50 });
  await reaches(node, 0);
  importNumber("+15005550100");
  await reaches(node, 3);
});

it("pages are pulled until there are no more", async () => {
  const node = await startNode();
  await reaches(node, 0);
  for (let index = 0; index < 1201; index += 1) plane.put("opaque", `row-${index}`, { index });
  node.sync.pull("linked");
  await reaches(node, 1201);
  expect(node.sync.table()?.size).toBe(1201);
});

it("a hint that follows the table is applied without a request", async () => {
  const node = await startNode();
  await reaches(node, 0);
  const asked = plane.requests.length;
  plane.put("opaque", "row-1", { index: 1 });
  node.sync.hint({
    type: "routing_changed",
    epoch: 1,
    previousVersion: 0,
    changes: [{ version: 1, kind: "opaque", entityId: "row-1", value: { index: 1 } }],
  });
  expect(node.sync.table()?.version).toBe(1);
  expect(plane.requests).toHaveLength(asked);
});

it("a hint of many changes is pulled: applied at once it would hold up the audio", async () => {
  const node = await startNode();
  await reaches(node, 0);
  const changes = Array.from({ length: 60 }, (_, index) => {
    const row = { kind: "opaque", entityId: `row-${index}`, value: { index } };
    return { version: plane.put(row.kind, row.entityId, row.value), ...row };
  });
  node.sync.hint({ type: "routing_changed", epoch: 1, previousVersion: 0, changes });
  expect(node.sync.table()?.version).toBe(0);
  await reaches(node, 60);
});

it("a hint after a gap makes the node pull", async () => {
  const node = await startNode();
  await reaches(node, 0);
  plane.put("opaque", "missed", { index: 1 });
  plane.put("opaque", "hinted", { index: 2 });
  node.sync.hint({
    type: "routing_changed",
    epoch: 1,
    previousVersion: 1,
    changes: [{ version: 2, kind: "opaque", entityId: "hinted", value: { index: 2 } }],
  });
  await reaches(node, 2);
  expect(node.sync.table()?.size).toBe(2);
});

it("410 brings the snapshot: pruned changes, or a restored database's new epoch", async () => {
  importNumber("+15005550100");
  const node = await startNode();
  await reaches(node, 3);
  plane.wipe();
  importNumber("+15005550177");
  node.sync.pull("linked");
  await reaches(node, 6);
  expect(node.sync.table()?.epoch).toBe(2);
  expect(knows(node, "+15005550100")).toBe(false);
  expect(knows(node, "+15005550177")).toBe(true);
});

it("an older epoch than the one on disk is refused, and calls keep their table", async () => {
  plane.epoch = 5;
  importNumber("+15005550100");
  const node = await startNode();
  await reaches(node, 3);
  plane.wipe();
  plane.epoch = 4;
  plane.version = 0;
  plane.prunedTo = 0;
  node.sync.pull("linked");
  const refused = await deadline(
    node.deps.logged("routing_update_refused"),
    PATIENCE_MS,
    "refused",
  );
  expect(refused.fields["code"]).toBe("older_than_high_water");
  expect(knows(node, "+15005550100")).toBe(true);
});

it.each([
  ["forged_signature", "snapshot_signature_invalid"],
  ["other_bytes", "snapshot_hash_differs"],
  ["other_region", "snapshot_other_region"],
  ["short", "row_count_differs"],
] as const)("a snapshot with %s is refused as %s", async (fault, code) => {
  importNumber("+15005550100");
  plane.snapshotFault = fault;
  const node = await startNode();
  const refused = await deadline(
    node.deps.logged("routing_update_refused"),
    PATIENCE_MS,
    "refused",
  );
  expect(refused).toMatchObject({ level: "error", fields: { code } });
  expect(node.sync.table()).toBeNull();
  plane.snapshotFault = "none";
  node.sync.pull("linked");
  await reaches(node, 3);
});

it("a change that breaks its schema stops the table where it was, and is named", async () => {
  importNumber("+15005550100");
  const node = await startNode();
  await reaches(node, 3);
  plane.put("agent", "not-an-identifier", { name: 1 });
  node.sync.pull("linked");
  const refused = await deadline(
    node.deps.logged("routing_update_refused"),
    PATIENCE_MS,
    "refused",
  );
  expect(refused.fields["code"]).toBe("row_invalid");
  expect(node.sync.table()?.version).toBe(3);
  expect(node.sync.problem()).toBe("row_invalid");
});

it("a snapshot that silently loses over 20 % of 1000 rows is refused until an operator accepts it", async () => {
  for (let index = 0; index < 1000; index += 1) plane.put("opaque", `row-${index}`, { index });
  const node = await startNode();
  await reaches(node, 1000);
  plane.wipe();
  plane.put("opaque", "row-0", { index: 0 });
  node.sync.pull("linked");
  const refused = await deadline(
    node.deps.logged("routing_update_refused"),
    PATIENCE_MS,
    "refused",
  );
  expect(refused.fields["code"]).toBe("too_many_rows_lost");
  expect(node.deps.counts.get("refused too_many_rows_lost")).toBe(1);
  expect(node.sync.table()?.size).toBe(1000);
  node.sync.acceptNextSnapshot();
  await reaches(node, 1001);
  expect(node.sync.table()?.size).toBe(1);
});

it("a snapshot may lose what it announces", async () => {
  for (let index = 0; index < 1000; index += 1) plane.put("opaque", `row-${index}`, { index });
  const node = await startNode();
  await reaches(node, 1000);
  plane.wipe();
  plane.expectedRemovals = 1000;
  plane.put("opaque", "row-0", { index: 0 });
  node.sync.pull("linked");
  await reaches(node, 1001);
});

it("a table whose hash the hub doubts is fetched anew at the same version", async () => {
  importNumber("+15005550100");
  const node = await startNode();
  await reaches(node, 3);
  const before = node.sync.table();
  node.sync.pull("doubted");
  await eventually(
    () => (node.sync.table() === before ? null : true),
    PATIENCE_MS,
    "another table is there",
  );
  expect(node.sync.table()).toMatchObject({ version: 3, hash: before?.hash });
});

it("a control plane that fails takes nothing away, and its return is told", async () => {
  importNumber("+15005550100");
  const node = await startNode({ pollMs: 50 });
  await reaches(node, 3);
  await plane.stop();
  const failed = await deadline(node.deps.logged("routing_pull_failed"), PATIENCE_MS, "failed");
  expect(failed.fields["code"]).toBe("control_plane_unreachable");
  expect(knows(node, "+15005550100")).toBe(true);
  expect(node.deps.counts.get("controlPlaneUp")).toBe(0);
  await plane.start();
  await deadline(node.deps.logged("routing_pull_recovered"), PATIENCE_MS, "recovered");
  expect(node.deps.counts.get("controlPlaneUp")).toBe(1);
});

it("a restart with the control plane down serves from the sealed file", async () => {
  importNumber("+15005550100");
  const first = await startNode();
  await reaches(first, 3);
  await first.close();
  await plane.stop();
  const second = await startNode();
  expect(second.sync.loaded).toBe("loaded");
  expect(second.sync.table()).toMatchObject({ version: 3, hash: first.sync.table()?.hash });
  expect(knows(second, "+15005550100")).toBe(true);
});

it("a changed file is refused loudly, and a pull makes the node ready again", async () => {
  importNumber("+15005550100");
  const first = await startNode();
  await reaches(first, 3);
  await first.close();
  await plane.stop();
  const path = join(directory, "routing-table.sealed");
  const bytes = await readFile(path);
  bytes[90] = (bytes[90] ?? 0) ^ 1;
  await writeFile(path, bytes);
  const second = await startNode({ pollMs: 50 });
  expect(second.sync.table()).toBeNull();
  expect(second.sync.problem()).toMatch(/^(sealed_file_altered|control_plane_unreachable)$/);
  const refused = await deadline(
    second.deps.logged("routing_file_refused"),
    PATIENCE_MS,
    "refused",
  );
  expect(refused).toMatchObject({ level: "error", fields: { code: "altered" } });
  await plane.start();
  await reaches(second, 3);
});

it("every change reaches the disk, the last one before the end of the node", async () => {
  const node = await startNode();
  await reaches(node, 0);
  for (let index = 1; index <= 20; index += 1) {
    plane.put("opaque", `row-${index}`, { index });
    node.sync.hint({
      type: "routing_changed",
      epoch: 1,
      previousVersion: index - 1,
      changes: [{ version: index, kind: "opaque", entityId: `row-${index}`, value: { index } }],
    });
  }
  await node.close();
  await plane.stop();
  const next = await startNode();
  expect(next.sync.table()).toMatchObject({ version: 20, hash: node.sync.table()?.hash });
});
