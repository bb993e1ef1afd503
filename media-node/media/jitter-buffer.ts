import { ComfortNoise } from "../protocol/audio/comfort-noise.ts";
import { Concealment } from "../protocol/audio/concealment.ts";
import { TimeStretcher } from "../protocol/audio/time-stretch.ts";
import { DelayEstimator } from "./delay-estimator.ts";
import { FRAME_MS } from "./media-session.ts";
import {
  FRAME_CONCEALED,
  FRAME_NONE,
  FRAME_PLAYED,
  FRAME_SILENT,
  INSERTED,
  INSERTED_LATE,
  type PacketPlace,
} from "./packet-place.ts";
import { AUDIO, SampleRing, SILENCE } from "./sample-ring.ts";

export interface JitterBufferOptions {
  /** Of the samples; the RTP clock is 8 kHz also for wideband audio (RFC 3551 §4.5.2). */
  readonly sampleRateHz: 8000 | 16000;
  /** False puts silence in place of what is missing. */
  readonly concealsLoss: boolean;
}

const CLOCK_TICKS_PER_MS = 8;
/** 1.024 s; a power of two. */
const RING_TICKS = 8_192;

/** With nothing left for this long what was concealed has faded, and the next packet begins a new run at the target. */
const IDLE_FRAMES = 3;
/** The delay may be this far above its target without being corrected; a correction that has begun goes on. */
const TOLERANCE_ABOVE_MS = 10;
/** Where a run begins, which is in whole frames, it may be this much below; after a correction it may not. */
const BEGIN_BELOW_MS = 5;
const CORRECTED_WITHIN_MS = 1;
/** How like itself audio must be to be corrected: less from this distance on, and least at twice as much. */
const PATIENT_MS = 15;
const LIKE_ITSELF = 0.99;
const BARELY_LIKE_ITSELF = 0.93;
/** Frames between two corrections: slow to shrink, quick to grow. */
const SHORTEN_EVERY = 5;
const LENGTHEN_EVERY = 2;
/** Above the target by this much an extra frame leaves per tick, as it is, until the lower bound is reached. */
const DRAIN_ABOVE_MS = 60;
const DRAIN_UNTIL_MS = 20;
/** A second: what the ring holds. */
const MAX_OWED_FRAMES = 50;
/** A packet that would have to wait this much longer than the target is one of a clock that has jumped. */
const JUMP_MS = 500;
/** RFC 3389 §3: the lowest level there is. */
const NO_NOISE = 127;

/**
 * Received audio in a ring by RTP timestamp: order, duplicates and packet length take care of themselves. A hole with audio
 * behind it is a loss: it is concealed and time goes on. With nothing behind it the buffer has run dry: a frame is concealed
 * and time stands still, so that late audio is heard later instead of never; if it turns out to be lost, what was concealed
 * already stands for it. The delay follows its target by pitch periods that are cut out or put in.
 *
 * Positions are samples on a time line of our own that never jumps; `#anchor` says where the peer's timestamps are on it.
 */
export class JitterBuffer {
  readonly frameSamples: number;
  readonly #perMs: number;
  readonly #perTick: number;
  readonly #ring: SampleRing;
  readonly #estimator = new DelayEstimator(CLOCK_TICKS_PER_MS);
  readonly #concealment: Concealment;
  readonly #noise = new ComfortNoise();
  readonly #stretcher: TimeStretcher;
  readonly #window: Int16Array;
  #isStarted = false;
  #hasPlayed = false;
  #isReset = false;
  #anchorTimestamp = 0;
  #anchorPosition = 0;
  /** Length of the newest packet, and whether there was silence before it. */
  #newestTicks = 0;
  #followsSilence = false;
  /** When the last frame was due; a process that is late reads it later. NaN before the first. */
  #dueMs = Number.NaN;
  /** From the arrival of the quickest packets to their playout. */
  #delayMs = 0;
  #dryFrames = 0;
  /** Samples that were concealed while time stood still. */
  #frozen = 0;
  /** Of those, the ones that stand for a hole in front of what has come since: it will be skipped. */
  #toSkip = 0;
  /** The sender has said that it is silent. */
  #isSilent = false;
  /** Frames that were due and will be read as soon as they are there. */
  owedFrames = 0;
  #isDraining = false;
  #isCorrecting = false;
  /** Packets still begin where frames do, as at the beginning of a run: none is needed before its place. */
  #isAligned = true;
  #framesSinceStretch = 0;
  #concealedSamples = 0;

  constructor({ sampleRateHz, concealsLoss }: JitterBufferOptions) {
    this.#perMs = sampleRateHz / 1000;
    this.#perTick = this.#perMs / CLOCK_TICKS_PER_MS;
    this.frameSamples = FRAME_MS * this.#perMs;
    this.#ring = new SampleRing(RING_TICKS * this.#perTick);
    this.#concealment = new Concealment(sampleRateHz, concealsLoss);
    this.#stretcher = new TimeStretcher(sampleRateHz, this.frameSamples);
    this.#window = new Int16Array(this.frameSamples + this.#stretcher.lookAheadSamples);
  }

  /** Between what is played next and the newest. */
  get depthMs(): number {
    return this.#ring.depth / this.#perMs;
  }

  /** Whether a whole frame is there, or a hole in front of audio. */
  get hasFrame(): boolean {
    return this.#ring.depth >= this.frameSamples;
  }

  get targetMs(): number {
    return this.#estimator.targetMs;
  }

  /** How much audio stood in for what was missing, until it was silence. */
  get concealedMs(): number {
    return this.#concealedSamples / this.#perMs;
  }

  /** What the delay is now: the target, give or take its tolerance, unless a stall is being made up for. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Forgets all audio, as for a hold. */
  clear(): void {
    this.#ring.clear(this.#ring.playAt);
    this.#isStarted = false;
    this.#isReset = false;
    this.#isDraining = false;
    this.owedFrames = 0;
    this.#resume();
    this.#noise.setLevel(NO_NOISE);
    this.#isSilent = true;
    this.#concealment.forget();
    this.#estimator.restart();
  }

  /** Another source, or a restart of this one: the next packet's timestamp continues no other. What is buffered is played. */
  reset(): void {
    this.#isReset = true;
  }

  insert(
    pcm: Int16Array,
    length: number,
    rtpTimestamp: number,
    nowMs: number,
    place: PacketPlace,
  ): number {
    const ring = this.#ring;
    const delayMs = this.#arrive(length, rtpTimestamp, nowMs, place);
    const position = this.#positionOf(rtpTimestamp);
    if (!ring.holds(position + length)) {
      if (!place.isNewest) return INSERTED_LATE;
      // More than the ring holds: what is stale gives way to what is new.
      ring.clear(ring.playAt);
      this.#rest(nowMs, delayMs);
    }
    if (position + length <= ring.playAt) return INSERTED_LATE;
    if (place.isNewest) {
      const first = Math.max(position, ring.playAt);
      if (ring.depth === 0) this.#toSkip = Math.min(this.#frozen, first - ring.playAt);
      if (this.#followsSilence) ring.fillSilence(first);
      this.#newestTicks = length / this.#perTick;
      this.#isSilent = false;
      const waitMs =
        (position - ring.playAt - this.#toSkip) / this.#perMs - this.owedFrames * FRAME_MS;
      this.#delayMs = this.#untilDueMs(nowMs) + waitMs + delayMs;
    }
    ring.put(pcm, position, length);
    return INSERTED;
  }

  /** The sender will be silent until its next audio; noise in its place, at a level of RFC 3389 §3, or none. */
  announceSilence(level: number | null): void {
    if (level !== null) this.#noise.setLevel(level);
    else if (!this.#isSilent) this.#noise.setLevel(NO_NOISE);
    this.#isSilent = true;
  }

  /** Brings the time line up to date; returns by how much the packet is late. */
  #arrive(length: number, rtpTimestamp: number, nowMs: number, place: PacketPlace): number {
    const { isNewest, isPunctual } = place;
    if (!this.#isStarted || this.#isReset) return this.#begin(rtpTimestamp, nowMs, isPunctual);
    const waitMs = (this.#positionOf(rtpTimestamp) - this.#ring.playAt) / this.#perMs;
    const isBehindNewest = ((rtpTimestamp - this.#anchorTimestamp) | 0) < 0;
    const isDry = this.#ring.depth === 0;
    const isFarAhead = !isDry && waitMs > this.targetMs + JUMP_MS;
    if (isNewest && (isBehindNewest || isFarAhead)) {
      return this.#begin(rtpTimestamp, nowMs, isPunctual);
    }
    const delayMs = this.#estimator.observe(nowMs, rtpTimestamp, isNewest, isPunctual);
    if (!isNewest) return delayMs;
    const newestTicks = Math.max(this.#newestTicks, length / this.#perTick);
    const gapTicks = ((rtpTimestamp - this.#anchorTimestamp) | 0) - this.#newestTicks;
    this.#followsSilence = gapTicks > place.missingBefore * newestTicks;
    this.#anchorPosition = this.#positionOf(rtpTimestamp);
    this.#anchorTimestamp = rtpTimestamp;
    const isIdle = this.#isSilent || this.#dryFrames >= IDLE_FRAMES;
    const isRunningOut = waitMs + length / this.#perMs > RING_TICKS / CLOCK_TICKS_PER_MS;
    if (isDry && (isIdle || isRunningOut)) this.#rest(nowMs, delayMs);
    return delayMs;
  }

  /** A time line of its own begins behind what is buffered, no sooner than the target wants. */
  #begin(rtpTimestamp: number, nowMs: number, isPunctual: boolean): number {
    this.#isStarted = true;
    this.#isReset = false;
    this.#estimator.restart();
    const delayMs = this.#estimator.observe(nowMs, rtpTimestamp, true, isPunctual);
    this.#followsSilence = false;
    this.#anchorTimestamp = rtpTimestamp;
    const { playAt, end } = this.#ring;
    this.#anchorPosition = playAt + this.#frames(this.#waitMs(nowMs, delayMs));
    if (this.#anchorPosition < end) this.#anchorPosition = end;
    else if (this.#hasPlayed) this.#ring.fillSilence(this.#anchorPosition);
    this.#resume();
    return delayMs;
  }

  /** Nothing is left to play: the anchor is played when the target says so. */
  #rest(nowMs: number, delayMs: number): void {
    this.#ring.moveTo(this.#anchorPosition - this.#frames(this.#waitMs(nowMs, delayMs)));
    this.owedFrames = 0;
    this.#isAligned = true;
    this.#resume();
  }

  #waitMs(nowMs: number, delayMs: number): number {
    return Math.max(0, this.targetMs - delayMs - this.#untilDueMs(nowMs));
  }

  /** Whole frames: a packet that fills a frame is not needed sooner than its turn. */
  #frames(waitMs: number): number {
    return Math.floor((waitMs + FRAME_MS - BEGIN_BELOW_MS) / FRAME_MS) * this.frameSamples;
  }

  /** Until the next frame is due; negative while the process is behind. */
  #untilDueMs(nowMs: number): number {
    return Number.isNaN(this.#dueMs) ? FRAME_MS / 2 : this.#dueMs + FRAME_MS - nowMs;
  }

  #positionOf(rtpTimestamp: number): number {
    return this.#anchorPosition + ((rtpTimestamp - this.#anchorTimestamp) | 0) * this.#perTick;
  }

  /** There is audio again: what was concealed while there was none is done with. */
  #resume(): void {
    this.#dryFrames = 0;
    this.#frozen = 0;
    this.#toSkip = 0;
  }

  /** Tells when the frame that is read next was due; once per tick of the wheel, whether or not anything is read. */
  tick(dueMs: number): void {
    this.#dueMs = dueMs;
  }

  /** The next 20 ms into `frame`; nothing written for `FRAME_NONE`, before the first audio has its turn. */
  read(frame: Int16Array): number {
    if (!this.#hasPlayed && !this.#isFirstDue()) return FRAME_NONE;
    this.#hasPlayed = true;
    this.#framesSinceStretch += 1;
    if (!this.#isDraining && this.#stretch(frame)) {
      this.#concealment.hear(frame, 0, this.frameSamples);
      return FRAME_PLAYED;
    }
    return this.#play(frame);
  }

  #isFirstDue(): boolean {
    if (this.#ring.depth === 0) return false;
    if (this.#ring.nextKind === AUDIO) return true;
    this.#ring.release(this.frameSamples);
    return false;
  }

  #play(frame: Int16Array): number {
    const ring = this.#ring;
    let concealed = 0;
    let silent = 0;
    let at = 0;
    while (at < this.frameSamples) {
      const kind = ring.nextKind;
      const to = at + ring.run(this.frameSamples - at);
      if (kind === AUDIO) {
        ring.peek(frame, at, to - at);
        ring.release(to - at);
        this.#concealment.hear(frame, at, to);
        this.#resume();
      } else if (kind === SILENCE || (this.#isSilent && ring.depth === 0)) {
        if (kind === SILENCE) ring.release(to - at);
        this.#beSilent(frame, at, to);
        silent += to - at;
      } else {
        const skipped = this.#loseUpTo(to - at);
        if (skipped > 0) continue;
        if (this.#concealment.hasFaded) silent += to - at;
        else concealed += to - at;
        this.#concealment.conceal(frame, at, to);
      }
      at = to;
    }
    this.#concealedSamples += concealed;
    if (concealed > 0) return FRAME_CONCEALED;
    if (silent === this.frameSamples) return FRAME_SILENT;
    this.#stretcher.hear(frame);
    return FRAME_PLAYED;
  }

  /** Noise, when the sender has named a level; else what was heard last fades out, so that its end is no click. */
  #beSilent(frame: Int16Array, from: number, to: number): void {
    if (!this.#noise.isAudible) {
      this.#concealment.conceal(frame, from, to);
      return;
    }
    this.#noise.fill(frame, from, to);
    this.#concealment.hear(frame, from, to);
  }

  /**
   * `count` samples are missing. Behind them is audio: they are lost, and time goes on; what was concealed while it stood
   * still stands for them, and the number of those is returned. Or nothing is: time stands still.
   */
  #loseUpTo(count: number): number {
    if (this.#ring.depth > 0) {
      const skipped = Math.min(count, this.#frozen);
      this.#frozen -= skipped;
      this.#ring.release(skipped > 0 ? skipped : count);
      return skipped;
    }
    if (this.#dryFrames < IDLE_FRAMES) this.#frozen += count;
    this.#dryFrames += count / this.frameSamples;
    return 0;
  }

  /** Moves the delay towards its target, where the audio allows. False, and nothing done, in most frames. */
  #stretch(frame: Int16Array): boolean {
    const excessMs = this.#delayMs - this.targetMs;
    const belowMs = this.#isAligned ? BEGIN_BELOW_MS : 0;
    if (excessMs >= 0 && excessMs <= CORRECTED_WITHIN_MS) this.#isCorrecting = false;
    else if (excessMs > TOLERANCE_ABOVE_MS || excessMs < -belowMs) {
      this.#isCorrecting = true;
    }
    const isLong = excessMs > 0;
    if (!this.#isCorrecting) return false;
    if (this.#framesSinceStretch < (isLong ? SHORTEN_EVERY : LENGTHEN_EVERY)) return false;
    const ring = this.#ring;
    const distanceMs = Math.abs(excessMs);
    // Audio that waits a little too long harms nobody: a period more is put in rather than a worse one.
    const maxLag = Math.floor(
      (isLong ? distanceMs : distanceMs + TOLERANCE_ABOVE_MS) * this.#perMs,
    );
    const urgency = Math.min(1, Math.max(0, (distanceMs - PATIENT_MS) / PATIENT_MS));
    const similarity = LIKE_ITSELF + (BARELY_LIKE_ITSELF - LIKE_ITSELF) * urgency;
    const ahead = isLong ? Math.min(maxLag, this.#stretcher.lookAheadSamples) : 0;
    const needed = this.frameSamples + ahead;
    if (ring.nextKind !== AUDIO || ring.depth < needed || ring.run(needed) < needed) return false;
    const window = this.#window;
    ring.peek(window, 0, needed);
    const lag = isLong
      ? this.#stretcher.shorten(window, maxLag, similarity, frame)
      : this.#stretcher.lengthen(window, maxLag, similarity, frame);
    if (lag === 0) this.#framesSinceStretch -= 1;
    if (lag === 0) return false;
    ring.release(this.frameSamples + (isLong ? lag : -lag));
    this.#delayMs += (isLong ? -lag : lag) / this.#perMs;
    this.#framesSinceStretch = 0;
    this.#isAligned = false;
    this.#resume();
    return true;
  }

  /** Frames that were due while our process stood still: they are read as soon as they are there, and are no delay. */
  owe(frames: number): void {
    if (this.#hasPlayed) this.owedFrames = Math.min(MAX_OWED_FRAMES, this.owedFrames + frames);
  }

  /** True while a frame more is to be read: one that is owed, or because too much has piled up (a stall of the network). */
  hasExcess(): boolean {
    if (!this.#hasPlayed || !this.hasFrame) return false;
    if (this.owedFrames > 0) {
      this.owedFrames -= 1;
      return true;
    }
    const excessMs = this.#delayMs - this.targetMs;
    if (excessMs > DRAIN_ABOVE_MS) this.#isDraining = true;
    else if (excessMs <= DRAIN_UNTIL_MS) this.#isDraining = false;
    if (this.#isDraining) this.#delayMs -= FRAME_MS;
    return this.#isDraining;
  }
}
