import type { RoutingStore, WrappedRegionKeys } from "../routing/store.ts";
import type { RoutingTable } from "../routing/table.ts";
import { createAlarm } from "./alarm.ts";
import type { ControlDeps } from "./ports.ts";

const RETRY_MS = 5_000;
/** A write may take this share of the time: a large table that changes often is not written all the time. */
const PAUSE_PER_WRITE = 10;

/** Keeps the sealed file up with the table, one write at a time, each of the newest state. */
export interface RoutingPersistence {
  /** The table or the keys are other than what was written last. */
  changed(): void;
  /** Resolves when the first write has been tried: a full disk must not keep a node from its calls. */
  readonly attempted: Promise<void>;
  /** Writes what is not yet written, once, and ends. */
  stop(): Promise<void>;
}

export function startRoutingPersistence(
  store: RoutingStore,
  current: () => { readonly table: RoutingTable; readonly regionKeys: WrappedRegionKeys } | null,
  deps: ControlDeps,
): RoutingPersistence {
  const alarm = createAlarm(deps.clock);
  // Rung by the end only: a change must not cut a pause short.
  const pause = createAlarm(deps.clock);
  const attempted = Promise.withResolvers<void>();
  let isDirty = false;
  let isStopping = false;

  /** Milliseconds until the next write may begin. */
  async function write(): Promise<number> {
    const state = current();
    isDirty = false;
    if (state === null) return 0;
    const beganAtMs = deps.clock.monotonicMs();
    try {
      await store.save(state.table, state.regionKeys, deps.clock.nowMs());
      deps.metrics.routingPersisted(true);
      return (deps.clock.monotonicMs() - beganAtMs) * PAUSE_PER_WRITE;
    } catch (fault) {
      isDirty = true;
      deps.metrics.routingPersisted(false);
      deps.logger.error("routing_persist_failed", { error: fault });
      return RETRY_MS;
    } finally {
      attempted.resolve();
    }
  }

  async function run(): Promise<void> {
    while (!isStopping) {
      if (!isDirty) await alarm.wait(60_000);
      if (!isDirty || isStopping) continue;
      const pauseMs = await write();
      if (pauseMs > 0 && !isStopping) await pause.wait(pauseMs);
    }
    if (isDirty) await write();
  }

  const running = run();
  return {
    attempted: attempted.promise,
    changed() {
      isDirty = true;
      alarm.ring();
    },
    async stop() {
      isStopping = true;
      alarm.ring();
      pause.ring();
      await running;
    },
  };
}
