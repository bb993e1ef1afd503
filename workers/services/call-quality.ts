import {
  type ConversationQuality,
  type QualitySeries,
  qualitySeriesSchema,
} from "../../schema/contracts/call-quality.ts";
import type { CallRecord } from "../../schema/contracts/call-record.ts";
import { retentionMs } from "../../schema/values/retention.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findConversation } from "../db/conversations.ts";
import { isErased } from "../db/erased-calls.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { log } from "../log.ts";
import { qualitySeriesView, qualityView } from "./quality-view.ts";

/** A node's record in two: what stands in the conversation, and the series, which is an object of its own. */
export function takeSeries(told: CallRecord): {
  readonly call: CallRecord;
  readonly series: QualitySeries | null;
} {
  const { media } = told;
  if (media?.quality?.series === undefined) return { call: told, series: null };
  const { series, ...quality } = media.quality;
  return { call: { ...told, media: { ...media, quality } }, series };
}

/** It is for looking into: when it cannot be kept, the call's end is told nevertheless. */
export async function keepSeries(
  { objects, clock, config, db }: Pick<AppDeps, "objects" | "clock" | "config" | "db">,
  { workspaceId, callId }: CallRecord,
  series: QualitySeries,
): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(series));
  const expiresAtMs = clock() + retentionMs(config.retentionDays, "quality_series");
  try {
    await objects.put(seriesKey(workspaceId, callId), bytes, expiresAtMs);
    // Whoever erased the call, before or meanwhile, may not have seen the object.
    if (await isErased(db, callId)) await objects.delete(seriesKey(workspaceId, callId));
  } catch (error) {
    const detail = error instanceof Error ? error.message : "failed";
    log("warn", "quality_series_not_kept", { callId, detail });
  }
}

export async function readConversationQuality(
  deps: Pick<AppDeps, "db" | "objects">,
  { workspaceId }: Principal,
  conversationId: string,
): Promise<Outcome<ConversationQuality>> {
  const row = await findConversation(deps.db, workspaceId, conversationId);
  if (row === null) return notFound("There is no such conversation.");
  const summary = qualityView(row.record.media);
  const bytes =
    summary === null ? null : await deps.objects.get(seriesKey(workspaceId, row.callId));
  const series =
    bytes === null
      ? null
      : qualitySeriesView(qualitySeriesSchema.parse(JSON.parse(new TextDecoder().decode(bytes))));
  return succeed({ conversation_id: row.id, summary, series });
}

/** The conversation's row is what the object is found by. */
export function seriesKey(workspaceId: string, callId: string): string {
  return `quality/${workspaceId}/${callId}`;
}
