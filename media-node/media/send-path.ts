import { encodeG711, G711_CODECS } from "../protocol/audio/g711.ts";
import { writeRtpHeader } from "../protocol/rtp/packet.ts";
import { canSend } from "../protocol/sdp/audio-line.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import {
  type TelephoneEventPacket,
  telephoneEventPackets,
} from "../protocol/telephone-event/sender.ts";
import { FRAME_MS, FRAME_SAMPLES } from "./media-session.ts";
import { PlayoutQueue } from "./playout-queue.ts";

/** RTP is written into these buffers in turn, with room behind it for what SRTP adds. */
const BUFFERS = 4;
const BUFFER_BYTES = 12 + 480 + 160;
const MAX_QUEUED_SAMPLES = 30_000 * 8;
const MAX_QUEUED_DIGITS = 64;
const DIGIT_MS = 120;
/** Frames of audio between two digits, so that a receiver hears two. */
const DIGIT_PAUSE_FRAMES = 4;

/**
 * From queued audio to RTP packets, one frame of 20 ms per tick: codec silence when nothing is queued, telephone events in
 * place of audio while a digit is sent, nothing at all while the direction forbids it. Time on the wire runs on meanwhile.
 */
export class SendPath {
  readonly queue = new PlayoutQueue(MAX_QUEUED_SAMPLES);
  readonly #transmit: (packet: Buffer, rtpBytes: number) => boolean;
  readonly #buffers = Array.from({ length: BUFFERS }, () => Buffer.alloc(BUFFER_BYTES));
  /** As many samples as a packet has. */
  #frame: Int16Array;
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
  /** Samples that are due and not yet in a packet, for packets longer than a frame. */
  #dueSamples = 0;
  readonly #digits: string[] = [];
  #event: readonly TelephoneEventPacket[] = [];
  #eventPosition = 0;
  #eventTimestamp = 0;
  #pauseFrames = 0;

  /** `transmit` tells whether the packet has left. */
  constructor(plan: MediaPlan, transmit: (packet: Buffer, rtpBytes: number) => boolean) {
    this.#plan = plan;
    this.#frame = frameOf(plan);
    this.#transmit = transmit;
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
    this.#plan = plan;
    this.#frame = frameOf(plan);
    if (plan.telephoneEventPayloadType === null || !canSend(plan.direction)) {
      this.#digits.length = 0;
      this.#event = [];
    }
  }

  queueDigit(digit: string): boolean {
    if (this.#plan.telephoneEventPayloadType === null || !canSend(this.#plan.direction))
      return false;
    if (this.#digits.length === MAX_QUEUED_DIGITS) return false;
    if (telephoneEventPackets(digit, DIGIT_MS, FRAME_MS) === null) return false;
    this.#digits.push(digit);
    return true;
  }

  tick(skippedFrames: number): void {
    if (skippedFrames > 0) {
      this.#advance(skippedFrames * FRAME_SAMPLES);
      this.#isContiguous = false;
    }
    if (!canSend(this.#plan.direction)) {
      this.#advance(FRAME_SAMPLES);
      this.#isContiguous = false;
      this.#dueSamples = 0;
      return;
    }
    if (this.#dueSamples === 0 && this.#sendEvent()) {
      this.#advance(FRAME_SAMPLES);
      return;
    }
    this.#sendAudio();
  }

  #advance(samples: number): void {
    this.rtpTimestamp = (this.rtpTimestamp + samples) >>> 0;
  }

  #sendAudio(): void {
    const frame = this.#frame;
    const packetSamples = frame.length;
    this.#dueSamples += FRAME_SAMPLES;
    while (this.#dueSamples >= packetSamples) {
      this.#dueSamples -= packetSamples;
      this.queue.read(frame);
      const packet = this.#takeBuffer();
      const headerBytes = this.#writeHeader(
        packet,
        !this.#isContiguous,
        this.#plan.payloadType,
        this.rtpTimestamp,
      );
      encodeG711(G711_CODECS[this.#plan.codec], frame, packetSamples, packet, headerBytes);
      this.#send(packet, headerBytes, packetSamples);
      this.#isContiguous = true;
      this.#advance(packetSamples);
    }
    if (this.#pauseFrames > 0) this.#pauseFrames -= 1;
  }

  /** One packet of the current or the next digit; false when there is none to send. */
  #sendEvent(): boolean {
    const payloadType = this.#plan.telephoneEventPayloadType;
    if (payloadType === null) return false;
    if (this.#eventPosition >= this.#event.length) {
      const digit = this.#pauseFrames > 0 ? undefined : this.#digits.shift();
      if (digit === undefined) return false;
      this.#event = telephoneEventPackets(digit, DIGIT_MS, FRAME_MS) ?? [];
      this.#eventPosition = 0;
      this.#eventTimestamp = this.rtpTimestamp;
    }
    const part = this.#event[this.#eventPosition];
    if (part === undefined) return false;
    this.#eventPosition += 1;
    if (this.#eventPosition === this.#event.length) this.#pauseFrames = DIGIT_PAUSE_FRAMES;
    const packet = this.#takeBuffer();
    const headerBytes = this.#writeHeader(packet, part.marker, payloadType, this.#eventTimestamp);
    packet.set(part.payload, headerBytes);
    this.#send(packet, headerBytes, part.payload.length);
    return true;
  }

  #send(packet: Buffer, headerBytes: number, payloadBytes: number): void {
    if (!this.#transmit(packet, headerBytes + payloadBytes)) return;
    this.packetCount += 1;
    this.octetCount += payloadBytes;
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

function frameOf(plan: MediaPlan): Int16Array {
  return new Int16Array(plan.ptimeMs * (FRAME_SAMPLES / FRAME_MS));
}
