import { describe, expect, test } from "vitest";
import { RequestWindows } from "../hub/request-windows.ts";
import { QuotaCounter } from "./quota-counter.ts";

const POLICY = { limit: 100, windowSecs: 10 };

/** The object as it counts, with what it was asked, and a clock that stands. */
function newObject() {
  const windows = new RequestWindows();
  const clock = { nowMs: 1_000_000 };
  const asked: string[] = [];
  const background: Promise<void>[] = [];
  const object = {
    async take(id: string) {
      asked.push("take");
      return windows.take(id, POLICY.limit, 10_000, clock.nowMs);
    },
    async add(id: string, count: number) {
      asked.push(`add ${count}`);
      return windows.add(id, count, POLICY.limit, 10_000, clock.nowMs);
    },
  };
  /** Of one isolate. */
  const newCounter = () => {
    const counter = new QuotaCounter(object, POLICY, () => clock.nowMs);
    return (id = "key") => counter.take(id, (work) => background.push(work));
  };
  return { asked, background, clock, newCounter, object };
}

describe("requests of a key", () => {
  test("are counted one by one, and told together", async () => {
    const { asked, background, newCounter } = newObject();
    const take = newCounter();
    const left = [];
    for (let at = 0; at < 5; at += 1) left.push((await take())?.remaining);
    expect(left).toEqual([99, 98, 97, 96, 95]);
    expect(asked).toEqual(["take"]);
    await Promise.all(background);
    expect(asked).toEqual(["take", "add 4"]);
    expect((await take())?.remaining).toBe(94);
  });

  test("are let in as often as the limit says, and then refused until the window ends", async () => {
    const { clock, newCounter } = newObject();
    const take = newCounter();
    const taken = [];
    for (let at = 0; at < 120; at += 1) taken.push(await take());
    expect(taken.filter((quota) => quota?.isExceeded === false)).toHaveLength(100);
    expect(taken.map((quota) => quota?.remaining).slice(0, 100)).toEqual(
      Array.from({ length: 100 }, (_, at) => 99 - at),
    );
    expect(taken.at(-1)).toMatchObject({ remaining: 0, isExceeded: true, resetSecs: 10 });
    clock.nowMs += 10_000;
    expect(await take()).toMatchObject({ remaining: 99, isExceeded: false });
  });

  test("in several isolates pass the limit by no more than a twentieth each", async () => {
    const { newCounter } = newObject();
    const isolates = [newCounter(), newCounter(), newCounter()];
    let letIn = 0;
    for (let at = 0; at < 300; at += 1) {
      const quota = await isolates[at % isolates.length]?.();
      if (quota?.isExceeded === false) letIn += 1;
    }
    expect(letIn).toBeGreaterThanOrEqual(100);
    expect(letIn).toBeLessThanOrEqual(100 + isolates.length * 5);
  });

  test("are exact at the same time", async () => {
    const { newCounter } = newObject();
    const take = newCounter();
    const taken = await Promise.all(Array.from({ length: 150 }, () => take()));
    expect(taken.filter((quota) => quota?.isExceeded === false)).toHaveLength(100);
  });

  test("are of one key each", async () => {
    const { newCounter } = newObject();
    const take = newCounter();
    for (let at = 0; at < 101; at += 1) await take("one");
    expect((await take("one"))?.isExceeded).toBe(true);
    expect((await take("other"))?.remaining).toBe(99);
  });

  test("that nobody counts are let in, and their quota is not known", async () => {
    const object = {
      take: () => Promise.reject(new Error("gone")),
      add: () => Promise.reject(new Error("gone")),
    };
    const counter = new QuotaCounter(object, POLICY, Date.now);
    expect(await counter.take("key", () => undefined)).toBeNull();
  });
});
