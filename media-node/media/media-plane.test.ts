import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createTone } from "../protocol/audio/tone.ts";
import { analyseTone } from "../protocol/audio/tone-analysis.ts";
import type { CodecName, MediaPlan, SrtpKeys } from "../protocol/sdp/media-plan.ts";
import type { MediaClock } from "./clock.ts";
import { openMediaIo } from "./io/open.ts";
import { MEDIA_IO_KINDS, type OpenMediaIo } from "./media-io.ts";
import { createMediaPlane, type MediaPlane } from "./media-plane.ts";
import { FRAME_MS, type MediaSession, type MediaSink } from "./media-session.ts";
import { createTestClock, type TestClock } from "./test-clock.ts";

/** Sessions on real sockets. */

/** Only what hangs is found by it. */
const PATIENCE_MS = 20_000;
vi.setConfig({ testTimeout: 30_000 });

let io: OpenMediaIo | null = null;
let plane: MediaPlane | null = null;

function openPlane(quarantineMs = 0, clock?: MediaClock): MediaPlane {
  plane = createMediaPlane({
    bindAddress: "127.0.0.1",
    ports: [0, 0],
    quarantineMs,
    ...(io === null ? {} : { io }),
    ...(clock === undefined ? {} : { clock }),
  });
  return plane;
}

async function openSession(): Promise<MediaSession> {
  const session = await (plane ?? openPlane()).open();
  if (session === null) throw new Error("no port");
  return session;
}

afterEach(async () => {
  await plane?.close();
  plane = null;
});

function planTo(port: number, codec: CodecName, srtp: SrtpKeys | null): MediaPlan {
  return {
    remoteAddress: "127.0.0.1",
    remotePort: port,
    remoteRtcpPort: port,
    rtcpMux: true,
    codec,
    payloadType: codec === "PCMU" ? 0 : 8,
    ptimeMs: 20,
    telephoneEventPayloadType: 101,
    direction: "sendrecv",
    srtp,
  };
}

/** Collects audio and resolves when there is enough. */
function recorder(frames: number): {
  sink: MediaSink;
  recorded: Promise<Int16Array>;
  digits: string[];
} {
  const pcm = new Int16Array(frames * 160);
  const digits: string[] = [];
  const { promise, resolve } = Promise.withResolvers<Int16Array>();
  let count = 0;
  const sink: MediaSink = {
    audio(frame) {
      if (count < frames) pcm.set(frame, count * 160);
      count += 1;
      if (count === frames) resolve(pcm);
    },
    digit: (digit) => void digits.push(digit),
    digitsSent: () => {},
    markReached: () => {},
  };
  return { sink, recorded: promise, digits };
}

/**
 * Frame by frame, each when the packets of the one before have been heard: the sockets are real, and a machine that stands
 * still does not put gaps into the tone.
 */
async function talk(
  clock: TestClock,
  [left, right]: readonly [MediaSession, MediaSession],
  frames: number,
): Promise<void> {
  const isHeard = (by: MediaSession, other: MediaSession): boolean =>
    by.stats().packetsReceived === other.stats().packetsSent;
  for (let frame = 0; frame < frames; frame += 1) {
    clock.advance(FRAME_MS);
    const givesUpAtMs = performance.now() + PATIENCE_MS;
    while (!isHeard(left, right) || !isHeard(right, left)) {
      if (performance.now() > givesUpAtMs) throw new Error(`packets of frame ${frame} are missing`);
      await turn();
    }
  }
}

function tone(frequencyHz: number, seconds: number): Int16Array {
  const pcm = new Int16Array(seconds * 8_000);
  createTone(8_000, frequencyHz, 12_000).fill(pcm);
  return pcm;
}

describe.each(MEDIA_IO_KINDS)("a call between two sessions on the %s back end", (kind) => {
  beforeAll(async () => {
    ({ io } = await openMediaIo(kind));
  });
  afterAll(async () => {
    await io?.close();
    io = null;
  });

  const one = new Uint8Array(30).fill(1);
  const two = new Uint8Array(30).fill(2);
  const suite = "AES_CM_128_HMAC_SHA1_80";
  test.each<[string, CodecName, boolean]>([
    ["SRTP, PCMU", "PCMU", true],
    ["SRTP, PCMA", "PCMA", true],
    ["plain RTP, PCMU", "PCMU", false],
  ])(
    "%s: each side's own tone arrives at the other with over 30 dB and no gap",
    async (_, codec, isSecure) => {
      const clock = createTestClock();
      openPlane(0, clock);
      await using left = await openSession();
      await using right = await openSession();
      const atLeft = recorder(60);
      const atRight = recorder(60);
      const keys = (send: Uint8Array, receive: Uint8Array): SrtpKeys | null =>
        isSecure ? { suite, send, receive, receiveMki: null } : null;
      left.start(planTo(right.localPort, codec, keys(one, two)), atLeft.sink);
      right.start(planTo(left.localPort, codec, keys(two, one)), atRight.sink);
      left.send(tone(437, 1.5));
      right.send(tone(1_037, 1.5));
      await talk(clock, [left, right], 70);
      for (const [recorded, own, other] of [
        [await atLeft.recorded, 1_037, 437],
        [await atRight.recorded, 437, 1_037],
      ] as const) {
        const report = analyseTone(recorded, 8_000, own);
        expect(report.snrDb).toBeGreaterThan(30);
        expect(report.longestGapMs).toBeLessThanOrEqual(40);
        expect(report.presentMs).toBeGreaterThan(900);
        expect(analyseTone(recorded, 8_000, other).presentMs).toBe(0);
      }
      expect(left.stats()).toMatchObject({ authFailures: 0, replayed: 0, malformed: 0 });
    },
  );

  test("a digit arrives once", async () => {
    openPlane();
    await using left = await openSession();
    await using right = await openSession();
    const atRight = recorder(30);
    const { sink } = recorder(1);
    left.start(planTo(right.localPort, "PCMU", null), sink);
    right.start(planTo(left.localPort, "PCMU", null), atRight.sink);
    left.sendDigits("1", "auto");
    left.sendDigits("#", "auto");
    await atRight.recorded;
    expect(atRight.digits).toEqual(["1", "#"]);
  });
});

test("sending to a closed port harms nobody", async () => {
  openPlane();
  const closed = createSocket("udp4");
  closed.bind(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address();
  closed.close();
  await once(closed, "close");
  await using session = await openSession();
  session.start(planTo(port, "PCMU", null), recorder(1).sink);
  session.send(new Int16Array(160 * 10));
  const { promise, resolve } = Promise.withResolvers<void>();
  const poll = setInterval(() => session.queuedMs() === 0 && resolve(), 10);
  await promise;
  clearInterval(poll);
  expect(session.stats().packetsSent).toBeGreaterThanOrEqual(10);
});

test("200 sessions opened, started and closed leave no port behind", async () => {
  const opened = openPlane(1);
  for (let i = 0; i < 200; i += 10) {
    const sessions = await Promise.all(Array.from({ length: 10 }, openSession));
    for (const session of sessions) {
      session.start(planTo(9, "PCMU", null), recorder(1).sink);
    }
    await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
  }
  const deadline = performance.now() + PATIENCE_MS;
  while (opened.portsInUse() > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(opened.portsInUse()).toBe(0);
  expect(opened.portsTotal()).toBe(1_000);
});
