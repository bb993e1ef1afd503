import type { AudioTap } from "../../media-node/media/audio-tap.ts";
import type {
  MediaPeer,
  MediaSession,
  MediaSink,
  MediaStats,
} from "../../media-node/media/media-session.ts";
import type { MediaPlan } from "../../media-node/protocol/sdp/media-plan.ts";
import type { CallQuality } from "../../schema/contracts/call-quality.ts";

const NO_STATS: MediaStats = {
  packetsSent: 0,
  packetsReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  packetsLost: 0,
  packetsLate: 0,
  packetsDuplicate: 0,
  packetsReordered: 0,
  concealedMs: 0,
  jitterMs: 0,
  jitterTicks: 0,
  bufferTargetMs: 0,
  bufferMs: 0,
  authFailures: 0,
  replayed: 0,
  malformed: 0,
  wrongSource: 0,
  wrongSsrc: 0,
  overRate: 0,
};

/** One 5 s sample of a session that began then: what was heard came to this score. */
export function qualityOf(mos: number, startedAtMs: number): CallQuality {
  const direction = { mos: null, jitterMs: null, lossPercent: null, packets: 250, packetsLost: 1 };
  const unknown = { mos: [null], lossPercent: [null], jitterMs: [null] };
  return {
    summary: {
      receive: { ...direction, mos: { min: mos, avg: mos, max: mos, samples: 1 } },
      send: direction,
      roundTripMs: null,
    },
    series: {
      startedAtMs,
      atSecs: [5],
      receive: { ...unknown, mos: [mos] },
      send: unknown,
      roundTripMs: [null],
    },
  };
}

/** Media without packets: keeps what the call does with it. */
export class FakeMedia implements MediaSession {
  readonly localPort = 10_000;
  sampleRateHz = 8_000;
  readonly plans: MediaPlan[] = [];
  readonly sent: Int16Array[] = [];
  readonly marks: string[] = [];
  readonly digits: string[] = [];
  takesDigits = true;
  readonly timeout = new AbortController();
  sink: MediaSink | null = null;
  tap: AudioTap | null = null;
  signallingAddress: string | undefined;
  queued = 0;
  isFull = false;
  cleared = 0;
  disposed = 0;
  counters: MediaStats = NO_STATS;
  measured: CallQuality | null = null;
  heard: MediaPeer = { heardFrom: null, rtcpReceived: 0, isReportedHeard: false };
  readonly #journal: string[];

  constructor(journal: string[]) {
    this.#journal = journal;
  }

  get timedOut(): AbortSignal {
    return this.timeout.signal;
  }

  start(plan: MediaPlan, sink: MediaSink, signallingAddress?: string): void {
    this.#journal.push("media.start");
    this.signallingAddress = signallingAddress;
    this.plans.push(plan);
    this.sink = sink;
  }

  update(plan: MediaPlan): void {
    this.#journal.push("media.update");
    this.plans.push(plan);
  }

  send(pcm: Int16Array): boolean {
    if (this.sink === null || this.isFull) return false;
    this.sent.push(pcm);
    return true;
  }

  mark(name: string): void {
    if (this.sink !== null) this.marks.push(name);
  }

  clear(): void {
    this.cleared += 1;
  }

  sendDigits(digits: string, mode: string): boolean {
    this.digits.push(`${digits} ${mode}`);
    return this.takesDigits;
  }

  record(tap: AudioTap | null): void {
    this.tap = tap;
  }

  queuedMs(): number {
    return this.queued;
  }

  stats(): MediaStats {
    return this.counters;
  }

  peer(): MediaPeer {
    return this.heard;
  }

  quality(): CallQuality | null {
    return this.measured;
  }

  stop(): void {
    this.#journal.push("media.stop");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#journal.push("media.dispose");
    this.disposed += 1;
  }
}
