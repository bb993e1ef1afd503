import type { WriteOutcome, WriteUnit } from "./write-unit.ts";

/** A unit that waits, and whom to tell. */
export interface QueuedUnit {
  readonly unit: WriteUnit;
  readonly settle: (outcome: WriteOutcome) => void;
}

const MAX_QUEUED_UNITS = 2_000;
const MAX_GROUP_UNITS = 200;
/** Keeps a group's request far below libSQL's limit of 10 MB and its time within one timeout. */
const MAX_GROUP_STATEMENTS = 1_500;

const PRIORITIES = [
  "call_end",
  "normal",
  "bulk",
] as const satisfies readonly WriteUnit["priority"][];

/** The writer's bounded queue: call ends before everything else, bulk work after it. */
export class WriteQueue {
  readonly #waiting: Record<WriteUnit["priority"], QueuedUnit[]> = {
    call_end: [],
    normal: [],
    bulk: [],
  };

  get length(): number {
    return PRIORITIES.reduce((sum, priority) => sum + this.#waiting[priority].length, 0);
  }

  /** False when the queue is full; the unit was not taken. */
  push(queued: QueuedUnit): boolean {
    if (this.length >= MAX_QUEUED_UNITS) return false;
    this.#waiting[queued.unit.priority].push(queued);
    return true;
  }

  /** The units of the next commit, in the order of their priority and arrival; at least one if any waits. */
  takeGroup(): QueuedUnit[] {
    const group: QueuedUnit[] = [];
    let statements = 0;
    for (const priority of PRIORITIES) {
      const waiting = this.#waiting[priority];
      while (waiting[0] !== undefined && group.length < MAX_GROUP_UNITS) {
        statements += waiting[0].unit.statements.length + 1;
        if (group.length > 0 && statements > MAX_GROUP_STATEMENTS) return group;
        group.push(...waiting.splice(0, 1));
      }
    }
    return group;
  }
}

/**
 * Where a failed group of at least two units is split. `failedUnit` is the first that failed, when the
 * database could tell: everything before it passed and is committed first; else the group is halved.
 */
export function splitPoint(size: number, failedUnit: number | null): number {
  if (failedUnit === null) return Math.ceil(size / 2);
  return Math.max(failedUnit, 1);
}
