import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { runApiFuzz } from "../load/api-fuzz/fuzz.ts";
import { type SelfHosted, startSelfHosted } from "../support/self-hosted.ts";

/** The API as its clients have it: the npm package in a folder of its own, and requests that nobody would write. */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FUZZ_REQUESTS = 500;

const run = promisify(execFile);

/** The machine's Node, which may be an old one, and the checkout's. */
const { stdout: everyNode } = await run("which", ["-a", "node"]);
const NODES = [
  ...everyNode
    .trim()
    .split("\n")
    .filter((path) => !path.includes("node_modules"))
    .slice(0, 1),
  join(ROOT, "node_modules/.bin/node"),
];

const PROGRAM = `
import { ProblemError, Trunkline, WebhookError } from "trunkline";
const [baseUrl, apiKey] = process.argv.slice(2);
const trunkline = new Trunkline({ baseUrl, apiKey });
const { agent_id } = await trunkline.post("/v1/convai/agents/create", { body: { name: "Packed" } });
const names = [];
for await (const agent of trunkline.list("/v1/convai/agents", { params: { query: { page_size: 1 } } })) {
  names.push(agent.name);
}
const params = { path: { agent_id: "agent_none" } };
const refused = await trunkline.get("/v1/convai/agents/{agent_id}", { params }).catch((error) => error);
const forged = await Trunkline.webhooks.verify("{}", {}, "secret").catch((error) => error);
console.log(JSON.stringify({
  names,
  status: refused instanceof ProblemError && refused.status,
  forged: forged instanceof WebhookError && forged.code,
}));
await trunkline.delete("/v1/convai/agents/{agent_id}", { params: { path: { agent_id } } });
`;

const TYPED_PROGRAM = `
import { type components, Trunkline } from "trunkline";
const trunkline = new Trunkline({ baseUrl: "http://127.0.0.1:1" });
const call: components["schemas"]["Call"] = await trunkline.get("/v1/calls/{call_id}", {
  params: { path: { call_id: "call_x" } },
});
for await (const one of trunkline.list("/v1/calls")) one.call_id satisfies string;
// @ts-expect-error: a call has no such member, so that none of the types is any.
call.nothing;
`;

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const failedSchema = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** A program in a folder that is its home as well; nothing of this user's own settings is in its environment. */
async function runIn(
  cwd: string,
  args: readonly string[],
  env: readonly string[] = [],
): Promise<Ended> {
  try {
    const ended = await run("env", ["-u", "XDG_CONFIG_HOME", `HOME=${cwd}`, ...env, ...args], {
      cwd,
    });
    return { status: 0, ...ended };
  } catch (error) {
    const { code, stdout, stderr } = failedSchema.parse(error);
    return { status: code, stdout, stderr };
  }
}

let target: SelfHosted;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trunkline-package-"));
  const installed = (async () => {
    const packed = await runIn(folder, [process.execPath, join(ROOT, "sdk/build/pack.ts"), folder]);
    if (packed.status !== 0) throw new Error(packed.stderr);
    await rm(join(folder, "package"), { recursive: true });
    await mkdir(join(folder, "app"));
    await writeFile(join(folder, "app/package.json"), '{ "type": "module" }');
    const args = ["npm", "install", "--offline", "--no-audit", "--no-fund", packed.stdout.trim()];
    const done = await runIn(join(folder, "app"), args);
    if (done.status !== 0) throw new Error(done.stderr);
  })();
  [target] = await Promise.all([startSelfHosted(), installed]);
});

afterAll(async () => {
  await target?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe("the npm package", () => {
  const app = () => join(folder, "app");

  test("needs no other, and holds SDK and command alone", async () => {
    const installed = await readdir(join(app(), "node_modules"));
    expect(installed.filter((name) => !name.startsWith("."))).toEqual(["trunkline"]);
    const files = await readdir(join(app(), "node_modules/trunkline"));
    expect(files.sort()).toEqual(
      [
        "LICENSE",
        "README.md",
        "THIRD-PARTY.txt",
        "cli.js",
        "package.json",
        "trunkline.js",
        "types",
      ].sort(),
    );
    const sdk = await readFile(join(app(), "node_modules/trunkline/trunkline.js"), "utf8");
    expect(sdk).not.toMatch(/(from|require\()\s*"(node:|fs|crypto)/);
  });

  test.each(NODES)("lets a program use the API on %s", async (node) => {
    await writeFile(join(app(), "use.js"), PROGRAM);
    const { stdout, stderr } = await runIn(app(), [node, "use.js", target.baseUrl, target.apiKey]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ names: ["Packed"], status: 404, forged: "no_signature" });
  });

  test.each(NODES)(
    "brings the command to %s: data, errors and statuses as they are told",
    async (node) => {
      const cli = (args: string[], key = target.apiKey) =>
        runIn(
          app(),
          [node, "node_modules/.bin/trunkline", ...args],
          [`TRUNKLINE_API_URL=${target.baseUrl}`, `TRUNKLINE_API_KEY=${key}`],
        );
      const made = await cli(["numbers", "import", "+442071838750", "--label", "Desk", "--json"]);
      expect(made).toMatchObject({ status: 0, stderr: "" });
      const listed = await cli(["numbers", "list", "--json"]);
      expect(JSON.parse(listed.stdout)).toMatchObject([
        { phone_number: "+442071838750", label: "Desk" },
      ]);
      const key = JSON.parse(
        (await cli(["api-keys", "create", "Packed", "--scope", "numbers:read", "--json"])).stdout,
      );
      expect((await cli(["numbers", "import", "+15005550100"], key.api_key)).status).toBe(3);
      expect((await cli(["api-keys", "revoke", key.api_key_id])).status).toBe(0);
      expect((await cli(["numbers", "list"], key.api_key)).status).toBe(3);
      const [missing, foreign, usage, start, deleted] = await Promise.all([
        cli(["calls", "get", "call_none"]),
        cli(["numbers", "list"], "tk_live_x"),
        cli(["numbers", "lift"]),
        cli(["start"]),
        cli(["numbers", "delete", "+442071838750"]),
      ]);
      const statuses = [missing, foreign, usage, start, deleted].map(({ status }) => status);
      expect(statuses).toEqual([4, 3, 2, 1, 0]);
      expect([missing.stdout, foreign.stdout, start.stdout]).toEqual(["", "", ""]);
      expect(start.stderr).toMatch(/needs a checkout of Trunkline on Linux x64, with Node 24/);
    },
  );

  test("has types that check by themselves, libraries included", async () => {
    await writeFile(join(app(), "typed.ts"), TYPED_PROGRAM);
    const options = ["--strict", "--noEmit", "--skipLibCheck", "false", "--module", "nodenext"];
    const lib = [
      "--target",
      "es2022",
      "--lib",
      "es2023,dom,dom.iterable,dom.asynciterable",
      "--types",
      "",
    ];
    const { stdout } = await runIn(app(), [
      join(ROOT, "node_modules/.bin/tsc"),
      ...options,
      ...lib,
      "typed.ts",
    ]);
    expect(stdout).toBe("");
  });
});

test(`of ${FUZZ_REQUESTS} requests made of the document none is a fault, and each is answered as it says`, async () => {
  const report = await runApiFuzz(target, { requests: FUZZ_REQUESTS, seed: 1 });
  expect(report.failure).toBeNull();
  // Requests that are all refused would prove nothing.
  expect(report.succeeded.length).toBeGreaterThan(report.operations / 3);
});
