import type { RecordingReport, RecordingView } from "../../schema/contracts/recording.ts";
import type { WorkspaceId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findAgent } from "../db/agents.ts";
import { findConversation } from "../db/conversations.ts";
import { isErased } from "../db/erased-calls.ts";
import {
  deleteRecordings,
  findExpiredRecordings,
  findRecording,
  RECORDING_NEWS,
  type RecordingRow,
  upsertRecording,
} from "../db/recordings.ts";
import { findWorkspaceSettings } from "../db/workspace-settings.ts";
import { findWorkspacesOfRegion } from "../db/workspaces.ts";
import type { Statement } from "../db/write-unit.ts";
import type { ProblemCode } from "../errors/catalogue.ts";
import { notFound, type Outcome, refuse, succeed } from "../errors/refusal.ts";
import { type ByteRange, parseByteRange } from "../recordings/byte-range.ts";
import {
  deleteRecordingBytes,
  keepPart,
  partKey,
  RECORDING_TYPES,
  readRecordingBytes,
} from "../recordings/recording-bytes.ts";
import { recordingUrl } from "../recordings/recording-url.ts";
import { MAX_WEBHOOK_AUDIO_BYTES, POST_CALL_AUDIO } from "../webhooks/audio-body.ts";
import { isObject, memberOf } from "./agent-settings.ts";
import { commitUnit } from "./commit-unit.ts";
import { outboxRows } from "./outbox-rows.ts";
import { recordingSummary } from "./recording-view.ts";

/** Recordings: what nodes tell of them, what clients read, and when they go. */

const NO_CONVERSATION = notFound("There is no such conversation.");
const PRUNED_RECORDINGS = 50;

type ApplyDeps = Pick<AppDeps, "config" | "db" | "writer" | "clock" | "objects">;

/** What a node tells of a recording, each step once. Returns the webhook endpoints that have something to deliver now. */
export async function applyRecording(
  deps: ApplyDeps,
  report: RecordingReport,
  endpointIds: readonly string[],
): Promise<readonly string[]> {
  const told = await audioDeliveries(deps, report, endpointIds);
  const statements = [...upsertRecording(report), ...told];
  const committed = await commitUnit(deps.writer, statements, "bulk");
  if (!committed.ok && committed.refusedBy !== RECORDING_NEWS) return [];
  // Whoever erased the call, before or meanwhile, may not have seen the recording.
  if (report.place !== null && (await isErased(deps.db, report.callId))) {
    await deleteRecordingBytes(deps, report);
    return [];
  }
  return told.length === 0 ? [] : endpointIds;
}

/** The event of a recording that is there, and its outbox rows; the bytes are read when they are posted. */
async function audioDeliveries(
  deps: Pick<AppDeps, "db" | "clock">,
  report: RecordingReport,
  endpointIds: readonly string[],
): Promise<readonly Statement[]> {
  if (report.state !== "ready") return [];
  if ((report.bytes ?? 0) > MAX_WEBHOOK_AUDIO_BYTES) return [];
  if (!(await wantsAudio(deps, report))) return [];
  const nowMs = deps.clock();
  const body = JSON.stringify({
    agent_id: report.agentId,
    conversation_id: report.conversationId,
    event_timestamp: Math.floor(nowMs / 1_000),
    format: report.format,
  });
  return outboxRows(POST_CALL_AUDIO, report, body, endpointIds, nowMs);
}

/** The agent's own webhook settings, else the workspace's. */
async function wantsAudio(
  { db }: Pick<AppDeps, "db">,
  { workspaceId, agentId }: Pick<RecordingReport, "workspaceId" | "agentId">,
): Promise<boolean> {
  const [agent, workspace] = await Promise.all([
    findAgent(db, workspaceId, agentId),
    findWorkspaceSettings(db, workspaceId),
  ]);
  const overrides = memberOf(agent?.vendorFields["platform_settings"], "workspace_overrides");
  const own = memberOf(overrides, "webhooks");
  const webhooks = isObject(own) ? own : workspace?.vendorFields["webhooks"];
  const events = memberOf(webhooks, "events");
  return (
    (Array.isArray(events) && events.includes("audio")) || memberOf(webhooks, "send_audio") === true
  );
}

/** A part of a recording that a node brings. `erased`: nobody wants it any more. */
export async function storeRecordingPart(
  deps: Pick<AppDeps, "config" | "db" | "objects" | "clock">,
  region: string,
  part: {
    readonly workspaceId: WorkspaceId;
    readonly callId: string;
    readonly part: number;
    readonly expiresAtMs: number;
    readonly bytes: Uint8Array<ArrayBuffer>;
  },
): Promise<Outcome<"stored" | "erased">> {
  const { workspaceId, callId } = part;
  const workspaces = await findWorkspacesOfRegion(deps.db, region, [workspaceId]);
  if (!workspaces.has(workspaceId)) return notFound("There is no such workspace in the region.");
  const key = partKey(workspaceId, callId, part.part);
  if (!(await isErased(deps.db, callId))) {
    await keepPart(deps, key, part.bytes, part.expiresAtMs);
    if (!(await isErased(deps.db, callId))) return succeed("stored");
  }
  // Nothing says of those before it that they are there: no report has come.
  const place = { kind: "parts", count: part.part + 1 } as const;
  await deleteRecordingBytes(deps, { workspaceId, callId, place });
  return succeed("erased");
}

export interface RecordingAudio {
  readonly contentType: string;
  /** Of the whole recording. */
  readonly bytes: number;
  /** Null: all of it. */
  readonly range: ByteRange | null;
  readonly pieces: AsyncGenerator<Uint8Array>;
}

/** `rangeHeader` as it came. @throws ServiceUnavailable when the bucket does not give it */
export async function readRecordingAudio(
  deps: Pick<AppDeps, "config" | "db" | "objects" | "clock">,
  { workspaceId }: { readonly workspaceId: string },
  conversationId: string,
  rangeHeader?: string,
): Promise<Outcome<RecordingAudio>> {
  const found = await findReady(deps, workspaceId, conversationId);
  if (!found.ok) return found;
  const row = found.value;
  const bytes = row.bytes ?? 0;
  const range = parseByteRange(rangeHeader, bytes);
  if (range === "unsatisfiable") return unsatisfiable(bytes);
  const pieces = await readRecordingBytes(deps, row, range);
  if (pieces === null) return missing("recording_missing", "The recording is not there any more.");
  return succeed({ contentType: RECORDING_TYPES[row.format], bytes, range, pieces });
}

async function findReady(
  deps: Pick<AppDeps, "db">,
  workspaceId: string,
  conversationId: string,
): Promise<Outcome<RecordingRow>> {
  const row = await findRecording(deps.db, workspaceId, conversationId);
  if (row === null) {
    const conversation = await findConversation(deps.db, workspaceId, conversationId);
    if (conversation === null) return NO_CONVERSATION;
    return missing("not_recorded", "The conversation has no recording.");
  }
  switch (row.state) {
    case "ready":
      return succeed(row);
    case "failed":
      return missing("recording_failed", `The recording failed: ${row.code ?? "unknown"}.`);
    case "recording":
    case "uploading":
      return missing("recording_not_ready", "The recording is not ready yet.");
    default:
      return row.state satisfies never;
  }
}

/** RFC 9110 §15.5.17 */
function unsatisfiable(bytes: number) {
  return refuse({
    status: 416,
    code: "range_not_satisfiable",
    detail: `The recording has ${bytes} octets, and the range begins behind them.`,
    hint: `bytes=0-${bytes - 1}`,
    headers: { "content-range": `bytes */${bytes}` },
  });
}

function missing(code: ProblemCode, detail: string) {
  return refuse({ status: 404, code, detail });
}

/** What is known of it, with an address that is good for a few minutes when it is ready. */
export async function readRecording(
  deps: Pick<AppDeps, "config" | "db" | "clock">,
  { workspaceId }: Principal,
  conversationId: string,
  origin: string,
): Promise<Outcome<RecordingView>> {
  const row = await findRecording(deps.db, workspaceId, conversationId);
  if (row === null) {
    const found = await findReady(deps, workspaceId, conversationId);
    return found.ok ? NO_CONVERSATION : found;
  }
  const url = row.state === "ready" ? await recordingUrl(deps, row, origin) : null;
  return succeed({
    conversation_id: conversationId,
    ...recordingSummary(row),
    expires_at_unix_secs: Math.floor(row.expiresAtMs / 1_000),
    url: url?.href ?? null,
    url_expires_at_unix_secs: url?.expiresAtSecs ?? null,
  });
}

/** Those whose time is over. The row goes last: it is what the bytes are found by. */
export async function pruneRecordings(deps: ApplyDeps): Promise<void> {
  const expired = await findExpiredRecordings(deps.db, deps.clock(), PRUNED_RECORDINGS);
  if (expired.length === 0) return;
  const removed = await Promise.allSettled(
    expired.map(async (row) => {
      await deleteRecordingBytes(deps, row);
      return row.callId;
    }),
  );
  const gone = removed.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (gone.length > 0) await commitUnit(deps.writer, [deleteRecordings(gone)], "bulk");
}
