import { setTimeout as delay } from "node:timers/promises";
import { whenAborted } from "../call/ending.ts";
import type { MediaPorts } from "../call/media-ports.ts";
import type { Clock } from "../call/ports.ts";
import { type MediaChild, type MediaLoss, startMediaChild } from "./child.ts";
import type { MediaObservers } from "./media-here.ts";
import type { MediaProcessConfig, MediaProcessStatus } from "./messages.ts";

/** The media processes of a node: each has a part of the port range, and its calls from beginning to end. */

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

export interface MediaProcessState {
  /** Null while it is being started again. */
  readonly pid: number | null;
  /** Null as well. */
  readonly status: MediaProcessStatus | null;
  /** Calls that are placed on it now. */
  readonly calls: number;
}

export interface MediaProcesses extends AsyncDisposable {
  readonly ports: MediaPorts;
  readonly states: readonly MediaProcessState[];
}

interface MediaProcessesDeps extends MediaObservers {
  /** At least 1; never more than there are port pairs. */
  readonly count: number;
  readonly config: MediaProcessConfig;
  readonly clock: Clock;
  readonly onLost: (loss: MediaLoss) => void;
  /** One is there again that was lost. */
  readonly onRestored: () => void;
  /** Absent: a real process. Replaced in tests. */
  readonly startChild?: typeof startMediaChild;
}

/**
 * Starts them all, and each of them again when it is lost.
 * @throws MediaStartFault at the first start only
 */
export async function startMediaProcesses(deps: MediaProcessesDeps): Promise<MediaProcesses> {
  await using starting = new AsyncDisposableStack();
  const parts = splitPorts(deps.config.ports, deps.count);
  const places = parts.map((ports, index) => new Place({ ...deps.config, ports }, index, deps));
  for (const place of places) starting.use(place);
  await Promise.all(places.map((place) => place.start()));
  const running = starting.move();
  return {
    ports: {
      async open(call, events) {
        // Ports in quarantine or of another leg may fill one process before the others.
        for (const place of byLoad(places)) {
          const opened = await place.child?.remote.open(call, events);
          if (opened?.kind === "opened") return opened.media;
        }
        return null;
      },
    },
    get states() {
      return places.map(({ child }) => ({
        pid: child?.pid ?? null,
        status: child?.status ?? null,
        calls: child?.remote.calls ?? 0,
      }));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Parts of a port range that begin with an even port, as equal as pairs can be divided; `[0, 0]` is nobody's part. */
export function splitPorts(
  [first, last]: readonly [number, number],
  count: number,
): readonly (readonly [number, number])[] {
  if (first === 0) return Array.from({ length: count }, () => [0, 0] as const);
  const firstEven = first + (first % 2);
  const pairs = Math.floor((last - firstEven + 1) / 2);
  const parts = Math.max(1, Math.min(count, pairs));
  const startOf = (part: number): number => firstEven + 2 * Math.floor((part * pairs) / parts);
  return Array.from(
    { length: parts },
    (_, part) => [startOf(part), startOf(part + 1) - 1] as const,
  );
}

function byLoad(places: readonly Place[]): readonly Place[] {
  const callsOf = ({ child }: Place): number => child?.remote.calls ?? Number.MAX_SAFE_INTEGER;
  const portsOf = ({ child }: Place): number => child?.status.portsUsed ?? 0;
  return [...places].sort(
    (one, other) => callsOf(one) - callsOf(other) || portsOf(one) - portsOf(other),
  );
}

/** Where one media process is, and another after it. */
class Place implements AsyncDisposable {
  child: MediaChild | null = null;
  readonly #config: MediaProcessConfig;
  readonly #index: number;
  readonly #deps: MediaProcessesDeps;
  readonly #stopping = new AbortController();
  #supervising: Promise<void> = Promise.resolve();

  constructor(config: MediaProcessConfig, index: number, deps: MediaProcessesDeps) {
    this.#config = config;
    this.#index = index;
    this.#deps = deps;
  }

  /** @throws MediaStartFault */
  async start(): Promise<void> {
    const started = this.#startChild();
    // Whoever is stopped while it starts ends what has been started.
    this.#supervising = started.then(
      (child) => this.#supervise(child),
      () => undefined,
    );
    await started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#supervising;
  }

  #startChild(): Promise<MediaChild> {
    const { startChild = startMediaChild } = this.#deps;
    return startChild({ ...this.#deps, config: this.#config, process: this.#index });
  }

  async #supervise(first: MediaChild): Promise<void> {
    const { logger, onLost, onRestored } = this.#deps;
    const { signal } = this.#stopping;
    const stopped = new Promise<null>((resolve) => {
      whenAborted(signal, () => resolve(null));
    });
    this.child = first;
    let child: MediaChild | null = first;
    while (child !== null) {
      const lost: MediaLoss | null = await Promise.race([child.lost, stopped]);
      this.child = null;
      if (lost === null) {
        await child[Symbol.asyncDispose]();
        return;
      }
      logger.error("media_process_lost", { mediaProcess: this.#index, pid: child.pid, ...lost });
      onLost(lost);
      child = await this.#restart(signal);
      this.child = child;
      if (child === null) return;
      logger.info("media_process_restarted", { mediaProcess: this.#index, pid: child.pid });
      onRestored();
    }
  }

  async #restart(signal: AbortSignal): Promise<MediaChild | null> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        return await this.#startChild();
      } catch (error) {
        const { logger } = this.#deps;
        logger.error("media_process_restart_failed", { mediaProcess: this.#index, error });
        const pauseMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return null;
  }
}
