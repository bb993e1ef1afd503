import type { OpenaiSettings } from "../../schema/contracts/agent-openai.ts";
import type { VoicemailReport } from "../../schema/contracts/agent-voicemail.ts";
import type { ClientData, DynamicVariables } from "../../schema/contracts/client-data.ts";
import type { CallId, WorkspaceId } from "../../schema/values/ids.ts";
import type { DigitMode } from "../media/digit-sender.ts";
import type { CallEndCode } from "./call-ends.ts";
import type { TransferRequest, TransferUpdate } from "./transfer/transfers.ts";

/** What an agent is to a call: the protocols of agent/ implement it, beside the media that it talks over. */

/** Where an agent is and how it is spoken to. Its headers are open: for the one connection, and for no log. */
export type AgentTarget =
  | { readonly protocol: "builtin" }
  | {
      readonly protocol: "native";
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly protocol: "twilio";
      readonly url: string;
      /** With the signature, where the agent's settings have a token. */
      readonly headers: Readonly<Record<string, string>>;
      readonly workspaceId: WorkspaceId;
    }
  | {
      readonly protocol: "telnyx";
      readonly url: string;
      /** With the token, where the agent's settings have one. */
      readonly headers: Readonly<Record<string, string>>;
      readonly workspaceId: WorkspaceId;
      readonly authToken: string | null;
    }
  | {
      readonly protocol: "openai";
      /** With the model. */
      readonly url: string;
      /** With the key, where the agent's settings have one. */
      readonly headers: Readonly<Record<string, string>>;
      readonly settings: OpenaiSettings;
      /** Keys are told as answers of several, and not one by one. */
      readonly collectsDigits: boolean;
    }
  | {
      readonly protocol: "elevenlabs";
      /** Of conversations, with the agent's identifier. */
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Null: the agent is public. */
      readonly apiKey: string | null;
      /** Keys are told as answers of several, and not one by one. */
      readonly collectsDigits: boolean;
    };

/** How pressed keys become one answer of the caller. */
export interface DigitInputSettings {
  /** Without a further key for this long the sequence is complete. */
  readonly timeoutMs: number;
  /** `#` completes the sequence and is no part of it. */
  readonly hashTerminator: boolean;
}

export interface DigitSequence {
  readonly digits: string;
  readonly endedBy: "timeout" | "terminator" | "length";
}

/** What the agent's protocol tells of what was said. */
export type TranscriptEvent =
  | {
      readonly kind: "said";
      readonly role: "user" | "agent";
      readonly text: string;
      /** By what a correction names it; null: by nothing. */
      readonly eventId: string | null;
      /** How long ago it began to be said, where the protocol knows. */
      readonly agoMs?: number;
    }
  | {
      /** Of the agent: only this was heard, because the caller broke in. Of the user: it was heard wrong. */
      readonly kind: "corrected";
      readonly role: "user" | "agent";
      /** Null: the last of that role. */
      readonly eventId: string | null;
      /** Null: it is not known how much of it. */
      readonly text: string | null;
    };

/** What an agent does with the audio of its call, whatever its protocol calls it. */
export type AgentAction =
  /** The caller hears the hold tone, behind what the agent has said; until it ends neither side hears the other. */
  | { readonly kind: "hold"; readonly isActive: boolean }
  /** `caller`: the agent hears nothing of the caller. `agent`: the caller hears nothing of the agent. Keys are told as ever. */
  | { readonly kind: "mute"; readonly party: "caller" | "agent"; readonly isActive: boolean }
  /** An audio file of the agent, behind what it has said. */
  | { readonly kind: "play"; readonly id: string | null; readonly file: string };

/** What came of it; of a file once it has been heard, was cleared, or cannot be played. */
export type AgentActionOutcome =
  | Extract<AgentAction, { kind: "hold" | "mute" }>
  | (Extract<AgentAction, { kind: "play" }> & {
      readonly outcome: "played" | "cleared" | "failed";
      /** A sentence, of a failure. */
      readonly reason: string | null;
    });

/** What the agent side tells the call. */
export interface AgentSink {
  /** Linear PCM, 8 kHz unless said otherwise; the array may be kept. */
  audio(pcm: Int16Array, sampleRateHz?: number): void;
  clear(): void;
  mark(name: string): void;
  /** Keys to press; false when they cannot be sent now. */
  sendDigits(digits: string, mode: DigitMode): boolean;
  act(action: AgentAction): void;
  /** The agent wants the caller sent on to somebody else. */
  transfer(request: TransferRequest): void;
  /** For the record of the call; as often as the agent likes, for what is kept is bounded there. */
  transcript(event: TranscriptEvent): void;
  /** The agent wants the call ended, after what it said has been heard. */
  hangUp(reason: string): void;
  /** The connection is gone; once. `mayReturn` false: this side has closed it, for what the agent did. */
  closed(detail: string, mayReturn: boolean): void;
}

/** What an agent is told that has come back to a call. */
export interface Resumption {
  /** How often it has come back, this time included. */
  readonly count: number;
  /** Since its connection was lost. */
  readonly awayMs: number;
  /** The last of its marks that was played; null: none was. */
  readonly lastMark: string | null;
}

export interface VoicemailNews {
  readonly report: VoicemailReport;
  /** What it says is not heard yet. */
  readonly isHeldBack: boolean;
  /** What the settings would have it say, its variables put in. */
  readonly message: string | null;
}

/** Told to the agent before the call is answered. */
export interface AgentCall {
  readonly callId: CallId;
  readonly conversationId: string;
  readonly direction: "inbound" | "outbound";
  readonly from: string;
  readonly to: string;
  readonly dynamicVariables: DynamicVariables;
  /** What the pre-call webhook or the request for the call said beside the variables. */
  readonly clientData?: ClientData;
  /** Absent: the agent has not been in the call before. */
  readonly resumption?: Resumption;
}

export interface AgentConnection extends AsyncDisposable {
  /** It asked to hear what comes before the answer: announcements and the carrier's ringback. */
  readonly wantsEarlyAudio?: boolean;
  /** The called side is being alerted; once, and only in calls that we place. */
  ringing?(): void;
  attach(sink: AgentSink): void;
  /** The call is up: the agent may speak. */
  answered(): void;
  /** One received frame of 20 ms, at the rate of the caller's codec; the array is re-used by the caller after return. */
  audio(frame: Int16Array): void;
  digit(digit: string, durationMs: number): void;
  /** Keys that make one answer, where the agent's settings collect them; each has been told by `digit`. */
  digitsCollected(sequence: DigitSequence): void;
  digitsSent(digits: string, outcome: "sent" | "dropped"): void;
  /** Absent: its protocol knows no such actions. */
  acted?(outcome: AgentActionOutcome): void;
  /** What becomes of a transfer that it asked for; the last is `succeeded` or `failed`. */
  transferring(update: TransferUpdate): void;
  /** `playedMs`: what has left of the audio that it sent since the mark before this one, or since its last `clear`. */
  markReached(name: string, outcome: "played" | "cleared", playedMs: number): void;
  /** The peer has transferred the call: another party is there from now on. */
  farEndChanged?(party: string): void;
  /** Who has answered a call that we placed, where its settings want it; again when more is known. */
  voicemail?(news: VoicemailNews): void;
  held(isHeld: boolean): void;
  /** What the agent sent was dropped, because the playout queue is full; once per overrun. */
  playoutFull(): void;
  /** The call has ended; sent before the connection closes. */
  ended(code: CallEndCode): void;
}

export interface AgentConnector {
  /**
   * Resolves when the agent has accepted; throws AgentUnavailable within the budget otherwise. A call that is still a
   * promise is connected for meanwhile and told to the agent when it is there; its rejection is thrown as it is.
   * `handshakeMs`: what the WebSocket's own handshake may take of the budget; absent: all of it.
   */
  connect(
    target: AgentTarget,
    call: AgentCall | Promise<AgentCall>,
    signal: AbortSignal,
    handshakeMs?: number,
  ): Promise<AgentConnection>;
}
