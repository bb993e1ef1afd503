import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { MessageLog } from "../../schema/contracts/sip-messages.ts";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { recordedDeps } from "../../tests/support/control-deps.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import type { ControlPlaneResponse } from "./http-client.ts";
import { startMessageSpool } from "./message-spool.ts";

const PATIENCE_MS = 5_000;

function newLog(text = "INVITE"): MessageLog {
  const callId = newId("call");
  return {
    callId,
    conversationId: conversationIdOf(callId),
    workspaceId: newId("workspace"),
    phoneNumberId: newId("phoneNumber"),
    phoneNumbers: ["+15005550100", "+4930123456"],
    startedAtMs: 1_750_000_000_000,
    messages: [
      {
        direction: "in",
        atMicros: 1_750_000_000_000_000,
        transport: "tls",
        localAddress: "192.0.2.1:5061",
        remoteAddress: "192.0.2.2:40000",
        sipCallId: "call@peer",
        text,
        error: null,
      },
    ],
  };
}

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "trunkline-spool-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

interface Setting {
  readonly directory?: string;
  readonly limits?: { readonly files: number; readonly bytes: number };
}

async function start(settings: Setting = {}) {
  const directory = settings.directory ?? (await newDirectory());
  const deps = recordedDeps();
  const plane = { status: 204, taken: [] as string[], isBusy: false };
  const client = {
    async send({ body }: { readonly body?: unknown }): Promise<ControlPlaneResponse> {
      if (plane.status === 204) plane.taken.push((body as MessageLog).callId);
      return { status: plane.status, headers: {}, body: Buffer.alloc(0) };
    },
    close() {},
  };
  const { limits } = settings;
  const spool = await startMessageSpool({
    ...deps,
    directory,
    client,
    isBusy: () => plane.isBusy,
    ...(limits === undefined ? {} : { limits }),
  });
  onTestFinished(() => spool.stop(0));
  const files = async () => (await readdir(directory)).filter((name) => name.endsWith(".json"));
  const until = (what: string, holds: () => boolean) =>
    eventually(() => (holds() ? true : null), PATIENCE_MS, what);
  return { directory, deps, plane, spool, files, until };
}

test("a log is delivered and leaves no file, oldest first", async () => {
  const { deps, files, plane, spool, until } = await start();
  const logs = [newLog(), newLog(), newLog()];
  for (const log of logs) spool.offer(log);
  await until("all are taken", () => plane.taken.length === 3);
  expect(plane.taken).toEqual(logs.map(({ callId }) => callId));
  await until("nothing waits", () => spool.depth === 0);
  expect(await files()).toEqual([]);
  expect(deps.counts.get("messageLog delivered")).toBe(3);
});

test("logs wait on disk while the control plane fails, through a restart, and a file cut off is counted", async () => {
  const first = await start();
  first.plane.status = 503;
  const log = newLog();
  first.spool.offer(log);
  await deadline(first.deps.logged("sip_messages_not_delivered"), PATIENCE_MS, "no failure");
  await first.spool.stop(0);
  expect(await first.files()).toHaveLength(1);
  await writeFile(join(first.directory, "000-cut.json"), '{"callId":');
  await writeFile(join(first.directory, ".left.tmp"), "");
  const second = await start({ directory: first.directory });
  await second.until("it is taken", () => second.plane.taken.length === 1);
  expect(second.plane.taken).toEqual([log.callId]);
  expect(second.deps.counts.get("messageLog disk_error")).toBe(1);
  expect(await readdir(first.directory)).toEqual(await second.files());
});

test.each([400, 404, 413, 422])(
  "a log refused with %s is lost and counted, and blocks none",
  async (status) => {
    const { deps, plane, spool, until } = await start();
    plane.status = status;
    spool.offer(newLog());
    await until("it is refused", () => deps.counts.get("messageLog refused") === 1);
    plane.status = 204;
    const next = newLog();
    spool.offer(next);
    await until("the next is taken", () => plane.taken.length === 1);
    expect(plane.taken).toEqual([next.callId]);
  },
);

test.each([
  ["files", { files: 2, bytes: 1_000_000 }],
  ["bytes", { files: 100, bytes: 1_200 }],
])(
  "without room for more %s logs are dropped, each counted, with one line for all",
  async (_kind, limits) => {
    const { deps, files, plane, spool, until } = await start({ limits });
    plane.status = 503;
    const kept = [newLog(), newLog()];
    for (const log of kept) spool.offer(log);
    await until("two are on disk", () => spool.depth === 2);
    for (let count = 0; count < 5; count += 1) spool.offer(newLog());
    expect(deps.counts.get("messageLog full")).toBe(5);
    expect(deps.lines.filter(({ event }) => event === "sip_messages_dropped")).toHaveLength(1);
    expect(await files()).toHaveLength(2);
  },
);

test("the records of calls go first", async () => {
  const { plane, spool, until } = await start();
  plane.isBusy = true;
  spool.offer(newLog());
  await until("it is on disk", () => spool.depth === 1);
  expect(plane.taken).toEqual([]);
  plane.isBusy = false;
  await until("it is taken", () => plane.taken.length === 1);
});
