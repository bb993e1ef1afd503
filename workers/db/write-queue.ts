import type { WriteOutcome, WriteUnit } from "./write-unit.ts";

/** A unit that waits, and whom to tell. */
export interface QueuedUnit {
  readonly unit: WriteUnit;
  readonly settle: (outcome: WriteOutcome) => void;
}

const MAX_QUEUED_UNITS = 2_000;
const MAX_GROUP_UNITS = 200;
/** Keep a group's time within one timeout, and its request far below libSQL's limit of 10 MB. */
const MAX_GROUP_STATEMENTS = 1_500;
const MAX_GROUP_CHARS = 2_000_000;

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
    let chars = 0;
    for (const priority of PRIORITIES) {
      const waiting = this.#waiting[priority];
      while (waiting[0] !== undefined && group.length < MAX_GROUP_UNITS) {
        statements += waiting[0].unit.statements.length + 1;
        chars += charsOf(waiting[0].unit);
        const isFull = statements > MAX_GROUP_STATEMENTS || chars > MAX_GROUP_CHARS;
        if (group.length > 0 && isFull) return group;
        group.push(...waiting.splice(0, 1));
      }
    }
    return group;
  }
}

function charsOf({ statements }: WriteUnit): number {
  return statements
    .flatMap(({ args, sql }) => [sql, ...args])
    .reduce<number>((sum, part) => sum + (typeof part === "string" ? part.length : 0), 0);
}

/**
 * Where a failed group of at least two units is split. `failedUnit` is the first that failed, when the
 * database could tell: everything before it passed and is committed first; else the group is halved.
 */
export function splitPoint(size: number, failedUnit: number | null): number {
  if (failedUnit === null) return Math.ceil(size / 2);
  return Math.max(failedUnit, 1);
}
