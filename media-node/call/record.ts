import type { VoicemailReport } from "../../schema/contracts/agent-voicemail.ts";
import type {
  CallEvent,
  CallRecord,
  CallStarted,
  TransferRecord,
} from "../../schema/contracts/call-record.ts";
import type { ClientData, DynamicVariables } from "../../schema/contracts/client-data.ts";
import type { InboundRoute } from "../../schema/contracts/routing.ts";
import { type CallId, conversationIdOf, makeId } from "../../schema/values/ids.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import { dynamicVariables } from "../protocol/sip/dynamic-variables.ts";
import type { TranscriptEvent } from "./agent-ports.ts";
import { CALL_ENDS, type CallEndCode } from "./call-ends.ts";
import type { LegReport } from "./media-ports.ts";
import type { CallDeps, InboundInvite } from "./ports.ts";
import type { CallTrace, TraceAttributes } from "./trace-ports.ts";
import { Transcript } from "./transcript.ts";
import { conversationVariables, recordableClientData } from "./variables.ts";

/** What a call's end knows of its media; the plan is null when none was agreed, the report when nobody knows it. */
interface EndedMedia {
  readonly report: Promise<LegReport | null>;
  readonly plan: MediaPlan | null;
}

/** Writes the events of a call. Saving never throws: a full disk ends no call, but it is an error. */
export interface CallRecorder {
  /** The call as it is known from its INVITE. */
  readonly call: CallStarted;
  /** Ends with the record. */
  readonly trace: CallTrace;
  started(): Promise<void>;
  /** The client's data, when it has come: for the agent, the record and the variables. */
  initiated(data: ClientData): void;
  clientData(): ClientData | null;
  /** Something went wrong and the call goes on: a sentence for the record. */
  warn(warning: string): void;
  /** A transfer was tried, and this came of it. */
  transferred(transfer: Omit<TransferRecord, "endedAtMs">): void;
  /** What the agent says was said. */
  transcript(event: TranscriptEvent): void;
  /** The conversation's variables as they are now. */
  variables(): DynamicVariables;
  /** An agent is on the line: the duration counts from here. */
  answered(): void;
  /** Who has answered, as far as it is known: told at once the first time, and with the end. */
  screened(report: VoicemailReport): void;
  /** The caller has waited in a queue. */
  waited(ms: number): void;
  /** Once: later calls do nothing. A call that was never started has no record. */
  ended(
    code: CallEndCode,
    detail: string,
    media: EndedMedia | null,
    refusal?: CallRecord["refusal"],
  ): Promise<void>;
}

type RecordDeps = Pick<CallDeps, "records" | "clock" | "logger" | "metrics" | "random" | "node">;

export function createCallRecorder(
  call: CallStarted,
  trace: CallTrace,
  deps: RecordDeps,
): CallRecorder {
  const { clock, logger, metrics } = deps;
  let saved: Promise<void> | null = null;
  let answer: { readonly atMs: number; readonly monotonicMs: number } | null = null;
  let clientData: ClientData | null = null;
  const warnings: string[] = [];
  const transfers: TransferRecord[] = [];
  const transcript = new Transcript();
  let isEnded = false;
  let queueWaitMs: number | null = null;
  let voicemail: VoicemailReport | null = null;

  async function save(event: CallEvent): Promise<void> {
    try {
      await deps.records.save(event);
    } catch (err) {
      logger.error("call_record_not_saved", { callId: call.callId, kind: event.kind, err });
    }
  }
  const durationMs = () =>
    answer === null ? 0 : Math.round(clock.monotonicMs() - answer.monotonicMs);
  const newEventId = () => makeId("event", clock.nowMs(), deps.random(10));

  return {
    call,
    trace,
    started() {
      metrics.callStarted(call.direction);
      logger.info("call_started", fieldsOf(call));
      saved = save({ kind: "call_started", eventId: newEventId(), call });
      return saved;
    },
    initiated(data) {
      clientData = data;
    },
    clientData: () => clientData,
    warn(warning) {
      warnings.push(warning);
    },
    transferred(transfer) {
      transfers.push({ ...transfer, endedAtMs: clock.nowMs() });
    },
    transcript(event) {
      transcript.tell(event, durationMs());
    },
    variables: () =>
      conversationVariables(call, clientData, { atMs: clock.nowMs(), durationMs: durationMs() }),
    answered() {
      answer = { atMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
      logger.info("call_answered", { callId: call.callId });
      const answered = { ...call, answeredAtMs: answer.atMs };
      // Nobody waits for it but the end, which comes after it.
      const told = save({ kind: "call_answered", eventId: newEventId(), call: answered });
      saved = Promise.all([saved, told]).then(() => undefined);
    },
    screened(report) {
      const isFirst = voicemail === null;
      // When a message could begin is not said again by what is found out later.
      voicemail = { ...report, message: report.message ?? voicemail?.message ?? null };
      logger.info("answer_screened", { callId: call.callId, ...voicemail });
      if (!isFirst || answer === null || isEnded) return;
      const screened = { ...call, answeredAtMs: answer.atMs, voicemail };
      const told = save({ kind: "call_screened", eventId: newEventId(), call: screened });
      saved = Promise.all([saved, told]).then(() => undefined);
    },
    waited(ms) {
      queueWaitMs = Math.round(ms);
    },
    async ended(code, detail, media, refusal = null) {
      if (isEnded || saved === null) return;
      isEnded = true;
      const soFar = {
        ...call,
        ...(clientData === null ? {} : { clientData: recordableClientData(clientData) }),
        ...(transfers.length === 0 ? {} : { transfers }),
        ...(voicemail === null ? {} : { voicemail }),
        answeredAtMs: answer?.atMs ?? null,
        endedAtMs: clock.nowMs(),
        durationMs: durationMs(),
        ...(queueWaitMs === null ? {} : { queueWaitMs }),
        end: { code, ...CALL_ENDS[code] },
        refusal,
      };
      metrics.callEnded(call.direction, code, soFar.durationMs);
      const report = media?.plan ? await media.report : null;
      // As late as may be: a last correction comes with the agent's goodbye.
      const { said, warning } = transcript.take();
      const allWarnings = warning === null ? warnings : [...warnings, warning];
      const record: CallRecord = {
        ...soFar,
        ...(allWarnings.length === 0 ? {} : { warnings: allWarnings }),
        ...(said.length === 0 ? {} : { transcript: said }),
        media: media?.plan && report !== null ? mediaOf(report, media.plan) : null,
      };
      logger.info("call_ended", {
        callId: call.callId,
        code,
        blame: record.end.blame,
        detail,
        durationMs: record.durationMs,
        ...(refusal === null ? {} : { refusal }),
        ...(queueWaitMs === null ? {} : { queueWaitMs }),
        media: record.media && { ...record.media, quality: record.media.quality?.summary },
      });
      trace.end(code, endAttributes(record));
      await saved;
      await save({ kind: "call_ended", eventId: newEventId(), call: record });
    },
  };
}

/** The facts of an inbound call: what was signalled, and what the route says of it. */
export function inboundCallFacts(
  callId: CallId,
  invite: InboundInvite,
  route: InboundRoute,
  deps: Pick<CallDeps, "clock" | "node">,
): CallStarted {
  const headers = dynamicVariables(invite.headers);
  return {
    callId,
    conversationId: conversationIdOf(callId),
    workspaceId: route.workspaceId,
    phoneNumberId: route.phoneNumberId,
    agentId: route.agent.id,
    agentName: route.agent.name,
    direction: "inbound",
    agentNumber: route.phoneNumber,
    externalNumber: headers.callerId ?? invite.query.fromUser,
    callSid: headers.callId ?? headers.carrierCallId ?? invite.sipCallId,
    sipCallId: invite.sipCallId,
    dynamicVariables: headers.variables,
    nodeId: deps.node.id,
    region: deps.node.region,
    transport: invite.query.transport,
    sourceAddress: invite.query.sourceAddress,
    startedAtMs: deps.clock.nowMs(),
  };
}

function mediaOf({ stats, quality }: LegReport, plan: MediaPlan): NonNullable<CallRecord["media"]> {
  return {
    codec: plan.codec,
    srtpSuite: plan.srtp?.suite ?? null,
    packetsSent: stats.packetsSent,
    packetsReceived: stats.packetsReceived,
    packetsLost: stats.packetsLost,
    jitterMs: stats.jitterMs,
    ...(quality === null ? {} : { quality }),
  };
}

/** What a trace says of the end beyond its code. */
function endAttributes({ answeredAtMs, durationMs, refusal, end }: CallRecord): TraceAttributes {
  const sipStatus = refusal?.status ?? (answeredAtMs === null ? end.sipStatus : 200);
  return {
    "trunkline.answered": answeredAtMs !== null,
    "trunkline.duration_ms": durationMs,
    ...(sipStatus === null ? {} : { "sip.response.status_code": sipStatus }),
  };
}

function fieldsOf(call: CallStarted): Record<string, unknown> {
  const { dynamicVariables: _headers, clientData: _data, ...fields } = call;
  return fields;
}
