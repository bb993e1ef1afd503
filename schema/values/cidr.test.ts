import { describe, expect, it } from "vitest";
import { allowsEverybody, type Cidr, cidrContains, cidrsOverlap, parseCidr } from "./cidr.ts";

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === null) throw new Error(`${text} does not parse`);
  return parsed;
}

describe("address blocks", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7/32"],
    ["203.0.113.0/24", "203.0.113.0/24"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:DB8::/32", "2001:db8::/32"],
    ["::ffff:192.0.2.1", "192.0.2.1/32"],
  ])("%s is %s", (text, canonical) => {
    expect(parseCidr(text)).toBe(canonical);
  });

  it.each([
    "203.0.113.7/24",
    "203.0.113.0/33",
    "203.0.113",
    "0x7f.1",
    "example.com",
    "",
    "1.2.3.4/8/8",
    "1.2.3.4/x",
  ])("%j is refused", (text) => {
    expect(parseCidr(text)).toBeNull();
  });

  it("contain a v4-mapped address as its IPv4 address", () => {
    expect(cidrContains(cidr("192.0.2.0/24"), "::ffff:192.0.2.9")).toBe(true);
    expect(cidrContains(cidr("192.0.2.0/24"), "192.0.3.9")).toBe(false);
    expect(cidrContains(cidr("::/0"), "192.0.2.9")).toBe(false);
    expect(cidrContains(cidr("192.0.2.0/24"), "not an address")).toBe(false);
  });

  it("overlap exactly when one holds the other", () => {
    expect(cidrsOverlap(cidr("10.0.0.0/8"), cidr("10.1.2.3"))).toBe(true);
    expect(cidrsOverlap(cidr("10.1.2.3"), cidr("10.0.0.0/8"))).toBe(true);
    expect(cidrsOverlap(cidr("10.0.0.0/24"), cidr("10.0.1.0/24"))).toBe(false);
    expect(cidrsOverlap(cidr("0.0.0.0/0"), cidr("::/0"))).toBe(false);
  });

  it("of length 0 allow everybody", () => {
    expect(allowsEverybody(cidr("0.0.0.0/0"))).toBe(true);
    expect(allowsEverybody(cidr("10.0.0.0/8"))).toBe(false);
  });
});
