import { spawn } from "node:child_process";
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { writeControlPlane } from "../../cli/control-plane/write-control-plane.ts";
import { createTerminal } from "../../cli/terminal.ts";
import { eventually } from "./deadline.ts";
import { freePort } from "./free-port.ts";
import { expectNoSecret } from "./secret-watch.ts";
import { noteSecret } from "./secrets-used.ts";
import { startSqld } from "./sqld.ts";

/** The control plane as an operator runs it: `trunkline control-plane`, its script, plain workerd and sqld. */
export interface SelfHosted extends AsyncDisposable {
  readonly baseUrl: string;
  readonly operatorToken: string;
  /** Of a workspace in region `local`. */
  readonly apiKey: string;
  /** `127.0.0.1:<port>` of its sqld. */
  readonly database: string;
}

const READY_MS = 20_000;
const workspaceSchema = z.object({ api_key: z.string() });

export async function startSelfHosted(): Promise<SelfHosted> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-self-hosted-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const sqld = await startSqld();
  stack.defer(() => sqld.stop());
  const port = await freePort();
  const nobody = createTerminal({ write: () => true }, { write: () => true }, true);
  await writeControlPlane(
    folder,
    {
      databaseUrl: new URL(`http://${sqld.address}`),
      sipDomain: "sip.example.com",
      residency: "test",
      listen: { host: "127.0.0.1", port },
      behindProxy: false,
      secret: ["FEED_SIGNING_KEY"],
      // Requests come faster than anybody would send them.
      var: ["API_KEY_REQUESTS=100000/10"],
    },
    nobody,
  );
  const operatorToken = randomBytes(24).toString("base64url");
  const secrets = newSecrets(operatorToken);
  for (const [name, value] of Object.entries(secrets)) {
    if (name !== "OPERATOR_TOKEN_SHA256") noteSecret(value.slice(value.indexOf(":") + 1), name);
  }
  const child = spawn(join(folder, "run.sh"), [], {
    env: { PATH: "/usr/bin:/bin", ...secrets },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const ended = once(child, "exit");
  stack.defer(async () => {
    child.kill("SIGTERM");
    await ended;
    expectNoSecret(log, "workerd's log");
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  await eventually(() => isUp(baseUrl), READY_MS, "workerd did not answer").catch((cause) => {
    throw new Error(`the control plane did not start: ${log.slice(-4_000)}`, { cause });
  });
  const answer = await fetch(`${baseUrl}/v1/admin/workspaces`, {
    method: "POST",
    headers: { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "Test", host_label: "test", region: "local" }),
  });
  const { api_key: apiKey } = workspaceSchema.parse(await answer.json());
  const owned = stack.move();
  const database = sqld.address;
  return {
    baseUrl,
    operatorToken,
    apiKey,
    database,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function newSecrets(operatorToken: string): Record<string, string> {
  const ed25519 = (): string =>
    generateKeyPairSync("ed25519")
      .privateKey.export({ format: "der", type: "pkcs8" })
      .toString("base64url");
  return {
    MASTER_KEY: `m1:${randomBytes(32).toString("base64url")}`,
    SNAPSHOT_SIGNING_KEY: ed25519(),
    FEED_SIGNING_KEY: ed25519(),
    OPERATOR_TOKEN_SHA256: createHash("sha256").update(operatorToken).digest("hex"),
  };
}

async function isUp(baseUrl: string): Promise<true | null> {
  const answer = await fetch(`${baseUrl}/openapi.json`).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok === true ? true : null;
}
