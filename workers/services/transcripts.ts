import { z } from "zod";
import {
  type CallRecord,
  type TranscriptEntry,
  transcriptEntrySchema,
} from "../../schema/contracts/call-record.ts";
import { retentionMs } from "../../schema/values/retention.ts";
import type { AppDeps } from "../app-type.ts";
import { type ConversationRow, findConversation } from "../db/conversations.ts";

export type TranscriptEntries = readonly TranscriptEntry[];

type TranscriptDeps = Pick<AppDeps, "db" | "objects" | "clock">;

const storedSchema = z.array(transcriptEntrySchema);

/** A node's record in two: what stands in the conversation, and what was said, which is an object of its own. */
export function takeTranscript(told: CallRecord): {
  readonly call: CallRecord;
  readonly transcript: TranscriptEntries;
} {
  const { transcript = [], ...call } = told;
  if (transcript.length === 0) return { call, transcript };
  return { call: { ...call, transcriptMessages: transcript.length }, transcript };
}

/**
 * Before the call's end is stored: whoever reads the end finds the transcript, and a node tells again of an end whose transcript
 * could not be kept.
 * @throws what the object store throws
 */
export async function keepTranscript(
  { objects, clock, config }: TranscriptDeps & Pick<AppDeps, "config">,
  { workspaceId, callId }: CallRecord,
  transcript: TranscriptEntries,
): Promise<void> {
  if (transcript.length === 0) return;
  const bytes = new TextEncoder().encode(JSON.stringify(transcript));
  const expiresAtMs = clock() + retentionMs(config.retentionDays, "transcripts");
  await objects.put(transcriptKey(workspaceId, callId), bytes, expiresAtMs);
}

/** The end was not stored: what has been erased, or was never this workspace's, leaves no transcript either. */
export async function dropStrayTranscript(
  { db, objects }: TranscriptDeps,
  { workspaceId, conversationId, callId }: CallRecord,
): Promise<void> {
  if ((await findConversation(db, workspaceId, conversationId)) !== null) return;
  await objects.delete(transcriptKey(workspaceId, callId));
}

/** What was said in a conversation; nothing when nobody told, or when it has been kept long enough. */
export async function readTranscript(
  { objects }: Pick<AppDeps, "objects">,
  { workspaceId, callId, record }: ConversationRow,
): Promise<TranscriptEntries> {
  if (record.transcriptMessages === undefined) return [];
  const bytes = await objects.get(transcriptKey(workspaceId, callId));
  if (bytes === null) return [];
  return storedSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

/** The conversation's row is what the object is found by. */
export function transcriptKey(workspaceId: string, callId: string): string {
  return `transcripts/${workspaceId}/${callId}`;
}
