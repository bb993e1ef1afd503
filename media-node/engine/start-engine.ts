import { Worker } from "node:worker_threads";
import type {
  CertificateReload,
  EngineConfig,
  EngineEvent,
  EngineHandle,
} from "./engine-config.ts";
import type { EngineCounts } from "./sip-counts.ts";
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
const CLOSED: CertificateReload = { kind: "refused", detail: "closed" };

/** Starts the SIP server in a worker thread; resolves when its ports are bound, rejects with EngineStartFault. */
export async function startEngine(config: EngineConfig): Promise<EngineHandle> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: config });
  const listeners: ((event: EngineEvent) => void)[] = [];
  /** What was reported before anybody listened, such as a certificate that has expired. */
  const early: EngineEvent[] = [];
  /** In the order they were asked for, which is the order of the answers. */
  const reloads: ((outcome: CertificateReload) => void)[] = [];
  const counted: ((counts: EngineCounts | null) => void)[] = [];
  let isClosing = false;
  let isGone = false;
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
      } else if (message.kind === "reloaded") reloads.shift()?.(message.outcome);
      else if (message.kind === "counts") counted.shift()?.(message.counts);
      else if (listeners.length === 0) early.push(message.event);
      else for (const listener of listeners) listener(message.event);
    });
    exited.then(
      (error) =>
        reject(new EngineStartFault(error.message, "engine_start_failed", { cause: error })),
      reject,
    );
  });

  // Whoever waits is answered once, here: a reaction for each question would be kept for the engine's whole life.
  exited.then(
    () => {
      isGone = true;
      for (const answer of counted.splice(0)) answer(null);
      for (const answer of reloads.splice(0)) answer(CLOSED);
    },
    () => undefined,
  );

  const died = new Promise<Error>((resolve, reject) => {
    exited.then((error) => {
      if (!isClosing) resolve(error);
    }, reject);
  });

  return {
    controlPort: ready.controlPort,
    listeners: ready.listeners,
    relayPort: ready.relayPort,
    onEvent: (listener) => {
      listeners.push(listener);
      for (const event of early.splice(0)) listener(event);
    },
    watchCall(sipCallId) {
      worker.postMessage({ kind: "watch", sipCallId } satisfies ToWorker);
      return () => worker.postMessage({ kind: "unwatch", sipCallId } satisfies ToWorker);
    },
    setTrustedSources: (cidrs) => worker.postMessage({ kind: "trusted", cidrs } satisfies ToWorker),
    setRelayRoster: (roster) => worker.postMessage({ kind: "relay", roster } satisfies ToWorker),
    setAccount: (name, account) =>
      worker.postMessage({ kind: "account", name, account } satisfies ToWorker),
    noteRefusal: (source) => worker.postMessage({ kind: "refused", source } satisfies ToWorker),
    counts() {
      if (isGone) return Promise.resolve(null);
      worker.postMessage({ kind: "count" } satisfies ToWorker);
      return new Promise((resolve) => counted.push(resolve));
    },
    reloadCertificates() {
      if (isGone) return Promise.resolve(CLOSED);
      worker.postMessage({ kind: "reload" } satisfies ToWorker);
      return new Promise((resolve) => reloads.push(resolve));
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
