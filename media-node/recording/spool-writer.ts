import { Worker } from "node:worker_threads";
import type { CaptureOutcome, RecordingFailure, RecordingSpool } from "../call/recording-ports.ts";
import type { AudioTap } from "../media/audio-tap.ts";
import type { MediaClock } from "../media/clock.ts";
import type { FromSpoolThread, ToSpoolThread } from "./spool-messages.ts";
import { StereoCapture } from "./stereo-capture.ts";

/** Settled pages are looked for this often, off the packet path. */
const LOOK_MS = 250;
/** For the files of calls that end with the process. */
const CLOSE_LIMIT_MS = 300;

/** A call that is being recorded. */
interface Recording {
  readonly tap: AudioTap;
  /** Nothing more is taken; what was taken is written. May be said again. */
  end(): void;
}

/** Writes the audio of calls to the disk of the node, from a thread of its own that the first of them starts. */
export interface SpoolWriter extends AsyncDisposable {
  /**
   * Begins now. `ended` is told once what came of it, when the file is finished or gone. Never throws: whatever goes wrong is
   * an outcome.
   */
  begin(
    spool: RecordingSpool,
    sampleRateHz: number,
    ended: (outcome: CaptureOutcome) => void,
  ): Recording;
}

interface OpenRecording {
  readonly id: number;
  readonly capture: StereoCapture;
  readonly ended: (outcome: CaptureOutcome) => void;
  /** Null while the call is up. */
  endMs: number | null;
}

interface SpoolWriterDeps {
  readonly clock: MediaClock;
  /** Absent: a thread. Replaced in tests by one that is slow. */
  readonly startThread?: () => SpoolThread;
}

/** What of a `Worker` is used. */
export interface SpoolThread {
  postMessage(message: ToSpoolThread): void;
  on(event: "message", listener: (message: FromSpoolThread) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "exit", listener: () => void): unknown;
  unref(): void;
  terminate(): Promise<unknown>;
}

export function createSpoolWriter({ clock, startThread }: SpoolWriterDeps): SpoolWriter {
  const recordings = new Map<number, OpenRecording>();
  let thread: SpoolThread | null = null;
  let look: Disposable | null = null;
  let nextId = 0;
  let emptied: (() => void) | null = null;

  function settle(recording: OpenRecording, outcome: CaptureOutcome): void {
    if (!recordings.delete(recording.id)) return;
    recording.ended(outcome);
    if (recordings.size === 0) emptied?.();
  }

  function fail(recording: OpenRecording, code: RecordingFailure, detail: string): void {
    thread?.postMessage({ kind: "discard", id: recording.id });
    settle(recording, { kind: "failed", code, detail });
  }

  function receive(message: FromSpoolThread): void {
    const recording = recordings.get(message.id);
    if (recording === undefined) return;
    switch (message.kind) {
      case "written":
        recording.capture.giveBack();
        return;
      case "ended":
        settle(recording, { kind: "finished" });
        return;
      case "failed":
        settle(recording, {
          kind: "failed",
          code: codeOf(message.errno),
          detail: message.errno,
        });
        return;
      default:
        message satisfies never;
    }
  }

  function runningThread(): SpoolThread {
    if (thread !== null) return thread;
    const started: SpoolThread =
      startThread?.() ?? new Worker(new URL("./spool-thread.ts", import.meta.url));
    // Recordings are not what a process lives for.
    started.unref();
    started.on("message", receive);
    const lost = (detail: string): void => {
      if (thread !== started) return;
      thread = null;
      for (const recording of [...recordings.values()]) fail(recording, "writer_lost", detail);
    };
    started.on("error", (error) => lost(error.message));
    started.on("exit", () => lost("the thread ended"));
    thread = started;
    return started;
  }

  function flush(recording: OpenRecording): void {
    const { id, capture } = recording;
    const nowMs = clock.monotonicMs();
    for (;;) {
      const page =
        recording.endMs === null ? capture.takeSettled(nowMs) : capture.takeRest(recording.endMs);
      if (page === null) break;
      thread?.postMessage({ kind: "page", id, ...page });
    }
    if (capture.hasOverrun)
      fail(recording, "overrun", "what is written is seconds behind what is heard");
    else if (recording.endMs !== null) thread?.postMessage({ kind: "end", id });
  }

  function lookForPages(): void {
    look = null;
    for (const recording of [...recordings.values()]) {
      if (recording.endMs === null) flush(recording);
    }
    lookAgain();
  }

  function lookAgain(): void {
    if (recordings.size > 0) look ??= clock.after(LOOK_MS, lookForPages, true);
  }

  return {
    begin(spool, sampleRateHz, ended) {
      nextId += 1;
      const capture = new StereoCapture(sampleRateHz, clock.monotonicMs());
      const recording: OpenRecording = { id: nextId, capture, ended, endMs: null };
      recordings.set(recording.id, recording);
      const { buffer } = capture.ring;
      runningThread().postMessage({ kind: "begin", id: nextId, spool, sampleRateHz, buffer });
      lookAgain();
      return {
        tap: capture,
        end() {
          if (recording.endMs !== null || !recordings.has(recording.id)) return;
          recording.endMs = clock.monotonicMs();
          flush(recording);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      look?.[Symbol.dispose]();
      for (const recording of [...recordings.values()]) {
        if (recording.endMs === null) {
          recording.endMs = clock.monotonicMs();
          flush(recording);
        }
      }
      if (recordings.size > 0) {
        const done = Promise.withResolvers<void>();
        emptied = done.resolve;
        using _limit = clock.after(CLOSE_LIMIT_MS, done.resolve);
        await done.promise;
      }
      const last = thread;
      thread = null;
      await last?.terminate();
    },
  };
}

function codeOf(errno: string): RecordingFailure {
  return errno === "ENOSPC" || errno === "EDQUOT" ? "disk_full" : "disk_error";
}
