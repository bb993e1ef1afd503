import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { decodeMp3, mp3DecoderMissing, split } from "../../tests/support/mp3-decoder.ts";
import { skipsFor, suiteName } from "../../tests/support/skip.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import type { CaptureOutcome, RecordingSpool } from "../call/recording-ports.ts";
import type { MediaClock } from "../media/clock.ts";
import { createTestClock } from "../media/test-clock.ts";
import { tonePower } from "../protocol/audio/tone-analysis.ts";
import { encodeRecording } from "./encoded-recording.ts";
import { createPageRing } from "./page-ring.ts";
import { openRecording } from "./recording-file.ts";
import type { ToSpoolThread } from "./spool-messages.ts";
import { createSpoolWriter, type SpoolThread } from "./spool-writer.ts";

const LEFT_HZ = 440;
const RIGHT_HZ = 1_000;
const AMPLITUDE = 8_000;
const soxMissing = spawnSync("sox", ["--version"]).status === 0 ? null : "sox is not installed";

// A machine that is busy makes none of it fail.
vi.setConfig({ testTimeout: 60_000 });

interface Written {
  readonly spool: RecordingSpool;
  readonly outcome: CaptureOutcome;
}

function newSpool(folder = testFolder().path): RecordingSpool {
  return { path: join(folder, "call.rec"), key: randomBytes(32), facts: "the sealed facts" };
}

/** A tone of half a second in each channel, from `atMs` on, in a recording of that many seconds of real writing. */
async function write(
  spool: RecordingSpool,
  { rateHz = 8_000, seconds = 4 }: { rateHz?: 8_000 | 16_000; seconds?: number } = {},
): Promise<Written> {
  const clock = createTestClock();
  await using writer = createSpoolWriter({ clock: withRealLimits(clock) });
  const outcome = Promise.withResolvers<CaptureOutcome>();
  const recording = writer.begin(spool, rateHz, outcome.resolve);
  const frame = new Int16Array(rateHz / 50);
  const startMs = clock.monotonicMs();
  for (let atMs = 0; atMs < seconds * 1_000; atMs += 20) {
    if (atMs >= 1_000 && atMs < 1_500) {
      recording.tap.received(tone(frame, rateHz, LEFT_HZ, atMs), rateHz, startMs + atMs);
    }
    if (atMs >= 2_000 && atMs < 2_500) {
      recording.tap.sent(tone(frame, rateHz, RIGHT_HZ, atMs), rateHz, startMs + atMs);
    }
    clock.advance(20);
    // The thread gives pages back in real time.
    if (atMs % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  recording.end();
  return { spool, outcome: await outcome.promise };
}

/** Time of audio is the test's; waiting for threads is not. */
function withRealLimits(clock: ReturnType<typeof createTestClock>): MediaClock {
  return {
    ...clock,
    after: (delayMs, fire, isIdle) => {
      if (isIdle === true) return clock.after(delayMs, fire);
      const timer = setTimeout(fire, 30_000);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
}

function tone(frame: Int16Array, rateHz: number, hz: number, atMs: number): Int16Array {
  for (let i = 0; i < frame.length; i += 1) {
    const t = atMs / 1_000 + i / rateHz;
    frame[i] = Math.round(AMPLITUDE * Math.sin(2 * Math.PI * hz * t));
  }
  return frame;
}

async function encode(spool: RecordingSpool, format: "mp3" | "wav") {
  await using encoded = await encodeRecording({ path: spool.path, key: spool.key, format });
  const blocks: Uint8Array[] = [];
  for await (const block of encoded.blocks()) blocks.push(block);
  return { measure: encoded.measure, bytes: Buffer.concat(blocks) };
}

/** When the tone begins and ends, to 5 ms. */
function spanOf(pcm: Int16Array, rateHz: number, hz: number) {
  const window = rateHz / 100;
  let from = -1;
  let to = -1;
  for (let at = 0; at + window <= pcm.length; at += window / 2) {
    if (tonePower(pcm.subarray(at, at + window), rateHz, hz) < AMPLITUDE ** 2 / 8) continue;
    if (from < 0) from = (at * 1_000) / rateHz;
    to = ((at + window) * 1_000) / rateHz;
  }
  return { from, to };
}

function expectTones(audio: { left: Int16Array; right: Int16Array }, rateHz: number): void {
  const left = spanOf(audio.left, rateHz, LEFT_HZ);
  const right = spanOf(audio.right, rateHz, RIGHT_HZ);
  expect(Math.abs(left.from - 1_000)).toBeLessThanOrEqual(10);
  expect(Math.abs(left.to - 1_500)).toBeLessThanOrEqual(10);
  expect(Math.abs(right.from - 2_000)).toBeLessThanOrEqual(10);
  expect(Math.abs(right.to - 2_500)).toBeLessThanOrEqual(10);
  expect(spanOf(audio.left, rateHz, RIGHT_HZ).from).toBe(-1);
  expect(spanOf(audio.right, rateHz, LEFT_HZ).from).toBe(-1);
}

describe("a recording on the disk", () => {
  test("is for its owner only, and without its key nothing in it is audio or told of it", async () => {
    const { spool, outcome } = await write(newSpool());
    expect(outcome).toEqual({ kind: "finished" });
    expect(statSync(spool.path).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(spool.path);
    // A second of silence in clear would be 32,000 zeros; noise has no run of eight.
    expect(bytes.subarray(64).includes(Buffer.alloc(8))).toBe(false);
    const other = { ...spool, key: randomBytes(32) };
    expect((await encode(other, "wav")).measure).toMatchObject({ samples: 0, isComplete: false });
  });

  test("that was cut off anywhere is good up to its last whole second", async () => {
    const { spool } = await write(newSpool());
    const whole = statSync(spool.path).size;
    const chunk = 4 + 32_000 + 16;
    for (const [cut, samples] of [
      [1, 32_000],
      [30, 24_000],
      [chunk + 25, 16_000],
    ] as const) {
      truncateSync(spool.path, whole - cut);
      expect((await encode(spool, "wav")).measure).toEqual({
        kind: "measured",
        sampleRateHz: 8_000,
        samples,
        isComplete: false,
      });
    }
  });

  test("that was altered is good up to there, and a file that is none is told as such", async () => {
    const { spool } = await write(newSpool());
    const bytes = readFileSync(spool.path);
    bytes[bytes.length - 32_500] = 255 - (bytes[bytes.length - 32_500] ?? 0);
    writeFileSync(spool.path, bytes);
    expect((await encode(spool, "wav")).measure?.samples).toBe(16_000);
    writeFileSync(spool.path, "not a recording");
    await using none = await encodeRecording({ path: spool.path, key: spool.key, format: "wav" });
    expect(none.measure).toBeNull();
    expect(await openRecording(spool.path)).toBeNull();
  });

  test("never replaces a file that is there", async () => {
    const spool = newSpool();
    writeFileSync(spool.path, "another");
    expect((await write(spool)).outcome).toMatchObject({ kind: "failed", code: "disk_error" });
    expect(readFileSync(spool.path, "utf8")).toBe("another");
  });
});

describe("what people are given", () => {
  test.skipIf(skipsFor(soxMissing)).each([8_000, 16_000] as const)(
    "WAV of %i Hz has each side's tone in its channel and at its time",
    async (rateHz) => {
      const { spool } = await write(newSpool(), { rateHz });
      const { bytes, measure } = await encode(spool, "wav");
      expect(measure).toMatchObject({
        sampleRateHz: rateHz,
        samples: 4 * rateHz,
        isComplete: true,
      });
      const file = `${spool.path}.wav`;
      writeFileSync(file, bytes);
      const sox = soxIn(file);
      expect(sox.rateHz).toBe(rateHz);
      expect(sox.left).toHaveLength(4 * rateHz);
      expectTones(sox, rateHz);
    },
  );

  describe.skipIf(skipsFor(mp3DecoderMissing))(suiteName("MP3", mp3DecoderMissing), () => {
    test.each([8_000, 16_000] as const)(
      "of %i Hz has each side's tone in its channel and at its time, though its decoder knows nothing of the encoder",
      async (rateHz) => {
        const { spool } = await write(newSpool(), { rateHz });
        const { bytes } = await encode(spool, "mp3");
        const audio = decodeMp3(bytes);
        expect(audio.rateHz).toBe(rateHz);
        expectTones(audio, rateHz);
        expect(Math.abs(audio.left.length / rateHz - 4)).toBeLessThan(0.3);
        // A tenth of the WAV file at most.
        expect(bytes.length).toBeLessThan((rateHz * 4 * 4) / 6);
      },
    );

    test("is the same bytes every time: an upload that begins anew tells the same file", async () => {
      const { spool } = await write(newSpool());
      const [first, second] = [await encode(spool, "mp3"), await encode(spool, "mp3")];
      expect(first.bytes.equals(second.bytes)).toBe(true);
    });
  });
});

describe("a disk that is no good", () => {
  const mounted = tryTmpfs();
  test.skipIf(mounted.missing !== null)(
    suiteName(
      "full: the recording fails with that code and leaves its room to others",
      mounted.missing,
    ),
    async () => {
      const folder = mounted.mount();
      const { outcome } = await write(newSpool(folder));
      expect(outcome).toEqual({ kind: "failed", code: "disk_full", detail: "ENOSPC" });
      expect(existsSync(join(folder, "call.rec"))).toBe(false);
    },
  );

  test("missing: the recording fails, and whoever speaks is not told", async () => {
    const folder = join(testFolder().path, "nowhere");
    const { outcome } = await write(newSpool(folder));
    expect(outcome).toEqual({ kind: "failed", code: "disk_error", detail: "ENOENT" });
  });

  test("slow: after five seconds the recording fails, and nothing has waited for it", async () => {
    const clock = createTestClock();
    const posted: string[] = [];
    const stuck: SpoolThread = {
      postMessage: ({ kind }) => void posted.push(kind),
      on: () => undefined,
      unref: () => undefined,
      terminate: () => Promise.resolve(),
    };
    const writer = createSpoolWriter({ clock, startThread: () => stuck });
    const outcomes: CaptureOutcome[] = [];
    const recording = writer.begin(newSpool(), 8_000, (outcome) => outcomes.push(outcome));
    for (let second = 0; second < 5; second += 1) clock.advance(1_000);
    expect(outcomes).toEqual([]);
    for (let second = 0; second < 5; second += 1) clock.advance(1_000);
    expect(outcomes).toMatchObject([{ kind: "failed", code: "overrun" }]);
    expect(posted.at(-1)).toBe("discard");
    recording.tap.sent(new Int16Array(160), 8_000, clock.monotonicMs());
    recording.end();
    expect(outcomes).toHaveLength(1);
    await writer[Symbol.asyncDispose]();
  });

  test("broken: what cannot even be removed fails no other recording", async () => {
    const thread = new Worker(new URL("./spool-thread.ts", import.meta.url));
    onTestFinished(() => void thread.terminate());
    const post = (message: ToSpoolThread): void => thread.postMessage(message);
    const [broken, whole] = [newSpool(), newSpool()];
    const { buffer } = createPageRing(8_000);
    post({ kind: "begin", id: 1, spool: broken, sampleRateHz: 8_000, buffer });
    const isBegun = () => expect(existsSync(broken.path)).toBe(true);
    await vi.waitFor(isBegun, { timeout: 30_000, interval: 20 });
    rmSync(broken.path);
    mkdirSync(broken.path);
    post({ kind: "discard", id: 1 });
    post({ kind: "begin", id: 2, spool: whole, sampleRateHz: 8_000, buffer });
    post({ kind: "end", id: 2 });
    expect(await once(thread, "message")).toEqual([{ kind: "ended", id: 2 }]);
  });

  test("a thread that dies fails its recordings, and the next one has another", async () => {
    const clock = createTestClock();
    const deaths: (() => void)[] = [];
    const startThread = (): SpoolThread => ({
      postMessage: () => undefined,
      on(event: string, listener: unknown) {
        if (event === "exit") deaths.push(listener as () => void);
      },
      unref: () => undefined,
      terminate: () => Promise.resolve(),
    });
    const writer = createSpoolWriter({ clock, startThread });
    const outcomes: CaptureOutcome[] = [];
    writer.begin(newSpool(), 8_000, (outcome) => outcomes.push(outcome));
    deaths[0]?.();
    expect(outcomes).toMatchObject([{ kind: "failed", code: "writer_lost" }]);
    writer.begin(newSpool(), 8_000, (outcome) => outcomes.push(outcome));
    expect(deaths).toHaveLength(2);
  });
});

function soxIn(file: string) {
  const rateHz = Number(execFileSync("sox", ["--i", "-r", file]).toString());
  const raw = execFileSync("sox", [file, "-t", "raw", "-e", "signed", "-b", "16", "-L", "-"], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return { rateHz, ...split(raw) };
}

/** A disk of 64 KiB, which only root can make. */
function tryTmpfs(): { readonly missing: string | null; mount(): string } {
  return {
    missing: process.getuid?.() === 0 ? null : "only root can mount a small disk",
    mount() {
      const folder = join(testFolder().path, "small");
      mkdirSync(folder);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
      onTestFinished(() => void execFileSync("umount", [folder]));
      return folder;
    },
  };
}
