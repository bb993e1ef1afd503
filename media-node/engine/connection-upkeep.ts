import type { EngineClock, EngineTimer } from "./clock.ts";
import type { SipConnection } from "./connection.ts";

/** RFC 5626 §3.5.1: connections that carry a dialog are kept open through NATs and firewalls. */
const KEEP_ALIVE_MS = 25_000;
const SWEEP_MS = 10_000;
/** A connection that has carried nothing valid by then is not worth keeping. */
const STRANGER_LIFE_MS = 120_000;
const IDLE_MS = 3_600_000;

export interface ConnectionUpkeepDeps {
  readonly clock: EngineClock;
  readonly open: () => Iterable<SipConnection>;
  /** Those that carry a dialog. */
  readonly inUse: () => ReadonlySet<SipConnection>;
}

/** Keeps connections with dialogs alive and closes those that nobody uses. */
export class ConnectionUpkeep {
  readonly #deps: ConnectionUpkeepDeps;
  #keepAlive: EngineTimer | null = null;
  #sweep: EngineTimer | null = null;

  constructor(deps: ConnectionUpkeepDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { clock } = this.#deps;
    const beat = (): void => {
      for (const connection of this.#deps.inUse()) connection.sendKeepAlive();
      this.#keepAlive = clock.after(KEEP_ALIVE_MS, beat);
    };
    const sweep = (): void => {
      this.#closeIdle();
      this.#sweep = clock.after(SWEEP_MS, sweep);
    };
    this.#keepAlive = clock.after(KEEP_ALIVE_MS, beat);
    this.#sweep = clock.after(SWEEP_MS, sweep);
  }

  stop(): void {
    this.#keepAlive?.cancel();
    this.#sweep?.cancel();
  }

  #closeIdle(): void {
    const nowMs = this.#deps.clock.nowMs();
    const idle = [...this.#deps.open()].filter((connection) => isIdle(connection, nowMs));
    if (idle.length === 0) return;
    const inUse = this.#deps.inUse();
    for (const connection of idle) if (!inUse.has(connection)) connection.close();
  }
}

/** What a stranger sends does not prolong its stay, unless it is a valid request. */
function isIdle(connection: SipConnection, nowMs: number): boolean {
  return connection.isStranger
    ? nowMs - connection.openedAtMs >= STRANGER_LIFE_MS
    : nowMs - connection.lastActivityAtMs >= IDLE_MS;
}
