import { type AudioEncoder, createAudioEncoder } from "../../media-node/media/audio-codec.ts";
import { createMediaPlane } from "../../media-node/media/media-plane.ts";
import type { MediaStats } from "../../media-node/media/media-session.ts";
import { createTestClock } from "../../media-node/media/test-clock.ts";
import { createTestNetwork } from "../../media-node/media/test-network.ts";
import { type AudioSource, createTone } from "../../media-node/protocol/audio/tone.ts";
import { analyseTone, type ToneReport } from "../../media-node/protocol/audio/tone-analysis.ts";
import { isRtcp, writeRtpHeader } from "../../media-node/protocol/rtp/packet.ts";
import { CODECS, type CodecName } from "../../media-node/protocol/sdp/media-plan.ts";
import {
  createSrtpContext,
  protectRtp,
  type SrtpContext,
} from "../../media-node/protocol/srtp/context.ts";
import { protectRtcp } from "../../media-node/protocol/srtp/srtcp.ts";
import type { CallQuality } from "../../schema/contracts/call-quality.ts";
import { ImpairedPath, type Impairment } from "./impairment.ts";

/** A call through a bad network, with injected time: the product's own receive path, exact and quick. */

export interface ImpairedCallOptions {
  readonly impairment: Impairment;
  readonly seconds: number;
  readonly concealsLoss?: boolean;
  readonly seed?: number;
  readonly ptimeMs?: number;
  /** Default PCMU. */
  readonly codec?: CodecName;
  /** SRTP instead of plain RTP. */
  readonly isSecure?: boolean;
  /** What the SDP says; the peer's real address when absent. */
  readonly sdpAddress?: string;
  readonly source?: AudioSource;
  /** Called with each packet before it is sent: for what else is to happen then. */
  readonly atPacket?: (index: number, call: ImpairedCallControl, packet: Buffer) => void;
}

export interface ImpairedCallControl {
  /** A packet from anywhere, as the peer's when nothing is said; `toRtcp` is the port beside. */
  inject(packet: Buffer, address?: string, port?: number, toRtcp?: boolean): void;
  /** RTCP of the peer's own making: protected with its keys where the call is. */
  protectedRtcp(plain: Buffer): Buffer;
  /** Our process stands still. */
  stall(ms: number): void;
}

export interface ImpairedCallReport extends ToneReport {
  readonly stats: MediaStats;
  readonly quality: CallQuality | null;
  readonly heard: Int16Array;
  /** Packets of our RTP by `address:port`, in order of the first. */
  readonly sentTo: ReadonlyMap<string, number>;
  readonly timedOut: boolean;
  /** What the jitter buffer's delay was, at each packet, from the third second on. */
  readonly delayMs: { readonly mean: number; readonly most: number };
}

export const TONE_HZ = 437;
/** Of the RTP clock, with every codec, and one octet each. */
const TICKS_PER_MS = 8;
const PEER = { address: "203.0.113.5", port: 5_000 } as const;
const SETTLING_MS = 3_000;

export async function runImpairedCall(options: ImpairedCallOptions): Promise<ImpairedCallReport> {
  const {
    impairment,
    seconds,
    concealsLoss = true,
    seed = 1,
    ptimeMs = 20,
    codec = "PCMU",
    isSecure = false,
  } = options;
  const { payloadType, sampleRateHz } = CODECS[codec];
  const clock = createTestClock();
  const network = createTestNetwork();
  const plane = createMediaPlane({
    bindAddress: "192.0.2.7",
    ports: [0, 0],
    clock,
    io: network,
    concealsLoss,
    random: (bytes) => new Uint8Array(bytes).fill(0x55),
  });
  await using session = await plane.open();
  if (session === null) throw new Error("no port");
  const frames: Int16Array[] = [];
  session.start(
    {
      remoteAddress: options.sdpAddress ?? PEER.address,
      remotePort: PEER.port,
      remoteRtcpPort: PEER.port + 1,
      rtcpMux: false,
      codec,
      payloadType,
      ptimeMs: 20,
      telephoneEventPayloadType: 101,
      direction: "sendrecv",
      srtp: isSecure
        ? { suite: SUITE, send: masterKey(1), receive: masterKey(2), receiveMki: null }
        : null,
    },
    {
      audio: (frame) => void frames.push(frame.slice()),
      digit() {},
      markReached() {},
      digitsSent() {},
    },
  );
  const { localPort } = session;
  const context = isSecure ? createSrtpContext(SUITE, masterKey(2)) : null;
  const control: ImpairedCallControl = {
    inject: (packet, address = PEER.address, port = PEER.port, toRtcp = false) =>
      network.inject(packet, address, port, toRtcp ? localPort + 1 : localPort),
    protectedRtcp(plain) {
      if (context === null) return plain;
      const packet = Buffer.alloc(plain.length + 16);
      plain.copy(packet);
      return packet.subarray(0, protectRtcp(context, packet, plain.length));
    },
    stall: (ms) => clock.stall(ms),
  };

  const path = new ImpairedPath(impairment, seed);
  const source = options.source ?? createTone(sampleRateHz, TONE_HZ);
  const encoder = createAudioEncoder(codec);
  const startMs = clock.monotonicMs();
  const spacingMs = ptimeMs / (1 + (impairment.driftPpm ?? 0) / 1e6);
  const pcm = new Int16Array((ptimeMs * sampleRateHz) / 1000);
  const ticks = ptimeMs * TICKS_PER_MS;
  const packets = Math.floor((seconds * 1000) / ptimeMs);
  const underway: { atMs: number; packet: Buffer }[] = [];
  let delaySum = 0;
  let delays = 0;
  let mostDelay = 0;

  const arriveUntil = (atMs: number): void => {
    underway.sort((one, other) => one.atMs - other.atMs);
    while ((underway[0]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) {
      const next = underway.shift();
      if (next === undefined) return;
      clock.advance(Math.max(0, next.atMs - clock.monotonicMs()));
      control.inject(next.packet);
    }
    clock.advance(Math.max(0, atMs - clock.monotonicMs()));
  };

  for (let index = 0; index < packets; index++) {
    // A path of 30 ms, and a phase that is not the wheel's.
    const sentAtMs = startMs + 7.3 + index * spacingMs;
    arriveUntil(sentAtMs);
    source.fill(pcm);
    const plain = audioPacket(encoder, pcm, payloadType, index, ticks);
    const packet = context === null ? plain : protectedPacket(context, plain);
    options.atPacket?.(index, control, packet);
    for (const atMs of path.arrivals(sentAtMs)) underway.push({ atMs: atMs + 30, packet });
    if (sentAtMs - startMs < SETTLING_MS) continue;
    const { bufferMs } = session.stats();
    delaySum += bufferMs;
    delays += 1;
    mostDelay = Math.max(mostDelay, bufferMs);
  }
  arriveUntil(clock.monotonicMs() + 30);
  const stats = session.stats();
  const quality = session.quality();
  const sentTo = new Map<string, number>();
  for (const { packet, address, port } of network.sent) {
    if (isRtcp(packet, packet.length)) continue;
    const target = `${address}:${port}`;
    sentTo.set(target, (sentTo.get(target) ?? 0) + 1);
  }
  await plane.close();
  const heard = concatenated(frames);
  return {
    ...analyseTone(heard, sampleRateHz, TONE_HZ),
    stats,
    quality,
    heard,
    sentTo,
    timedOut: session.timedOut.aborted,
    delayMs: { mean: delaySum / Math.max(1, delays), most: mostDelay },
  };
}

/** The peer's, and that of the session, whose random octets are all the same. */
export const SSRC = 77;
export const OUR_SSRC = 0x5555_5555;
const SUITE = "AES_CM_128_HMAC_SHA1_80";
const masterKey = (fill: number): Uint8Array => new Uint8Array(30).fill(fill);

function protectedPacket(context: SrtpContext, plain: Buffer): Buffer {
  const packet = Buffer.alloc(plain.length + 16);
  plain.copy(packet);
  return packet.subarray(0, protectRtp(context, packet, plain.length));
}

function audioPacket(
  encoder: AudioEncoder,
  pcm: Int16Array,
  payloadType: number,
  index: number,
  ticks: number,
): Buffer {
  const packet = Buffer.alloc(12 + ticks);
  const timestamp = (index * ticks) >>> 0;
  writeRtpHeader(packet, index === 0, payloadType, (60_000 + index) & 0xffff, timestamp, SSRC);
  encoder.encode(pcm, pcm.length, packet, 12);
  return packet;
}

function concatenated(frames: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(frames.reduce((total, frame) => total + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    whole.set(frame, at);
    at += frame.length;
  }
  return whole;
}
