import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterEach, expect, test } from "vitest";
import { openUdpRelay, type UdpRelay } from "../../tests/support/udp-relay.ts";
import { createTone } from "../protocol/audio/tone.ts";
import { analyseTone } from "../protocol/audio/tone-analysis.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import { createMediaPlane, type MediaPlane } from "./media-plane.ts";
import type { MediaSink } from "./media-session.ts";

/** What the injected clock proves, once in real time: two sessions, real sockets, and a bad network between them. */

const SECONDS = 6;
const IDLE_SINK: MediaSink = { audio() {}, digit() {}, markReached() {}, digitsSent() {} };

const planTo = (port: number): MediaPlan => ({
  remoteAddress: "127.0.0.1",
  remotePort: port,
  remoteRtcpPort: port,
  rtcpMux: true,
  codec: "PCMU",
  payloadType: 0,
  ptimeMs: 20,
  telephoneEventPayloadType: 101,
  direction: "sendrecv",
  srtp: null,
});

let plane: MediaPlane | null = null;
let relay: UdpRelay | null = null;
afterEach(async () => {
  await relay?.[Symbol.asyncDispose]();
  await plane?.close();
});

test("through 3 % loss, 40 ms jitter, 3 % reordered and 5 % duplicated a tone is heard, with no gap of 80 ms but our own stalls", async () => {
  plane = createMediaPlane({ bindAddress: "127.0.0.1", ports: [0, 0], quarantineMs: 0 });
  relay = await openUdpRelay({ loss: 0.03, jitterMs: 40, reorder: 0.03, duplicate: 0.05 }, 4_711);
  const [speaker, listener] = await Promise.all([plane.open(), plane.open()]);
  if (speaker === null || listener === null) throw new Error("no port");
  relay.join(speaker.localPort, listener.localPort);

  const heard: Int16Array[] = [];
  const done = Promise.withResolvers<void>();
  listener.start(planTo(relay.farPort), {
    ...IDLE_SINK,
    audio(frame) {
      heard.push(frame.slice());
      if (heard.length === SECONDS * 50) done.resolve();
    },
  });
  const pcm = new Int16Array((SECONDS + 4) * 8_000);
  createTone(8_000, 437).fill(pcm);
  // Speaker, network and listener are this process: what it stands still is in the tone.
  const stalls = monitorEventLoopDelay({ resolution: 5 });
  stalls.enable();
  speaker.start(planTo(relay.nearPort), IDLE_SINK);
  speaker.send(pcm);
  await done.promise;

  const longestStallMs = stalls.max / 1e6;
  const stats = listener.stats();
  await speaker[Symbol.asyncDispose]();
  await listener[Symbol.asyncDispose]();
  // From the second second on: the buffer has learned by then.
  const settled = Int16Array.from(heard.slice(100).flatMap((frame) => [...frame]));
  const report = analyseTone(settled, 8_000, 437);
  expect(report.snrDb).toBeGreaterThan(20);
  expect(report.longestGapMs).toBeLessThan(80 + 2 * longestStallMs);
  expect(stats.packetsDuplicate).toBeGreaterThan(0);
  expect(stats.packetsReordered).toBeGreaterThan(0);
  expect(stats.concealedMs).toBeGreaterThan(0);
  expect(stats).toMatchObject({ malformed: 0, wrongSource: 0, wrongSsrc: 0, overRate: 0 });
}, 20_000);
