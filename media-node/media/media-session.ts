import type { CallQuality } from "../../schema/contracts/call-quality.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import type { AudioTap } from "./audio-tap.ts";
import type { DigitMode } from "./digit-sender.ts";

/** 20 ms of linear audio at the session's sample rate. The array is re-used: copy it to keep it. */
type AudioFrame = Int16Array;

export const FRAME_MS = 20;
/** Of the RTP clock, which is 8 kHz with every codec. */
export const FRAME_TICKS = 160;

/** The sample rate of a frame of 20 ms. */
export function frameRateHz(frame: AudioFrame): number {
  return (frame.length * 1_000) / FRAME_MS;
}

/** What a media session tells its call. Called from the packet path: must neither throw nor block. */
export interface MediaSink {
  /** One frame of received audio, in order; its length says its rate, which a new codec changes. */
  audio(frame: AudioFrame): void;
  /** A telephone event ended or was long enough to count; once per key press (RFC 4733 §2.5). */
  digit(digit: string, durationMs: number): void;
  /**
   * The last sample queued before `mark(name)` has left, or was dropped by `clear()`. `playedMs` is what has left of the audio
   * that was queued since the mark before it, or since the last `clear()`.
   */
  markReached(name: string, outcome: "played" | "cleared", playedMs: number): void;
  /** The last of the keys of one `sendDigits` has left, or they were dropped by a hold. */
  digitsSent(digits: string, outcome: "sent" | "dropped"): void;
}

export interface MediaStats {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** RFC 3550 §A.3: expected minus received, never below 0. */
  readonly packetsLost: number;
  /** Came after their turn: what they held was concealed or skipped. */
  readonly packetsLate: number;
  /** Plain RTP whose sequence number had come before; with SRTP it is `replayed`. */
  readonly packetsDuplicate: number;
  /** Overtaken by a later one. */
  readonly packetsReordered: number;
  /** Audio that stood in for what was missing, until it had faded; silence that was announced is none. */
  readonly concealedMs: number;
  /** RFC 3550 §6.4.1: interarrival jitter, in milliseconds and in ticks of the RTP clock. */
  readonly jitterMs: number;
  readonly jitterTicks: number;
  /** From the arrival of the quickest packets to their playout: what the jitter buffer wants, and what it has. */
  readonly bufferTargetMs: number;
  readonly bufferMs: number;
  /** Dropped by cause: a counter, never a hang-up. */
  readonly authFailures: number;
  /** Seen before by the replay window. */
  readonly replayed: number;
  /** Not RTP or RTCP, or a payload type that was not negotiated. */
  readonly malformed: number;
  /** Plain RTP from an address that is not the peer's. */
  readonly wrongSource: number;
  /** Plain RTP of another SSRC while the present one speaks. */
  readonly wrongSsrc: number;
  /** More packets than anybody sends: dropped before they cost anything. */
  readonly overRate: number;
}

/** What has been heard of the other side itself. Plain data. */
export interface MediaPeer {
  /** Where its accepted audio came from last; null: none has come. */
  readonly heardFrom: { readonly address: string; readonly port: number } | null;
  /** RTCP packets of it. */
  readonly rtcpReceived: number;
  /** Whether one of them speaks of what we send (RFC 3550 §6.4.1). */
  readonly isReportedHeard: boolean;
}

/** One call's RTP: sockets, clock slot and keys. Sends from `start()` on, silence when nothing is queued. */
export interface MediaSession extends AsyncDisposable {
  readonly localPort: number;
  /** Of the audio that it gives, and takes without being told another: that of its codec, 16,000 with G.722 and else 8,000. A new codec changes it. */
  readonly sampleRateHz: number;
  /**
   * Begins to send and to hear. A session that was never started sends nothing. `signallingAddress` is where the peer's SIP
   * came from: RTP goes there when the address of its SDP is private.
   */
  start(plan: MediaPlan, sink: MediaSink, signallingAddress?: string): void;
  /** A new offer/answer round: new keys, codec, direction or address without losing the queue. */
  update(plan: MediaPlan): void;
  /**
   * Queues audio for paced playout; any length, at its own rate (8, 16, 24 or 48 kHz; absent: the session's). Returns false
   * when the queue is full (30 s).
   */
  send(pcm: Int16Array, sampleRateHz?: number): boolean;
  /** Fires `markReached` when everything queued so far has left. */
  mark(name: string): void;
  /** Barge-in: drops what is queued and not yet sent; pending marks end as `cleared`. */
  clear(): void;
  /**
   * Queues key presses (`0-9 * # A-D`, `w` and `W` for pauses of 0.5 and 1 s): RFC 4733 events where the peer negotiated
   * them and the mode allows, else tones in the audio. False when one is no digit, on hold, or when too many wait.
   */
  sendDigits(digits: string, mode: DigitMode): boolean;
  /** Copies what is heard and sent from now on; null: to nobody. Kept over `start()` and `update()`. */
  record(tap: AudioTap | null): void;
  /** Milliseconds of audio queued and not yet sent. */
  queuedMs(): number;
  /** Aborted when the media timeout strikes (DESIGN §10); never on hold. */
  readonly timedOut: AbortSignal;
  stats(): MediaStats;
  peer(): MediaPeer;
  /** How well both sides have heard so far, sampled every 5 s; null before `start()`. Plain data, made anew. */
  quality(): CallQuality | null;
  /** Sends and hears nothing more, from this moment on. The ports are held until it is disposed of. */
  stop(): void;
}

/** A bound even/odd port pair; released into quarantine on dispose. */
export interface PortLease extends AsyncDisposable {
  readonly rtpPort: number;
}

export interface MediaTimeouts {
  /** From `start()` to the first packet. */
  readonly firstPacketMs: number;
  readonly silenceMs: number;
}
