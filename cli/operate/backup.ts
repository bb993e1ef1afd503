import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { z } from "zod";
import { masterKeysSchema, RECORDINGS_KIND } from "../../schema/contracts/keys.ts";
import { EXIT } from "../exit-status.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import { BACKUP_FORMAT, type BackupHeader, HEADER_PREFIX } from "./backup-format.ts";
import type { BackupOptions } from "./operator-action.ts";
import { openOperatorClient } from "./operator-client.ts";

const NAME = /^trunkline-\d{8}T\d{9}Z\.sql\.gz$/;

/** After one that failed, unless the schedule is quicker: until there is the next one, more is at stake. */
const RETRY_MS = 30_000;

/** Time as a schedule sees it. */
export interface ScheduleClock {
  readonly stopped: AbortSignal;
  nowMs(): number;
  /** Resolves early when it is stopped. */
  wait(ms: number): Promise<void>;
}

/** One backup, or one every so often, from beginning to beginning, until it is told to stop. */
export async function runBackup(
  options: BackupOptions,
  terminal: Terminal,
  openClock = untilSignal,
): Promise<number> {
  if (options.every === undefined) {
    terminal.data(await makeBackup(options));
    return EXIT.ok;
  }
  const everyMs = options.every * 1_000;
  const clock = openClock();
  while (!clock.stopped.aborted) {
    const beganAtMs = clock.nowMs();
    let pauseMs = everyMs;
    try {
      terminal.data(await makeBackup(options));
    } catch (error) {
      // A control plane that is down for a moment must not end the schedule.
      if (!(error instanceof UserError)) throw error;
      terminal.say(terminal.paint("red", error.message));
      pauseMs = Math.min(everyMs, RETRY_MS);
    }
    await clock.wait(Math.max(0, beganAtMs + pauseMs - clock.nowMs()));
  }
  return EXIT.ok;
}

/** Until SIGINT or SIGTERM. */
function untilSignal(): ScheduleClock {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => stopping.abort());
  }
  return {
    stopped: stopping.signal,
    nowMs: () => performance.now(),
    wait: (ms) => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined),
  };
}

/** Where it is. A file has its name only when it is whole. */
async function makeBackup(options: BackupOptions): Promise<string> {
  const now = new Date();
  const name = `trunkline-${now.toISOString().replaceAll(/[-:.]/g, "")}.sql.gz`;
  const bucket = parseBucket(options);
  // In a folder of its own: whoever else writes to the system's cannot lay a name there before us.
  const folder = bucket === null ? options.to : mkdtempSync(join(tmpdir(), "trunkline-backup-"));
  if (bucket === null) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const partial = `${path}.partial`;
  try {
    await writeDump(options, now, partial);
    if (bucket !== null) {
      await upload(bucket, name, await readFile(partial));
      return `s3://${bucket.name}/${bucket.prefix}${name}`;
    }
    await rename(partial, path);
  } finally {
    await rm(bucket === null ? partial : folder, { force: true, recursive: true });
  }
  const old = readdirSync(folder).filter((file) => NAME.test(file));
  for (const file of old.toSorted().slice(0, -options.keep)) rmSync(join(folder, file));
  return path;
}

/** The header first, so that a restore knows whether it has the keys before it begins. */
async function writeDump(options: BackupOptions, now: Date, path: string): Promise<void> {
  const client = openOperatorClient(options);
  const { rows } = await client.get("/v1/admin/keys", masterKeysSchema);
  const inDatabase = rows.filter(({ kind }) => kind !== RECORDINGS_KIND);
  const header: BackupHeader = {
    format: BACKUP_FORMAT,
    created_at: now.toISOString(),
    master_key_ids: [...new Set(inDatabase.map(({ key_id }) => key_id))],
  };
  const dump = await client.stream("/v1/admin/backup");
  let end = "";
  try {
    await pipeline(
      async function* () {
        yield `${HEADER_PREFIX}${JSON.stringify(header)}\n`;
        // Two names of one type: Node's and the platform's stream.
        const body = Readable.fromWeb(dump as Parameters<typeof Readable.fromWeb>[0]);
        for await (const piece of body as AsyncIterable<Uint8Array>) {
          end = `${end}${Buffer.from(piece).toString("latin1")}`.slice(-TAIL_CHARS);
          yield piece;
        }
      },
      createGzip(),
      createWriteStream(path, { mode: 0o600, flush: true }),
    );
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`The backup was cut off: ${why}.`, { cause });
  }
  if (!end.trimEnd().endsWith("COMMIT;"))
    throw new UserError("The backup was cut off: the dump has no end.");
}

/** Of a dump's end, which is its commit. */
const TAIL_CHARS = 64;

interface Bucket {
  readonly name: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  readonly access: z.infer<typeof accessSchema>;
}

const accessSchema = z.object({
  endpoint: z.url().optional(),
  region: z.string().default("us-east-1"),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});

function parseBucket({ s3File, to }: BackupOptions): Bucket | null {
  const match = /^s3:\/\/([a-z0-9.-]{3,63})(?:\/(.*))?$/.exec(to);
  if (match === null) return null;
  const [, name = "", path = ""] = match;
  if (s3File === undefined) throw new UserError("A bucket needs --s3-file.");
  let access: ReturnType<typeof accessSchema.safeParse>;
  try {
    access = accessSchema.safeParse(JSON.parse(readFileSync(s3File, "utf8")));
  } catch (cause) {
    throw new UserError(`${s3File} cannot be read as JSON.`, { cause });
  }
  if (!access.success) {
    throw new UserError(
      `${s3File} must hold accessKeyId and secretAccessKey, and may hold endpoint and region.`,
    );
  }
  return { name, prefix: path === "" ? "" : `${path.replace(/\/$/, "")}/`, access: access.data };
}

async function upload({ access, name, prefix }: Bucket, key: string, body: Buffer): Promise<void> {
  const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  const { accessKeyId, endpoint, region, secretAccessKey } = access;
  const client = new S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
  });
  try {
    await client.send(new PutObjectCommand({ Bucket: name, Key: `${prefix}${key}`, Body: body }));
  } catch (cause) {
    throw new UserError(`The bucket ${name} did not take the backup.`, { cause });
  } finally {
    client.destroy();
  }
}
