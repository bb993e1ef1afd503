import ipaddr from "ipaddr.js";

declare const cidrBrand: unique symbol;
/** An address block in canonical form, e.g. `203.0.113.0/24`; a single address has `/32` or `/128`. */
export type Cidr = string & { readonly [cidrBrand]: true };

/** Null when `text` is neither an address nor a block, or has bits set behind its prefix. */
export function parseCidr(text: string): Cidr | null {
  const [host = "", prefix, extra] = text.trim().split("/");
  if (extra !== undefined || !ipaddr.isValid(host)) return null;
  if (ipaddr.IPv4.isValid(host) && !ipaddr.IPv4.isValidFourPartDecimal(host)) return null;
  const address = ipaddr.process(host);
  const bits = address.kind() === "ipv4" ? 32 : 128;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return null;
  const length = prefix === undefined ? bits : Number(prefix);
  if (length > bits) return null;
  const canonical = `${address.toString()}/${length}`;
  const network =
    address.kind() === "ipv4"
      ? ipaddr.IPv4.networkAddressFromCIDR(canonical)
      : ipaddr.IPv6.networkAddressFromCIDR(canonical);
  if (network.toString() !== address.toString()) return null;
  return canonical as Cidr; // built from parts that were parsed
}

/** Whether the block holds the address. A v4-mapped IPv6 address counts as its IPv4 address. */
export function cidrContains(cidr: Cidr, address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const candidate = ipaddr.process(address);
  const [network, length] = ipaddr.parseCIDR(cidr);
  return candidate.kind() === network.kind() && candidate.match(network, length);
}

/** Whether any address lies in both blocks. */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  const [networkA, lengthA] = ipaddr.parseCIDR(a);
  const [networkB, lengthB] = ipaddr.parseCIDR(b);
  if (networkA.kind() !== networkB.kind()) return false;
  return networkA.match(networkB, Math.min(lengthA, lengthB));
}

/** A block of prefix length 0 allows everybody: it is not an explicit list. */
export function allowsEverybody(cidr: Cidr): boolean {
  return cidr.endsWith("/0");
}
