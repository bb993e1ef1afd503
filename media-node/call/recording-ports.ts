import type { AgentRoute, InboundRoute } from "../../schema/contracts/routing.ts";

/** The recording of a call as the call knows it; docs/design/recording.md explains the codes. */

/** What has to be known of a call that is to be recorded, beside its identifier. */
export interface RecordingOrder {
  readonly workspaceId: InboundRoute["workspaceId"];
  readonly agentId: AgentRoute["id"];
  readonly settings: NonNullable<AgentRoute["recording"]>;
}

/** Null unless the agent's settings ask for it: nothing is recorded by default. */
export function recordingOrder({
  workspaceId,
  agent,
}: Pick<InboundRoute, "workspaceId" | "agent">): RecordingOrder | null {
  const settings = agent.recording;
  return settings === null ? null : { workspaceId, agentId: agent.id, settings };
}

export type RecordingFailure =
  /** On the node's disk. */
  | "disk_full"
  | "overrun"
  | "disk_error"
  | "writer_lost"
  | "media_lost"
  /** Of the file that was left. */
  | "unreadable"
  | "empty"
  /** On the way to the store. */
  | "spool_full"
  | "store_refused"
  | "encoder_failed";

/** What the process that captures tells, once for each call that it was told to record. */
export type CaptureOutcome =
  /** The call was never up: there is no file. */
  | { readonly kind: "none" }
  | { readonly kind: "finished" }
  | { readonly kind: "failed"; readonly code: RecordingFailure; readonly detail: string };

export type RecordingNews = { readonly kind: "begun" } | CaptureOutcome;

/** Where and how a call's audio is written: all that the process that captures has to know. */
export interface RecordingSpool {
  /** Of a file that does not exist yet. */
  readonly path: string;
  /** 32 bytes, for this file alone. */
  readonly key: Uint8Array;
  /** Sealed: what whoever reads the file will need. */
  readonly facts: string;
}
