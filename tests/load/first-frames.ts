import { setImmediate as turn } from "node:timers/promises";
import { createMediaPlane } from "../../media-node/media/media-plane.ts";
import type { MediaSession, MediaSink } from "../../media-node/media/media-session.ts";
import { createPacketMemory } from "../../media-node/media/packet-memory.ts";
import { createTestClock } from "../../media-node/media/test-clock.ts";
import { WasmSrtpEngine } from "../../media-node/media/wasm-srtp.ts";
import { warmUp } from "../../media-node/media-process/warm-up.ts";
import { benchPlan } from "./bench-call.ts";

/**
 * A process whose first calls begin all at once: processor time of the one thread, so that other work of the machine is not in
 * it. `node tests/load/first-frames.ts warm` warms up first.
 */
export interface FirstFrames {
  /** All sessions, as far as they are started. */
  readonly start_ms: number;
  /** One frame of all sessions, both ways: the longest of all, and the last ones' mean. */
  readonly longest_frame_ms: number;
  readonly settled_frame_ms: number;
}

const SESSIONS = 50;
const FRAMES = 150;
const SETTLED_FRAMES = 25;
const SECOND = 8_000;
const SINK: MediaSink = { audio() {}, digit() {}, markReached() {}, digitsSent() {} };
const KEY = new Uint8Array(30).fill(1);

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function startTo(session: MediaSession, port: number): void {
  session.start(benchPlan(port, { send: KEY, receive: KEY }), SINK);
}

const srtp = new WasmSrtpEngine(createPacketMemory());
const clock = createTestClock();
const plane = createMediaPlane({ bindAddress: "127.0.0.1", ports: [0, 0], clock, srtp });
if (process.argv[2] === "warm") await warmUp(srtp);
const sessions: MediaSession[] = [];
for (let count = 0; count < SESSIONS; count += 1) {
  const session = await plane.open();
  if (session !== null) sessions.push(session);
}
const beforeStartMs = cpuMs();
for (const [index, session] of sessions.entries()) {
  startTo(session, sessions[index ^ 1]?.localPort ?? 0);
}
const startMs = cpuMs() - beforeStartMs;
const audio = new Int16Array((FRAMES * SECOND) / 50).map((_, at) => (at % 20) * 400);
for (const session of sessions) session.send(audio);
const framesMs: number[] = [];
for (let frame = 0; frame < FRAMES; frame += 1) {
  const beforeMs = cpuMs();
  clock.advance(20);
  // Packets are sent, read, and read by sockets that were not yet ready.
  for (let turns = 0; turns < 3; turns += 1) await turn();
  framesMs.push(cpuMs() - beforeMs);
}
const settled = framesMs.slice(-SETTLED_FRAMES);
const measured: FirstFrames = {
  start_ms: startMs,
  longest_frame_ms: Math.max(...framesMs),
  settled_frame_ms: settled.reduce((sum, one) => sum + one, 0) / settled.length,
};
process.stdout.write(JSON.stringify(measured), () => process.exit(0));
