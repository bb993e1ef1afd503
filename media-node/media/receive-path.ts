import {
  createRtpHeader,
  parseRtpHeader,
  type RtpHeader,
  rtpPayloadBytes,
} from "../protocol/rtp/packet.ts";
import { COMFORT_NOISE_PAYLOAD_TYPE } from "../protocol/rtp/payload-types.ts";
import {
  createReceptionTracker,
  isAhead,
  restartTracker,
  SEQUENCE_NEWER,
  SEQUENCE_RESTARTED,
  SEQUENCE_SUSPECT,
  trackJitter,
  trackSequence,
} from "../protocol/rtp/sequence.ts";
import { canReceive } from "../protocol/sdp/audio-line.ts";
import { CODECS, type MediaPlan } from "../protocol/sdp/media-plan.ts";
import { SRTP_MALFORMED, SRTP_REPLAYED, SRTP_TOO_SHORT } from "../protocol/srtp/verdicts.ts";
import { createTelephoneEventReceiver } from "../protocol/telephone-event/receiver.ts";
import { type AudioDecoder, createAudioDecoder } from "./audio-codec.ts";
import { FRAME_NONE, INSERTED_DUPLICATE, INSERTED_LATE, JitterBuffer } from "./jitter-buffer.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Latch } from "./latching.ts";
import { FRAME_MS, type MediaSink } from "./media-session.ts";
import type { MediaCounters } from "./stats.ts";

/** Longest payload of audio that is decoded: 240 ms; and what it makes at most. */
const MAX_PAYLOAD_OCTETS = 1_920;
const MAX_PAYLOAD_SAMPLES = 3_840;

/** Digits that may come at once, after a stall; then one a frame. Fingers are slower, and a flood costs the agent. */
const DIGIT_BURST = 32;

/** From RTP packets to frames and digits. What is not to be heard is counted and dropped, and nothing is answered. */
export class ReceivePath {
  readonly tracker = createReceptionTracker();
  readonly #header: RtpHeader = createRtpHeader();
  readonly #pcm = new Int16Array(MAX_PAYLOAD_SAMPLES);
  readonly #events: ReturnType<typeof createTelephoneEventReceiver>;
  readonly #keys: KeyRing;
  readonly #latch: Latch;
  readonly #counters: MediaCounters;
  readonly #sink: MediaSink;
  #plan: MediaPlan;
  #decoder: AudioDecoder;
  #jitterBuffer: JitterBuffer;
  #frame: Int16Array;
  #digitsAllowed = DIGIT_BURST;
  /** Of the keys that the last packet came under. */
  #generation = 0;
  /** -1 before the first packet. */
  ssrc = -1;

  constructor(
    plan: MediaPlan,
    keys: KeyRing,
    latch: Latch,
    counters: MediaCounters,
    sink: MediaSink,
  ) {
    this.#plan = plan;
    this.#decoder = createAudioDecoder(plan.codec);
    this.#jitterBuffer = bufferOf(plan);
    this.#frame = frameOf(plan);
    this.#keys = keys;
    this.#latch = latch;
    this.#counters = counters;
    this.#sink = sink;
    this.#events = createTelephoneEventReceiver((digit, durationMs) => {
      if (!canReceive(this.#plan.direction)) return;
      if (this.#digitsAllowed === 0) {
        this.#counters.malformed += 1;
        return;
      }
      this.#digitsAllowed -= 1;
      this.#sink.digit(digit, durationMs);
    });
  }

  /** How long audio waits for its turn at present. */
  get bufferMs(): number {
    return this.#jitterBuffer.delayMs;
  }

  update(plan: MediaPlan): void {
    const isNewCodec = plan.codec !== this.#plan.codec;
    this.#plan = plan;
    if (isNewCodec) {
      this.#decoder = createAudioDecoder(plan.codec);
      this.#jitterBuffer = bufferOf(plan);
      this.#frame = frameOf(plan);
    }
    if (!canReceive(plan.direction)) this.#jitterBuffer.reset();
  }

  /** Returns true when the packet was one of the peer's: it is alive. */
  packet(nowMs: number, packet: Buffer, length: number, address: string, port: number): boolean {
    const counters = this.#counters;
    const header = this.#header;
    if (parseRtpHeader(packet, length, header) < 0) {
      counters.malformed += 1;
      return false;
    }
    const isSecure = this.#keys.isSecure;
    const rtpBytes = isSecure ? this.#unprotect(packet, length) : length;
    if (rtpBytes < 0) return false;
    const payloadBytes = rtpPayloadBytes(packet, rtpBytes, header);
    if (payloadBytes < 0 || !this.#isNegotiated(header.payloadType)) {
      counters.malformed += 1;
      return false;
    }
    if (!isSecure && !this.#latch.hears(nowMs, address, port, header.ssrc, header.sequenceNumber)) {
      counters.wrongSource += 1;
      return false;
    }

    counters.packetsReceived += 1;
    counters.bytesReceived += length;
    const order = this.#track(nowMs);
    // What is still on its way under old keys comes from where the peer was, not from where it is.
    if (isSecure && order >= SEQUENCE_NEWER && !this.#keys.isOutgoing) {
      this.#latch.authenticated(address, port);
    }
    if (order !== SEQUENCE_SUSPECT && canReceive(this.#plan.direction)) {
      this.#deliver(nowMs, packet, payloadBytes, order >= SEQUENCE_NEWER);
    }
    return true;
  }

  #unprotect(packet: Buffer, length: number): number {
    const outcome = this.#keys.unprotectRtp(packet, length);
    if (outcome >= 0) return outcome;
    if (outcome === SRTP_REPLAYED) this.#counters.replayed += 1;
    else if (outcome === SRTP_TOO_SHORT || outcome === SRTP_MALFORMED)
      this.#counters.malformed += 1;
    else this.#counters.authFailures += 1;
    return outcome;
  }

  #isNegotiated(payloadType: number): boolean {
    return (
      payloadType === this.#plan.payloadType ||
      payloadType === this.#plan.telephoneEventPayloadType ||
      payloadType === COMFORT_NOISE_PAYLOAD_TYPE
    );
  }

  #track(nowMs: number): number {
    const { ssrc, sequenceNumber, rtpTimestamp, payloadType } = this.#header;
    if (ssrc !== this.ssrc) {
      if (this.ssrc >= 0) {
        restartTracker(this.tracker, sequenceNumber);
        this.tracker.received = 1;
        this.#jitterBuffer.reset();
        this.ssrc = ssrc;
        return SEQUENCE_NEWER;
      }
      this.ssrc = ssrc;
    }
    const hasNewKeys = this.#generation !== this.#keys.generation;
    this.#generation = this.#keys.generation;
    if (hasNewKeys && !isAhead(this.tracker, sequenceNumber)) {
      // A peer that changed its keys may count anew, from below what it had: that is not an old packet.
      restartTracker(this.tracker, sequenceNumber);
      this.tracker.received = 1;
      this.#jitterBuffer.reset();
      return SEQUENCE_NEWER;
    }
    const order = trackSequence(this.tracker, sequenceNumber);
    if (order === SEQUENCE_RESTARTED) this.#jitterBuffer.reset();
    // The packets of an event share one timestamp: their spacing says nothing about the network.
    if (payloadType === this.#plan.payloadType && order >= SEQUENCE_NEWER) {
      trackJitter(this.tracker, Math.round(nowMs * 8) | 0, rtpTimestamp);
    }
    return order;
  }

  #deliver(nowMs: number, packet: Buffer, payloadBytes: number, isNewest: boolean): void {
    const { payloadType, rtpTimestamp, sequenceNumber, headerBytes } = this.#header;
    if (payloadType === this.#plan.telephoneEventPayloadType) {
      const isWellFormed = this.#events.receive(
        packet,
        headerBytes,
        payloadBytes,
        rtpTimestamp,
        nowMs,
      );
      if (!isWellFormed) this.#counters.malformed += 1;
      return;
    }
    if (payloadType !== this.#plan.payloadType || payloadBytes === 0) return;
    if (payloadBytes > MAX_PAYLOAD_OCTETS) {
      this.#counters.malformed += 1;
      return;
    }
    const samples = this.#decoder.decode(
      packet,
      headerBytes,
      payloadBytes,
      this.#pcm,
      sequenceNumber,
      isNewest,
    );
    const outcome = this.#jitterBuffer.insert(this.#pcm, samples, rtpTimestamp);
    if (outcome === INSERTED_LATE) this.#counters.packetsLate += 1;
    else if (outcome === INSERTED_DUPLICATE) this.#counters.replayed += 1;
  }

  /** One frame up, a second one while more has piled up than the buffer is meant to hold. */
  tick(nowMs: number): void {
    if (this.#digitsAllowed < DIGIT_BURST) this.#digitsAllowed += 1;
    this.#events.poll(nowMs);
    if (!canReceive(this.#plan.direction)) return;
    if (this.#jitterBuffer.read(this.#frame) !== FRAME_NONE) this.#sink.audio(this.#frame);
    if (this.#jitterBuffer.hasExcess()) {
      if (this.#jitterBuffer.read(this.#frame) !== FRAME_NONE) this.#sink.audio(this.#frame);
    }
  }
}

function bufferOf({ codec }: MediaPlan): JitterBuffer {
  return new JitterBuffer({ sampleRateHz: CODECS[codec].sampleRateHz });
}

function frameOf({ codec }: MediaPlan): Int16Array {
  return new Int16Array((CODECS[codec].sampleRateHz * FRAME_MS) / 1_000);
}
