import ipaddr from "ipaddr.js";
import type { ProposedRange } from "../../schema/contracts/network.ts";
import { type Cidr, cidrsOverlap, parseCidr } from "../../schema/values/cidr.ts";
import { cidrBounds, specialRangeIn } from "../../schema/values/cidr-set.ts";
import type { AddressRangeRow } from "../db/address-ranges.ts";
import { type RefusedField, refuse } from "../errors/refusal.ts";

/** What a proposal must be by itself, and beside what is there. */

/** Shorter ones are no block of anybody's: they would allow half of a provider. */
const SHORTEST_PREFIX = { 4: 16, 6: 29 } as const;

/** Folders of the feed that are no regions. */
const RESERVED_REGIONS = new Set(["next", "snippets"]);

/** What is wrong with one range of a proposal, at its place in the request. */
export function problemsOf(range: ProposedRange, pointer: string): RefusedField[] {
  const { country, subdivision } = range.geo;
  const wrong: RefusedField[] = [];
  if (RESERVED_REGIONS.has(range.region)) {
    const detail = `/network/${range.region}/ is a folder of the feed: no region can be called so.`;
    wrong.push({ pointer: `${pointer}/region`, code: "region_reserved", detail });
  }
  if (subdivision !== null && !subdivision.startsWith(`${country}-`)) {
    wrong.push({
      pointer: `${pointer}/geo/subdivision`,
      code: "subdivision_elsewhere",
      detail: `${subdivision} is no subdivision of ${country}.`,
      hint: `${country}-…`,
    });
  }
  const cidr = parseCidr(range.prefix);
  const at = `${pointer}/prefix`;
  if (cidr === null) return [...wrong, notCanonical(at, range.prefix)];
  const { family, prefixLength } = cidrBounds(cidr);
  if (prefixLength < SHORTEST_PREFIX[family]) {
    wrong.push({
      pointer: at,
      code: "prefix_too_short",
      detail: `${cidr} holds more than anybody would allow: /${SHORTEST_PREFIX[family]} or longer.`,
    });
  }
  const special = specialRangeIn(cidr);
  if (special !== null) {
    wrong.push({
      pointer: at,
      code: "range_not_public",
      detail: `${cidr} touches a range that is not public (${special}): it is never published.`,
    });
  }
  return wrong;
}

function notCanonical(pointer: string, text: string): RefusedField {
  const detail = "is no address block, or has bits behind its prefix";
  try {
    const [address, length] = ipaddr.parseCIDR(text);
    const kind = address.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
    const hint = `${kind.networkAddressFromCIDR(text).toString()}/${length}`;
    return { pointer, code: "not_canonical", detail, hint };
  } catch {
    return { pointer, code: "not_canonical", detail };
  }
}

/** Null when every range is apart from every other, of the block and of the request. */
export function findOverlap(
  rows: readonly AddressRangeRow[],
  ranges: readonly ProposedRange[],
): ReturnType<typeof refuse> | null {
  const taken: { readonly cidr: Cidr; readonly what: string }[] = rows
    .filter((row) => row.state !== "removed")
    .map((row) => ({ cidr: cidrOf(row), what: `${row.prefix} (${row.state}, ${row.id})` }));
  const errors: RefusedField[] = [];
  for (const [index, range] of ranges.entries()) {
    const cidr = parseCidr(range.prefix);
    if (cidr === null) continue;
    const rival = taken.find((other) => cidrsOverlap(other.cidr, cidr));
    if (rival !== undefined) {
      errors.push({
        pointer: `/ranges/${index}/prefix`,
        code: "range_overlaps",
        detail: `${cidr} overlaps ${rival.what}.`,
      });
    }
    taken.push({ cidr, what: `${cidr} of the same request` });
  }
  if (errors.length === 0) return null;
  return refuse({
    status: 409,
    code: "range_overlaps",
    detail: "Ranges may not overlap: an address belongs to one region and one state.",
    hint: "Remove the older range first, or propose only what it does not hold.",
    errors,
  });
}

/** As it is kept and published. */
export function canonical(prefix: string): string {
  return parseCidr(prefix) ?? prefix;
}

/** Rows hold what a proposal was parsed to. */
export function cidrOf(row: Pick<AddressRangeRow, "id" | "prefix">): Cidr {
  const cidr = parseCidr(row.prefix);
  if (cidr === null) throw new TypeError(`range ${row.id} has no canonical prefix`);
  return cidr;
}
