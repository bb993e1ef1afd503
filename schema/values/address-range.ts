import ipaddr from "ipaddr.js";

/**
 * The name of the special range that an address lies in (`loopback`, `private`, `linkLocal`, which holds the metadata
 * services, `carrierGradeNat` …); null for a public unicast address, `malformed` for what is no address. An
 * IPv4-mapped or IPv4-compatible IPv6 address is judged as the IPv4 address that it reaches.
 */
export function specialRangeOf(address: string): string | null {
  if (!ipaddr.isValid(address)) return "malformed";
  const range = ipaddr.process(address).range();
  return range === "unicast" ? null : range;
}
