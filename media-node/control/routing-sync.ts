import type { HubToNode } from "../../schema/contracts/node-link.ts";
import { applyChanges } from "../routing/apply.ts";
import type { LoadOutcome, RoutingStore } from "../routing/store.ts";
import type { RoutingTable } from "../routing/table.ts";
import { createAlarm } from "./alarm.ts";
import type { ControlDeps } from "./ports.ts";
import type { RegionKeys } from "./region-keys.ts";
import { startRoutingPersistence } from "./routing-persistence.ts";
import { askForChanges, type PullDeps, pullChanges, pullSnapshot } from "./routing-pull.ts";

/** A table whose hash differs is fetched anew at once, then no more often than this. */
const RESYNC_PAUSE_MS = 30_000;
/** After a failure the node asks again before its next poll, and sooner while it has no table at all. */
const RETRY_MS = 2_000;
const FIRST_PULL_RETRY_MS = 1_000;

/** More are pulled, which applies them in slices: a hint is applied between two frames of audio. */
const MAX_HINTED_CHANGES = 50;

const NEVER_SYNCHRONISED = "never_synchronised";

export type RoutingHint = Extract<HubToNode, { type: "routing_changed" }>;

export interface RoutingSync {
  /** Null until a file or a pull has given one. */
  table(): RoutingTable | null;
  /** How the sealed file was found at the start. */
  readonly loaded: LoadOutcome["kind"];
  /** Resolves when the table is in the sealed file, or the first write of it has failed. */
  readonly kept: Promise<void>;
  /** Why the node has no table, or why the last update was not taken; null when all is well. */
  problem(): string | null;
  /** Since the control plane last confirmed the table; null while there is none. */
  ageMs(): number | null;
  /** Changes as the hub pushes them: applied when they follow the table, else a reason to pull. */
  hint(hint: RoutingHint): void;
  /** Pull now. `doubted`: the hub says that the table hash differs at the same version. */
  pull(cause: "linked" | "doubted"): void;
  /** The region has another key: fetched with the next pull, which is now. */
  keysChanged(): void;
  /** The next snapshot is taken whatever it loses and however old it is: an operator's word. */
  acceptNextSnapshot(): void;
  stop(): Promise<void>;
}

export interface RoutingSyncDeps extends ControlDeps {
  readonly store: RoutingStore;
  readonly regionKeys: RegionKeys;
  readonly pull: Omit<PullDeps, "signal">;
  readonly pollMs: number;
  /** The table is another than before: its version, epoch or rows. */
  readonly onChanged: (table: RoutingTable) => void;
  /** Other region keys than before are held. Absent: nobody is told. */
  readonly onKeysChanged?: () => void;
}

/**
 * Keeps the routing table: from the sealed file at the start, then by polls and hints. Nothing that goes
 * wrong here takes a table away that the node has.
 * @throws the system's error when the state directory cannot be used
 */
export async function startRoutingSync(deps: RoutingSyncDeps): Promise<RoutingSync> {
  const { clock, logger, metrics, store, regionKeys } = deps;
  const stopping = new AbortController();
  const alarm = createAlarm(clock);
  const pullDeps: PullDeps = { ...deps.pull, signal: stopping.signal };
  let table: RoutingTable | null = null;
  let confirmedAtMs: number | null = null;
  let problem: string | null = null;
  let isReplacing = false;
  let isDoubted = false;
  let isAccepted = false;
  let hasKeys = false;
  let resyncedAtMs = Number.NEGATIVE_INFINITY;

  const persistence = startRoutingPersistence(
    store,
    () => (table === null ? null : { table, regionKeys: regionKeys.wrapped }),
    deps,
  );

  function changed(next: RoutingTable, by: string): void {
    const isFirst = table === null;
    table = next;
    persistence.changed();
    logger.info(isFirst ? "routing_table_ready" : "routing_table_changed", {
      by,
      epoch: next.epoch,
      version: next.version,
      rows: next.size,
      hash: next.hash,
    });
    deps.onChanged(next);
  }

  function confirmed(): void {
    confirmedAtMs = clock.nowMs();
    metrics.controlPlaneUp(true);
    if (problem !== null && problem !== NEVER_SYNCHRONISED) {
      logger.info("routing_pull_recovered", { after: problem });
    }
    problem = null;
  }

  async function load(): Promise<LoadOutcome["kind"]> {
    const outcome = await store.load();
    if (outcome.kind === "refused") {
      problem = `sealed_file_${outcome.code}`;
      metrics.routingRefused(outcome.code);
      logger.error("routing_file_refused", { code: outcome.code, detail: outcome.detail });
    } else if (outcome.kind === "empty") {
      problem = NEVER_SYNCHRONISED;
      logger.info("routing_file_absent", {});
    } else {
      await regionKeys.restore(outcome.regionKeys);
      table = outcome.table;
      confirmedAtMs = outcome.savedAtMs;
      const { epoch, version, size, hash } = outcome.table;
      logger.info("routing_file_loaded", { epoch, version, rows: size, hash });
      deps.onChanged(outcome.table);
    }
    return outcome.kind;
  }

  async function refreshKeys(): Promise<void> {
    const before = JSON.stringify(regionKeys.wrapped);
    try {
      await regionKeys.fetch(stopping.signal);
      hasKeys = true;
    } catch (fault) {
      // A table without keys still routes; only what is sealed in it stays shut.
      if (problem === null) logger.warn("region_keys_not_fetched", { error: fault });
      return;
    }
    if (JSON.stringify(regionKeys.wrapped) === before) return;
    persistence.changed();
    deps.onKeysChanged?.();
  }

  async function replaceTable(gone: Parameters<typeof pullSnapshot>[0]): Promise<void> {
    isReplacing = true;
    try {
      const replaced = { table, highWater: store.highWater(), isAccepted };
      const next = await pullSnapshot(gone, replaced, pullDeps);
      if (isAccepted) store.forgetHighWater();
      isAccepted = false;
      metrics.routingPulled("snapshot");
      changed(next, "snapshot");
    } finally {
      isReplacing = false;
    }
  }

  async function pullOnce(): Promise<void> {
    const wasDoubted = isDoubted;
    isDoubted = false;
    if (!hasKeys) await refreshKeys();
    if (table === null || isAccepted) return replaceFromHead();
    const result = await pullChanges(table, pullDeps);
    if (typeof result === "object") return replaceTable(result);
    metrics.routingPulled(result);
    if (result === "changed") return changed(table, "pull");
    // The same version and another hash: only a whole new table can repair that.
    if (wasDoubted && clock.monotonicMs() - resyncedAtMs >= RESYNC_PAUSE_MS) {
      logger.warn("routing_table_doubted", { version: table.version, hash: table.hash });
      resyncedAtMs = clock.monotonicMs();
      await replaceFromHead();
    }
  }

  async function replaceFromHead(): Promise<void> {
    const answer = await askForChanges(pullDeps, { epoch: 0, version: 0 });
    if (answer.kind === "gone") return replaceTable(answer.gone);
    throw new TypeError("the control plane answered epoch 0 with changes");
  }

  function failed(fault: unknown): void {
    if (stopping.signal.aborted) return;
    const code = codeOf(fault);
    const isRefused = !code.startsWith("control_plane_");
    metrics.routingPulled(isRefused ? "refused" : "failed");
    if (isRefused) metrics.routingRefused(code);
    else metrics.controlPlaneUp(false);
    // The same failure every few seconds is one line, until it changes or ends.
    if (problem !== code) {
      const level = isRefused ? "error" : "warn";
      logger[level](isRefused ? "routing_update_refused" : "routing_pull_failed", {
        code,
        error: fault,
      });
    }
    problem = code;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      let pauseMs = deps.pollMs;
      try {
        await pullOnce();
        confirmed();
      } catch (fault) {
        failed(fault);
        pauseMs = Math.min(pauseMs, table === null ? FIRST_PULL_RETRY_MS : RETRY_MS);
      }
      // At most the pause, so that the nodes of a region spread and none is later than promised.
      if (!stopping.signal.aborted) await alarm.wait(pauseMs * (0.7 + deps.random() * 0.2));
    }
  }

  const loaded = await load();
  const running = run();
  return {
    loaded,
    kept: loaded === "loaded" ? Promise.resolve() : persistence.attempted,
    table: () => table,
    problem: () => problem,
    ageMs: () => (confirmedAtMs === null ? null : Math.max(0, clock.nowMs() - confirmedAtMs)),
    hint(hint) {
      const last = hint.changes.at(-1);
      if (last === undefined) return;
      if (table?.epoch === hint.epoch && last.version <= table.version) return;
      const isLong = hint.changes.length > MAX_HINTED_CHANGES;
      if (table === null || isReplacing || isLong) return alarm.ring();
      const { epoch, previousVersion: since, changes } = hint;
      const applied = applyChanges(table, { epoch, since, version: last.version, changes });
      if (!applied.ok) {
        logger.info("routing_hint_not_applied", { code: applied.code, detail: applied.detail });
        return alarm.ring();
      }
      if (applied.changed) changed(table, "hint");
    },
    pull(cause) {
      if (cause === "doubted") isDoubted = true;
      alarm.ring();
    },
    keysChanged() {
      hasKeys = false;
      alarm.ring();
    },
    acceptNextSnapshot() {
      isAccepted = true;
      logger.warn("routing_next_snapshot_accepted", {});
      alarm.ring();
    },
    async stop() {
      stopping.abort();
      alarm.ring();
      await running;
      await persistence.stop();
    },
  };
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && "code" in fault && typeof fault.code === "string"
    ? fault.code
    : "routing_pull_failed";
}
