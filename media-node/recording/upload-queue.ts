import type { CallLogger, Clock } from "../call/ports.ts";
import type { RecordingFailure } from "../call/recording-ports.ts";
import { backoffMs, createAlarm } from "../control/alarm.ts";
import { type EncodedRecording, encodeRecording } from "./encoded-recording.ts";
import type { RecordingMetrics, TellRecording } from "./recording-desk.ts";
import { type RecordingStore, RecordingStoreFault } from "./recording-store.ts";
import type { SpooledRecording, SpoolFolder } from "./spool-folder.ts";

const RETRY = { firstMs: 1_000, maxMs: 60_000 };
/** Nothing is waited for when nothing waits: an offer rings. */
const IDLE_MS = 60_000;
/** A file that the encoder cannot read to its end will not get better. */
const ENCODE_ATTEMPTS = 3;

/** Finished recordings on their way to the store, oldest first, on disk until they are there. */
export interface UploadQueue {
  add(recording: SpooledRecording): void;
  /** Recordings that wait, and the bytes of their files. */
  readonly depth: number;
  readonly bytes: number;
  /** Tries to finish until `budgetMs` is over; the rest stays on disk for the next start. */
  stop(budgetMs: number): Promise<void>;
}

export interface UploadQueueDeps {
  readonly folder: SpoolFolder;
  readonly store: RecordingStore;
  readonly clock: Clock;
  readonly logger: CallLogger;
  readonly metrics: RecordingMetrics;
  /** At least 0 and below 1. */
  readonly random: () => number;
  readonly tell: TellRecording;
  /** Of all files that wait: beyond it the oldest are given up. */
  readonly maxBytes: number;
  /** Absent: from one second to one minute. */
  readonly retry?: { readonly firstMs: number; readonly maxMs: number };
}

interface Waiting {
  readonly recording: SpooledRecording;
  /** How often it could not be encoded. */
  faults: number;
}

export function startUploadQueue(deps: UploadQueueDeps): UploadQueue {
  const { clock, folder, logger, metrics, store, tell } = deps;
  const waiting: Waiting[] = [];
  const alarm = createAlarm(clock);
  const pause = createAlarm(clock);
  const stopping = new AbortController();
  let isStopping = false;
  let current: Waiting | null = null;
  let failedWith: string | null = null;

  const bytesWaiting = (): number =>
    waiting.reduce((sum, { recording }) => sum + recording.bytes, 0);

  async function settle(entry: Waiting, fate: "stored" | "erased" | RecordingFailure) {
    metrics.recordingSettled(fate);
    const at = waiting.indexOf(entry);
    if (at >= 0) waiting.splice(at, 1);
    // Told first: a file that is still there is only stored once more.
    await folder.remove(entry.recording.path).catch((error: unknown) => {
      logger.error("recording_not_removed", { callId: entry.recording.facts.callId, error });
    });
  }

  async function giveUp(entry: Waiting, code: RecordingFailure, detail: string): Promise<void> {
    const { facts } = entry.recording;
    logger.error("recording_failed", { callId: facts.callId, code, detail });
    await tell(facts, { state: "failed", code });
    await settle(entry, code);
  }

  async function makeRoom(): Promise<void> {
    while (bytesWaiting() > deps.maxBytes) {
      const oldest = waiting
        .filter((entry) => entry !== current)
        .reduce<Waiting | null>((first, entry) => {
          if (first === null) return entry;
          return entry.recording.path < first.recording.path ? entry : first;
        }, null);
      if (oldest === null) return;
      await giveUp(oldest, "spool_full", `${waiting.length} recordings wait`);
    }
  }

  async function keep(entry: Waiting, encoded: EncodedRecording): Promise<void> {
    const { facts } = entry.recording;
    const { measure } = encoded;
    if (measure === null) return giveUp(entry, "unreadable", "the file is no recording");
    if (measure.samples === 0) return giveUp(entry, "empty", "the file holds no audio");
    const stored = await store.put(facts, encoded.blocks(), stopping.signal);
    if (stored === "erased") return settle(entry, "erased");
    const durationMs = Math.round((measure.samples * 1_000) / measure.sampleRateHz);
    const { isComplete } = measure;
    await tell(facts, { state: "ready", durationMs, isComplete, ...stored });
    const { callId } = facts;
    logger.info("recording_stored", { callId, durationMs, bytes: stored.bytes, isComplete });
    await settle(entry, "stored");
  }

  /** @throws RecordingStoreFault, EncodeFault or the system's error, when it is to be tried again */
  async function attempt(entry: Waiting): Promise<void> {
    const { path, key, facts } = entry.recording;
    await using encoded = await encodeRecording({ path, key, format: facts.format });
    await keep(entry, encoded);
  }

  async function failed(entry: Waiting, fault: unknown): Promise<void> {
    const detail = fault instanceof Error ? fault.message : "failed";
    if (fault instanceof RecordingStoreFault && fault.isForEver) {
      await giveUp(entry, "store_refused", detail);
      return;
    }
    if (!(fault instanceof RecordingStoreFault)) entry.faults += 1;
    if (entry.faults >= ENCODE_ATTEMPTS) {
      await giveUp(entry, "encoder_failed", detail);
      return;
    }
    metrics.recordingRetried();
    if (detail !== failedWith) {
      logger.warn("recording_not_stored", { callId: entry.recording.facts.callId, detail });
    }
    failedWith = detail;
    // The next one may be taken though this one is not.
    const at = waiting.indexOf(entry);
    if (at >= 0) waiting.push(...waiting.splice(at, 1));
  }

  async function run(): Promise<void> {
    let attempts = 0;
    while (!stopping.signal.aborted) {
      await makeRoom();
      const [entry] = waiting;
      if (entry === undefined) {
        if (isStopping) return;
        await alarm.wait(IDLE_MS);
        continue;
      }
      current = entry;
      try {
        await attempt(entry);
        failedWith = null;
        attempts = 0;
      } catch (fault) {
        if (stopping.signal.aborted) return;
        await failed(entry, fault);
        if (isStopping) return;
        current = null;
        await makeRoom();
        await pause.wait(backoffMs(attempts, deps.retry ?? RETRY, deps.random));
        attempts += 1;
      } finally {
        current = null;
      }
    }
  }

  const running = run().catch((error: unknown) => {
    logger.error("recording_queue_failed", { error });
  });

  return {
    get depth() {
      return waiting.length;
    },
    get bytes() {
      return bytesWaiting();
    },
    add(recording) {
      waiting.push({ recording, faults: 0 });
      alarm.ring();
      // A full spool does not wait for the store's answer.
      if (bytesWaiting() > deps.maxBytes) pause.ring();
    },
    async stop(budgetMs) {
      isStopping = true;
      alarm.ring();
      pause.ring();
      using _ = clock.after(budgetMs, () => stopping.abort());
      await running;
    },
  };
}
