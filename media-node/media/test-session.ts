import { createRtpHeader, isRtcp, writeRtpHeader } from "../protocol/rtp/packet.ts";
import type { MediaPlan, SrtpKeys } from "../protocol/sdp/media-plan.ts";
import { protectRtp, type SrtpContext } from "../protocol/srtp/context.ts";
import { createMediaPlane, type MediaPlane, type MediaPlaneOptions } from "./media-plane.ts";
import type { MediaSession, MediaSink } from "./media-session.ts";
import { createTestClock, type TestClock } from "./test-clock.ts";
import { createTestNetwork, type TestNetwork } from "./test-network.ts";

/** One session and its peer in one test: time is injected, and the network is an array. */

export const SUITE = "AES_CM_128_HMAC_SHA1_80";
export const PEER_ADDRESS = "203.0.113.5";

export interface RecordingSink extends MediaSink {
  readonly frames: Int16Array[];
  readonly digits: string[];
  readonly marks: string[];
  readonly sentDigits: string[];
}

function createRecordingSink(): RecordingSink {
  const frames: Int16Array[] = [];
  const digits: string[] = [];
  const marks: string[] = [];
  const sentDigits: string[] = [];
  return {
    frames,
    digits,
    marks,
    sentDigits,
    digitsSent: (digits, outcome) => void sentDigits.push(`${digits} ${outcome}`),
    audio: (frame) => void frames.push(frame.slice()),
    digit: (digit, durationMs) => void digits.push(`${digit} ${durationMs}`),
    markReached: (name, outcome) => void marks.push(`${name} ${outcome}`),
  };
}

export const masterKey = (fill: number): Uint8Array => new Uint8Array(30).fill(fill);

export function keys(send: number, receive: number): SrtpKeys {
  return { suite: SUITE, send: masterKey(send), receive: masterKey(receive), receiveMki: null };
}

export function plan(changes: Partial<MediaPlan> = {}): MediaPlan {
  return {
    remoteAddress: PEER_ADDRESS,
    remotePort: 5_000,
    remoteRtcpPort: 5_001,
    rtcpMux: false,
    codec: "PCMU",
    payloadType: 0,
    ptimeMs: 20,
    telephoneEventPayloadType: 101,
    direction: "sendrecv",
    srtp: null,
    ...changes,
  };
}

export const header = createRtpHeader();

export class TestCall implements AsyncDisposable {
  readonly clock: TestClock = createTestClock();
  readonly network: TestNetwork = createTestNetwork();
  readonly sink = createRecordingSink();
  readonly plane: MediaPlane;
  #session: MediaSession | null = null;

  /** Random bytes are all ones, so that sequence number, timestamp and SSRC are known. */
  constructor(options: Pick<MediaPlaneOptions, "sampled" | "srtp"> = {}) {
    this.plane = createMediaPlane({
      ...options,
      bindAddress: "192.0.2.7",
      ports: [0, 0],
      clock: this.clock,
      io: this.network,
      timeouts: { firstPacketMs: 30_000, silenceMs: 60_000 },
      random: (bytes) => new Uint8Array(bytes).fill(0xff),
    });
  }

  async open(): Promise<MediaSession> {
    this.#session = await this.plane.open();
    if (this.#session === null) throw new Error("no port");
    return this.#session;
  }

  sentRtp() {
    return this.network.sent.filter(({ packet }) => !isRtcp(packet, packet.length));
  }

  sentRtcp() {
    return this.network.sent.filter(({ packet }) => isRtcp(packet, packet.length));
  }

  lastRtp(): Buffer {
    return this.sentRtp().at(-1)?.packet ?? Buffer.alloc(0);
  }

  createPeer(): TestPeer {
    if (this.#session === null) throw new Error("open the session first");
    return new TestPeer(this, this.#session.localPort);
  }

  /** Frames of the peer's own audio: nothing else reaches that peak. */
  loudFrames(): number {
    return this.sink.frames.filter((frame) => frame[80] === 32_124).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session?.[Symbol.asyncDispose]();
    await this.plane.close();
  }
}

/** RTP packets of u-law 0x80, the positive peak. */
class TestPeer {
  sequenceNumber = 100;
  address = PEER_ADDRESS;
  port = 5_000;
  ssrc = 77;
  context: SrtpContext | null = null;
  readonly #call: TestCall;
  readonly #sessionPort: number;
  #rtpTimestamp = 9_000;

  constructor(call: TestCall, sessionPort: number) {
    this.#call = call;
    this.#sessionPort = sessionPort;
  }

  packet(code = 0x80, payloadType = 0): Buffer {
    const packet = Buffer.alloc(172 + 10, code);
    writeRtpHeader(packet, false, payloadType, this.sequenceNumber, this.#rtpTimestamp, this.ssrc);
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
    this.#rtpTimestamp += 160;
    if (this.context === null) return packet.subarray(0, 172);
    return packet.subarray(0, protectRtp(this.context, packet, 172));
  }

  send(packet = this.packet()): void {
    this.#call.network.inject(packet, this.address, this.port, this.#sessionPort);
  }

  /** Frames in which nothing is sent. */
  skip(frames: number): void {
    this.#rtpTimestamp += frames * 160;
  }

  /** One packet every 20 ms. */
  speak(count: number): void {
    for (let i = 0; i < count; i++) {
      this.send();
      this.#call.clock.advance(20);
    }
  }
}
