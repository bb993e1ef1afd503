import { expect, it } from "vitest";
import { DelayLines } from "./delay-lines.ts";
import { TestClock } from "./test-clock.ts";

function start() {
  const clock = new TestClock();
  const lines = new DelayLines(clock);
  const fired: string[] = [];
  const after = (delayMs: number, name: string) => lines.after(delayMs, () => fired.push(name));
  return { clock, lines, fired, after };
}

it("each fires once, when its own time is over, whatever others of its length do", () => {
  const { clock, fired, after } = start();
  after(100, "a");
  clock.advance(40);
  const b = after(100, "b");
  after(10, "short");
  clock.advance(10);
  after(100, "c");
  expect(fired).toEqual(["short"]);
  b.cancel();
  clock.advance(49);
  expect(fired).toEqual(["short"]);
  clock.advance(1);
  expect(fired).toEqual(["short", "a"]);
  clock.advance(49);
  expect(fired).toEqual(["short", "a"]);
  clock.advance(1);
  expect(fired).toEqual(["short", "a", "c"]);
  clock.advance(1_000);
  expect(fired).toHaveLength(3);
});

it("no timer is left when the last one is cancelled or over, and a second cancel does nothing", () => {
  const { clock, fired, after } = start();
  const a = after(100, "a");
  const b = after(100, "b");
  a.cancel();
  expect(clock.pendingCount).toBe(1);
  b.cancel();
  a.cancel();
  b.cancel();
  expect(clock.pendingCount).toBe(0);
  const c = after(100, "c");
  clock.advance(100);
  c.cancel();
  expect(fired).toEqual(["c"]);
  expect(clock.pendingCount).toBe(0);
});

it("one that fires may start another of its length and cancel the next", () => {
  const { clock, lines, fired, after } = start();
  lines.after(100, () => {
    fired.push("first");
    next.cancel();
    after(100, "again");
  });
  const next = after(100, "next");
  clock.advance(100);
  expect(fired).toEqual(["first"]);
  clock.advance(100);
  expect(fired).toEqual(["first", "again"]);
  expect(clock.pendingCount).toBe(0);
});
