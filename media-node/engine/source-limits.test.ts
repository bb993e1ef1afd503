import { expect, test } from "vitest";
import { DEFAULT_ENGINE_LIMITS } from "./engine-config.ts";
import { SourceLimits } from "./source-limits.ts";

function make(changes: Partial<typeof DEFAULT_ENGINE_LIMITS> = {}) {
  const limits = new SourceLimits({
    ...DEFAULT_ENGINE_LIMITS,
    maxConnectionsPerSource: 2,
    maxConnectionsPerTrustedSource: 4,
    ...changes,
  });
  const admitted = (sources: readonly string[], isTrusted = false): boolean[] =>
    sources.map((source) => typeof limits.admit(source, isTrusted) === "function");
  return { limits, admitted };
}

test("one source has its cap, another its own, and a place given back is free again", () => {
  const { limits, admitted } = make();
  const release = limits.admit("192.0.2.1", false);
  expect(admitted(["192.0.2.1", "192.0.2.1", "192.0.2.2"])).toEqual([true, false, true]);
  if (typeof release === "function") release();
  expect(admitted(["192.0.2.1", "192.0.2.1"])).toEqual([true, false]);
});

test("a trusted source has the larger cap", () => {
  const { admitted } = make();
  const sources = Array<string>(3).fill("198.51.100.7");
  expect(admitted(sources)).toEqual([true, true, false]);
  expect(admitted(sources, true)).toEqual([true, true, false]);
});

test("strangers of many addresses leave a fifth of all connections to trusted sources", () => {
  const { admitted } = make({ maxConnections: 10 });
  const strangers = Array.from({ length: 10 }, (_, index) => `192.0.2.${index}`);
  expect(admitted(strangers).filter(Boolean)).toHaveLength(8);
  expect(admitted(Array(3).fill("198.51.100.7"), true)).toEqual([true, true, false]);
});
