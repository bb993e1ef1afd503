import { writeRtpHeader } from "../protocol/rtp/packet.ts";
import { canSend } from "../protocol/sdp/audio-line.ts";
import { CODECS, type MediaPlan } from "../protocol/sdp/media-plan.ts";
import { type AudioEncoder, createAudioEncoder } from "./audio-codec.ts";
import type { AudioTap } from "./audio-tap.ts";
import { type DigitMode, DigitSender } from "./digit-sender.ts";
import { FRAME_MS, FRAME_TICKS } from "./media-session.ts";
import { PlayoutLag } from "./playout-lag.ts";
import { PlayoutQueue } from "./playout-queue.ts";
import { RateConverter } from "./rate-converter.ts";

/** RTP is written into these buffers in turn, with room behind it for what SRTP adds. */
const BUFFERS = 4;
const BUFFER_BYTES = 12 + 480 + 160;
const MAX_QUEUED_S = 30;

/**
 * From queued audio to RTP packets, one frame of 20 ms per tick: codec silence when nothing is queued, telephone events in
 * place of audio while a digit is sent, nothing at all while the direction forbids it. Time on the wire runs on meanwhile.
 */
export class SendPath {
  readonly queue: PlayoutQueue;
  readonly #transmit: (packet: Buffer, rtpBytes: number) => boolean;
  readonly #buffers = Array.from({ length: BUFFERS }, () => Buffer.alloc(BUFFER_BYTES));
  /** As many samples as a packet has. */
  #frame: Int16Array;
  readonly #converter = new RateConverter();
  readonly #lag = new PlayoutLag();
  #encoder: AudioEncoder;
  #nextBuffer = 0;
  #plan: MediaPlan;
  ssrc = 0;
  #sequenceNumber = 0;
  rtpTimestamp = 0;
  /** Of this source, for its reports (RFC 3550 §6.4.1): octets of payload, without headers and what SRTP adds. */
  packetCount = 0;
  octetCount = 0;
  /** False when the next packet does not follow the last one in time (RFC 3551 §4.1: that is what the marker says). */
  #isContiguous = false;
  /** Time that is due and not yet in a packet, for packets longer than a frame. */
  #dueTicks = 0;
  readonly digits = new DigitSender();
  tap: AudioTap | null = null;
  #eventTimestamp = 0;

  /** `transmit` tells whether the packet has left. */
  constructor(plan: MediaPlan, transmit: (packet: Buffer, rtpBytes: number) => boolean) {
    this.#plan = plan;
    this.queue = new PlayoutQueue(MAX_QUEUED_S * this.sampleRateHz);
    this.#encoder = createAudioEncoder(plan.codec);
    this.#frame = frameOf(plan);
    this.#transmit = transmit;
  }

  get sampleRateHz(): number {
    return CODECS[this.#plan.codec].sampleRateHz;
  }

  /** A new source, for a first or a new key. `sequenceNumber` must be below 2^15 (RFC 3711 §3.3.1). */
  begin(ssrc: number, sequenceNumber: number, rtpTimestamp: number): void {
    this.ssrc = ssrc;
    this.#sequenceNumber = sequenceNumber;
    this.rtpTimestamp = rtpTimestamp;
    this.packetCount = 0;
    this.octetCount = 0;
    this.#isContiguous = false;
  }

  update(plan: MediaPlan): void {
    const losesEvents =
      this.#plan.telephoneEventPayloadType !== null && plan.telephoneEventPayloadType === null;
    const rateHz = this.sampleRateHz;
    if (plan.codec !== this.#plan.codec) this.#encoder = createAudioEncoder(plan.codec);
    this.#plan = plan;
    this.#frame = frameOf(plan);
    if (rateHz !== this.sampleRateHz) this.queue.changeRate(rateHz, this.sampleRateHz);
    // A peer that holds the call hears no key, and half an event is none.
    if (losesEvents || !canSend(plan.direction)) this.digits.clear();
  }

  /** False when it does not fit. */
  push(pcm: Int16Array, rateHz: number): boolean {
    return this.queue.push(this.#converter.convert(pcm, rateHz, this.sampleRateHz));
  }

  queueDigits(digits: string, mode: DigitMode): boolean {
    return canSend(this.#plan.direction) && this.digits.push(digits, mode);
  }

  /** `dueMs` is when the frame is due by the clock, whenever it is sent. */
  tick(skippedFrames: number, dueMs: number): void {
    if (skippedFrames > 0) {
      this.#advance(skippedFrames * FRAME_TICKS);
      this.#isContiguous = false;
    }
    if (!canSend(this.#plan.direction)) {
      this.#advance(FRAME_TICKS);
      this.#isContiguous = false;
      this.#dueTicks = 0;
      return;
    }
    if (this.#dueTicks === 0) {
      const frames = Math.max(1, this.#plan.ptimeMs / FRAME_MS);
      this.digits.advance(this.#plan.telephoneEventPayloadType !== null, frames);
    }
    if (this.#dueTicks === 0 && this.#sendEvent()) {
      this.#advance(FRAME_TICKS);
      return;
    }
    this.#sendAudio(dueMs);
  }

  #advance(ticks: number): void {
    this.rtpTimestamp = (this.rtpTimestamp + ticks) >>> 0;
  }

  #sendAudio(dueMs: number): void {
    const frame = this.#frame;
    const packetTicks = (this.#plan.ptimeMs * FRAME_TICKS) / FRAME_MS;
    this.#dueTicks += FRAME_TICKS;
    while (this.#dueTicks >= packetTicks) {
      this.#dueTicks -= packetTicks;
      if (!this.digits.fillTone(frame, this.sampleRateHz)) this.#readQueue(frame);
      const packet = this.#takeBuffer();
      const headerBytes = this.#writeHeader(
        packet,
        !this.#isContiguous,
        this.#plan.payloadType,
        this.rtpTimestamp,
      );
      const octets = this.#encoder.encode(frame, frame.length, packet, headerBytes);
      const hasLeft = this.#send(packet, headerBytes, octets);
      if (hasLeft) this.tap?.sent(frame, this.sampleRateHz, dueMs);
      this.#isContiguous = true;
      this.#advance(packetTicks);
    }
  }

  /** The next audio. Where an agent that speaks in real time is heard late, its pauses are shortened. */
  #readQueue(frame: Int16Array): void {
    const { queue } = this;
    const { ptimeMs } = this.#plan;
    this.#lag.observe((queue.queuedSamples / this.sampleRateHz) * 1_000);
    queue.read(frame);
    if (this.#lag.leavesOut(frame, ptimeMs)) queue.read(frame);
  }

  /** One packet of the key that is being sent as events; false when none is. */
  #sendEvent(): boolean {
    const payloadType = this.#plan.telephoneEventPayloadType;
    const part = payloadType === null ? null : this.digits.takeEventPacket();
    if (payloadType === null || part === null) return false;
    if (part.marker) this.#eventTimestamp = this.rtpTimestamp;
    const packet = this.#takeBuffer();
    const headerBytes = this.#writeHeader(packet, part.marker, payloadType, this.#eventTimestamp);
    packet.set(part.payload, headerBytes);
    this.#send(packet, headerBytes, part.payload.length);
    return true;
  }

  #send(packet: Buffer, headerBytes: number, payloadBytes: number): boolean {
    if (!this.#transmit(packet, headerBytes + payloadBytes)) return false;
    this.packetCount += 1;
    this.octetCount += payloadBytes;
    return true;
  }

  #takeBuffer(): Buffer {
    this.#nextBuffer = (this.#nextBuffer + 1) % BUFFERS;
    return this.#buffers[this.#nextBuffer] ?? Buffer.alloc(BUFFER_BYTES);
  }

  #writeHeader(packet: Buffer, marker: boolean, payloadType: number, timestamp: number): number {
    const sequenceNumber = this.#sequenceNumber;
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    return writeRtpHeader(packet, marker, payloadType, sequenceNumber, timestamp, this.ssrc);
  }
}

function frameOf({ codec, ptimeMs }: MediaPlan): Int16Array {
  return new Int16Array((CODECS[codec].sampleRateHz * ptimeMs) / 1_000);
}
