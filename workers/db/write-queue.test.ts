import { describe, expect, test } from "vitest";
import { type QueuedUnit, splitPoint, WriteQueue } from "./write-queue.ts";
import type { WriteUnit } from "./write-unit.ts";

function queued(
  writeId: string,
  priority: WriteUnit["priority"] = "normal",
  statements = 1,
): QueuedUnit {
  const statement = { sql: "SELECT 1", args: [] };
  return {
    unit: { writeId, priority, statements: Array.from({ length: statements }, () => statement) },
    settle: () => undefined,
  };
}

function ids(group: readonly QueuedUnit[]): string[] {
  return group.map(({ unit }) => unit.writeId);
}

describe("write queue", () => {
  test("call ends go before normal writes and bulk work after them, each in its order", () => {
    const queue = new WriteQueue();
    queue.push(queued("b1", "bulk"));
    queue.push(queued("n1"));
    queue.push(queued("e1", "call_end"));
    queue.push(queued("n2"));
    queue.push(queued("e2", "call_end"));
    expect(ids(queue.takeGroup())).toEqual(["e1", "e2", "n1", "n2", "b1"]);
    expect(queue.length).toBe(0);
  });

  test("the 2,001st unit is not taken", () => {
    const queue = new WriteQueue();
    const taken = Array.from({ length: 2_001 }, (_, index) => queue.push(queued(`${index}`)));
    expect(taken.filter(Boolean)).toHaveLength(2_000);
    expect(taken.at(-1)).toBe(false);
  });

  test("units of a megabyte each are not one request, and the largest still goes alone", () => {
    const queue = new WriteQueue();
    const large = (writeId: string, chars: number): QueuedUnit => ({
      unit: {
        writeId,
        priority: "normal",
        statements: [{ sql: "SELECT ?", args: ["x".repeat(chars)] }],
      },
      settle: () => undefined,
    });
    for (const id of ["a", "b", "c"]) queue.push(large(id, 900_000));
    queue.push(large("d", 3_000_000));
    expect([ids(queue.takeGroup()), ids(queue.takeGroup()), ids(queue.takeGroup())]).toEqual([
      ["a", "b"],
      ["c"],
      ["d"],
    ]);
  });

  test("a group has at most 200 units", () => {
    const queue = new WriteQueue();
    for (let index = 0; index < 450; index += 1) queue.push(queued(`${index}`));
    const sizes = [queue.takeGroup(), queue.takeGroup(), queue.takeGroup()].map((g) => g.length);
    expect(sizes).toEqual([200, 200, 50]);
  });

  test("a unit that is larger than a group goes alone, and nothing is lost around it", () => {
    const queue = new WriteQueue();
    for (const [id, size] of [
      ["a", 10],
      ["b", 5_000],
      ["c", 10],
    ] as const) {
      queue.push(queued(id, "normal", size));
    }
    expect(ids(queue.takeGroup())).toEqual(["a"]);
    expect(ids(queue.takeGroup())).toEqual(["b"]);
    expect(ids(queue.takeGroup())).toEqual(["c"]);
  });
});

describe("split point", () => {
  test("what passed before the failed unit is committed without it", () => {
    expect(splitPoint(10, 7)).toBe(7);
  });

  test("a failed first unit is parted from the rest", () => {
    expect(splitPoint(10, 0)).toBe(1);
  });

  test("without a culprit the group is halved, and both halves are smaller than it", () => {
    for (const size of [2, 3, 7, 200]) {
      const point = splitPoint(size, null);
      expect(point).toBeGreaterThan(0);
      expect(point).toBeLessThan(size);
    }
  });
});
