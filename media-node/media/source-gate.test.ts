import { beforeEach, expect, test } from "vitest";
import { SourceGate } from "./source-gate.ts";

let gate: SourceGate;
beforeEach(() => {
  gate = new SourceGate();
});

test("the first source is heard at once", () => {
  expect(gate.admits(0, 7, 100, 1)).toBe(true);
});

test("another one is heard after two packets in sequence, once the first is silent", () => {
  gate.admits(0, 7, 100, 1);
  expect(gate.admits(20, 8, 500, 1)).toBe(false);
  expect(gate.admits(40, 8, 501, 1)).toBe(false);
  expect(gate.admits(60, 8, 502, 1)).toBe(true);
});

test("one that counts in no order is never heard, and none is while the first speaks", () => {
  for (let i = 0; i < 100; i++) {
    expect(gate.admits(i * 20, 7, i, 1)).toBe(true);
    for (let at = 0; at < 10; at++) {
      expect(gate.admits(i * 20 + at, 8, 10 * i + at, 1)).toBe(false);
    }
  }
  for (let i = 0; i < 100; i++) expect(gate.admits(3_000 + i, 9, 2 * i, 1)).toBe(false);
});

test("when the peer's address has moved, its new source is heard at once", () => {
  gate.admits(0, 7, 100, 1);
  expect(gate.admits(20, 8, 500, 2)).toBe(true);
  expect(gate.admits(21, 7, 101, 2)).toBe(false);
});
