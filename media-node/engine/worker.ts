import { parentPort, workerData } from "node:worker_threads";
import { runEngine } from "./engine.ts";
import type { EngineConfig } from "./engine-config.ts";
import { EngineTurns, pauseThread } from "./turns.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

/** The engine's thread: parsing and signalling never delay audio. */
async function main(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("worker.ts runs only as a worker thread");
  const post = (message: FromWorker): void => port.postMessage(message);
  // The main thread hands over its own, type-checked configuration: workerData is typed as any by Node.
  const config = workerData as EngineConfig;
  try {
    const engine = await runEngine(config, {
      onEvent: (event) => post({ kind: "event", event }),
      turns: new EngineTurns(pauseThread),
    });
    port.on("message", (message: ToWorker) => {
      if (message.kind === "reload") {
        post({ kind: "reloaded", outcome: engine.reloadCertificates() });
        return;
      }
      if (message.kind === "count") {
        post({ kind: "counts", counts: engine.counts() });
        return;
      }
      if (message.kind === "refused") {
        engine.noteRefusal(message.source);
        return;
      }
      if (message.kind === "trusted") {
        engine.setTrustedSources(message.cidrs);
        return;
      }
      if (message.kind === "relay") {
        engine.setRelayRoster(message.roster);
        return;
      }
      if (message.kind === "account") {
        engine.setAccount(message.name, message.account);
        return;
      }
      if (message.kind === "watch") {
        engine.messageWatch.add(message.sipCallId);
        return;
      }
      if (message.kind === "unwatch") {
        engine.messageWatch.remove(message.sipCallId);
        return;
      }
      message.kind satisfies "close";
      engine.close().then(
        () => port.close(),
        () => port.close(),
      );
    });
    const { controlPort, listeners, relayPort } = engine;
    post({ kind: "ready", controlPort, listeners, relayPort });
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    post({ kind: "failed", message, code: code ?? null });
    port.close();
  }
}

await main();
