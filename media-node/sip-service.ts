import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Cidr } from "../schema/values/cidr.ts";
import type { CallEndCode } from "./call/call-ends.ts";
import type { Dialer } from "./call/outbound-ports.ts";
import type { CallLogger, InboundInvite } from "./call/ports.ts";
import type { MediaNodeConfig } from "./config.ts";
import { connectSrf } from "./drachtio/connect.ts";
import { createDialer } from "./drachtio/dialer.ts";
import { type SipSource, startSipServer } from "./drachtio/server.ts";
import { DEFAULT_ENGINE_LIMITS, type EngineEvent } from "./engine/engine-config.ts";
import { startEngine } from "./engine/start-engine.ts";

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
/** RFC 3261 §20.33, in the answer to OPTIONS. */
const RETRY_AFTER_S = 5;

export interface SipServiceDeps {
  readonly logger: CallLogger;
  readonly config: Pick<MediaNodeConfig, "sip" | "identity">;
  readonly invite: (invite: InboundInvite) => Promise<void>;
  readonly admission: () => CallEndCode | null;
  readonly refused: (method: string, code: CallEndCode, source: SipSource) => void;
  readonly onEvent: (event: EngineEvent) => void;
  /** The engine is gone, and its dialogs with it; it is started again on the same ports. */
  readonly onLost: (error: Error) => void;
  /** Absent: the embedded engine. Replaced in tests, which cannot kill its thread. */
  readonly startEngine?: typeof startEngine;
}

export interface SipService extends AsyncDisposable {
  readonly isUp: boolean;
  /** Bound ports. */
  readonly sipPort: number;
  readonly sipsPort: number;
  /** Places calls through the engine that is up. */
  readonly dialer: Dialer;
  /** Sources that trunks name: from now on, and for every engine that is started after this one. */
  setTrustedSources(cidrs: readonly Cidr[]): void;
}

interface Ports {
  readonly sipPort: number;
  readonly sipsPort: number;
}

interface RunningEngine extends AsyncDisposable, Ports {
  /** Resolves when the thread or the connection to it is gone. */
  readonly lost: Promise<Error>;
  readonly dialer: Dialer;
  setTrustedSources(cidrs: readonly Cidr[]): void;
}

/**
 * The SIP engine and our connection to it, started again when either is lost.
 * @throws EngineStartFault, SrfConnectFault at the first start only
 */
export async function startSipService(deps: SipServiceDeps): Promise<SipService> {
  const { sip } = deps.config;
  let trustedSources: readonly Cidr[] = [];
  let current: RunningEngine | null = await startOnce(
    { sipPort: sip.port, sipsPort: sip.sipsPort },
    deps,
  );
  const { sipPort, sipsPort } = current;
  const stopping = new AbortController();
  const stopped = new Promise<null>((resolve) => {
    stopping.signal.addEventListener("abort", () => resolve(null), { once: true });
  });

  async function restart(): Promise<RunningEngine | null> {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      try {
        const engine = await startOnce({ sipPort, sipsPort }, deps);
        engine.setTrustedSources(trustedSources);
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
      if (current !== null) deps.logger.info("sip_engine_restarted", { sipPort, sipsPort });
    }
  }

  const supervising = supervise();
  return {
    sipPort,
    sipsPort,
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
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await supervising;
    },
  };
}

async function startOnce(ports: Ports, deps: SipServiceDeps): Promise<RunningEngine> {
  const { sip, identity } = deps.config;
  const secret = randomBytes(24).toString("base64url");
  await using starting = new AsyncDisposableStack();
  const engine = starting.use(
    await (deps.startEngine ?? startEngine)({
      listeners: [
        {
          transport: "tcp",
          bindAddress: sip.bindAddress,
          port: ports.sipPort,
          advertisedPort: sip.advertisedPort,
        },
        {
          transport: "tls",
          bindAddress: sip.bindAddress,
          port: ports.sipsPort,
          advertisedPort: sip.advertisedSipsPort,
        },
      ],
      advertisedHost: sip.advertisedAddress,
      tls: { certificateFile: sip.certificateFile, keyFile: sip.keyFile },
      control: { port: 0, secret },
      nodeId: identity.nodeId,
      limits: DEFAULT_ENGINE_LIMITS,
      addressPolicy: sip.addresses,
    }),
  );
  engine.onEvent(deps.onEvent);
  const connection = starting.use(await connectSrf({ port: engine.controlPort, secret }));
  startSipServer(connection, {
    invite: deps.invite,
    options: () =>
      deps.admission() === null ? { status: 200 } : { status: 503, retryAfterS: RETRY_AFTER_S },
    refused: deps.refused,
  });
  const portOf = (transport: "tcp" | "tls") =>
    engine.listeners.find((listener) => listener.transport === transport)?.port ?? 0;
  const running = starting.move();
  return {
    sipPort: portOf("tcp"),
    sipsPort: portOf("tls"),
    dialer: createDialer(connection, engine.setAccount),
    setTrustedSources: engine.setTrustedSources,
    lost: Promise.race([engine.died, connection.lost]),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
