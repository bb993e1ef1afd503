import { isUtf8 } from "node:buffer";
import type { MediaClock } from "../media/clock.ts";
import type { PacketHandler, UdpEndpoint } from "../media/media-io.ts";
import { FRAME_MS, type MediaSink } from "../media/media-session.ts";
import { RtpSession } from "../media/session.ts";
import type { SrtpEngine } from "../media/srtp-engine.ts";
import {
  type CodecName,
  KEY_AND_SALT_BYTES,
  type MediaPlan,
  type SrtpSuite,
} from "../protocol/sdp/media-plan.ts";
import { FrameReader, type FrameSink } from "../protocol/websocket/frame-reader.ts";
import { FrameWriter } from "../protocol/websocket/frame-writer.ts";
import { FIN_BIT, LENGTH_16, OPCODE_BINARY } from "../protocol/websocket/frames.ts";

/** Lets the packet path run before there is a call, so that the first calls do not meet code that is not compiled yet. */

/** 2 s of each kind of call: what V8 needs to see before it optimises. */
const FRAMES = 100;
const FRAME_SAMPLES = 160;
const ADDRESS = "192.0.2.1";
const PORT = 9;
const WEB_SOCKET_BYTES = FRAME_SAMPLES * 2;
const SUITES = Object.keys(KEY_AND_SALT_BYTES) as SrtpSuite[]; // its keys are that union
const NOBODY: MediaSink = { audio() {}, digit() {}, markReached() {}, digitsSent() {} };

/** Opens no socket and leaves nothing behind; SRTP contexts are open while it runs. */
export async function warmUp(srtp: SrtpEngine): Promise<void> {
  for (const suite of SUITES) await talk(srtp, "PCMU", suite);
  for (const codec of ["PCMA", "G722"] as const) await talk(srtp, codec, null);
  exchangeFrames();
}

/** Two sessions that hear each other, with time of their own. */
async function talk(srtp: SrtpEngine, codec: CodecName, suite: SrtpSuite | null): Promise<void> {
  let nowMs = 0;
  const clock: MediaClock = {
    monotonicMs: () => nowMs,
    nowMs: () => nowMs,
    after: () => ({ [Symbol.dispose]() {} }),
  };
  const [one, other] = [new Line(), new Line()];
  one.far = other;
  other.far = one;
  const session = (rtp: Line): RtpSession =>
    new RtpSession({
      lease: { rtpPort: PORT, rtp, rtcp: new Line(), async [Symbol.asyncDispose]() {} },
      clock,
      wheel: { add: () => ({ [Symbol.dispose]() {} }), close() {} },
      timeouts: { firstPacketMs: FRAMES * FRAME_MS, silenceMs: FRAMES * FRAME_MS },
      concealsLoss: true,
      random: (bytes) => new Uint8Array(bytes),
      sampled() {},
      srtp,
    });
  await using left = session(one);
  await using right = session(other);
  const plan = planOf(codec, suite);
  left.start(plan, NOBODY);
  right.start(plan, NOBODY);
  const audio = Int16Array.from({ length: FRAME_SAMPLES }, (_, at) => (at % 20) * 400);
  for (let frame = 0; frame < FRAMES; frame += 1) {
    nowMs += FRAME_MS;
    for (const speaker of [left, right]) {
      speaker.send(audio, 8_000);
      speaker.tick(nowMs, 0);
    }
  }
}

function planOf(codec: CodecName, suite: SrtpSuite | null): MediaPlan {
  const payloadTypes = { PCMU: 0, PCMA: 8, G722: 9 } as const satisfies Record<CodecName, number>;
  // Nobody's keys: the sessions are each other's only peers.
  const key = suite === null ? null : new Uint8Array(KEY_AND_SALT_BYTES[suite]);
  return {
    remoteAddress: ADDRESS,
    remotePort: PORT,
    remoteRtcpPort: PORT,
    rtcpMux: true,
    codec,
    payloadType: payloadTypes[codec],
    ptimeMs: FRAME_MS,
    telephoneEventPayloadType: 101,
    direction: "sendrecv",
    srtp:
      suite === null || key === null ? null : { suite, send: key, receive: key, receiveMki: null },
  };
}

/** A port that is a function call. */
class Line implements UdpEndpoint {
  readonly port = PORT;
  far: Line | null = null;
  #handler: PacketHandler | null = null;

  receive(handler: PacketHandler | null): void {
    this.#handler = handler;
  }

  send(packet: Buffer, length: number): void {
    this.far?.take(packet, length);
  }

  take(packet: Buffer, length: number): void {
    this.#handler?.(packet, length, ADDRESS, PORT);
  }

  async close(): Promise<void> {}
}

/** As many binary frames as two seconds of calls have, each way. */
function exchangeFrames(): void {
  const writer = new FrameWriter((words) => words.fill(1));
  const sink: FrameSink = { text() {}, binary() {}, ping() {}, pong() {}, close() {} };
  const reader = new FrameReader(sink, { maxMessageBytes: WEB_SOCKET_BYTES, isUtf8 });
  const payload = Buffer.alloc(WEB_SOCKET_BYTES);
  // RFC 6455 §5.2: a server's frame has no mask.
  const served = Buffer.concat([Buffer.from([FIN_BIT | OPCODE_BINARY, LENGTH_16, 0, 0]), payload]);
  served.writeUInt16BE(WEB_SOCKET_BYTES, 2);
  for (let frame = 0; frame < FRAMES * SUITES.length; frame += 1) {
    writer.binary(payload);
    reader.read(served, 0, served.length, 1);
  }
}
