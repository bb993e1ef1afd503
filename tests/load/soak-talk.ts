import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { encodeG711, G711_CODECS } from "../../media-node/protocol/audio/g711.ts";
import { createTone } from "../../media-node/protocol/audio/tone.ts";
import {
  createRtpHeader,
  isRtcp,
  parseRtpHeader,
  writeRtpHeader,
} from "../../media-node/protocol/rtp/packet.ts";
import { KEY_AND_SALT_BYTES, type SrtpSuite } from "../../media-node/protocol/sdp/media-plan.ts";
import {
  createSrtpContext,
  protectRtp,
  type SrtpContext,
  unprotectRtp,
} from "../../media-node/protocol/srtp/context.ts";
import type { CallerMedia } from "./soak-caller.ts";
import type { RunJitter } from "./talk-jitter.ts";

/** Callers that talk for as long as their calls are held: SRTP both ways, 50 packets/s each. */

const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
const HEADER_BYTES = 12;
const SRTP_ROOM = 32;
const STEP_MS = 5;
const PHASES = FRAME_MS / STEP_MS;
/** So long packets may be on their way. */
const FLIGHT_MS = 100;

/** A whole second of a tone in µ-law, which can be repeated without a step. */
const SPEECH = speech();

function speech(): Buffer {
  const pcm = new Int16Array(8_000);
  createTone(8_000, 437, 8_000).fill(pcm);
  const encoded = Buffer.alloc(pcm.length);
  encodeG711(G711_CODECS.PCMU, pcm, pcm.length, encoded, 0);
  return encoded;
}

/** What all callers together have said and heard. */
export interface TalkTotals {
  sent: number;
  heard: number;
  /** Missing between the first and the last that was heard. */
  lost: number;
  /** Neither RTP nor RTCP with the right key, once that was known. */
  unreadable: number;
}

/** Gives every caller its turn every 20 ms, by absolute times. */
export class TalkWheel implements Disposable {
  readonly totals: TalkTotals = { sent: 0, heard: 0, lost: 0, unreadable: 0 };
  readonly jitter: RunJitter;
  readonly #phases = Array.from({ length: PHASES }, () => new Set<() => void>());
  readonly #startedAtMs = performance.now();
  #steps = 0;
  #lastMs = this.#startedAtMs;
  #timer: NodeJS.Timeout;

  constructor(jitter: RunJitter) {
    this.jitter = jitter;
    this.#timer = setTimeout(() => this.#step(), STEP_MS);
  }

  add(turn: () => void): Disposable {
    const phase = this.#phases.reduce((least, one) => (one.size < least.size ? one : least));
    phase.add(turn);
    return { [Symbol.dispose]: () => void phase.delete(turn) };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #step(): void {
    const nowMs = performance.now();
    this.jitter.at(nowMs)?.timer.add(nowMs - this.#lastMs - STEP_MS);
    this.#lastMs = nowMs;
    while (this.#startedAtMs + (this.#steps + 1) * STEP_MS <= nowMs) {
      this.#steps += 1;
      for (const turn of this.#phases[this.#steps % PHASES] ?? []) turn();
    }
    const nextMs = this.#startedAtMs + (this.#steps + 1) * STEP_MS;
    this.#timer = setTimeout(() => this.#step(), Math.max(0, nextMs - performance.now()));
  }
}

/** The media of one call. */
export class SoakTalk implements CallerMedia, AsyncDisposable {
  readonly sdp: string;
  readonly #socket: Socket;
  readonly #wheel: TalkWheel;
  readonly #suite: SrtpSuite;
  readonly #holdMs: number;
  readonly #sendKey: Uint8Array;
  readonly #header = createRtpHeader();
  readonly #packet = Buffer.alloc(HEADER_BYTES + FRAME_SAMPLES + SRTP_ROOM);
  readonly #ssrc = randomBytes(4).readUInt32BE();
  #send: SrtpContext | null = null;
  #receive: SrtpContext | null = null;
  #toPort = 0;
  #frames = 0;
  #firstSequence = -1;
  #lastSequence = -1;
  #heard = 0;
  #lastAtMs = 0;

  private constructor(socket: Socket, wheel: TalkWheel, suite: SrtpSuite, holdMs: number) {
    this.#socket = socket;
    this.#wheel = wheel;
    this.#suite = suite;
    this.#holdMs = holdMs;
    this.#sendKey = randomBytes(KEY_AND_SALT_BYTES[suite]);
    const inline = Buffer.from(this.#sendKey).toString("base64");
    this.sdp = [
      "v=0",
      "o=- 1 1 IN IP4 127.0.0.1",
      "s=-",
      "c=IN IP4 127.0.0.1",
      "t=0 0",
      `m=audio ${socket.address().port} RTP/SAVP 0`,
      `a=crypto:1 ${suite} inline:${inline}`,
      "a=rtcp-mux",
      "",
    ].join("\r\n");
    socket.on("message", (packet) => this.#take(packet));
  }

  static async open(wheel: TalkWheel, suite: SrtpSuite, holdMs: number): Promise<SoakTalk> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new SoakTalk(socket, wheel, suite, holdMs);
  }

  /** Talks for as long as the call is to be held. */
  async exchange(sdp: string): Promise<void> {
    const [, port] = /^m=audio (\d+)/m.exec(sdp) ?? [];
    const [, suite, key] = /^a=crypto:\d+ (\S+) inline:([^\s|]+)/m.exec(sdp) ?? [];
    if (port === undefined || suite !== this.#suite || key === undefined) {
      throw new Error(`${this.#suite} was not answered`);
    }
    this.#toPort = Number(port);
    this.#send = createSrtpContext(this.#suite, this.#sendKey);
    this.#receive = createSrtpContext(this.#suite, Buffer.from(key, "base64"));
    const turns = this.#wheel.add(() => this.#say());
    await delay(this.#holdMs);
    turns[Symbol.dispose]();
    await delay(FLIGHT_MS);
  }

  #say(): void {
    if (this.#send === null) return;
    const frame = this.#frames;
    this.#frames += 1;
    writeRtpHeader(
      this.#packet,
      frame === 0,
      0,
      frame & 0xffff,
      (frame * FRAME_SAMPLES) >>> 0,
      this.#ssrc,
    );
    const from = (frame * FRAME_SAMPLES) % SPEECH.length;
    SPEECH.copy(this.#packet, HEADER_BYTES, from, from + FRAME_SAMPLES);
    const length = protectRtp(this.#send, this.#packet, HEADER_BYTES + FRAME_SAMPLES);
    // The socket reads it later than this buffer is written again.
    this.#socket.send(Buffer.from(this.#packet.subarray(0, length)), this.#toPort, "127.0.0.1");
    this.#wheel.totals.sent += 1;
  }

  #take(packet: Buffer): void {
    if (this.#receive === null || isRtcp(packet, packet.length)) return;
    const nowMs = performance.now();
    const { totals, jitter } = this.#wheel;
    const length = unprotectRtp(this.#receive, packet, packet.length);
    if (length < 0 || parseRtpHeader(packet, length, this.#header) < 0) {
      totals.unreadable += 1;
      return;
    }
    const { sequenceNumber } = this.#header;
    totals.heard += 1;
    this.#heard += 1;
    if (this.#firstSequence < 0) this.#firstSequence = sequenceNumber;
    else jitter.at(nowMs)?.packets.add(nowMs - this.#lastAtMs - FRAME_MS);
    this.#lastSequence = sequenceNumber;
    this.#lastAtMs = nowMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await delay(FLIGHT_MS);
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
    if (this.#firstSequence < 0) return;
    // A call is far shorter than 2^16 packets of 20 ms.
    const expected = ((this.#lastSequence - this.#firstSequence) & 0xffff) + 1;
    this.#wheel.totals.lost += expected - this.#heard;
  }
}
