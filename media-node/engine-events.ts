import type { SeenSipMessage } from "./call/message-logs.ts";
import type { Clock } from "./call/ports.ts";
import type { MediaNodeConfig } from "./config.ts";
import type { EngineEvent } from "./engine/engine-config.ts";
import { startHepExporter } from "./hep-exporter.ts";
import { logEngineEvent } from "./sip-service.ts";
import type { HepMetrics } from "./telemetry/export-metrics.ts";
import type { Logger } from "./telemetry/logger.ts";

interface EngineEventsDeps {
  readonly logger: Logger;
  readonly clock: Pick<Clock, "monotonicMs" | "after">;
  readonly metrics: HepMetrics;
  readonly random: () => number;
  readonly messages: { seen(message: SeenSipMessage): void };
}

/** Who is told of what the SIP engine has seen: calls' own logs, the node's log, and a collector where there is one. */
export interface EngineEvents extends AsyncDisposable {
  readonly onEvent: (event: EngineEvent) => void;
  readonly messageEvents: "all" | "watched_calls";
}

export function startEngineEvents(
  { hep, identity, log }: Pick<MediaNodeConfig, "hep" | "identity" | "log">,
  { messages, ...deps }: EngineEventsDeps,
): EngineEvents {
  const nodeName = identity.nodeId;
  const exporter = hep === null ? null : startHepExporter(hep, { ...deps, nodeName });
  return {
    onEvent(event) {
      if (event.kind === "message") {
        if (event.isWatched) messages.seen(event);
        exporter?.seen(event);
      }
      logEngineEvent(deps.logger, event);
    },
    messageEvents: exporter !== null || log.level === "debug" ? "all" : "watched_calls",
    async [Symbol.asyncDispose]() {
      await exporter?.[Symbol.asyncDispose]();
    },
  };
}
