import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { bundleWorker } from "../../cli/start/worker-bundle.ts";
import { writeApiTypes } from "./api-types.ts";

/**
 * `npm run openapi`: writes `openapi.json` as the Worker serves it, and the SDK's types of it.
 * `-- --check` writes nothing and ends with 1 where either is not what the sources say.
 */

const DOCUMENT = fileURLToPath(new URL("../../openapi.json", import.meta.url));
const TYPES = fileURLToPath(new URL("../api-types.ts", import.meta.url));

const workerSchema = z.object({
  default: z.object({
    fetch: z.custom<(request: Request, env: unknown, context: unknown) => Promise<Response>>(
      (value) => typeof value === "function",
    ),
  }),
});

/** Asks the Worker itself, in Node: what it answers here needs no object and no database. */
async function readDocument(): Promise<string> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "cloudflare:workers"
        ? { url: "data:text/javascript,export class DurableObject {}", shortCircuit: true }
        : next(specifier, context),
  });
  const folder = await mkdtemp(join(tmpdir(), "trunkline-openapi-"));
  try {
    const path = await bundleWorker(folder);
    const worker = workerSchema.parse(await import(pathToFileURL(path).href));
    const request = new Request("http://localhost/openapi.json");
    const answer = await worker.default.fetch(request, emptyBindings(), {
      waitUntil: () => undefined,
    });
    if (!answer.ok) throw new Error(`the Worker answered ${answer.status}`);
    return `${JSON.stringify(await answer.json(), null, 1)}\n`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the Worker asks for before it answers anything; nothing is sealed, signed or reached with it. */
function emptyBindings(): Record<string, string> {
  const { privateKey } = generateKeyPairSync("ed25519");
  return {
    LIBSQL_URL: "http://libsql.invalid",
    MASTER_KEY: `m:${randomBytes(32).toString("base64url")}`,
    SNAPSHOT_SIGNING_KEY: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64url"),
    OPERATOR_TOKEN_SHA256: "0".repeat(64),
    RESIDENCY: "none",
    SIP_DOMAIN: "sip.example.com",
    OUTBOUND_POLICY: "public",
  };
}

const document = await readDocument();
const wanted = [
  { path: DOCUMENT, text: document },
  { path: TYPES, text: await writeApiTypes(document) },
];
for (const { path, text } of wanted) {
  if ((await readFile(path, "utf8").catch(() => "")) === text) continue;
  if (process.argv.includes("--check")) {
    process.stderr.write(`${path} is not what the sources say: run \`npm run openapi\`.\n`);
    process.exitCode = 1;
  } else {
    await writeFile(path, text);
  }
}
