import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { RecordingReport } from "../../schema/contracts/recording.ts";
import { newId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import {
  BUCKET,
  BUCKET_KEY_ID,
  BUCKET_REGION,
  BUCKET_SECRET,
  BucketServer,
} from "../../tests/support/bucket-server.ts";
import { FakeControlPlane } from "../../tests/support/fake-control-plane.ts";
import { RECORDING_NODE, spoolRecording } from "../../tests/support/spooled-recording.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import { createControlPlaneClient } from "../control/http-client.ts";
import { systemClock } from "../control/system-clock.ts";
import { startRecordings } from "./recording-service.ts";
import { createSpoolWriter } from "./spool-writer.ts";

const UPLOADER = fileURLToPath(
  new URL("../../tests/support/recording-uploader.ts", import.meta.url),
);
const WAV_HEADER_BYTES = 44;

interface Options {
  readonly bucket?: BucketServer;
  readonly controlPlane?: FakeControlPlane;
  readonly secret?: string;
  readonly maxSpoolBytes?: number;
}

// A machine that is busy makes none of it fail.
vi.setConfig({ testTimeout: 60_000 });
const until = (claim: () => void) => vi.waitFor(claim, { timeout: 30_000, interval: 20 });

/** A node's recordings, started on what the folder holds. */
async function start(stateDirectory: string, options: Options) {
  const reports: RecordingReport[] = [];
  const fates: string[] = [];
  const logged: string[] = [];
  const log = (event: string, fields: Record<string, unknown>) =>
    void logged.push(`${event} ${JSON.stringify(fields)}`);
  const client = createControlPlaneClient({
    baseUrl: options.controlPlane?.url ?? "http://127.0.0.1:9",
    credential: RECORDING_NODE.credential,
    ca: null,
  });
  const service = await startRecordings({
    ...RECORDING_NODE,
    settings: {
      maxSpoolBytes: options.maxSpoolBytes ?? 1_000_000_000,
      bucket:
        options.bucket === undefined
          ? null
          : {
              bucket: BUCKET,
              endpoint: options.bucket.url,
              region: BUCKET_REGION,
              prefix: "eu/",
              credentials: {
                accessKeyId: BUCKET_KEY_ID,
                secretAccessKey: new Secret(options.secret ?? BUCKET_SECRET),
              },
            },
    },
    stateDirectory,
    client,
    clock: systemClock,
    logger: { info: log, warn: log, error: log },
    metrics: { recordingSettled: (fate) => fates.push(fate), recordingRetried: () => undefined },
    random: () => 0,
    randomBytes,
    save(event) {
      if (event.kind === "recording") reports.push(event.recording);
      return Promise.resolve();
    },
    retry: { firstMs: 20, maxMs: 100 },
  });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await service[Symbol.asyncDispose]();
    client.close();
  };
  onTestFinished(close);
  const settled = (count = 1) => until(() => expect(fates.length).toBeGreaterThanOrEqual(count));
  const files = () =>
    readdirSync(join(stateDirectory, "recordings")).filter((n) => n.endsWith(".rec"));
  return { service, reports, fates, logged, close, settled, files };
}

async function newBucket(): Promise<BucketServer> {
  const server = await new BucketServer().start();
  onTestFinished(() => server.stop());
  return server;
}

async function newControlPlane(): Promise<FakeControlPlane> {
  const plane = await new FakeControlPlane().start();
  onTestFinished(() => plane.stop());
  return plane;
}

describe("a finished recording", () => {
  test("goes to the bucket, is told of as ready, and leaves the disk", async () => {
    const state = testFolder().path;
    const { facts, audio } = await spoolRecording(state);
    const bucket = await newBucket();
    const node = await start(state, { bucket });
    await node.settled();
    const key = `eu/${facts.workspaceId}/${facts.conversationId}.wav`;
    expect([...bucket.objects.keys()]).toEqual([key]);
    const { body, contentType } = bucket.objects.get(key) ?? {};
    expect(contentType).toBe("audio/wav");
    expect(body?.subarray(WAV_HEADER_BYTES).equals(audio)).toBe(true);
    expect(node.reports.map(({ state }) => state)).toEqual(["uploading", "ready"]);
    expect(node.reports.at(-1)).toEqual({
      ...facts,
      state: "ready",
      code: null,
      durationMs: 2_000,
      bytes: WAV_HEADER_BYTES + audio.length,
      isComplete: true,
      place: { kind: "bucket", key },
    });
    await until(() => expect(node.files()).toEqual([]));
  });

  test("of some length goes in parts of which one is in memory", async () => {
    const state = testFolder().path;
    const { audio } = await spoolRecording(state, { seconds: 100, sampleRateHz: 16_000 });
    const bucket = await newBucket();
    const node = await start(state, { bucket });
    await node.settled();
    const [object] = bucket.objects.values();
    expect(object?.body.subarray(WAV_HEADER_BYTES).equals(audio)).toBe(true);
    expect(bucket.requests.filter((line) => line.includes("partNumber=")).length).toBe(2);
  });

  test("goes to the control plane in parts where there is no bucket", async () => {
    const state = testFolder().path;
    const { facts, audio } = await spoolRecording(state, { seconds: 60, sampleRateHz: 16_000 });
    const controlPlane = await newControlPlane();
    const node = await start(state, { controlPlane });
    await node.settled();
    const parts = controlPlane.recordingParts.get(facts.callId) ?? [];
    expect(parts.map(({ length }) => length)).toEqual([
      3_145_728,
      WAV_HEADER_BYTES + audio.length - 3_145_728,
    ]);
    expect(Buffer.concat(parts).subarray(WAV_HEADER_BYTES).equals(audio)).toBe(true);
    expect(node.reports.at(-1)?.place).toEqual({ kind: "parts", count: 2 });
  });

  test("of a conversation that was erased meanwhile is nobody's: it goes, and nothing is told", async () => {
    const state = testFolder().path;
    await spoolRecording(state);
    const controlPlane = await newControlPlane();
    controlPlane.recordingsStatus = 410;
    const node = await start(state, { controlPlane });
    await node.settled();
    expect(node.fates).toEqual(["erased"]);
    expect(node.reports.map(({ state }) => state)).toEqual(["uploading"]);
    await until(() => expect(node.files()).toEqual([]));
  });

  test("that the control plane will never take fails with a code", async () => {
    const state = testFolder().path;
    await spoolRecording(state);
    const controlPlane = await newControlPlane();
    controlPlane.recordingsStatus = 404;
    const node = await start(state, { controlPlane });
    await node.settled();
    expect(node.reports.at(-1)).toMatchObject({ state: "failed", code: "store_refused" });
  });

  test("that a killed process left is kept as far as it goes, and told as incomplete", async () => {
    const state = testFolder().path;
    await spoolRecording(state, { isCutOff: true });
    const node = await start(state, { bucket: await newBucket() });
    await node.settled();
    expect(node.reports.at(-1)).toMatchObject({
      state: "ready",
      durationMs: 2_000,
      isComplete: false,
    });
  });
});

describe("a bucket that is no good", () => {
  test.each(["down", "full", "refusing"] as const)(
    "%s: the recording waits on the disk and arrives whole when it is well again",
    async (trouble) => {
      const state = testFolder().path;
      const { audio } = await spoolRecording(state);
      const bucket = await newBucket();
      if (trouble === "down") await bucket.stop();
      else bucket.failsWith = trouble === "full" ? 507 : 503;
      const node = await start(state, { bucket });
      await until(() => expect(node.logged.join()).toContain("recording_not_stored"));
      expect(node.files()).toHaveLength(1);
      expect(node.fates).toEqual([]);
      bucket.failsWith = null;
      if (trouble === "down") await bucket.start();
      await node.settled();
      expect([...bucket.objects.values()][0]?.body.subarray(WAV_HEADER_BYTES).equals(audio)).toBe(
        true,
      );
      expect(node.reports.map(({ state }) => state)).toEqual(["uploading", "ready"]);
    },
  );

  test("wrong credentials are tried again, and no log line has them", async () => {
    const state = testFolder().path;
    await spoolRecording(state);
    const bucket = await newBucket();
    const secret = "not-the-secret-of-this-bucket";
    const node = await start(state, { bucket, secret });
    await until(() => expect(node.logged.join()).toContain("recording_not_stored"));
    expect(bucket.objects.size).toBe(0);
    expect(node.logged.join()).not.toContain(secret);
    expect(node.logged.join()).not.toContain(BUCKET_KEY_ID);
  });

  test("for too long: beyond its room the oldest recording fails with a code, the others wait", async () => {
    const state = testFolder().path;
    const calls = [];
    for (let call = 0; call < 4; call += 1) calls.push(await spoolRecording(state));
    const bucket = await newBucket();
    bucket.failsWith = 503;
    const fileBytes = 2 * 32_000;
    const node = await start(state, { bucket, maxSpoolBytes: 3 * fileBytes });
    await node.settled(2);
    const failed = node.reports.filter(({ state }) => state === "failed");
    const order = calls.map(({ facts }) => facts.callId).sort();
    expect(failed.map(({ callId }) => callId)).toEqual(order.slice(0, 2));
    expect(failed.every(({ code }) => code === "spool_full")).toBe(true);
    await until(() => expect(node.files()).toHaveLength(2));
    bucket.failsWith = null;
    await node.settled(4);
    expect(bucket.objects.size).toBe(2);
  });

  test("slow: a node that ends does not wait for it, and the next one begins anew", async () => {
    const state = testFolder().path;
    const { audio } = await spoolRecording(state, { seconds: 100, sampleRateHz: 16_000 });
    const bucket = await newBucket();
    bucket.stuckAfterParts = 1;
    const node = await start(state, { bucket });
    await until(() => expect([...bucket.uploads.values()][0]?.parts.size).toBe(1));
    const beganAtMs = performance.now();
    await node.close();
    expect(performance.now() - beganAtMs).toBeLessThan(10_000);
    expect(node.files()).toHaveLength(1);
    bucket.stuckAfterParts = null;
    const next = await start(state, { bucket });
    await next.settled();
    expect([...bucket.objects.values()][0]?.body.subarray(WAV_HEADER_BYTES).equals(audio)).toBe(
      true,
    );
    expect(bucket.uploads.size).toBe(0);
  });
});

test("a node that is killed in mid-upload: the recording arrives complete afterwards, and no part of it is left over", async () => {
  const state = testFolder().path;
  const { audio, facts } = await spoolRecording(state, { seconds: 100, sampleRateHz: 16_000 });
  const bucket = await newBucket();
  bucket.stuckAfterParts = 1;
  const { nodeId, credential } = RECORDING_NODE;
  const child: ChildProcess = spawn(
    process.execPath,
    [UPLOADER, state, bucket.url, nodeId, credential.reveal()],
    { stdio: "ignore" },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  await until(() => expect([...bucket.uploads.values()][0]?.parts.size).toBe(1));
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  expect(bucket.objects.size).toBe(0);
  bucket.stuckAfterParts = null;
  const node = await start(state, { bucket });
  await node.settled();
  const object = bucket.objects.get(`eu/${facts.workspaceId}/${facts.conversationId}.wav`);
  expect(object?.body.subarray(WAV_HEADER_BYTES).equals(audio)).toBe(true);
  expect(node.reports.at(-1)).toMatchObject({ state: "ready", isComplete: true });
  expect(bucket.uploads.size).toBe(0);
});

describe("a call that is to be recorded", () => {
  const order = {
    workspaceId: newId("workspace"),
    agentId: newId("agent"),
    settings: { format: "wav", retentionDays: 30 },
  } as const;

  test("is told as recording when it is up, and its audio arrives after its end", async () => {
    const state = testFolder().path;
    const bucket = await newBucket();
    const { service, reports, settled } = await start(state, { bucket });
    const callId = newId("call");
    const spool = await service.desk.prepare({ callId, digitInput: null, recording: order });
    if (spool === null) throw new Error("not prepared");
    expect(existsSync(spool.path)).toBe(false);
    await using writer = createSpoolWriter({ clock: systemClock });
    const recording = writer.begin(spool, 8_000, (outcome) => service.desk.news(callId, outcome));
    service.desk.news(callId, { kind: "begun" });
    await until(() => expect(reports.map(({ state }) => state)).toEqual(["recording"]));
    await until(() => expect(existsSync(spool.path)).toBe(true));
    const head = readFileSync(spool.path).toString("latin1");
    for (const clear of [callId, order.workspaceId, order.agentId])
      expect(head).not.toContain(clear);
    recording.tap.sent(new Int16Array(160).fill(9), 8_000, performance.now());
    recording.end();
    await settled();
    expect(reports.map(({ state }) => state)).toEqual(["recording", "uploading", "ready"]);
    expect(reports.at(-1)).toMatchObject({ callId, workspaceId: order.workspaceId, format: "wav" });
  });

  test("and whose media process is lost is kept as far as it was written", async () => {
    const state = testFolder().path;
    const { service, reports, settled } = await start(state, { bucket: await newBucket() });
    const callId = newId("call");
    await service.desk.prepare({ callId, digitInput: null, recording: order });
    service.desk.news(callId, { kind: "begun" });
    service.desk.lost(callId);
    await settled();
    expect(reports.at(-1)).toMatchObject({ state: "failed", code: "media_lost" });
  });

  test("and failed on the disk is told with its code", async () => {
    const state = testFolder().path;
    const { service, reports, settled } = await start(state, { bucket: await newBucket() });
    const callId = newId("call");
    await service.desk.prepare({ callId, digitInput: null, recording: order });
    service.desk.news(callId, { kind: "begun" });
    service.desk.news(callId, { kind: "failed", code: "disk_full", detail: "ENOSPC" });
    await settled();
    expect(reports.at(-1)).toMatchObject({ state: "failed", code: "disk_full", place: null });
  });

  test("but whose agent's settings do not ask for it leaves no trace", async () => {
    const state = testFolder().path;
    const { service, files } = await start(state, { bucket: await newBucket() });
    expect(await service.desk.prepare({ callId: newId("call"), digitInput: null })).toBeNull();
    expect(files()).toEqual([]);
  });
});
