import ipaddr from "ipaddr.js";
import { type Cidr, cidrsOverlap, parseCidr } from "./cidr.ts";

/** A block as the numbers of its first and last address. */
export interface CidrBounds {
  readonly family: 4 | 6;
  /** 0 to 32, or 0 to 128. */
  readonly prefixLength: number;
  readonly first: bigint;
  readonly last: bigint;
}

export function cidrBounds(cidr: Cidr): CidrBounds {
  const [address, prefixLength] = ipaddr.parseCIDR(cidr);
  const family = address.kind() === "ipv4" ? 4 : 6;
  const first = address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const last = first + (1n << BigInt(bitsOf(family) - prefixLength)) - 1n;
  return { family, prefixLength, first, last };
}

/** For `sort`: IPv4 before IPv6, then by address, the larger block first. */
export function compareCidrs(a: Cidr, b: Cidr): number {
  const [left, right] = [cidrBounds(a), cidrBounds(b)];
  if (left.family !== right.family) return left.family - right.family;
  if (left.first !== right.first) return left.first < right.first ? -1 : 1;
  return left.prefixLength - right.prefixLength;
}

/** The fewest blocks that hold exactly the addresses of `cidrs`, in the order of `compareCidrs`. */
export function aggregateCidrs(cidrs: readonly Cidr[]): Cidr[] {
  const merged: CidrBounds[] = [];
  for (const cidr of [...cidrs].sort(compareCidrs)) {
    const next = cidrBounds(cidr);
    const covering = merged.at(-1);
    // Blocks nest or are apart: the larger of two with one beginning came first.
    if (covering?.family === next.family && next.last <= covering.last) continue;
    merged.push(next);
    while (joinLastTwo(merged)) {}
  }
  return merged.map(cidrOf);
}

/** The address that `number` stands for, in its shortest form. */
export function addressText(family: 4 | 6, number: bigint): string {
  const bytes: number[] = [];
  for (let shift = bitsOf(family) - 8; shift >= 0; shift -= 8) {
    bytes.push(Number((number >> BigInt(shift)) & 0xffn));
  }
  return ipaddr.fromByteArray(bytes).toString();
}

/** The network mask of an IPv4 prefix length, e.g. `255.255.255.128`. */
export function dottedMask(prefixLength: number): string {
  const hostBits = BigInt(32 - prefixLength);
  return addressText(4, (0xffffffffn >> hostBits) << hostBits);
}

/**
 * The name of the first special range (`loopback`, `private`, `reserved` …) that shares an address with
 * the block; null when all of it is public unicast. It says more than its first address would: a block
 * may hold a special range in its middle.
 */
export function specialRangeIn(cidr: Cidr): string | null {
  const { family } = cidrBounds(cidr);
  const kind = family === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  for (const [name, ranges] of Object.entries(specialRangesOf(kind.prototype))) {
    for (const [network, length] of ranges) {
      const special = parseCidr(`${network.toString()}/${length}`);
      if (special !== null && cidrsOverlap(special, cidr)) return name;
    }
  }
  return null;
}

type SpecialRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** The table behind `range()`, which the package's types leave out. A name has one range or several. */
function specialRangesOf(prototype: object): Record<string, readonly SpecialRange[]> {
  const table: unknown = Reflect.get(prototype, "SpecialRanges");
  if (typeof table !== "object" || table === null) {
    throw new TypeError("ipaddr.js has no table of special ranges");
  }
  return Object.fromEntries(
    Object.entries(table).map(([name, ranges]: [string, SpecialRange | SpecialRange[]]) => [
      name,
      isOne(ranges) ? [ranges] : ranges,
    ]),
  );
}

function isOne(ranges: SpecialRange | readonly SpecialRange[]): ranges is SpecialRange {
  return typeof ranges[1] === "number";
}

/** Two halves of one block become it. False when the last two are not that. */
function joinLastTwo(blocks: CidrBounds[]): boolean {
  const [lower, upper] = blocks.slice(-2);
  if (lower === undefined || upper === undefined) return false;
  const size = lower.last - lower.first + 1n;
  const areHalves =
    lower.family === upper.family &&
    lower.prefixLength === upper.prefixLength &&
    lower.last + 1n === upper.first &&
    lower.first % (size * 2n) === 0n;
  if (!areHalves) return false;
  const prefixLength = lower.prefixLength - 1;
  blocks.splice(-2, 2, {
    family: lower.family,
    prefixLength,
    first: lower.first,
    last: upper.last,
  });
  return true;
}

function cidrOf({ family, first, prefixLength }: CidrBounds): Cidr {
  const cidr = parseCidr(`${addressText(family, first)}/${prefixLength}`);
  if (cidr === null) throw new RangeError("an address block came apart");
  return cidr;
}

function bitsOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}
