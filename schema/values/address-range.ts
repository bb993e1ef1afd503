import ipaddr from "ipaddr.js";

/** RFC 4291 §2.4. */
const [GLOBAL_UNICAST, GLOBAL_UNICAST_BITS] = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * The name of the special range that an address lies in (`loopback`, `private`, `linkLocal`, which holds the metadata
 * services, `carrierGradeNat` …); null for a public unicast address, `malformed` for what is no address. An
 * IPv4-mapped IPv6 address is judged as the IPv4 address that it reaches.
 */
export function specialRangeOf(address: string): string | null {
  if (!ipaddr.isValid(address)) return "malformed";
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range !== "unicast") return range;
  // What else looks like IPv6 unicast, as the IPv4-compatible `::7f00:1`, is of no network.
  const isGlobal =
    parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST, GLOBAL_UNICAST_BITS);
  return isGlobal ? null : "reserved";
}
