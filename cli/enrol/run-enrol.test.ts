import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeIdentitySchema } from "../../schema/contracts/node-link.ts";
import { FakeControlPlane } from "../../tests/support/fake-control-plane.ts";
import type { EnrolOptions } from "./enrol-options.ts";
import { runEnrol } from "./run-enrol.ts";

let plane: FakeControlPlane;
let folder = "";
let options: EnrolOptions;
let said: string[] = [];

beforeEach(async () => {
  plane = await new FakeControlPlane().start();
  folder = await mkdtemp(join(tmpdir(), "trunkline-enrol-"));
  options = {
    controlPlane: new URL(plane.url),
    tokenFile: join(folder, "token"),
    name: "eu-1",
    address: "192.0.2.7",
    identity: join(folder, "identity.json"),
  };
  said = [];
  await writeFile(options.tokenFile, "join-once\n");
});
afterEach(async () => {
  await plane.stop();
  await rm(folder, { recursive: true, force: true });
});

const enrol = (changes: Partial<EnrolOptions> = {}) =>
  runEnrol(
    { ...options, ...changes },
    { data() {}, say: (line) => said.push(line), paint: (_, text) => text },
  );

it("keeps the identity for its owner only, and says no more of it than the node and the file", async () => {
  expect(await enrol()).toBe(0);
  const identity = nodeIdentitySchema.parse(JSON.parse(await readFile(options.identity, "utf8")));
  expect((await stat(options.identity)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["identity.json", "token"]);
  expect(said).toEqual([`Enrolled as ${identity.nodeId} in test-1: ${options.identity}`]);
});

it("a node that is enrolled spends no second token", async () => {
  await enrol();
  const before = await readFile(options.identity, "utf8");
  await expect(enrol()).rejects.toThrow("is there: the node is enrolled");
  expect(await readFile(options.identity, "utf8")).toBe(before);
});

it("a file that cannot be written spends none", async () => {
  const elsewhere = join(folder, "nowhere", "identity.json");
  await expect(enrol({ identity: elsewhere })).rejects.toThrow("cannot be written (ENOENT)");
  expect(await enrol()).toBe(0);
});

it("a token that is refused leaves nothing behind, and is not repeated", async () => {
  await writeFile(options.tokenFile, "spent-token");
  const fault: unknown = await enrol().catch((error: unknown) => error);
  expect(String(fault)).toContain("enrolment: status 401");
  expect(String(fault)).not.toContain("spent-token");
  expect(await readdir(folder)).toEqual(["token"]);
});

it("an empty token file and one that is not there are told apart", async () => {
  await writeFile(options.tokenFile, "\n");
  await expect(enrol()).rejects.toThrow("is empty");
  await expect(enrol({ tokenFile: join(folder, "none") })).rejects.toThrow("(ENOENT)");
});
