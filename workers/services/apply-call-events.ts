import { z } from "zod";
import {
  type CallEvent,
  type CallEventsResponse,
  type CallRecord,
  type NodeEvent,
  nodeEventSchema,
} from "../../schema/contracts/call-record.ts";
import { conversationIdOf, newId, type WorkspaceId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import {
  answeredConversation,
  endedConversation,
  insertStarted,
  startedConversation,
  upsertAnswered,
  upsertEnded,
} from "../db/call-events.ts";
import { guardNotErased } from "../db/erased-calls.ts";
import { findClientData } from "../db/outbound-orders.ts";
import { upsertRejectedAttempt } from "../db/rejected-attempts.ts";
import { findEnabledEndpoints, insertDelivery } from "../db/webhooks.ts";
import { findWorkspacesOfRegion } from "../db/workspaces.ts";
import type { Statement } from "../db/write-unit.ts";
import { log } from "../log.ts";
import { answeringMachineDetection } from "./agent-voicemail.ts";
import { callInitiationFailure } from "./call-failure.ts";
import { keepSeries, takeSeries } from "./call-quality.ts";
import { type CommitOutcome, commitUnit } from "./commit-unit.ts";
import { conversationView } from "./conversation-view.ts";
import {
  dropStrayTranscript,
  keepTranscript,
  type TranscriptEntries,
  takeTranscript,
} from "./transcripts.ts";

/** `callEventsRequestSchema` with events unread: one that is wrong must not refuse the others. */
export const looseCallEventsSchema = z.object({
  events: z
    .array(z.looseObject({ eventId: z.string().max(100) }))
    .min(1)
    .max(100),
});
type LooseEvent = z.infer<typeof looseCallEventsSchema>["events"][number];

type Rejection = CallEventsResponse["rejected"][number];

type Applied =
  | { readonly ok: true; readonly eventId: string; readonly endpointIds: readonly string[] }
  | { readonly ok: false; readonly rejection: Rejection };

/**
 * Applies what a node tells of its calls, each event exactly once however often it comes. What could
 * not be stored now is in neither list of the answer, and the node sends it again. `poke` is given the
 * webhook endpoints that have something to deliver now.
 * @throws ServiceUnavailable, DatabaseFault, DatabaseUnavailable when nothing could be settled
 */
export async function applyCallEvents(
  deps: Pick<AppDeps, "db" | "writer" | "clock" | "objects">,
  region: string,
  events: readonly LooseEvent[],
  poke: (endpointIds: readonly string[]) => Promise<void>,
): Promise<CallEventsResponse> {
  const parsed = events.map((event) => parseEvent(event, region));
  const told = parsed.flatMap((result) => (result.ok ? [subjectOf(result.event)] : []));
  const workspaceIds = [...new Set(told.map(({ workspaceId }) => workspaceId))];
  const ordered = parsed.flatMap((result) =>
    result.ok && result.event.kind === "call_ended" && result.event.call.direction === "outbound"
      ? [result.event.call.callId]
      : [],
  );
  const [workspaces, endpoints, clientData] = await Promise.all([
    findWorkspacesOfRegion(deps.db, region, workspaceIds),
    findEnabledEndpoints(deps.db, workspaceIds),
    findClientData(deps.db, ordered),
  ]);
  const settled = await Promise.allSettled(
    parsed.map(async (result): Promise<Applied> => {
      if (!result.ok) return result;
      const { event } = result;
      const { workspaceId: owner } = subjectOf(event);
      if (!workspaces.has(owner)) {
        const detail = `no workspace ${owner} in region ${region}`;
        return reject(event.eventId, "workspace_unknown", detail);
      }
      if (event.kind === "call_rejected") {
        // Not even the last of these may make a call's end wait.
        await commitUnit(deps.writer, [upsertRejectedAttempt(event.attempt)], "bulk");
        return { ok: true, eventId: event.eventId, endpointIds: [] };
      }
      const mine = endpoints.filter(({ workspaceId }) => workspaceId === owner);
      return applyEvent(
        deps,
        withClientData(event, clientData.get(event.call.callId)),
        mine.map(({ id }) => id),
      );
    }),
  );
  const applied = settled.flatMap((result) =>
    result.status === "fulfilled" ? [result.value] : [],
  );
  await poke(applied.flatMap((result) => (result.ok ? result.endpointIds : [])));
  const failure = settled.find((result) => result.status === "rejected");
  if (failure !== undefined)
    log("warn", "call_events_unsettled", { region, settled: applied.length });
  if (failure !== undefined && applied.length === 0) throw failure.reason;
  return {
    accepted: applied.flatMap((result) => (result.ok ? [result.eventId] : [])),
    rejected: applied.flatMap((result) => (result.ok ? [] : [result.rejection])),
  };
}

function parseEvent(
  event: LooseEvent,
  region: string,
): { readonly ok: true; readonly event: NodeEvent } | ReturnType<typeof reject> {
  const { eventId } = event;
  const parsed = nodeEventSchema.safeParse(event);
  if (!parsed.success) {
    const paths = parsed.error.issues.map((issue) => issue.path.join(".")).slice(0, 5);
    return reject(eventId, "malformed", `wrong at ${paths.join(", ")}`);
  }
  if (subjectOf(parsed.data).region !== region) {
    return reject(eventId, "region_mismatch", `the node is of region ${region}`);
  }
  if (parsed.data.kind === "call_rejected") return { ok: true, event: parsed.data };
  const { call } = parsed.data;
  if (call.conversationId !== conversationIdOf(call.callId)) {
    return reject(eventId, "conversation_mismatch", "conversationId does not belong to callId");
  }
  return { ok: true, event: parsed.data };
}

/** What the request that placed the call said: the node's record need not repeat it. */
function withClientData(event: CallEvent, clientData: CallRecord["clientData"]): CallEvent {
  if (event.kind !== "call_ended" || clientData === undefined) return event;
  return { ...event, call: { clientData, ...event.call } };
}

/** What every event says of whom it is about. */
function subjectOf(event: NodeEvent): {
  readonly workspaceId: WorkspaceId;
  readonly region: string;
} {
  return event.kind === "call_rejected" ? event.attempt : event.call;
}

async function applyEvent(
  deps: Pick<AppDeps, "db" | "writer" | "clock" | "objects">,
  event: CallEvent,
  endpointIds: readonly string[],
): Promise<Applied> {
  const { eventId } = event;
  if (event.kind === "call_screened") {
    const { call } = event;
    const nowMs = deps.clock();
    const body = answeringMachineDetection(call, nowMs);
    const statements = [
      upsertAnswered(answeredConversation(call)),
      guardNotErased(call.callId),
      ...outboxRows("answering_machine_detection", call.conversationId, body, endpointIds, nowMs),
    ];
    const committed = await commitUnit(deps.writer, statements);
    // Nobody is told of a call that was erased.
    return { ok: true, eventId, endpointIds: committed.ok ? endpointIds : [] };
  }
  if (event.kind !== "call_ended") {
    const statement =
      event.kind === "call_started"
        ? insertStarted(startedConversation(event.call))
        : upsertAnswered(answeredConversation(event.call));
    return outcomeOf(event, await commitUnit(deps.writer, [statement]), []);
  }
  const { call: told, series } = takeSeries(event.call);
  const { call, transcript } = takeTranscript(told);
  await keepTranscript(deps, call, transcript);
  const statements = [
    ...upsertEnded(endedConversation(call)),
    ...deliveries(call, transcript, endpointIds, deps.clock()),
  ];
  const committed = await commitUnit(deps.writer, statements, "call_end");
  // The call was erased, and nobody is told of it. Or the same end came before, and its deliveries are in the outbox. That its answer was lost may mean
  // that whoever wrote it was gone before the endpoints were told.
  const isDuplicate = !committed.ok && committed.refusedBy === "call_not_ended";
  if (!committed.ok && transcript.length > 0) await dropStrayTranscript(deps, call);
  if (series !== null && (committed.ok || isDuplicate)) await keepSeries(deps, call, series);
  if (isDuplicate) return { ok: true, eventId, endpointIds };
  return outcomeOf(event, committed, endpointIds);
}

/** The outbox rows of the call's end: one body, one row an endpoint. */
function deliveries(
  call: CallRecord,
  transcript: TranscriptEntries,
  endpointIds: readonly string[],
  nowMs: number,
): readonly Statement[] {
  if (endpointIds.length === 0) return [];
  const hasFailed = call.direction === "outbound" && call.answeredAtMs === null;
  const eventType = hasFailed ? "call_initiation_failure" : "post_call_transcription";
  const body = hasFailed ? failureBody(call, nowMs) : transcriptionBody(call, transcript, nowMs);
  return outboxRows(eventType, call.conversationId, body, endpointIds, nowMs);
}

function outboxRows(
  eventType: string,
  conversationId: string,
  body: string,
  endpointIds: readonly string[],
  nowMs: number,
): readonly Statement[] {
  return endpointIds.map((endpointId) =>
    insertDelivery({
      id: newId("delivery"),
      endpointId,
      eventType,
      // An event may come twice, and a provisional end before its node's own record.
      isToldOnce: true,
      conversationId,
      body,
      createdAtMs: nowMs,
    }),
  );
}

function transcriptionBody(call: CallRecord, transcript: TranscriptEntries, nowMs: number): string {
  return JSON.stringify({
    type: "post_call_transcription",
    event_timestamp: Math.floor(nowMs / 1000),
    data: conversationView(endedConversation(call), transcript),
  });
}

function failureBody(call: CallRecord, nowMs: number): string {
  return callInitiationFailure(
    {
      agentId: call.agentId,
      conversationId: call.conversationId,
      fromNumber: call.agentNumber,
      toNumber: call.externalNumber,
      callSid: call.callSid,
      sipStatus: call.refusal?.status ?? null,
      sipReason: call.refusal?.reason ?? null,
      endCode: call.end.code,
      endStatus: call.end.sipStatus,
      reason: call.end.reason,
    },
    nowMs,
  );
}

function outcomeOf(
  event: CallEvent,
  committed: CommitOutcome,
  endpointIds: readonly string[],
): Applied {
  if (committed.ok) return { ok: true, eventId: event.eventId, endpointIds };
  return reject(event.eventId, "conflict", `the call was not stored: ${committed.refusedBy}`);
}

function reject(
  eventId: string,
  code: string,
  detail: string,
): { readonly ok: false; readonly rejection: Rejection } {
  return { ok: false, rejection: { eventId, code, detail } };
}
