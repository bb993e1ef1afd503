import { retentionMs } from "../../schema/values/retention.ts";
import type { CommitConnection, GroupResult } from "./commit-group.ts";
import { type QueuedUnit, splitPoint, WriteQueue } from "./write-queue.ts";
import type { WriteOutcome, Writer, WriteUnit } from "./write-unit.ts";

export interface GroupWriterDeps {
  readonly connection: CommitConnection;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly log: (event: string, fields: Readonly<Record<string, string | number>>) => void;
}

/** How often, and until when, a group is tried while the database is busy or silent. */
const MAX_ATTEMPTS = 4;
const GIVE_UP_AFTER_MS = 8_000;
const RETRY_AFTER_SECS = 2;
const KEEP_WRITE_IDS_MS = retentionMs({}, "write_ids");
const PRUNE_EVERY_MS = 10 * 60_000;

/**
 * Commits units in groups, one group at a time. A unit's own error reaches only its caller; what the
 * network swallowed is read back before it is tried again, so that a unit is applied once.
 */
export class GroupWriter implements Writer {
  readonly #deps: GroupWriterDeps;
  readonly #queue = new WriteQueue();
  #isDraining = false;
  /** Null until the fence row holds it. */
  #fence: number | null = null;
  /** The highest that was asked for or found: the next one is higher. */
  #highestFence = 0;
  /** Another writer has raised the fence: this one never commits again. */
  #isFenced = false;
  #prunedAtMs = 0;

  constructor(deps: GroupWriterDeps) {
    this.#deps = deps;
  }

  write(unit: WriteUnit): Promise<WriteOutcome> {
    return new Promise((settle, fail) => {
      if (!this.#queue.push({ unit, settle })) {
        this.#deps.log("write_queue_full", { length: this.#queue.length });
        settle(unavailable());
        return;
      }
      // Whoever comes first drains for all; a bug in it must not leave its caller waiting.
      if (!this.#isDraining) this.#drain().catch(fail);
    });
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      while (this.#queue.length > 0) await this.#commit(this.#queue.takeGroup());
      await this.#pruneNowAndThen();
    } finally {
      this.#isDraining = false;
    }
    if (this.#queue.length > 0) await this.#drain();
  }

  /** Settles every unit of the group. */
  async #commit(group: readonly QueuedUnit[]): Promise<void> {
    let rest = group;
    const deadlineMs = this.#deps.clock() + GIVE_UP_AFTER_MS;
    for (let attempt = 1; rest.length > 0; attempt += 1) {
      const isTooLate = attempt > MAX_ATTEMPTS || this.#deps.clock() > deadlineMs;
      if (isTooLate || this.#isFenced) return settleAll(rest, unavailable());
      if (attempt > 1) await this.#deps.pause(backoffMs(attempt));
      const fence = await this.#currentFence();
      if (fence === null) continue;
      const units = rest.map((queued) => queued.unit);
      const result = await this.#deps.connection.commit(units, fence, this.#deps.clock());
      switch (result.kind) {
        case "committed":
          rest.forEach((queued, index) => {
            queued.settle({ ok: true, rows: result.rows[index] ?? [] });
          });
          return;
        case "refused":
        case "applied_before":
          return this.#commitApart(rest, result);
        case "fenced":
          await this.#checkFence(fence);
          break;
        case "unknown":
          rest = await this.#withoutApplied(rest);
          break;
        case "busy":
          break;
        default:
          result satisfies never;
      }
    }
  }

  /** One unit of the group failed: it is told, the others are committed without it. */
  async #commitApart(
    group: readonly QueuedUnit[],
    result: Extract<GroupResult, { kind: "refused" | "applied_before" }>,
  ): Promise<void> {
    const [first] = group;
    if (first !== undefined && (group.length === 1 || result.unit === 0)) {
      first.settle(result.kind === "refused" ? result.failure : appliedBefore(first.unit));
      return this.#commit(group.slice(1));
    }
    const point = splitPoint(group.length, result.unit);
    await this.#commit(group.slice(0, point));
    await this.#commit(group.slice(point));
  }

  /** The answer was lost: settles what the database has, and gives back what it has not. */
  async #withoutApplied(group: readonly QueuedUnit[]): Promise<readonly QueuedUnit[]> {
    const applied = await this.#deps.connection.applied(group.map(({ unit }) => unit.writeId));
    if (applied === null) return group;
    for (const { unit, settle } of group) {
      if (applied.has(unit.writeId)) settle(appliedBefore(unit));
    }
    return group.filter(({ unit }) => !applied.has(unit.writeId));
  }

  async #currentFence(): Promise<number | null> {
    if (this.#fence !== null) return this.#fence;
    // The clock keeps fences rising across restores: a restored row never equals one of before.
    const fence = Math.max(this.#deps.clock(), this.#highestFence + 1);
    this.#highestFence = fence;
    const isRaised = await this.#deps.connection.raiseFence(fence);
    if (isRaised) this.#fence = fence;
    if (isRaised === false) {
      const found = (await this.#deps.connection.readFence()) ?? 0;
      this.#highestFence = Math.max(this.#highestFence, found);
    }
    return this.#fence;
  }

  /** A higher fence is another writer's. A lower one is an older database: it is raised again. */
  async #checkFence(mine: number): Promise<void> {
    const found = await this.#deps.connection.readFence();
    if (found === null) return;
    this.#isFenced = found > mine;
    this.#deps.log(this.#isFenced ? "writer_fenced" : "fence_went_back", { mine, found });
    if (!this.#isFenced) this.#fence = null;
  }

  async #pruneNowAndThen(): Promise<void> {
    const nowMs = this.#deps.clock();
    if (this.#isFenced || nowMs - this.#prunedAtMs < PRUNE_EVERY_MS) return;
    this.#prunedAtMs = nowMs;
    await this.#deps.connection.prune(nowMs - KEEP_WRITE_IDS_MS);
  }
}

function appliedBefore(unit: WriteUnit): WriteOutcome {
  return { ok: true, rows: unit.statements.map(() => []) };
}

function unavailable(): WriteOutcome {
  return { ok: false, code: "unavailable", retryAfterSecs: RETRY_AFTER_SECS };
}

function settleAll(group: readonly QueuedUnit[], outcome: WriteOutcome): void {
  for (const queued of group) queued.settle(outcome);
}

/** 100, 200, 400 ms before the second, third and fourth attempt, half of it random. */
function backoffMs(attempt: number): number {
  const ms = 50 * 2 ** (attempt - 1);
  return ms / 2 + Math.random() * (ms / 2) + ms / 2;
}
