import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cidr, cidrContains, parseCidr } from "./cidr.ts";
import {
  addressText,
  aggregateCidrs,
  cidrBounds,
  compareCidrs,
  dottedMask,
  specialRangeIn,
} from "./cidr-set.ts";

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === null) throw new Error(`${text} does not parse`);
  return parsed;
}

/** Blocks of a /24 or a /120, so that many of them meet. */
const ipv4Blocks = fc.array(blocksUnder(4, 0x19_0a_14_00n, 24, 32), { maxLength: 40 });
const ipv6Blocks = fc.array(blocksUnder(6, 0x2a0f_ffff_0000_0001n << 64n, 120, 128), {
  maxLength: 40,
});

function blocksUnder(family: 4 | 6, base: bigint, shortest: number, longest: number) {
  return fc
    .tuple(fc.integer({ min: shortest, max: longest }), fc.integer({ min: 0, max: 255 }))
    .map(([length, host]) => {
      const size = 1n << BigInt(longest - length);
      const first = base + (BigInt(host) / size) * size;
      return cidr(`${addressText(family, first)}/${length}`);
    });
}

/** Which of the addresses around the blocks lie in one of them, each asked by itself. */
function members(blocks: readonly Cidr[], family: 4 | 6, base: bigint): string[] {
  return Array.from({ length: 320 }, (_, index) =>
    addressText(family, base - 32n + BigInt(index)),
  ).filter((address) => blocks.some((block) => cidrContains(block, address)));
}

describe("aggregation", () => {
  it.each([
    ["IPv4", ipv4Blocks, 4, 0x19_0a_14_00n],
    ["IPv6", ipv6Blocks, 6, 0x2a0f_ffff_0000_0001n << 64n],
  ] as const)("covers exactly the same %s addresses", (_name, blocks, family, base) => {
    fc.assert(
      fc.property(blocks, (some) => {
        expect(members(aggregateCidrs(some), family, base)).toEqual(members(some, family, base));
      }),
      { numRuns: 60 },
    );
  });

  it("is the shortest list: no two blocks of it meet or join", () => {
    fc.assert(
      fc.property(ipv4Blocks, (some) => {
        const bounds = aggregateCidrs(some).map(cidrBounds);
        for (const [index, lower] of bounds.entries()) {
          const upper = bounds[index + 1];
          if (upper === undefined) continue;
          expect(upper.first > lower.last).toBe(true);
          const size = lower.last - lower.first + 1n;
          const join =
            upper.first === lower.last + 1n &&
            upper.prefixLength === lower.prefixLength &&
            lower.first % (2n * size) === 0n;
          expect(join).toBe(false);
        }
      }),
    );
  });

  it("does not depend on the order, and changes nothing the second time", () => {
    fc.assert(
      fc.property(ipv4Blocks, (some) => {
        const once = aggregateCidrs(some);
        expect(aggregateCidrs([...some].reverse())).toEqual(once);
        expect(aggregateCidrs(once)).toEqual(once);
      }),
    );
  });

  it("keeps families apart, IPv4 first", () => {
    const mixed = ["2a0f:ffff::/33", "25.10.20.128/25", "2a0f:ffff:8000::/33", "25.10.20.0/25"];
    expect(aggregateCidrs(mixed.map(cidr))).toEqual(["25.10.20.0/24", "2a0f:ffff::/32"]);
  });
});

describe("order", () => {
  it("is by number, not by text", () => {
    const blocks = ["25.100.0.0/24", "25.9.0.0/24", "25.9.0.0/16", "9.0.0.0/24"].map(cidr);
    expect(blocks.sort(compareCidrs)).toEqual([
      "9.0.0.0/24",
      "25.9.0.0/16",
      "25.9.0.0/24",
      "25.100.0.0/24",
    ]);
  });
});

describe("special ranges", () => {
  it.each([
    ["127.0.0.0/24", "loopback"],
    ["127.0.0.1/32", "loopback"],
    ["10.1.2.0/24", "private"],
    ["192.168.0.0/16", "private"],
    ["100.64.0.0/10", "carrierGradeNat"],
    ["203.0.113.0/24", "reserved"],
    ["192.0.0.0/16", "reserved"],
    ["224.0.0.0/24", "multicast"],
    ["0.0.0.0/0", "unspecified"],
    ["::1/128", "loopback"],
    ["fd00::/64", "uniqueLocal"],
    ["fe80::/64", "linkLocal"],
    ["2001:db8::/32", "reserved"],
  ])("%s touches %s", (text, name) => {
    expect(specialRangeIn(cidr(text))).toBe(name);
  });

  it.each(["25.10.20.0/24", "191.255.255.0/24", "2a0f:ffff:0:1::/64"])(
    "%s is public throughout",
    (text) => {
      expect(specialRangeIn(cidr(text))).toBeNull();
    },
  );
});

it("masks are dotted as IPv4 networks have them", () => {
  expect([0, 1, 8, 25, 32].map(dottedMask)).toEqual([
    "0.0.0.0",
    "128.0.0.0",
    "255.0.0.0",
    "255.255.255.128",
    "255.255.255.255",
  ]);
});
