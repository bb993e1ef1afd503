import { createHash } from "node:crypto";
import type { CallLogger, Clock } from "./call/ports.ts";
import type { EngineEvent } from "./engine/engine-config.ts";
import { type HepPlace, openHepTcp, openHepUdp } from "./hep-wire.ts";
import { encodeHep } from "./protocol/hep/packet.ts";
import type { HepMetrics } from "./telemetry/export-metrics.ts";

/** Where SIP messages are copied to. */
export interface HepSettings extends HepPlace {
  readonly transport: "udp" | "tcp";
  /** 0 to 1: of the calls, each with all its messages or none. */
  readonly sampleRatio: number;
}

type SipMessageEvent = Extract<EngineEvent, { kind: "message" }>;

export interface HepExporter extends AsyncDisposable {
  /** Never throws and never waits: what cannot be sent is lost. */
  seen(message: SipMessageEvent): void;
}

/** Failures and losses are logged this often. */
const LOG_EVERY_MS = 60_000;
/** Collectors tell nodes apart by their name; this number they want as well. */
const AGENT_ID = 1;

interface HepDeps {
  readonly logger: CallLogger;
  readonly metrics: HepMetrics;
  readonly nodeName: string;
  readonly clock: Pick<Clock, "monotonicMs" | "after">;
  readonly random: () => number;
}

/** Copies SIP messages to a collector, as they were redacted for the log. */
export function startHepExporter(settings: HepSettings, deps: HepDeps): HepExporter {
  const { logger, metrics, nodeName, clock } = deps;
  let lost = 0;
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  const lose = (detail: string): void => {
    lost += 1;
    metrics.hepMessage("dropped");
    if (clock.monotonicMs() - loggedAtMs < LOG_EVERY_MS) return;
    loggedAtMs = clock.monotonicMs();
    logger.warn("hep_messages_lost", { lost, detail });
  };
  const events = { sent: () => metrics.hepMessage("sent"), lost: lose };
  const wire =
    settings.transport === "tcp"
      ? openHepTcp(settings, events, deps)
      : openHepUdp(settings, events);
  return {
    seen(event) {
      // A repeated one has been copied when it went by.
      if (isClosed || event.isRepeated || !isSampled(event.sipCallId, settings.sampleRatio)) return;
      const local = { address: event.localAddress, port: event.localPort };
      const remote = { address: event.remoteAddress, port: event.remotePort };
      const isInbound = event.direction === "in";
      const packet = encodeHep({
        source: isInbound ? remote : local,
        destination: isInbound ? local : remote,
        transport: event.transport,
        atMs: event.atMs,
        text: event.text,
        correlationId: event.sipCallId,
        agentId: AGENT_ID,
        nodeName,
      });
      if (packet === null) lose("a message without two addresses");
      else wire.send(packet);
    },
    [Symbol.asyncDispose]() {
      isClosed = true;
      return wire[Symbol.asyncDispose]();
    },
  };
}

/** The same for all messages of a call, at every node that sees one. */
function isSampled(sipCallId: string, ratio: number): boolean {
  if (ratio >= 1) return true;
  const digest = createHash("sha256").update(sipCallId).digest();
  return digest.readUInt32BE(0) / 2 ** 32 < ratio;
}
