import {
  copyFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Secret } from "../../schema/values/secret.ts";
import { importedNumber } from "../../tests/support/routing-rows.ts";
import { applyChanges } from "./apply.ts";
import { createRoutingStore } from "./store.ts";
import { RoutingTable } from "./table.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-store-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const KEYS = [{ keyId: "rk1", wrapped: "wrapped-region-key" }];
const tablePath = () => join(directory, "routing-table.sealed");

function storeWith(credential = "credential", region = "test-1") {
  return createRoutingStore({
    directory,
    nodeId: "node_test",
    region,
    credential: new Secret(credential),
  });
}

function table(version: number): RoutingTable {
  const made = new RoutingTable(3, version - 3);
  const changes = importedNumber("+15005550100").rows.map((row, index) => ({
    ...row,
    version: version - 2 + index,
  }));
  applyChanges(made, { epoch: 3, since: version - 3, version, changes });
  return made;
}

/** Saves a table of version 10, then lets `tamper` change the files, and loads as a new process would. */
async function loadAfter(tamper: () => Promise<void>) {
  await storeWith().save(table(10), KEYS, 1000);
  await tamper();
  const store = storeWith();
  return { outcome: await store.load(), store };
}

it("what was saved is loaded, with its keys, its hash and its high-water mark", async () => {
  const saved = table(10);
  await storeWith().save(saved, KEYS, 1234);
  const store = storeWith();
  const outcome = await store.load();
  if (outcome.kind !== "loaded") throw new Error(outcome.kind);
  expect(outcome).toMatchObject({ regionKeys: KEYS, savedAtMs: 1234 });
  expect(outcome.table).toMatchObject({ epoch: 3, version: 10, hash: saved.hash, size: 3 });
  expect(outcome.table.numbersExactly("+15005550100")).toHaveLength(1);
  expect(store.highWater()).toEqual({ epoch: 3, version: 10 });
});

it("nothing in the directory can be read without the credential, or by others", async () => {
  await storeWith().save(table(10), KEYS, 1000);
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    expect((await stat(path)).mode & 0o077, name).toBe(0);
    const text = await readFile(path, "latin1");
    expect(text, name).not.toContain("15005550100");
    expect(text, name).not.toContain("wrapped-region-key");
  }
});

it("a directory without files is empty, not refused", async () => {
  expect(await storeWith().load()).toEqual({ kind: "empty" });
});

it("a table that was cut off is refused as truncated, wherever it was cut", async () => {
  for (const length of [0, 5, 40, 200]) {
    const { outcome } = await loadAfter(() => truncate(tablePath(), length));
    expect(outcome, `${length} bytes`).toMatchObject({ kind: "refused", code: "truncated" });
  }
});

it("a table with any one byte changed is refused", async () => {
  await storeWith().save(table(10), KEYS, 1000);
  const bytes = await readFile(tablePath());
  for (let offset = 0; offset < bytes.length; offset += 37) {
    const changed = Buffer.from(bytes);
    changed[offset] = (changed[offset] ?? 0) ^ 0x01;
    await writeFile(tablePath(), changed);
    const outcome = await storeWith().load();
    expect(outcome.kind, `byte ${offset}`).toBe("refused");
  }
});

it("a byte changed in the ciphertext is refused as altered", async () => {
  const { outcome } = await loadAfter(async () => {
    const bytes = await readFile(tablePath());
    bytes[100] = (bytes[100] ?? 0) ^ 0x80;
    await writeFile(tablePath(), bytes);
  });
  expect(outcome).toMatchObject({ kind: "refused", code: "altered" });
});

it("an older table of the same node is refused by the high-water mark", async () => {
  const { outcome, store } = await loadAfter(async () => {
    const backup = join(directory, "backup");
    await copyFile(tablePath(), backup);
    const store = storeWith();
    await store.load();
    await store.save(table(11), KEYS, 2000);
    await copyFile(backup, tablePath());
  });
  expect(outcome).toMatchObject({ kind: "refused", code: "older_than_high_water" });
  expect(store.highWater()).toEqual({ epoch: 3, version: 11 });
});

it("a missing or changed high-water mark does not let an old table in", async () => {
  const mark = join(directory, "routing-high-water.json");
  const missing = await loadAfter(() => rm(mark));
  expect(missing.outcome).toMatchObject({ kind: "refused", code: "high_water_missing" });
  const changed = await loadAfter(async () => {
    await writeFile(mark, (await readFile(mark, "utf8")).replace('"version":10', '"version":9'));
  });
  expect(changed.outcome).toMatchObject({ kind: "refused", code: "high_water_altered" });
});

it("a table of another credential, without its key, or of another region is refused", async () => {
  await storeWith().save(table(10), KEYS, 1000);
  expect(await storeWith("another").load()).toMatchObject({ code: "key_unreadable" });
  expect(await storeWith("credential", "other-1").load()).toMatchObject({ code: "other_region" });
  await rm(join(directory, "node-key.sealed"));
  expect(await storeWith().load()).toMatchObject({ code: "key_missing" });
});

it("a deleted table is not taken for a new node", async () => {
  const { outcome } = await loadAfter(() => rm(tablePath()));
  expect(outcome.kind).toBe("refused");
});

it("after a refused file the next save is loaded again", async () => {
  const { store } = await loadAfter(() => truncate(tablePath(), 60));
  await store.save(table(12), KEYS, 3000);
  expect(await storeWith().load()).toMatchObject({ kind: "loaded" });
});

it("a save leaves no unfinished file behind", async () => {
  await storeWith().save(table(10), KEYS, 1000);
  expect((await readdir(directory)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
