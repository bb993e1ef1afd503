import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { CountingReporter } from "./tests/support/counting-reporter.ts";
import { forwardToOpenid } from "./tests/support/openid.ts";

function newEd25519Key(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ format: "der", type: "pkcs8" }).toString("base64url");
}

const operatorToken = randomBytes(24).toString("base64url");

/** Secrets of one test run: made here, kept nowhere. */
const testBindings = {
  MASTER_KEY: `test:${randomBytes(32).toString("base64url")}`,
  SNAPSHOT_SIGNING_KEY: newEd25519Key(),
  FEED_SIGNING_KEY: newEd25519Key(),
  OPERATOR_TOKEN_SHA256: createHash("sha256").update(operatorToken).digest("hex"),
  TEST_OPERATOR_TOKEN: operatorToken,
  LIBSQL_URL: "http://libsql",
  OUTBOUND_POLICY: "loopback",
};

/** It leaves a writer behind that another has fenced, and so nothing for those who come after it. */
const FENCED = "workers/db/group-writer.test.ts";

const { resolve: resolvePackage } = createRequire(import.meta.url);

/** A test says what must be, not how fast: this is for what would never end. */
const TEST_TIMEOUT_MS = 30_000;

/** Tests in workerd, all files of a project in one isolate: nothing is kept outside the database and objects, whose names are new. */
function workersProject(name: string, include: string[], exclude: string[], groupOrder: number) {
  return {
    plugins: [
      cloudflareTest(({ inject }) => ({
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          cf: false as const,
          bindings: testBindings,
          // What no test answers for goes nowhere.
          outboundService: async (request: Request) =>
            (await forwardToOpenid(request, inject("openidAddress"))) ??
            new Response(null, { status: 503 }),
          serviceBindings: {
            LIBSQL: { external: { address: inject("libsqlAddress"), http: {} } },
          },
        },
      })),
    ],
    // As wrangler.toml has it, and for its reason.
    resolve: { alias: { "@aws-sdk/xml-builder": resolvePackage("@aws-sdk/xml-builder") } },
    test: {
      name,
      include,
      exclude,
      testTimeout: TEST_TIMEOUT_MS,
      hookTimeout: TEST_TIMEOUT_MS,
      globalSetup: ["./tests/support/sqld.ts", "./tests/support/openid.ts"],
      setupFiles: ["./workers/hub/test-clean-up.ts"],
      // Two files at once would be two writers of one database: each would fence the other.
      fileParallelism: false,
      isolate: false,
      sequence: { groupOrder },
    },
  };
}

/** Every file of tests begins in a process of its own, and nodes and threads in it: what they load is compiled once. */
const compileCache = fileURLToPath(new URL("./node_modules/.cache/trunkline", import.meta.url));

// wrangler.toml names it; on a fresh clone nothing has been built yet.
mkdirSync(new URL("./console/dist", import.meta.url), { recursive: true });

export default defineConfig({
  test: {
    reporters: ["default", new CountingReporter()],
    env: { NODE_COMPILE_CACHE: compileCache },
    projects: [
      {
        test: {
          name: "node",
          testTimeout: TEST_TIMEOUT_MS,
          hookTimeout: TEST_TIMEOUT_MS,
          // Not one core less than there are: on two cores that would be half of them.
          maxWorkers: "100%",
          include: [
            "{schema,media-node,cli,console,sdk}/**/*.test.ts",
            "tests/{golden,contracts}/**/*.test.ts",
          ],
        },
      },
      workersProject("workers", ["workers/**/*.test.ts"], [FENCED], 1),
      workersProject("workers-fenced", [FENCED], [], 2),
      {
        test: {
          name: "interop",
          include: ["tests/interop/**/*.test.ts"],
          setupFiles: ["./tests/support/secret-watch.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          setupFiles: ["./tests/support/secret-watch.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Much of them is waiting. More at once would need their limits of time loosened.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
