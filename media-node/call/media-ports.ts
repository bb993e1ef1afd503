import type { VoicemailReport, VoicemailRoute } from "../../schema/contracts/agent-voicemail.ts";
import type { CallQuality } from "../../schema/contracts/call-quality.ts";
import type { CallId } from "../../schema/values/ids.ts";
import type { MediaPeer, MediaStats } from "../media/media-session.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import type { AgentCall, AgentTarget, DigitInputSettings, TranscriptEvent } from "./agent-ports.ts";
import type { CallEndCode } from "./call-ends.ts";
import type { RecordingOrder, RecordingSpool } from "./recording-ports.ts";
import type { TransferRequest, TransferUpdate } from "./transfer/transfers.ts";

/**
 * The media of a call as the call steers them. They may be in another process, so that nothing of audio passes here, what
 * is asked takes effect in its order, and every answer comes later. When they are gone, every answer comes all the same.
 */

/** What is known of a call when its media are opened. */
export interface MediaCall {
  readonly callId: CallId;
  /** Null: keys are told one by one and collected by nobody. */
  readonly digitInput: DigitInputSettings | null;
  /** What the agent may have played: name to digest; absent: nothing. */
  readonly audioFiles?: Readonly<Record<string, string>>;
  /** Absent: the call is not recorded. */
  readonly recording?: RecordingOrder | null;
  /** Where its audio goes, made of the order by whoever keeps recordings. Absent: nowhere. */
  readonly spool?: RecordingSpool | null;
}

/** What media tell their call. */
export interface CallMediaEvents {
  /** The agent wants the call ended, after what it said has been heard. */
  agentHungUp(reason: string): void;
  /** The agent's connection is lost in mid-call: the caller hears a soft tone, and the agent may come back. */
  agentAway(detail: string): void;
  /** It has come back, for the `count`th time in this call. */
  agentBack(back: { readonly count: number; readonly awayMs: number }): void;
  /** The agent's connection is gone for good, and it had not hung up; once. What the caller hears stays as it is. */
  agentLost(detail: string): void;
  /** The process that holds the media is gone, and they with it; once. */
  lost(detail: string): void;
  /** A defect: the call cannot go on. */
  failed(detail: string): void;
}

export interface MediaPorts {
  /** Null when the range is exhausted: the caller answers 503 (`ports_exhausted`). */
  open(call: MediaCall, events: CallMediaEvents): Promise<CallMedia | null>;
}

/** What a leg has done until it was stopped. Plain data: it may have crossed to another process. */
export interface LegReport {
  readonly stats: MediaStats;
  /** Null when nothing was heard. */
  readonly quality: CallQuality | null;
  /** Absent of several legs together. */
  readonly peer?: MediaPeer;
}

/** One leg's RTP. Disposing releases its ports. */
export interface MediaLeg extends AsyncDisposable {
  /** Within its call. */
  readonly id: number;
  /** The advertised address, for SDP. */
  readonly address: string;
  readonly rtpPort: number;
  /** Aborted when the media timeout strikes (DESIGN §10); never on hold. */
  readonly timedOut: AbortSignal;
  /**
   * Begins to send and to hear, once. `signallingAddress` is where the peer's SIP came from: RTP goes there when the address
   * of its SDP is private. What is heard goes to the agent, or to `relayTo`, another leg of the same call.
   */
  start(plan: MediaPlan, signallingAddress: string, relayTo?: Pick<MediaLeg, "id">): void;
  /** A new offer/answer round: new keys, codec, direction or address without losing the queue. */
  update(plan: MediaPlan): void;
  /** Keys for the peer; dropped where they cannot be sent. */
  sendDigits(digits: string): void;
  /**
   * Sends and hears nothing more, from this moment on; may be said again. The ports are held until it is disposed of. Null:
   * nobody knows any more what was sent. Settles within 500 ms.
   */
  stop(): Promise<LegReport | null>;
}

/** What the agent may do from the answer on. */
export interface Talk {
  /** Null: silence ends no call. */
  readonly silenceTimeoutSecs: number | null;
  /** Nobody has been heard for that long; once. */
  silent(): void;
  /** Null: nobody listens for a machine. */
  readonly voicemail: VoicemailPolicy | null;
  /** Something has become known of who has answered. */
  screened(report: VoicemailReport): void;
  /** The agent wants the caller sent on to somebody else; asked for before the answer, it is told now. */
  transfer(request: TransferRequest): void;
  /** What the agent says was said; what was said before the answer is told now. */
  transcript(event: TranscriptEvent): void;
}

/** `message` is what the agent is told to say, its variables put in. */
export type VoicemailPolicy = VoicemailRoute;

/** The agent of a call, from the attempt to connect it. What it is told before it is there, it is told when it is. */
export interface AgentLink extends AsyncDisposable {
  /** Resolves when the agent has accepted; rejects with AgentUnavailable or what the call was rejected with. */
  readonly accepted: Promise<void>;
  /** The called side is being alerted; once, and only in calls that we place. */
  ringing(): void;
  /** What becomes of a transfer that it asked for; the last is `succeeded` or `failed`. */
  transferring(update: TransferUpdate): void;
  /** The peer has transferred the call: another party is there from now on. */
  farEndChanged(party: string): void;
  /** The call has ended, or the agent's part in it. */
  ended(code: CallEndCode): void;
}

/** The legs of one call, its agent and what connects them: all of it in one process. Disposing releases all of it. */
export interface CallMedia extends AsyncDisposable {
  /** The leg that the call was opened with. */
  readonly first: MediaLeg;
  /** A leg for whoever the call is transferred to; null when no port pair is free. */
  openLeg(): Promise<MediaLeg | null>;
  /**
   * Once. What the agent says before `open` is kept for it. `isListening`: it is told of keys before `open`, and hears what
   * comes before the answer where it asked to.
   */
  connectAgent(
    target: Promise<AgentTarget>,
    call: AgentCall | Promise<AgentCall>,
    signal: AbortSignal,
    options: { readonly isListening: boolean },
  ): AgentLink;
  /** The call is answered: audio, keys and marks flow both ways, and the agent is told. */
  open(talk: Talk): void;
  /** The peer put the call on hold or took it back: nobody listens, and what comes is its music. */
  hold(isHeld: boolean): void;
  /** A key that came in an INFO instead of in RTP. */
  infoDigit(digit: string, durationMs: number): void;
  /** Another party is at the far end: what the agent says goes there, and what it said before is dropped. */
  turnTo(leg: Pick<MediaLeg, "id">): void;
  /** The caller talks to somebody else from now on, and the agent is out of the call. */
  join(leg: Pick<MediaLeg, "id">): void;
  /** The soft tone of a caller whose agent is away, until an announcement, `join` or the end. What was queued is dropped. */
  comfort(): void;
  /** Plays an audio file in the place of the tone: true from its first sample on, false when it cannot be read. */
  announce(sha256: string): Promise<boolean>;
  /** What a waiting caller hears, until it is disposed of; then what is left of it is dropped. */
  playHoldTone(): Disposable;
  /** Resolves when the peer has heard what is queued for it, when it is held, when the signal aborts, and in 30 s at most. */
  untilHeard(hurried: AbortSignal): Promise<void>;
  /** The call has ended: the agent hears nothing more and is heard no more. */
  close(): void;
}
