import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { decodeG711, encodeG711, G711_CODECS } from "../../media-node/protocol/audio/g711.ts";
import {
  createRtpHeader,
  parseRtpHeader,
  writeRtpHeader,
} from "../../media-node/protocol/rtp/packet.ts";
import type { SrtpSuite } from "../../media-node/protocol/sdp/media-plan.ts";
import {
  createSrtpContext,
  protectRtp,
  type SrtpContext,
  unprotectRtp,
} from "../../media-node/protocol/srtp/context.ts";
import { eventually } from "./deadline.ts";
import { sine } from "./tone-agent.ts";

/** One end of RTP at packet level: it sends a tone in PCMU and keeps what it can read of what comes. */
export interface RtpPeer extends AsyncDisposable {
  readonly port: number;
  /** What has come and could be read, in order of arrival. */
  readonly arrived: readonly ArrivedRtp[];
  /** What all of it sounds like, linear at 8 kHz, in order of arrival. */
  heard(): Int16Array;
  /** Came, and could not be read with the keys of that moment. */
  readonly unreadable: number;
  /** Keys from now on, or null for plain RTP; packets are sent to `toPort` from now on. */
  talk(toPort: number, keys: RtpPeerKeys | null): void;
  /** Says this once in the place of its tone, at 8 kHz, and is silent then; the moment of its first packet, about. */
  say(pcm: Int16Array): number;
  /** Sends nothing until it talks again. */
  hush(): void;
  /** The first packet that arrives and can be read after the moment. */
  heardAfter(atMs: number): Promise<ArrivedRtp>;
  /** The same, of a packet that is not silence. */
  speechAfter(atMs: number): Promise<ArrivedRtp>;
}

interface ArrivedRtp {
  readonly sequenceNumber: number;
  readonly ssrc: number;
  readonly atMs: number;
  /** G.711 §3: every sample is the zero of µ-law. */
  readonly isSilent: boolean;
  /** RFC 4733 §2.3: the event of a packet of payload type 101, else null. */
  readonly telephoneEvent: number | null;
}

interface RtpPeerKeys {
  readonly suite: SrtpSuite;
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

const FRAME_MS = 20;
const FRAME_SAMPLES = 160;

export async function openRtpPeer(toneHz: number): Promise<RtpPeer> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return new TonePeer(socket, toneHz);
}

/** Where the other side of an SDP hears. */
export function audioPort(sdp: string): number {
  return Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
}

class TonePeer implements RtpPeer {
  readonly port: number;
  readonly arrived: ArrivedRtp[] = [];
  unreadable = 0;
  readonly #socket: Socket;
  readonly #tone: Int16Array;
  readonly #timer: NodeJS.Timeout;
  readonly #header = createRtpHeader();
  readonly #heard: Int16Array[] = [];
  #said: Int16Array | null = null;
  #saidSamples = 0;
  #toPort = 0;
  #isPlain = true;
  #send: SrtpContext | null = null;
  #receive: SrtpContext | null = null;
  #ssrc = 1;
  #frames = 0;
  readonly #startedAtMs = performance.now();

  constructor(socket: Socket, toneHz: number) {
    this.#socket = socket;
    this.port = socket.address().port;
    // A whole second of a whole number of periods: it can be repeated without a step.
    this.#tone = sine(toneHz, 8000, 8000);
    this.#timer = setInterval(() => this.#sendDue(), FRAME_MS);
    socket.on("message", (packet) => this.#take(packet));
  }

  talk(toPort: number, keys: RtpPeerKeys | null): void {
    this.#toPort = toPort;
    this.#isPlain = keys === null;
    this.#send = keys === null ? null : createSrtpContext(keys.suite, keys.send);
    this.#receive = keys === null ? null : createSrtpContext(keys.suite, keys.receive);
    this.#ssrc += 1;
  }

  say(pcm: Int16Array): number {
    this.#said = pcm;
    this.#saidSamples = 0;
    return performance.now();
  }

  hush(): void {
    this.#toPort = 0;
  }

  heardAfter(atMs: number): Promise<ArrivedRtp> {
    return eventually(
      () => this.arrived.find((packet) => packet.atMs > atMs) ?? null,
      5_000,
      "no RTP that can be read",
    );
  }

  /** A timer that comes late owes the frames of that time. */
  #sendDue(): void {
    const dueFrames = Math.floor((performance.now() - this.#startedAtMs) / FRAME_MS);
    while (this.#frames < dueFrames) this.#sendFrame();
  }

  speechAfter(atMs: number): Promise<ArrivedRtp> {
    return eventually(
      () => this.arrived.find((packet) => packet.atMs > atMs && !packet.isSilent) ?? null,
      5_000,
      "no RTP with speech",
    );
  }

  #sendFrame(): void {
    const frame = this.#frames;
    this.#frames += 1;
    if (this.#toPort === 0) return;
    const packet = Buffer.alloc(12 + FRAME_SAMPLES + 20);
    writeRtpHeader(packet, false, 0, frame & 0x7fff, frame * FRAME_SAMPLES, this.#ssrc);
    encodeG711(G711_CODECS.PCMU, this.#nextPcm(frame), FRAME_SAMPLES, packet, 12);
    const plainBytes = 12 + FRAME_SAMPLES;
    const length = this.#send === null ? plainBytes : protectRtp(this.#send, packet, plainBytes);
    if (length > 0) this.#socket.send(packet, 0, length, this.#toPort, "127.0.0.1");
  }

  #nextPcm(frame: number): Int16Array {
    if (this.#said === null) {
      const offset = (frame * FRAME_SAMPLES) % this.#tone.length;
      return this.#tone.subarray(offset, offset + FRAME_SAMPLES);
    }
    const pcm = new Int16Array(FRAME_SAMPLES);
    pcm.set(this.#said.subarray(this.#saidSamples, this.#saidSamples + FRAME_SAMPLES));
    this.#saidSamples += FRAME_SAMPLES;
    return pcm;
  }

  #take(packet: Buffer): void {
    const atMs = performance.now();
    const length =
      this.#receive === null
        ? this.#isPlain
          ? packet.length
          : -1
        : unprotectRtp(this.#receive, packet, packet.length);
    if (length < 0 || parseRtpHeader(packet, length, this.#header) < 0) {
      this.unreadable += 1;
      return;
    }
    // RFC 5761 §4: what is RTCP where both share a port.
    if (this.#header.payloadType >= 64 && this.#header.payloadType <= 95) return;
    const { sequenceNumber, ssrc, headerBytes, payloadType } = this.#header;
    const isSilent = packet
      .subarray(headerBytes, length)
      .every((code) => code === 0xff || code === 0x7f);
    const telephoneEvent = payloadType === 101 ? (packet[headerBytes] ?? null) : null;
    this.arrived.push({ sequenceNumber, ssrc, atMs, isSilent, telephoneEvent });
    if (payloadType !== 0) return;
    const pcm = new Int16Array(length - headerBytes);
    decodeG711(G711_CODECS.PCMU, packet, headerBytes, pcm.length, pcm);
    this.#heard.push(pcm);
  }

  heard(): Int16Array {
    const whole = new Int16Array(this.#heard.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const pcm of this.#heard) {
      whole.set(pcm, at);
      at += pcm.length;
    }
    return whole;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
