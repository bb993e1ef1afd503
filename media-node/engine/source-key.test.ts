import { expect, test } from "vitest";
import { type Cidr, parseCidr } from "../../schema/values/cidr.ts";
import { NamedSources, sourceKey } from "./source-key.ts";

function named(...texts: readonly string[]): NamedSources {
  const cidrs = texts.map((text): Cidr => {
    const parsed = parseCidr(text);
    if (parsed === null) throw new Error(`no block: ${text}`);
    return parsed;
  });
  return new NamedSources(cidrs);
}

test("the addresses of one IPv6 /64 are one source, however they are written, and of the next another", () => {
  const same = ["2001:db8::1", "2001:db8:0:0:ffff::9", "2001:0db8::", "2001:db8::192.0.2.1"];
  expect(new Set(same.map(sourceKey))).toEqual(new Set(["2001:db8:0:0::/64"]));
  expect(sourceKey("2001:db8:0:1::1")).toBe("2001:db8:0:1::/64");
  expect(sourceKey("192.0.2.1")).toBe("192.0.2.1");
});

test.for([
  ["203.0.113.0/24", "203.0.113.255", true],
  ["203.0.113.0/24", "203.0.112.255", false],
  ["203.0.113.4/30", "203.0.113.7", true],
  ["203.0.113.4/30", "203.0.113.8", false],
  ["198.51.100.7/32", "198.51.100.7", true],
  ["198.51.100.7/32", "198.51.100.8", false],
  ["10.0.0.0/8", "10.255.0.1", true],
  ["2001:db8::/33", "2001:db8:7fff::1", true],
  ["2001:db8::/33", "2001:db8:8000::1", false],
  ["2001:db8::7/128", "2001:db8:0:0::7", true],
  ["0.0.0.0/0", "192.0.2.1", false],
  ["0.0.0.0/1", "127.0.0.1", false],
  ["8000::/1", "fe80::1", false],
  ["fe80::/64", "fe80::1%eth0", true],
  ["192.0.2.0/24", "", false],
  ["192.0.2.0/24", "2001:db8::192.0.2.1", false],
] as const)(
  "%s names %s: %s, and a block that holds much of the world names nobody",
  ([block, address, isNamed]) => {
    expect(named(block).has(address)).toBe(isNamed);
  },
);

test("of blocks of several lengths any names an address", () => {
  const sources = named("203.0.113.0/24", "198.51.100.7/32", "2001:db8::/32");
  const addresses = ["203.0.113.9", "198.51.100.7", "2001:db8:1::1", "198.51.100.6"];
  expect(addresses.map((address) => sources.has(address))).toEqual([true, true, true, false]);
});
