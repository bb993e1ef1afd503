import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Cidr } from "../schema/values/cidr.ts";
import type { CallEndCode } from "./call/call-ends.ts";
import type { Dialer } from "./call/outbound/outbound-ports.ts";
import type { CallLogger, InboundInvite } from "./call/ports.ts";
import type { MediaNodeConfig } from "./config.ts";
import { connectSrf } from "./drachtio/connect.ts";
import { createDialer } from "./drachtio/dialer.ts";
import { type SipSource, startSipServer } from "./drachtio/server.ts";
import type { EngineEvent, RelayRoster } from "./engine/engine-config.ts";
import type { EngineCounts } from "./engine/sip-counts.ts";
import { startEngine } from "./engine/start-engine.ts";
import { configuredPorts, engineConfigOf, type SipPorts } from "./engine-settings.ts";
import type { Logger } from "./telemetry/logger.ts";

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
/** A scrape does not wait for an engine that hangs. */
const COUNT_LIMIT_MS = 500;
/** RFC 3261 §20.33, in the answer to OPTIONS. */
const RETRY_AFTER_S = 5;

export interface SipServiceDeps {
  readonly logger: CallLogger;
  readonly config: Pick<MediaNodeConfig, "sip" | "identity" | "relay">;
  readonly invite: (invite: InboundInvite) => Promise<void>;
  readonly admission: () => CallEndCode | null;
  readonly refused: (method: string, code: CallEndCode, source: SipSource) => void;
  readonly onEvent: (event: EngineEvent) => void;
  /** As `EngineConfig.messageEvents`. */
  readonly messageEvents?: "all" | "watched_calls";
  /** The engine is gone, and its dialogs with it; it is started again on the same ports. */
  readonly onLost: (error: Error) => void;
  /** Absent: the embedded engine. Replaced in tests, which cannot kill its thread. */
  readonly startEngine?: typeof startEngine;
}

/** Refusals that a scanner collects. Those of a trunk's own callers, and of what the node cannot do, count nothing. */
const COUNTED_REFUSALS: ReadonlySet<CallEndCode> = new Set([
  "source_unknown",
  "source_not_allowed",
  "number_unknown",
  "digest_rejected",
  "digest_throttled",
  "malformed_request",
  "registration_not_supported",
]);

/** Bound ports and all. */
export interface SipService extends AsyncDisposable, SipPorts {
  readonly isUp: boolean;
  /** Places calls through the engine that is up. */
  readonly dialer: Dialer;
  /** Sources that trunks name: from now on, and for every engine that is started after this one. */
  setTrustedSources(cidrs: readonly Cidr[]): void;
  /** What is known of the region's other nodes: for every engine that is started after this one, too. */
  setRelayRoster(roster: RelayRoster): void;
  /** Messages of this Call-ID are events until the returned function is called, or the engine is lost. */
  watchCall(sipCallId: string): () => void;
  /** What the engine has counted since its start; null while there is none. */
  counts(): Promise<EngineCounts | null>;
}

interface RunningEngine extends AsyncDisposable, SipPorts {
  /** Resolves when the thread or the connection to it is gone. */
  readonly lost: Promise<Error>;
  readonly dialer: Dialer;
  setTrustedSources(cidrs: readonly Cidr[]): void;
  setRelayRoster(roster: RelayRoster): void;
  watchCall(sipCallId: string): () => void;
  counts(): Promise<EngineCounts | null>;
}

/**
 * The SIP engine and our connection to it, started again when either is lost.
 * @throws EngineStartFault, SrfConnectFault at the first start only
 */
export async function startSipService(deps: SipServiceDeps): Promise<SipService> {
  let trustedSources: readonly Cidr[] = [];
  let relayRoster: RelayRoster = { peers: [], tagKeys: [] };
  let current: RunningEngine | null = await startOnce(configuredPorts(deps.config), deps);
  const { sipPort, sipsPort, sipUdpPort, relayPort } = current;
  const ports: SipPorts = { sipPort, sipsPort, sipUdpPort, relayPort };
  const stopping = new AbortController();
  const stopped = new Promise<null>((resolve) => {
    stopping.signal.addEventListener("abort", () => resolve(null), { once: true });
  });

  async function restart(): Promise<RunningEngine | null> {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      try {
        const engine = await startOnce(ports, deps);
        engine.setTrustedSources(trustedSources);
        engine.setRelayRoster(relayRoster);
        return engine;
      } catch (error) {
        deps.logger.error("sip_engine_restart_failed", { error });
        const pauseMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
    return null;
  }

  async function supervise(): Promise<void> {
    while (current !== null) {
      const lost = await Promise.race([current.lost, stopped]);
      const engine: RunningEngine = current;
      current = null;
      if (lost !== null) {
        deps.logger.error("sip_engine_lost", { error: lost });
        deps.onLost(lost);
      }
      await engine[Symbol.asyncDispose]();
      if (lost === null) return;
      current = await restart();
      if (current !== null) deps.logger.info("sip_engine_restarted", { ...ports });
    }
  }

  const supervising = supervise();
  return {
    ...ports,
    get isUp() {
      return current !== null;
    },
    dialer: {
      async invite(call) {
        if (current !== null) return current.dialer.invite(call);
        return { kind: "failed", cause: "engine_lost", detail: "the SIP engine is down" };
      },
    },
    setTrustedSources(cidrs) {
      trustedSources = cidrs;
      current?.setTrustedSources(cidrs);
    },
    setRelayRoster(roster) {
      relayRoster = roster;
      current?.setRelayRoster(roster);
    },
    watchCall: (sipCallId) => current?.watchCall(sipCallId) ?? (() => undefined),
    counts() {
      const counted = current?.counts() ?? Promise.resolve(null);
      return Promise.race([counted, delay(COUNT_LIMIT_MS, null, { ref: false })]);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await supervising;
    },
  };
}

async function startOnce(ports: SipPorts, deps: SipServiceDeps): Promise<RunningEngine> {
  const secret = randomBytes(24).toString("base64url");
  await using starting = new AsyncDisposableStack();
  const engine = starting.use(
    await (deps.startEngine ?? startEngine)({
      ...engineConfigOf(deps.config, ports, secret),
      messageEvents: deps.messageEvents ?? "watched_calls",
    }),
  );
  engine.onEvent(deps.onEvent);
  const connection = starting.use(await connectSrf({ port: engine.controlPort, secret }));
  startSipServer(connection, {
    invite: deps.invite,
    options: () =>
      deps.admission() === null ? { status: 200 } : { status: 503, retryAfterS: RETRY_AFTER_S },
    refused(method, code, source) {
      deps.refused(method, code, source);
      if (COUNTED_REFUSALS.has(code)) engine.noteRefusal(source);
    },
    rejected(code, source) {
      if (COUNTED_REFUSALS.has(code)) engine.noteRefusal(source);
    },
  });
  const portOf = (transport: "tcp" | "tls" | "udp") =>
    engine.listeners.find((listener) => listener.transport === transport)?.port ?? null;
  const running = starting.move();
  return {
    sipPort: portOf("tcp") ?? 0,
    sipsPort: portOf("tls") ?? 0,
    sipUdpPort: portOf("udp"),
    relayPort: engine.relayPort,
    dialer: createDialer(connection, engine.setAccount),
    setTrustedSources: engine.setTrustedSources,
    setRelayRoster: engine.setRelayRoster,
    watchCall: engine.watchCall,
    counts: engine.counts,
    lost: Promise.race([engine.died, connection.lost]),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Faults as warnings; messages, where all of them are told, as debug lines. */
export function logEngineEvent(logger: Logger, event: EngineEvent): void {
  if (event.kind === "fault") {
    logger.warn("sip_engine_fault", { code: event.code, detail: event.detail });
    return;
  }
  const { kind: _kind, isRepeated, isWatched: _isWatched, ...message } = event;
  if (!isRepeated) logger.debug("sip_message", message);
}
