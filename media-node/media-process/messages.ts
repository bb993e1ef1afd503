import type { VoicemailReport } from "../../schema/contracts/agent-voicemail.ts";
import type { AgentSocketKind } from "../agent/websocket/agent-socket.ts";
import type { AgentCall, AgentTarget, TranscriptEvent } from "../call/agent-ports.ts";
import type { CallEndCode } from "../call/call-ends.ts";
import type { LegReport, MediaCall, VoicemailPolicy } from "../call/media-ports.ts";
import type { RecordingNews } from "../call/recording-ports.ts";
import type { TransferRequest, TransferUpdate } from "../call/transfer/transfers.ts";
import type { MediaIoFailures, MediaIoKind } from "../media/media-io.ts";
import type { MediaTimeouts } from "../media/media-session.ts";
import type { QualitySample } from "../media/quality.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";

/**
 * Everything that the main process and a media process say to each other. Both are the same build, so nothing here has a
 * version; keys of SRTP and of recordings and headers of agents cross here and nowhere else. `call` is the main process's number for a call,
 * `leg` the call's number for a leg, and `request` is repeated in the answer.
 */

export interface MediaProcessConfig {
  readonly bindAddress: string;
  /** For SDP. */
  readonly advertisedAddress: string;
  /** First and last port, inclusive; `[0, 0]` lets the system choose. */
  readonly ports: readonly [number, number];
  readonly timeouts: MediaTimeouts;
  /** How packets are read and sent, where it can be had. */
  readonly io: MediaIoKind;
  /** Agents may also be on this machine. */
  readonly allowLoopback: boolean;
  readonly agentConnectBudgetMs: number;
  /** Of the agents' audio files, named by their digests. */
  readonly audioDirectory: string;
  /** The WebSocket client for agents. */
  readonly webSocket: AgentSocketKind;
  /** PEM file of authorities whom a process of its own trusts beside the system's; null: none. */
  readonly extraCaFile: string | null;
}

/** What an agent is told, beside what the bridge tells it. */
export type AgentNews =
  | { readonly kind: "ringing" }
  | { readonly kind: "transferring"; readonly update: TransferUpdate }
  | { readonly kind: "far_end_changed"; readonly party: string }
  | { readonly kind: "ended"; readonly code: CallEndCode };

/** About one call, to the process that has its media. */
export type CallMessage =
  | {
      readonly kind: "open";
      readonly call: number;
      readonly request: number;
      readonly settings: MediaCall;
    }
  | { readonly kind: "open_leg"; readonly call: number; readonly request: number }
  | {
      readonly kind: "start";
      readonly call: number;
      readonly leg: number;
      readonly plan: MediaPlan;
      readonly signallingAddress: string;
      /** Null: what is heard goes to the agent. */
      readonly relayTo: number | null;
    }
  | {
      readonly kind: "update";
      readonly call: number;
      readonly leg: number;
      readonly plan: MediaPlan;
    }
  | {
      readonly kind: "send_digits";
      readonly call: number;
      readonly leg: number;
      readonly digits: string;
    }
  | {
      readonly kind: "stop";
      readonly call: number;
      readonly request: number;
      readonly leg: number;
    }
  | {
      readonly kind: "release_leg";
      readonly call: number;
      readonly request: number;
      readonly leg: number;
    }
  | { readonly kind: "connect_agent"; readonly call: number; readonly isListening: boolean }
  /** The two that the connection waits for, in either order. */
  | { readonly kind: "agent_target"; readonly call: number; readonly target: AgentTarget }
  | { readonly kind: "agent_call"; readonly call: number; readonly agentCall: AgentCall }
  /** Nobody waits for the connection any more. */
  | { readonly kind: "abandon_agent"; readonly call: number }
  | { readonly kind: "tell_agent"; readonly call: number; readonly news: AgentNews }
  | { readonly kind: "close_agent"; readonly call: number; readonly request: number }
  | {
      readonly kind: "talk";
      readonly call: number;
      readonly silenceTimeoutSecs: number | null;
      readonly voicemail: VoicemailPolicy | null;
    }
  | { readonly kind: "hold"; readonly call: number; readonly isHeld: boolean }
  | {
      readonly kind: "info_digit";
      readonly call: number;
      readonly digit: string;
      readonly durationMs: number;
    }
  | { readonly kind: "turn_to"; readonly call: number; readonly leg: number }
  | { readonly kind: "join"; readonly call: number; readonly leg: number }
  | { readonly kind: "comfort"; readonly call: number }
  | {
      readonly kind: "announce";
      readonly call: number;
      readonly request: number;
      readonly sha256: string;
    }
  | { readonly kind: "hold_tone"; readonly call: number; readonly isPlaying: boolean }
  | { readonly kind: "until_heard"; readonly call: number; readonly request: number }
  | { readonly kind: "close"; readonly call: number }
  | { readonly kind: "release"; readonly call: number; readonly request: number };

export type ToMediaProcess =
  | { readonly kind: "configure"; readonly config: MediaProcessConfig }
  /** Answered by `pong`, or the process counts as hung. */
  | { readonly kind: "ping" }
  | { readonly kind: "shut_down" }
  | CallMessage;

/** A leg that was opened. */
interface OpenedLeg {
  readonly leg: number;
  readonly address: string;
  readonly rtpPort: number;
}

/** About one call, from the process that has its media. */
export type CallNews =
  /** In answer to `open` and `open_leg`; null: no port pair is free. */
  | { readonly kind: "opened"; readonly request: number; readonly opened: OpenedLeg | null }
  | { readonly kind: "open_failed"; readonly request: number; readonly detail: string }
  | { readonly kind: "stopped"; readonly request: number; readonly report: LegReport | null }
  | { readonly kind: "announced"; readonly request: number; readonly isPlaying: boolean }
  /** In answer to everything else that has a request. */
  | { readonly kind: "done"; readonly request: number }
  | { readonly kind: "timed_out"; readonly call: number; readonly leg: number }
  | { readonly kind: "agent_accepted"; readonly call: number }
  | {
      readonly kind: "agent_refused";
      readonly call: number;
      readonly detail: string;
      /** A defect of ours, and no failure of the agent. */
      readonly isFault: boolean;
    }
  | { readonly kind: "agent_hung_up"; readonly call: number; readonly reason: string }
  | { readonly kind: "agent_away"; readonly call: number; readonly detail: string }
  | {
      readonly kind: "agent_back";
      readonly call: number;
      readonly count: number;
      readonly awayMs: number;
    }
  | { readonly kind: "agent_lost"; readonly call: number; readonly detail: string }
  | { readonly kind: "transfer"; readonly call: number; readonly request: TransferRequest }
  | { readonly kind: "transcript"; readonly call: number; readonly event: TranscriptEvent }
  | { readonly kind: "silent"; readonly call: number }
  | { readonly kind: "screened"; readonly call: number; readonly report: VoicemailReport }
  | { readonly kind: "failed"; readonly call: number; readonly detail: string };

/** What a media process says of itself. */
export interface MediaProcessStatus {
  readonly calls: number;
  /** Leased or in quarantine. */
  readonly portsUsed: number;
  readonly portsTotal: number;
  /** How packets are read and sent. */
  readonly io: MediaIoKind;
  /** Since the process began. */
  readonly packetFailures: Readonly<MediaIoFailures>;
  /** Of calls, in the packet memory. */
  readonly srtpContexts: number;
  readonly residentBytes: number;
  /** Of the event loop, since the answer before. */
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

export type FromMediaProcess =
  /** Ports can be bound: in answer to `configure`. */
  | { readonly kind: "configured"; readonly status: MediaProcessStatus }
  | { readonly kind: "configure_failed"; readonly message: string; readonly code: string | null }
  | { readonly kind: "pong"; readonly status: MediaProcessStatus }
  /** Every 5 s of every leg. */
  | { readonly kind: "quality_sampled"; readonly sample: QualitySample }
  | {
      readonly kind: "recording";
      readonly callId: MediaCall["callId"];
      readonly news: RecordingNews;
    }
  | {
      readonly kind: "log";
      readonly level: "info" | "warn" | "error";
      readonly event: string;
      readonly fields: Record<string, unknown>;
    }
  | CallNews;
