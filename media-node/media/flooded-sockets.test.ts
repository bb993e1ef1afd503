import { createSocket } from "node:dgram";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { createTone } from "../protocol/audio/tone.ts";
import { analyseTone } from "../protocol/audio/tone-analysis.ts";
import { writeRtpHeader } from "../protocol/rtp/packet.ts";
import { openMediaIo } from "./io/open.ts";
import { MEDIA_IO_KINDS } from "./media-io.ts";
import { createMediaPlane } from "./media-plane.ts";
import type { MediaSink } from "./media-session.ts";
import { createPacketMemory } from "./packet-memory.ts";
import { keys, plan } from "./test-session.ts";
import { WasmSrtpEngine } from "./wasm-srtp.ts";

/** What the injected clock proves of attacks, once in real time: a call over real sockets, and a flood of forged packets on its ports. */

const SECONDS = 3;
const FLOOD_EVERY_MS = 10;
/** 4,000 a second: eighty times what the call has. */
const FLOOD_PACKETS = 40;
const IDLE_SINK: MediaSink = { audio() {}, digit() {}, markReached() {}, digitsSent() {} };

const planTo = (port: number, send: number, receive: number) =>
  plan({
    remoteAddress: "127.0.0.1",
    remotePort: port,
    remoteRtcpPort: port + 1,
    srtp: keys(send, receive),
  });

/** With a header that could be the peer's, and every fourth one RTCP's. */
function forged(count: number): Buffer {
  const packet = Buffer.alloc(182, count & 0xff);
  writeRtpHeader(packet, false, 0, count & 0xffff, count * 160, 77);
  if (count % 4 === 0) packet.set([0x80, 200, 0, 6]);
  return packet;
}

test.each(MEDIA_IO_KINDS)(
  "over the %s back end a tone keeps its level and its signal-to-noise ratio under a flood of forged packets, all of them counted",
  async (kind) => {
    await using stack = new AsyncDisposableStack();
    const memory = createPacketMemory(64);
    const { io } = await openMediaIo(kind, memory.slots);
    stack.defer(() => io.close());
    const srtp = new WasmSrtpEngine(memory);
    const plane = createMediaPlane({
      bindAddress: "127.0.0.1",
      ports: [0, 0],
      quarantineMs: 0,
      io,
      srtp,
    });
    stack.defer(() => plane.close());
    const [speaker, listener] = await Promise.all([plane.open(), plane.open()]);
    if (speaker === null || listener === null) throw new Error("no port");
    stack.use(speaker);
    stack.use(listener);
    const attacker = createSocket("udp4");
    stack.defer(() => void attacker.close());
    attacker.bind(0, "127.0.0.1");
    await once(attacker, "listening");

    const heard: Int16Array[] = [];
    const done = Promise.withResolvers<void>();
    listener.start(planTo(speaker.localPort, 1, 2), {
      ...IDLE_SINK,
      audio(frame) {
        heard.push(frame.slice());
        if (heard.length === SECONDS * 50) done.resolve();
      },
    });
    const pcm = new Int16Array((SECONDS + 4) * 8_000);
    createTone(8_000, 437).fill(pcm);
    // Speaker, attacker and listener are this process: what it stands still is in the tone.
    const stalls = monitorEventLoopDelay({ resolution: 5 });
    stalls.enable();
    speaker.start(planTo(listener.localPort, 2, 1), IDLE_SINK);
    speaker.send(pcm);
    let thrown = 0;
    const flood = setInterval(() => {
      for (let i = 0; i < FLOOD_PACKETS; i++) {
        attacker.send(forged(thrown), listener.localPort + (thrown % 2), "127.0.0.1");
        thrown += 1;
      }
    }, FLOOD_EVERY_MS);
    stack.defer(() => clearInterval(flood));
    await done.promise;

    const longestStallMs = stalls.max / 1e6;
    const stats = listener.stats();
    const tone = analyseTone(Int16Array.from(heard.flatMap((frame) => [...frame])), 8_000, 437);
    expect(tone.snrDb).toBeGreaterThan(30);
    expect(tone.longestGapMs).toBeLessThanOrEqual(20 + 2 * longestStallMs);
    expect(thrown).toBeGreaterThan(SECONDS * 200);
    // A socket that is full drops packets, the attacker's nearly all of them.
    const counted = stats.authFailures + stats.overRate + stats.malformed;
    expect(counted).toBeGreaterThan(thrown / 2);
    expect(counted).toBeLessThanOrEqual(thrown);
    expect(stats.overRate).toBeGreaterThan(0);
    expect(stats.replayed + stats.wrongSource + stats.wrongSsrc).toBe(0);
    expect(listener.timedOut.aborted).toBe(false);
    // Nothing is answered, and our own audio goes where it went.
    expect(stats.packetsSent).toBeGreaterThan(SECONDS * 45);
    expect(stats.packetsSent).toBeLessThan(SECONDS * 55 + 20);
    expect(speaker.stats().packetsReceived).toBeGreaterThan(SECONDS * 40);
  },
  15_000,
);
