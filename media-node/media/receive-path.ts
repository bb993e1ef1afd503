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
  SEQUENCE_OLDER,
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
import type { AudioTap } from "./audio-tap.ts";
import { JitterBuffer } from "./jitter-buffer.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Latch } from "./latching.ts";
import { FRAME_MS, type MediaSink } from "./media-session.ts";
import { PacketBudget } from "./packet-budget.ts";
import { FRAME_NONE, INSERTED_LATE, type PacketPlace } from "./packet-place.ts";
import { SourceGate } from "./source-gate.ts";
import type { MediaCounters } from "./stats.ts";

/** Longest payload of audio that is decoded: 240 ms; and what it makes at most. */
const MAX_PAYLOAD_OCTETS = 1_920;
const MAX_PAYLOAD_SAMPLES = 3_840;

/** Digits that may come at once, after a stall; then one a frame. Fingers are slower, and a flood costs the agent. */
const DIGIT_BURST = 32;

/** Packets of the present source that are looked at per 20 ms, and at once: twenty times what is usual, a stall of 5 s. */
const EXPECTED_PER_FRAME = 20;
const EXPECTED_BURST = 512;
/** Of all others together: enough for a peer that moves. */
const OTHERS_PER_FRAME = 4;
const OTHERS_BURST = 64;

/** A tick this late says that the process has stood still. */
const STALL_MS = 15;
/** Sequence numbers that are remembered, to tell a duplicate from a straggler; a power of two. */
const REMEMBERED = 256;

/** From RTP packets to frames and digits. What is not to be heard is counted and dropped, and nothing is answered. */
export class ReceivePath {
  readonly tracker = createReceptionTracker();
  readonly #expectedBudget = new PacketBudget(EXPECTED_PER_FRAME, EXPECTED_BURST);
  readonly #othersBudget = new PacketBudget(OTHERS_PER_FRAME, OTHERS_BURST);
  readonly #gate = new SourceGate();
  readonly #place: PacketPlace = { isNewest: false, missingBefore: 0, isPunctual: true };
  readonly #seen = new Int32Array(REMEMBERED).fill(-1);
  readonly #header: RtpHeader = createRtpHeader();
  readonly #pcm = new Int16Array(MAX_PAYLOAD_SAMPLES);
  readonly #events: ReturnType<typeof createTelephoneEventReceiver>;
  readonly #keys: KeyRing;
  readonly #latch: Latch;
  readonly #counters: MediaCounters;
  readonly #sink: MediaSink;
  readonly #concealsLoss: boolean;
  #plan: MediaPlan;
  #decoder: AudioDecoder;
  #jitterBuffer: JitterBuffer;
  #frame: Int16Array;
  /** Of the codecs before this one. */
  #concealedBeforeMs = 0;
  #digitsAllowed = DIGIT_BURST;
  /** Of the keys that the last packet came under. */
  #generation = 0;
  /** When the last tick was due; and until when arrivals tell of our own stall instead of the network. */
  #dueMs = Number.POSITIVE_INFINITY;
  #stalledUntilMs = 0;
  /** -1 before the first packet. */
  ssrc = -1;
  tap: AudioTap | null = null;

  constructor(
    plan: MediaPlan,
    keys: KeyRing,
    latch: Latch,
    counters: MediaCounters,
    sink: MediaSink,
    concealsLoss = true,
  ) {
    this.#concealsLoss = concealsLoss;
    this.#plan = plan;
    this.#decoder = createAudioDecoder(plan.codec);
    this.#jitterBuffer = bufferOf(plan, concealsLoss);
    this.#frame = new Int16Array(this.#jitterBuffer.frameSamples);
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

  /** Milliseconds from the arrival of the quickest packets to their playout: what is wanted, and what is. */
  get bufferTargetMs(): number {
    return this.#jitterBuffer.targetMs;
  }

  get bufferMs(): number {
    return this.#jitterBuffer.delayMs;
  }

  /** When the present tick was due by the clock. */
  get dueMs(): number {
    return this.#dueMs;
  }

  get concealedMs(): number {
    return this.#concealedBeforeMs + this.#jitterBuffer.concealedMs;
  }

  update(plan: MediaPlan): void {
    const isNewCodec = plan.codec !== this.#plan.codec;
    this.#plan = plan;
    if (isNewCodec) {
      this.#concealedBeforeMs += this.#jitterBuffer.concealedMs;
      this.#decoder = createAudioDecoder(plan.codec);
      this.#jitterBuffer = bufferOf(plan, this.#concealsLoss);
      this.#frame = new Int16Array(this.#jitterBuffer.frameSamples);
    }
    if (!canReceive(plan.direction)) this.#jitterBuffer.clear();
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
    if (isSecure && !this.#isAffordable(address, port)) return false;
    const rtpBytes = isSecure ? this.#unprotect(packet, length) : length;
    if (rtpBytes < 0) return false;
    const payloadBytes = rtpPayloadBytes(packet, rtpBytes, header);
    if (payloadBytes < 0 || !this.#isNegotiated(header.payloadType)) {
      counters.malformed += 1;
      return false;
    }
    if (!isSecure && !(this.#isHeard(nowMs, address, port) && this.#isAffordable(address, port))) {
      return false;
    }

    counters.packetsReceived += 1;
    counters.bytesReceived += length;
    const missingFrom = this.tracker.highestSequence + 1;
    const order = this.#track(nowMs, isSecure);
    // What is still on its way under old keys comes from where the peer was, not from where it is.
    if (isSecure && order >= SEQUENCE_NEWER && !this.#keys.isOutgoing) {
      this.#latch.authenticated(address, port);
    }
    if (order === SEQUENCE_SUSPECT || this.#isDuplicate(order)) return true;
    this.#place.isNewest = order >= SEQUENCE_NEWER;
    this.#place.missingBefore =
      order === SEQUENCE_NEWER ? (header.sequenceNumber - missingFrom) & 0xffff : 0;
    if (canReceive(this.#plan.direction)) this.#deliver(nowMs, packet, payloadBytes);
    return true;
  }

  /**
   * Whether there is time for one more: of SRTP before it is authenticated, of plain RTP once it is known to be the peer's, which
   * costs nothing. The present source at its address has a budget of its own: no flood takes it away.
   */
  #isAffordable(address: string, port: number): boolean {
    const isExpected =
      port === this.#latch.port &&
      (this.ssrc < 0 || this.#header.ssrc === this.ssrc) &&
      address === this.#latch.address;
    if (isExpected ? this.#expectedBudget.take() : this.#othersBudget.take()) return true;
    this.#counters.overRate += 1;
    return false;
  }

  /** Of plain RTP, which nothing authenticates. */
  #isHeard(nowMs: number, address: string, port: number): boolean {
    const { ssrc, sequenceNumber } = this.#header;
    if (!this.#latch.hears(nowMs, address, port, ssrc, sequenceNumber)) {
      this.#counters.wrongSource += 1;
      return false;
    }
    if (this.#gate.admits(nowMs, ssrc, sequenceNumber, this.#latch.moves)) return true;
    this.#counters.wrongSsrc += 1;
    return false;
  }

  /** Whether its sequence number has come before; counts it and what was overtaken. */
  #isDuplicate(order: number): boolean {
    const { sequenceNumber } = this.#header;
    const slot = sequenceNumber & (REMEMBERED - 1);
    if (order !== SEQUENCE_OLDER) {
      this.#seen[slot] = sequenceNumber;
      return false;
    }
    if (this.#seen[slot] === sequenceNumber) {
      this.#counters.packetsDuplicate += 1;
      return true;
    }
    this.#seen[slot] = sequenceNumber;
    this.#counters.packetsReordered += 1;
    return false;
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

  #track(nowMs: number, isSecure: boolean): number {
    const { ssrc, sequenceNumber, rtpTimestamp, payloadType } = this.#header;
    if (ssrc !== this.ssrc) {
      const isFirst = this.ssrc < 0;
      this.ssrc = ssrc;
      if (!isFirst) return this.#restart(true);
    }
    const hasNewKeys = this.#generation !== this.#keys.generation;
    this.#generation = this.#keys.generation;
    if (hasNewKeys && !isAhead(this.tracker, sequenceNumber)) {
      // A peer that changed its keys may count anew, from below what it had: that is not an old packet.
      return this.#restart(true);
    }
    const order = trackSequence(this.tracker, sequenceNumber);
    // Authentic and not replayed: the jump is the peer's own, and needs no second packet to confirm it.
    if (order === SEQUENCE_SUSPECT && isSecure) return this.#restart(false);
    if (order === SEQUENCE_RESTARTED) this.#seen.fill(-1);
    // The packets of an event share one timestamp: their spacing says nothing about the network.
    if (payloadType === this.#plan.payloadType && order >= SEQUENCE_NEWER) {
      trackJitter(this.tracker, Math.round(nowMs * 8) | 0, rtpTimestamp);
    }
    return order;
  }

  /** The peer counts anew; `isNewClock` when its timestamps mean something else as well. */
  #restart(isNewClock: boolean): number {
    restartTracker(this.tracker, this.#header.sequenceNumber);
    this.tracker.received = 1;
    this.#seen.fill(-1);
    if (isNewClock) this.#jitterBuffer.reset();
    return SEQUENCE_RESTARTED;
  }

  #deliver(nowMs: number, packet: Buffer, payloadBytes: number): void {
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
      // The events are in place of audio: that it ends is no loss.
      else if (this.#place.isNewest) this.#jitterBuffer.announceSilence(null);
      return;
    }
    if (payloadBytes === 0) return;
    if (payloadType !== this.#plan.payloadType) {
      if (this.#place.isNewest) this.#jitterBuffer.announceSilence(packet[headerBytes] ?? null);
      return;
    }
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
      this.#place.isNewest,
    );
    this.#place.isPunctual =
      nowMs >= this.#stalledUntilMs && nowMs - this.#dueMs <= FRAME_MS + STALL_MS;
    const outcome = this.#jitterBuffer.insert(this.#pcm, samples, rtpTimestamp, nowMs, this.#place);
    if (outcome === INSERTED_LATE) this.#counters.packetsLate += 1;
  }

  /**
   * One frame up; a second one while some are owed (`skippedFrames` were due and the wheel has left them out), or while more has
   * piled up than the buffer is meant to hold.
   */
  tick(nowMs: number, skippedFrames: number): void {
    // The wheel's times are absolute: this one was due a frame after the last, or earlier if that was late itself.
    this.#dueMs = Math.min(nowMs, this.#dueMs + (skippedFrames + 1) * FRAME_MS);
    const isLate = nowMs - this.#dueMs > STALL_MS;
    if (isLate || skippedFrames > 0) this.#stalledUntilMs = nowMs + FRAME_MS;
    this.#jitterBuffer.tick(this.#dueMs);
    this.#expectedBudget.refill();
    this.#othersBudget.refill();
    if (this.#digitsAllowed < DIGIT_BURST) this.#digitsAllowed += 1;
    this.#events.poll(nowMs);
    if (!canReceive(this.#plan.direction)) return;
    this.#jitterBuffer.owe(skippedFrames);
    // After a stall what has come meanwhile is still with the system: it is not missing.
    if ((isLate || skippedFrames > 0) && !this.#jitterBuffer.hasFrame) {
      this.#jitterBuffer.owe(1);
      return;
    }
    this.#passUp();
    if (this.#jitterBuffer.hasExcess()) this.#passUp();
  }

  #passUp(): void {
    const { delayMs, owedFrames } = this.#jitterBuffer;
    if (this.#jitterBuffer.read(this.#frame) === FRAME_NONE) return;
    const arrivedMs = this.#dueMs - delayMs - owedFrames * FRAME_MS;
    this.tap?.received(this.#frame, CODECS[this.#plan.codec].sampleRateHz, arrivedMs);
    this.#sink.audio(this.#frame);
  }
}

function bufferOf({ codec }: MediaPlan, concealsLoss: boolean): JitterBuffer {
  return new JitterBuffer({ sampleRateHz: CODECS[codec].sampleRateHz, concealsLoss });
}
