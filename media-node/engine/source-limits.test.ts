import { expect, test } from "vitest";
import type { Cidr } from "../../schema/values/cidr.ts";
import { parseCidr } from "../../schema/values/cidr.ts";
import { DEFAULT_ENGINE_LIMITS } from "./engine-config.ts";
import { SourceLimits } from "./source-limits.ts";
import { TestClock } from "./test-clock.ts";

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === null) throw new Error(`no block: ${text}`);
  return parsed;
}

function make(changes: Partial<typeof DEFAULT_ENGINE_LIMITS> = {}) {
  const clock = new TestClock();
  const reports: string[] = [];
  const limits = new SourceLimits(
    {
      ...DEFAULT_ENGINE_LIMITS,
      maxConnectionsPerSource: 2,
      maxConnectionsPerTrustedSource: 4,
      ...changes,
    },
    { clock, report: (detail) => reports.push(detail) },
  );
  const admitted = (addresses: readonly string[]): boolean[] =>
    addresses.map((address) => limits.admit(address) !== null);
  return { clock, reports, limits, admitted };
}

test("one source has its cap, another its own, and a place given back is free again", () => {
  const { limits, admitted } = make();
  const release = limits.admit("192.0.2.1");
  expect(admitted(["192.0.2.1", "192.0.2.1", "192.0.2.2"])).toEqual([true, false, true]);
  release?.();
  expect(admitted(["192.0.2.1", "192.0.2.1"])).toEqual([true, false]);
});

test("the addresses of one IPv6 /64 are one source, however they are written", () => {
  const { admitted } = make();
  const same = ["2001:db8::1", "2001:db8:0:0:ffff::9", "2001:0db8::"];
  expect(admitted([...same, "2001:db8:0:1::1"])).toEqual([true, true, false, true]);
});

test("a trusted source has the larger cap, from the moment it is named until it no longer is", () => {
  const { limits, admitted } = make();
  const address = "198.51.100.7";
  expect(admitted(Array(3).fill(address))).toEqual([true, true, false]);
  limits.setTrusted([cidr("198.51.100.0/24"), cidr("2001:db8::/32")]);
  expect(limits.isTrusted("2001:db8:7::1")).toBe(true);
  expect(admitted(Array(3).fill(address))).toEqual([true, true, false]);
  limits.setTrusted([]);
  expect(limits.isTrusted(address)).toBe(false);
  expect(admitted([address])).toEqual([false]);
});

test("strangers of many addresses leave a fifth of all connections to trusted sources", () => {
  const { limits, admitted } = make({ maxConnections: 10 });
  limits.setTrusted([cidr("198.51.100.7/32")]);
  const strangers = Array.from({ length: 10 }, (_, index) => `192.0.2.${index}`);
  expect(admitted(strangers).filter(Boolean)).toHaveLength(8);
  expect(admitted(Array(3).fill("198.51.100.7"))).toEqual([true, true, false]);
});

test("an address that is none, or names its link, is not trusted", () => {
  const { limits } = make();
  limits.setTrusted([cidr("0.0.0.0/0")]);
  expect([limits.isTrusted(""), limits.isTrusted("fe80::1%eth0")]).toEqual([false, false]);
});

test("a source that is refused again and again is reported once a minute", () => {
  const { clock, reports, admitted } = make();
  admitted(Array(50).fill("192.0.2.1"));
  expect(reports).toEqual(["192.0.2.1: too many connections of this source"]);
  clock.advance(60_000);
  admitted(Array(50).fill("192.0.2.1"));
  expect(reports).toHaveLength(2);
});
