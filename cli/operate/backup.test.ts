import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, onTestFinished, test, vi } from "vitest";
import { RECORDINGS_KIND } from "../../schema/contracts/keys.ts";
import {
  BUCKET,
  BUCKET_KEY_ID,
  BUCKET_REGION,
  BUCKET_SECRET,
  BucketServer,
} from "../../tests/support/bucket-server.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import { createTerminal } from "../terminal.ts";
import { runBackup } from "./backup.ts";
import { HEADER_PREFIX, readLines, readStatements } from "./backup-format.ts";
import type { BackupOptions } from "./operator-action.ts";

const TOKEN = "operator-token-0123456789";
const DUMP = "CREATE TABLE t (a);\nINSERT INTO t VALUES (1);\nCOMMIT;\n";

/** What `trunkline backup` asks of a control plane; `isDown` answers 503, `dump` is what it gives, cut off at null. */
async function startControlPlane() {
  const plane = { isDown: false, dump: DUMP as string | null, url: new URL("http://127.0.0.1") };
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) response.writeHead(401).end("{}");
    else if (plane.isDown) response.writeHead(503).end("not now");
    else if (request.url === "/v1/admin/backup" && plane.dump === null) {
      response.writeHead(200).write("CREATE", () => response.destroy());
    } else if (request.url === "/v1/admin/backup") response.writeHead(200).end(plane.dump);
    else {
      const rows = [
        { key_id: "m1", kind: "inbound_trunks.password", rows: 1, is_held: true },
        // In no backup: its key is not needed to put one back.
        { key_id: "m0", kind: RECORDINGS_KIND, rows: 1, is_held: true },
      ];
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ sealing_key_id: "m1", held_key_ids: [], rows, retirable_key_ids: [] }),
      );
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  plane.url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return plane;
}

async function setUp(more: Partial<BackupOptions> = {}) {
  const plane = await startControlPlane();
  const { path, file } = testFolder();
  const out = { stdout: [] as string[], stderr: "" };
  const terminal = createTerminal(
    { write: (text) => out.stdout.push(text.trim()) },
    { write: (text) => (out.stderr += text) },
    true,
  );
  const options: BackupOptions = {
    ...{ state: path, controlPlane: plane.url, operatorTokenFile: file("token", `${TOKEN}\n`) },
    ...{ json: false, to: join(path, "backups"), keep: 288, ...more },
  };
  return { plane, path, file, terminal, out, options };
}

function contentOf(bytes: Uint8Array): { header: unknown; sql: string } {
  const text = gunzipSync(bytes).toString();
  const end = text.indexOf("\n");
  return { header: JSON.parse(text.slice(HEADER_PREFIX.length, end)), sql: text.slice(end + 1) };
}

test("a backup goes to S3-compatible storage whole, named by its time, and leaves nothing on the disk", async () => {
  await using bucket = await new BucketServer().start();
  const { file, terminal, out, options } = await setUp();
  const s3File = file(
    "s3.json",
    JSON.stringify({
      ...{ endpoint: bucket.url, region: BUCKET_REGION },
      ...{ accessKeyId: BUCKET_KEY_ID, secretAccessKey: BUCKET_SECRET },
    }),
  );
  const to = `s3://${BUCKET}/control/eu`;
  const { path: temporary } = testFolder();
  vi.stubEnv("TMPDIR", temporary);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await runBackup({ ...options, to, s3File }, terminal)).toBe(0);
  const [key = ""] = bucket.objects.keys();
  expect(key).toMatch(/^control\/eu\/trunkline-\d{8}T\d{9}Z\.sql\.gz$/);
  expect(out.stdout).toEqual([`s3://${BUCKET}/${key}`]);
  const { header, sql } = contentOf(bucket.objects.get(key)?.body ?? new Uint8Array());
  expect(header).toMatchObject({ master_key_ids: ["m1"] });
  expect(readdirSync(temporary)).toEqual([]);
  expect(sql).toBe(DUMP);

  const wrong = JSON.parse(readFileSync(s3File, "utf8"));
  const wrongFile = file(
    "wrong.json",
    JSON.stringify({ ...wrong, secretAccessKey: "a-wrong-secret" }),
  );
  const refused = runBackup({ ...options, to, s3File: wrongFile }, terminal);
  await expect(refused).rejects.toThrow(`The bucket ${BUCKET} did not take the backup.`);
  await expect(refused).rejects.not.toThrow("a-wrong-secret");
});

test("a schedule of four minutes loses less than five: it counts from beginning to beginning, and what failed is tried again soon", async () => {
  const { plane, terminal, out, options } = await setUp({ every: 240, keep: 2 });
  const stopping = new AbortController();
  let nowMs = 0;
  const pauses: number[] = [];
  const clock = {
    stopped: stopping.signal,
    // As if each backup took 10 s.
    nowMs: () => (nowMs += 10_000),
    async wait(ms: number) {
      pauses.push(ms);
      nowMs += ms;
      plane.isDown = pauses.length === 2;
      if (pauses.length === 5) stopping.abort();
    },
  };
  expect(await runBackup(options, terminal, () => clock)).toBe(0);
  expect(pauses).toEqual([230_000, 230_000, 20_000, 230_000, 230_000]);
  expect(out.stderr).toContain("503");
  expect(out.stdout).toHaveLength(4);
  // A folder keeps the newest, and no part of one that failed.
  const kept = readdirSync(options.to).toSorted();
  expect(kept.map((name) => join(options.to, name))).toEqual(out.stdout.slice(-2));
  for (const name of kept) {
    expect(statSync(join(options.to, name)).mode & 0o777).toBe(0o600);
    expect(contentOf(readFileSync(join(options.to, name))).sql).toBe(DUMP);
  }
});

test.each([
  ["breaks off", null],
  ["ends before its commit", "CREATE TABLE t (a);\n"],
])("a dump that %s is no backup, and ends no schedule", async (_, dump) => {
  const { plane, terminal, out, options } = await setUp({ every: 240 });
  plane.dump = dump;
  const stopping = new AbortController();
  const clock = {
    stopped: stopping.signal,
    nowMs: () => 0,
    async wait() {
      if (plane.dump !== dump) stopping.abort();
      plane.dump = DUMP;
    },
  };
  expect(await runBackup(options, terminal, () => clock)).toBe(0);
  expect(out.stderr).toContain("The backup was cut off");
  expect(readdirSync(options.to).map((name) => join(options.to, name))).toEqual(out.stdout);
  expect(out.stdout).toHaveLength(1);
});

test("a restore reads text as it was: line breaks of every kind stay what they are", async () => {
  const text = "INSERT INTO t VALUES ('{\"prompt\":\"a\u2028b\u2029c\"}', 'd\re\r\nf;\n''g');";
  async function* pieces() {
    for (const char of `${text}\nCOMMIT;\n`) yield char;
  }
  const statements: string[] = [];
  for await (const statement of readStatements(readLines(pieces()))) statements.push(statement);
  expect(statements).toEqual([text, "COMMIT;"]);
});
