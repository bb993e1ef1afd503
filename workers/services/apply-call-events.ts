import { z } from "zod";
import { reachedVoicemail } from "../../schema/contracts/agent-voicemail.ts";
import {
  type CallEvent,
  type CallEventsResponse,
  type CallRecord,
  type NodeEvent,
  nodeEventSchema,
} from "../../schema/contracts/call-record.ts";
import { conversationIdOf, type WorkspaceId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import {
  callAnswered,
  callBegan,
  callEnded,
  callNotPlaced,
  findBatchCallsOf,
} from "../db/batch-recipients.ts";
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
import { findRecordingsOf } from "../db/recordings.ts";
import { upsertRejectedAttempt } from "../db/rejected-attempts.ts";
import { findEnabledEndpoints } from "../db/webhooks.ts";
import { findWorkspacesOfRegion } from "../db/workspaces.ts";
import type { Statement } from "../db/write-unit.ts";
import { log } from "../log.ts";
import { answeringMachineDetection } from "./agent-voicemail.ts";
import { callInitiationFailure } from "./call-failure.ts";
import { keepSeries, takeSeries } from "./call-quality.ts";
import { type CommitOutcome, commitUnit } from "./commit-unit.ts";
import { type CallBelongings, conversationView } from "./conversation-view.ts";
import { outboxRows } from "./outbox-rows.ts";
import { type RecipientOutcome, recipientOutcome } from "./recipient-outcome.ts";
import { applyRecording } from "./recordings.ts";
import { TRY_AGAIN_MS } from "./settle-order.ts";
import { dropStrayTranscript, keepTranscript, takeTranscript } from "./transcripts.ts";

/** `callEventsRequestSchema` with events unread: one that is wrong must not refuse the others. */
export const looseCallEventsSchema = z.object({
  events: z
    .array(z.looseObject({ eventId: z.string().max(100) }))
    .min(1)
    .max(100),
});
type LooseEvent = z.infer<typeof looseCallEventsSchema>["events"][number];

type ApplyDeps = Pick<AppDeps, "config" | "db" | "writer" | "clock" | "objects">;

type Rejection = CallEventsResponse["rejected"][number];

type Applied =
  | { readonly ok: true; readonly eventId: string; readonly endpointIds: readonly string[] }
  | { readonly ok: false; readonly rejection: Rejection };

/** Who has something to do after events were applied. */
export interface WaitingWork {
  /** Webhook endpoints with something to deliver. */
  readonly endpointIds: readonly string[];
  /** Workspaces whose batches may go on. */
  readonly dialling: readonly string[];
  /** Calls that have begun, were answered or have ended. */
  readonly changed: readonly { readonly workspaceId: string; readonly callId: string }[];
}

/**
 * Applies what a node tells of its calls, each event exactly once however often it comes. What could
 * not be stored now is in neither list of the answer, and the node sends it again. `poke` is given the
 * webhook endpoints that have something to deliver now.
 * @throws ServiceUnavailable, DatabaseFault, DatabaseUnavailable when nothing could be settled
 */
export async function applyCallEvents(
  deps: ApplyDeps,
  region: string,
  events: readonly LooseEvent[],
  poke: (work: WaitingWork) => Promise<void>,
): Promise<CallEventsResponse> {
  const parsed = events.map((event) => parseEvent(event, region));
  const told = parsed.flatMap((result) => (result.ok ? [subjectOf(result.event)] : []));
  const workspaceIds = [...new Set(told.map(({ workspaceId }) => workspaceId))];
  const ordered = parsed.flatMap((result) =>
    result.ok && result.event.kind === "call_ended" && result.event.call.direction === "outbound"
      ? [result.event.call.callId]
      : [],
  );
  const ended = parsed.flatMap((result) =>
    result.ok && result.event.kind === "call_ended" ? [result.event.call.callId] : [],
  );
  const [workspaces, endpoints, clientData, batchCalls, recordings] = await Promise.all([
    findWorkspacesOfRegion(deps.db, region, workspaceIds),
    findEnabledEndpoints(deps.db, workspaceIds),
    findClientData(deps.db, ordered),
    findBatchCallsOf(deps.db, ordered),
    findRecordingsOf(deps.db, ended),
  ]);
  const settled = await settleInOrder(parsed, async (event): Promise<Applied> => {
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
    const mine = endpoints.filter(({ workspaceId }) => workspaceId === owner).map(({ id }) => id);
    if (event.kind === "recording") {
      const endpointIds = await applyRecording(deps, event.recording, mine);
      return { ok: true, eventId: event.eventId, endpointIds };
    }
    return applyEvent(deps, withClientData(event, clientData.get(event.call.callId)), mine, {
      batchCall: batchCalls.get(event.call.callId) ?? null,
      recording: recordings.get(event.call.callId) ?? null,
    });
  });
  const applied = settled.flatMap((result) =>
    result.status === "fulfilled" ? [result.value] : [],
  );
  await poke({
    endpointIds: applied.flatMap((result) => (result.ok ? result.endpointIds : [])),
    // A call of a batch is over: there may be a place for the next.
    dialling: told.flatMap(({ workspaceId, callId }) =>
      callId !== null && batchCalls.has(callId) ? [workspaceId] : [],
    ),
    changed: told.flatMap(({ workspaceId, callId }) =>
      callId === null ? [] : [{ workspaceId, callId }],
    ),
  });
  const failure = settled.find((result) => result.status === "rejected");
  if (failure !== undefined)
    log("warn", "call_events_unsettled", { region, settled: applied.length });
  if (failure !== undefined && applied.length === 0) throw failure.reason;
  return {
    accepted: applied.flatMap((result) => (result.ok ? [result.eventId] : [])),
    rejected: applied.flatMap((result) => (result.ok ? [] : [result.rejection])),
  };
}

/**
 * Events of different calls at once, those of one call one after the other: in their order webhooks tell of them.
 * One that could not be stored holds back those after it, which come again with it.
 */
function settleInOrder(
  parsed: readonly ParsedEvent[],
  apply: (event: NodeEvent) => Promise<Applied>,
): Promise<PromiseSettledResult<Applied>[]> {
  const lastOfCall = new Map<string, Promise<Applied>>();
  return Promise.allSettled(
    parsed.map((result): Applied | Promise<Applied> => {
      if (!result.ok) return result;
      const { event } = result;
      const { conversationId } = subjectOf(event);
      const before = conversationId === null ? undefined : lastOfCall.get(conversationId);
      const applied = before === undefined ? apply(event) : before.then(() => apply(event));
      if (conversationId !== null) lastOfCall.set(conversationId, applied);
      return applied;
    }),
  );
}

type ParsedEvent = { readonly ok: true; readonly event: NodeEvent } | ReturnType<typeof reject>;

function parseEvent(event: LooseEvent, region: string): ParsedEvent {
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
  const call = parsed.data.kind === "recording" ? parsed.data.recording : parsed.data.call;
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
  readonly conversationId: string | null;
  readonly callId: string | null;
} {
  switch (event.kind) {
    case "call_rejected":
      // Of no order: it may be of one that other attempts are of as well.
      return { ...event.attempt, conversationId: null, callId: null };
    case "recording":
      return { ...event.recording, callId: null };
    default:
      return event.call;
  }
}

async function applyEvent(
  deps: ApplyDeps,
  event: CallEvent,
  endpointIds: readonly string[],
  belongings: Omit<CallBelongings, "transcript">,
): Promise<Applied> {
  const { eventId } = event;
  const nowMs = deps.clock();
  if (event.kind === "call_screened") {
    const { call } = event;
    const body = answeringMachineDetection(call, nowMs);
    const statements = [
      upsertAnswered(answeredConversation(call)),
      guardNotErased(call.callId),
      ...outboxRows("answering_machine_detection", call, body, endpointIds, nowMs),
    ];
    const committed = await commitUnit(deps.writer, statements);
    // Nobody is told of a call that was erased.
    return { ok: true, eventId, endpointIds: committed.ok ? endpointIds : [] };
  }
  if (event.kind !== "call_ended") {
    const { callId, direction } = event.call;
    const [statement, follow] =
      event.kind === "call_started"
        ? [insertStarted(startedConversation(event.call)), callBegan(callId, nowMs)]
        : [upsertAnswered(answeredConversation(event.call)), callAnswered(callId, nowMs)];
    const statements = direction === "outbound" ? [statement, follow] : [statement];
    return outcomeOf(event, await commitUnit(deps.writer, statements), []);
  }
  const { call: told, series } = takeSeries(event.call);
  const { call, transcript } = takeTranscript(told);
  await keepTranscript(deps, call, transcript);
  const followed = belongings.batchCall === null ? [] : [followEnd(call, nowMs)];
  const statements = [
    ...upsertEnded(endedConversation(call)),
    ...followed,
    ...deliveries(call, { ...belongings, transcript }, endpointIds, nowMs),
  ];
  const committed = await commitUnit(deps.writer, statements, "call_end");
  // The call was erased, and nobody is told of it. Or the same end came before, and its deliveries are in the outbox. That its answer was lost may mean
  // that whoever wrote it was gone before the endpoints were told.
  const isDuplicate = !committed.ok && committed.refusedBy === "call_not_ended";
  if (!committed.ok && transcript.length > 0) await dropStrayTranscript(deps, call);
  // Of an erased conversation its batch still has to know that the call is over.
  if (isDuplicate && followed.length > 0) await commitUnit(deps.writer, followed);
  if (series !== null && (committed.ok || isDuplicate)) await keepSeries(deps, call, series);
  if (isDuplicate) return { ok: true, eventId, endpointIds };
  return outcomeOf(event, committed, endpointIds);
}

/** What the call's end is for the recipient of a batch. */
function followEnd(call: CallRecord, nowMs: number): Statement {
  const outcome = outcomeOfCall(call);
  return outcome === "not_placed"
    ? callNotPlaced(call.callId, nowMs + TRY_AGAIN_MS, nowMs)
    : callEnded(call.callId, outcome, nowMs);
}

function outcomeOfCall({ answeredAtMs, end, voicemail }: CallRecord): RecipientOutcome {
  return recipientOutcome({
    isAnswered: answeredAtMs !== null,
    isVoicemail: reachedVoicemail(voicemail),
    endCode: end.code,
    isUntaken: false,
  });
}

/** The event of the call's end, and its outbox rows. */
function deliveries(
  call: CallRecord,
  belongings: CallBelongings,
  endpointIds: readonly string[],
  nowMs: number,
): readonly Statement[] {
  // The recipient is called by another order: this one has failed nobody.
  if (belongings.batchCall !== null && outcomeOfCall(call) === "not_placed") return [];
  const hasFailed = call.direction === "outbound" && call.answeredAtMs === null;
  const eventType = hasFailed ? "call_initiation_failure" : "post_call_transcription";
  const body = hasFailed ? failureBody(call, nowMs) : transcriptionBody(call, belongings, nowMs);
  return outboxRows(eventType, call, body, endpointIds, nowMs);
}

function transcriptionBody(call: CallRecord, belongings: CallBelongings, nowMs: number): string {
  return JSON.stringify({
    type: "post_call_transcription",
    event_timestamp: Math.floor(nowMs / 1000),
    data: conversationView(endedConversation(call), belongings),
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
