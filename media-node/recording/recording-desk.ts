import type { NodeEvent } from "../../schema/contracts/call-record.ts";
import type { RecordingFacts, RecordingReport } from "../../schema/contracts/recording.ts";
import { type CallId, conversationIdOf, makeId } from "../../schema/values/ids.ts";
import type { MediaCall } from "../call/media-ports.ts";
import type { CallLogger, Clock } from "../call/ports.ts";
import type { RecordingFailure, RecordingNews, RecordingSpool } from "../call/recording-ports.ts";
import type { SpooledRecording, SpoolFolder } from "./spool-folder.ts";

const DAY_MS = 86_400_000;

export interface RecordingMetrics {
  /** A recording has come to its end on this node. */
  recordingSettled(fate: "stored" | "erased" | RecordingFailure): void;
  /** An attempt to store one failed and is made again. */
  recordingRetried(): void;
}

/** Keeps the recordings of a node in view, from the call to the store. Nothing of it ever throws at a call. */
export interface RecordingDesk {
  /** Null when it cannot be recorded: the call goes on without. */
  prepare(call: MediaCall): Promise<RecordingSpool | null>;
  news(callId: CallId, news: RecordingNews): void;
  /** The process that recorded it is gone: what it has written is what there is. */
  lost(callId: CallId): void;
}

export interface DeskDeps {
  readonly folder: SpoolFolder;
  readonly clock: Clock;
  readonly logger: CallLogger;
  readonly metrics: RecordingMetrics;
  readonly region: string;
  readonly randomBytes: (bytes: number) => Uint8Array;
  /** Durable when it resolves. */
  readonly save: (event: NodeEvent) => Promise<void>;
  /** A file is finished, and waits. */
  readonly spooled: (recording: SpooledRecording) => void;
}

/** What is known of a recording beside its facts. */
type ReportChange = Pick<RecordingReport, "state"> &
  Partial<Omit<RecordingReport, keyof RecordingFacts | "state">>;

export type TellRecording = (facts: RecordingFacts, change: ReportChange) => Promise<void>;

/** Tells the control plane of recordings. Never rejects: what cannot be told is logged. */
export function createRecordingTeller(
  deps: Pick<DeskDeps, "clock" | "logger" | "randomBytes" | "save">,
): TellRecording {
  return async (facts, change) => {
    const recording: RecordingReport = {
      code: null,
      durationMs: null,
      bytes: null,
      isComplete: null,
      place: null,
      ...facts,
      ...change,
    };
    const eventId = makeId("event", deps.clock.nowMs(), deps.randomBytes(10));
    try {
      await deps.save({ kind: "recording", eventId, recording });
    } catch (error) {
      const { callId } = facts;
      deps.logger.error("recording_not_told", { callId, state: change.state, error });
    }
  };
}

export function createRecordingDesk(deps: DeskDeps, tell: TellRecording): RecordingDesk {
  const { clock, folder, logger, metrics } = deps;
  const live = new Map<CallId, { readonly facts: RecordingFacts; hasBegun: boolean }>();

  async function fail(
    facts: RecordingFacts,
    code: RecordingFailure,
    detail: string,
  ): Promise<void> {
    logger.error("recording_failed", { callId: facts.callId, code, detail });
    metrics.recordingSettled(code);
    await tell(facts, { state: "failed", code });
  }

  async function finish(facts: RecordingFacts, code: RecordingFailure): Promise<void> {
    const found = await folder.find(folder.pathOf(facts.callId)).catch(() => null);
    if (found === null || found === "unreadable") {
      await fail(facts, code, "there is no file that can be read");
      return;
    }
    await tell(facts, { state: "uploading" });
    deps.spooled(found);
  }

  const inBackground = (callId: CallId, work: Promise<void>): void => {
    work.catch((error: unknown) => logger.error("recording_fault", { callId, error }));
  };

  return {
    async prepare({ callId, recording: order }) {
      if (order === undefined || order === null) return null;
      const startedAtMs = clock.nowMs();
      const facts: RecordingFacts = {
        callId,
        conversationId: conversationIdOf(callId),
        workspaceId: order.workspaceId,
        agentId: order.agentId,
        region: deps.region,
        format: order.settings.format,
        startedAtMs,
        expiresAtMs: startedAtMs + order.settings.retentionDays * DAY_MS,
      };
      try {
        const spool = await folder.prepare(facts);
        live.set(callId, { facts, hasBegun: false });
        return spool;
      } catch (error) {
        logger.error("recording_not_prepared", { callId, error });
        inBackground(callId, fail(facts, "disk_error", "not prepared"));
        return null;
      }
    },
    news(callId, news) {
      const recording = live.get(callId);
      if (recording === undefined) return;
      const { facts } = recording;
      if (news.kind === "begun") {
        recording.hasBegun = true;
        inBackground(callId, tell(facts, { state: "recording" }));
        return;
      }
      live.delete(callId);
      if (news.kind === "finished") inBackground(callId, finish(facts, "disk_error"));
      else if (news.kind === "failed") inBackground(callId, fail(facts, news.code, news.detail));
    },
    lost(callId) {
      const recording = live.get(callId);
      live.delete(callId);
      if (recording?.hasBegun === true) {
        inBackground(callId, finish(recording.facts, "media_lost"));
      }
    },
  };
}
