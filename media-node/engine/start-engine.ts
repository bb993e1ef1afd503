import { Worker } from "node:worker_threads";
import type { EngineConfig, EngineEvent, EngineHandle } from "./engine-config.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

/** The engine could not start; `code` is the system's when it gave one (`EADDRINUSE`, `EACCES`, `ENOENT`). */
class EngineStartFault extends Error {
  readonly code: string;

  constructor(message: string, code: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Calls get one second to be ended, sockets the rest: then the thread is stopped whatever it does. */
const CLOSE_LIMIT_MS = 2_000;

/** Starts the SIP server in a worker thread; resolves when its ports are bound, rejects with EngineStartFault. */
export async function startEngine(config: EngineConfig): Promise<EngineHandle> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: config });
  const listeners: ((event: EngineEvent) => void)[] = [];
  let isClosing = false;
  const exited = new Promise<Error>((resolve) => {
    let cause: Error | null = null;
    worker.on("error", (error: Error) => {
      cause = error;
    });
    worker.on("exit", (code) => {
      resolve(new Error(`the SIP engine stopped (exit ${code})`, { cause }));
    });
  });
  const ready = await new Promise<Extract<FromWorker, { kind: "ready" }>>((resolve, reject) => {
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "ready") resolve(message);
      else if (message.kind === "failed") {
        reject(new EngineStartFault(message.message, message.code ?? "engine_start_failed"));
      } else for (const listener of listeners) listener(message.event);
    });
    exited.then(
      (error) =>
        reject(new EngineStartFault(error.message, "engine_start_failed", { cause: error })),
      reject,
    );
  });

  const died = new Promise<Error>((resolve, reject) => {
    exited.then((error) => {
      if (!isClosing) resolve(error);
    }, reject);
  });

  return {
    controlPort: ready.controlPort,
    listeners: ready.listeners,
    onEvent: (listener) => {
      listeners.push(listener);
    },
    died,
    async [Symbol.asyncDispose]() {
      if (isClosing) {
        await exited;
        return;
      }
      isClosing = true;
      worker.postMessage({ kind: "close" } satisfies ToWorker);
      const limit = setTimeout(() => {
        worker.terminate().catch(() => undefined);
      }, CLOSE_LIMIT_MS);
      await exited;
      clearTimeout(limit);
    },
  };
}
