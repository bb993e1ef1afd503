import type { CallQuality } from "../../schema/contracts/call-quality.ts";
import { isRtcp } from "../protocol/rtp/packet.ts";
import { packetsLost } from "../protocol/rtp/sequence.ts";
import { CODECS, type MediaPlan } from "../protocol/sdp/media-plan.ts";
import type { AudioTap } from "./audio-tap.ts";
import type { MediaClock } from "./clock.ts";
import type { DigitMode } from "./digit-sender.ts";
import { KeyRing } from "./key-ring.ts";
import { Latch } from "./latching.ts";
import type {
  MediaPeer,
  MediaSession,
  MediaSink,
  MediaStats,
  MediaTimeouts,
} from "./media-session.ts";
import type { PlayoutClock, PlayoutMember } from "./playout-clock.ts";
import type { MediaPortLease } from "./port-pool.ts";
import type { QualitySample } from "./quality.ts";
import { QualityMonitor } from "./quality-monitor.ts";
import { ReceivePath } from "./receive-path.ts";
import { RtcpExchange } from "./rtcp-exchange.ts";
import { SendPath } from "./send-path.ts";
import type { SrtpEngine } from "./srtp-engine.ts";
import { createMediaCounters } from "./stats.ts";

export interface RtpSessionParts {
  readonly lease: MediaPortLease;
  readonly clock: MediaClock;
  readonly wheel: PlayoutClock;
  readonly timeouts: MediaTimeouts;
  /** False leaves silence where packets are missing: for comparison. */
  readonly concealsLoss: boolean;
  readonly random: (bytes: number) => Uint8Array;
  /** Told every 5 s of what is heard; must neither throw nor block. */
  readonly sampled: (sample: QualitySample) => void;
  readonly srtp: SrtpEngine;
}

/** What exists from `start()` on. */
interface Running {
  plan: MediaPlan;
  readonly sink: MediaSink;
  readonly signallingAddress: string | null;
  readonly send: SendPath;
  readonly receive: ReceivePath;
  readonly rtcp: RtcpExchange;
  readonly quality: QualityMonitor;
  readonly slot: Disposable;
  hasHeard: boolean;
  /** When the media timeout strikes, unless something arrives. */
  deadlineMs: number;
}

/** One call's RTP: ties ports, keys, addresses and the two paths together. */
export class RtpSession implements MediaSession, PlayoutMember {
  readonly localPort: number;
  readonly #parts: RtpSessionParts;
  readonly #keys: KeyRing;
  readonly #latch = new Latch();
  readonly #counters = createMediaCounters();
  readonly #timeout = new AbortController();
  #running: Running | null = null;
  #tap: AudioTap | null = null;
  #isClosed = false;

  constructor(parts: RtpSessionParts) {
    this.#parts = parts;
    this.#keys = new KeyRing(parts.srtp);
    this.localPort = parts.lease.rtpPort;
  }

  get sampleRateHz(): number {
    return this.#running?.send.sampleRateHz ?? CODECS.PCMU.sampleRateHz;
  }

  get timedOut(): AbortSignal {
    return this.#timeout.signal;
  }

  start(plan: MediaPlan, sink: MediaSink, signallingAddress?: string): void {
    if (this.#running !== null) throw new Error("the media session has been started already");
    if (this.#isClosed) return;
    const { lease, clock, wheel, random, sampled, timeouts } = this.#parts;
    const nowMs = clock.monotonicMs();
    this.#keys.update(plan.srtp);
    this.#latch.aim(plan.remoteAddress, plan.remotePort, signallingAddress ?? null);
    const send = new SendPath(plan, this.#transmit);
    this.#beginSource(send);
    const receive = new ReceivePath(
      plan,
      this.#keys,
      this.#latch,
      this.#counters,
      sink,
      this.#parts.concealsLoss,
    );
    const counters = this.#counters;
    const rtcp = new RtcpExchange(plan, clock, {
      keys: this.#keys,
      latch: this.#latch,
      counters,
      send,
      receive,
      lease,
      random,
    });
    this.#running = {
      plan,
      sink,
      signallingAddress: signallingAddress ?? null,
      send,
      receive,
      rtcp,
      quality: new QualityMonitor({ clock, counters, receive, rtcp, sampled }),
      slot: wheel.add(this),
      hasHeard: false,
      deadlineMs: nowMs + timeouts.firstPacketMs,
    };
    this.record(this.#tap);
    lease.rtp.receive(this.#onRtp);
    lease.rtcp.receive(this.#onRtcp);
  }

  update(plan: MediaPlan): void {
    const running = this.#running;
    if (running === null) throw new Error("the media session has not been started");
    if (this.#isClosed) return;
    const wasActive = running.plan.direction === "sendrecv";
    const hasNewKey = this.#keys.update(plan.srtp);
    // A new source with a new key: whether a peer keeps or restarts the rollover counter (RFC 3711 §3.2.1), it begins at 0.
    if (hasNewKey) this.#beginSource(running.send);
    this.#latch.aim(plan.remoteAddress, plan.remotePort, running.signallingAddress);
    running.plan = plan;
    running.send.update(plan);
    running.receive.update(plan);
    running.rtcp.update(plan);
    if (!wasActive) this.#postponeTimeout(running);
  }

  #beginSource(send: SendPath): void {
    const bytes = Buffer.from(this.#parts.random(10));
    send.begin(bytes.readUInt32BE(0), bytes.readUInt16BE(4) & 0x7fff, bytes.readUInt32BE(6));
  }

  send(pcm: Int16Array, sampleRateHz = this.sampleRateHz): boolean {
    return this.#running?.send.push(pcm, sampleRateHz) ?? false;
  }

  mark(name: string): void {
    this.#running?.send.queue.mark(name);
  }

  clear(): void {
    const running = this.#running;
    if (running === null) return;
    for (const { name, playedSamples } of running.send.queue.clear()) {
      running.sink.markReached(name, "cleared", this.#msOf(playedSamples));
    }
  }

  sendDigits(digits: string, mode: DigitMode): boolean {
    return this.#running?.send.queueDigits(digits, mode) ?? false;
  }

  record(tap: AudioTap | null): void {
    this.#tap = tap;
    if (this.#running === null) return;
    this.#running.send.tap = tap;
    this.#running.receive.tap = tap;
  }

  queuedMs(): number {
    return this.#msOf(this.#running?.send.queue.queuedSamples ?? 0);
  }

  #msOf(samples: number): number {
    return (samples * 1_000) / this.sampleRateHz;
  }

  stats(): MediaStats {
    const receive = this.#running?.receive;
    const jitterTicks = receive?.tracker.jitterTicks ?? 0;
    return {
      ...this.#counters,
      packetsLost: receive === undefined ? 0 : packetsLost(receive.tracker),
      jitterMs: jitterTicks / 8,
      jitterTicks,
      concealedMs: receive?.concealedMs ?? 0,
      bufferTargetMs: receive?.bufferTargetMs ?? 0,
      bufferMs: receive?.bufferMs ?? 0,
    };
  }

  peer(): MediaPeer {
    const { address, port } = this.#latch;
    const rtcp = this.#running?.rtcp;
    return {
      heardFrom: this.#counters.packetsReceived === 0 ? null : { address, port },
      rtcpReceived: rtcp?.counts.received ?? 0,
      isReportedHeard: rtcp !== undefined && !Number.isNaN(rtcp.peer.reportedAtMs),
    };
  }

  quality(): CallQuality | null {
    return this.#running?.quality.report() ?? null;
  }

  tick(nowMs: number, skippedFrames: number): void {
    const running = this.#running;
    if (running === null || this.#isClosed) return;
    running.receive.tick(nowMs, skippedFrames);
    running.send.tick(skippedFrames, running.receive.dueMs);
    running.rtcp.tick(running.plan, nowMs, this.#parts.clock);
    running.quality.tick(running.plan, nowMs);
    for (;;) {
      const mark = running.send.queue.takeReachedMark();
      if (mark === null) break;
      running.sink.markReached(mark.name, "played", this.#msOf(mark.playedSamples));
    }
    for (;;) {
      const done = running.send.digits.takeOutcome();
      if (done === null) break;
      running.sink.digitsSent(done.digits, done.outcome);
    }
    // On hold nobody owes us media.
    const isStruck = running.plan.direction === "sendrecv" && nowMs >= running.deadlineMs;
    if (isStruck && !this.#timeout.signal.aborted) this.#timeout.abort();
  }

  #postponeTimeout(running: Running): void {
    const { clock, timeouts } = this.#parts;
    const grace = running.hasHeard ? timeouts.silenceMs : timeouts.firstPacketMs;
    running.deadlineMs = clock.monotonicMs() + grace;
  }

  /** Nothing leaves in clear once the plan has keys: without a protected packet nothing is sent. */
  readonly #transmit = (packet: Buffer, rtpBytes: number): boolean => {
    const { send } = this.#keys;
    const length = send === null ? rtpBytes : send.protectRtp(packet, rtpBytes);
    if (length < 0 || this.#latch.port === 0) return false;
    this.#parts.lease.rtp.send(packet, length, this.#latch.address, this.#latch.port);
    this.#counters.packetsSent += 1;
    this.#counters.bytesSent += length;
    return true;
  };

  readonly #onRtp = (packet: Buffer, length: number, address: string, port: number): void => {
    const running = this.#running;
    if (running === null || this.#isClosed) return;
    if (isRtcp(packet, length)) {
      if (running.plan.rtcpMux) this.#onRtcp(packet, length, address, port);
      else this.#counters.malformed += 1;
      return;
    }
    const nowMs = this.#parts.clock.monotonicMs();
    if (!running.receive.packet(nowMs, packet, length, address, port)) return;
    running.hasHeard = true;
    running.deadlineMs = nowMs + this.#parts.timeouts.silenceMs;
  };

  readonly #onRtcp = (packet: Buffer, length: number, address: string, port: number): void => {
    const running = this.#running;
    if (running === null || this.#isClosed) return;
    const nowMs = this.#parts.clock.monotonicMs();
    if (!running.rtcp.packet(nowMs, packet, length, address, port)) return;
    if (running.hasHeard) running.deadlineMs = nowMs + this.#parts.timeouts.silenceMs;
  };

  stop(): void {
    if (this.#isClosed) return;
    this.#running?.rtcp.bye(this.#running.plan, this.#parts.clock);
    this.#running?.quality.finish(this.#running.plan);
    this.#isClosed = true;
    this.#keys.close();
    this.#running?.slot[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#parts.lease[Symbol.asyncDispose]();
  }
}
