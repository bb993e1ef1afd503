import { beforeEach, expect, test } from "vitest";
import { FakeNode } from "../../tests/support/fake-call.ts";
import type { DigitInputSettings } from "../call/agent-ports.ts";
import { createDigitInput } from "./digit-input.ts";

let told: string[];
let clock: FakeNode["clock"];

beforeEach(() => {
  told = [];
  ({ clock } = new FakeNode());
});

function input(settings: DigitInputSettings | null) {
  return createDigitInput(settings, clock, {
    pressed: (digit) => told.push(digit),
    completed: ({ digits, endedBy }) => told.push(`${digits} by ${endedBy}`),
  });
}
const COLLECTING = { timeoutMs: 2_000, hashTerminator: true };

test("keys are one answer when the caller pauses, however long each pause before was", async () => {
  using keys = input(COLLECTING);
  keys.press("rtp", "4", 100);
  await clock.advance(1_999);
  keys.press("rtp", "2", 100);
  await clock.advance(1_999);
  expect(told).toEqual(["4", "2"]);
  await clock.advance(1);
  expect(told).toEqual(["4", "2", "42 by timeout"]);
  await clock.advance(60_000);
  expect(told).toHaveLength(3);
});

test("# completes the answer at once, an empty one included, and is no part of it", () => {
  using keys = input(COLLECTING);
  for (const key of "7#") keys.press("rtp", key, 100);
  keys.press("rtp", "#", 100);
  expect(told).toEqual(["7", "#", "7 by terminator", "#", " by terminator"]);
  expect(clock.pendingTimers).toBe(0);
});

test("without a terminator # is a key like any other", async () => {
  using keys = input({ timeoutMs: 500, hashTerminator: false });
  for (const key of "7#") keys.press("info", key, 100);
  await clock.advance(500);
  expect(told.at(-1)).toBe("7# by timeout");
});

test("fifty keys are an answer", () => {
  using keys = input(COLLECTING);
  for (let i = 0; i < 51; i += 1) keys.press("rtp", "1", 100);
  expect(told[50]).toBe(`${"1".repeat(50)} by length`);
  expect(told).toHaveLength(52);
});

test("a key that comes by RTP and by INFO is one, pressed twice it is two", async () => {
  using keys = input(null);
  keys.press("rtp", "5", 100);
  keys.press("info", "5", 160);
  await clock.advance(50);
  keys.press("info", "5", 160);
  keys.press("rtp", "5", 100);
  expect(told).toEqual(["5", "5"]);
});

test("the same key later by the other way, or another key at once, counts", async () => {
  using keys = input(null);
  keys.press("rtp", "5", 100);
  keys.press("info", "6", 160);
  await clock.advance(400);
  keys.press("rtp", "6", 160);
  expect(told).toEqual(["5", "6", "6"]);
});

test("disposed of, nothing waits and nothing more is told", async () => {
  const keys = input(COLLECTING);
  keys.press("rtp", "5", 100);
  keys[Symbol.dispose]();
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(10_000);
  expect(told).toEqual(["5"]);
});
