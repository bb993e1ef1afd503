import { Worker } from "node:worker_threads";
import type { RecordingFormat } from "../../schema/contracts/agent-recording.ts";

/** What the thread that encodes is started with. */
export interface EncodeOrder {
  readonly path: string;
  readonly key: Uint8Array;
  readonly format: RecordingFormat;
}

/** In answer to its start, then to each time that it is asked for more. */
export type FromEncodeThread =
  | ({ readonly kind: "measured" } & RecordingMeasure)
  | { readonly kind: "unreadable" }
  | { readonly kind: "block"; readonly bytes: Uint8Array }
  | { readonly kind: "end" }
  | { readonly kind: "failed"; readonly detail: string };

interface RecordingMeasure {
  readonly sampleRateHz: number;
  /** Of each channel. */
  readonly samples: number;
  /** False: the process that wrote it was killed, and this is what it had written. */
  readonly isComplete: boolean;
}

/** A recording that is being encoded. The same file gives the same bytes, however often. */
export interface EncodedRecording extends AsyncDisposable {
  /** Null: the file holds no recording that this key opens. */
  readonly measure: RecordingMeasure | null;
  /** Once. @throws EncodeFault */
  blocks(): AsyncIterable<Uint8Array>;
}

/** The encoder could not go on: a defect, or the disk. */
class EncodeFault extends Error {
  readonly code = "encoder_failed";
}

/**
 * Starts a thread for it.
 * @throws EncodeFault
 */
export async function encodeRecording(order: EncodeOrder): Promise<EncodedRecording> {
  const worker = new Worker(new URL("./encode-thread.ts", import.meta.url), { workerData: order });
  worker.unref();
  const answers: FromEncodeThread[] = [];
  let wake: (() => void) | null = null;
  const answer = (message: FromEncodeThread): void => {
    answers.push(message);
    wake?.();
  };
  worker.on("message", answer);
  worker.on("error", (error) => answer({ kind: "failed", detail: error.message }));
  worker.on("exit", () => answer({ kind: "failed", detail: "the thread ended" }));

  async function next(): Promise<FromEncodeThread> {
    while (answers.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const message = answers.shift();
    if (message === undefined) throw new EncodeFault("nothing came");
    if (message.kind === "failed") throw new EncodeFault(message.detail);
    return message;
  }

  const close = async (): Promise<void> => {
    await worker.terminate();
  };
  const first = await next().catch(async (fault: unknown) => {
    await close();
    throw fault;
  });
  return {
    measure: first.kind === "measured" ? first : null,
    async *blocks() {
      for (;;) {
        worker.postMessage("next");
        const message = await next();
        if (message.kind !== "block") return;
        yield message.bytes;
      }
    },
    [Symbol.asyncDispose]: close,
  };
}
