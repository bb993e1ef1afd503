import ipaddr from "ipaddr.js";

/**
 * Socket addresses as Linux lays them out, on every processor that we run on: little-endian but for port and address
 * (ip(7), ipv6(7)).
 *
 *     sockaddr_in   family(2) port(2, network order) address(4) zero(8)
 *     sockaddr_in6  family(2) port(2, network order) flow(4) address(16) scope(4)
 */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCKADDR_BYTES = { [AF_INET]: 16, [AF_INET6]: 28 } as const;
/** Room for either, aligned. */
export const SOCKADDR_STRIDE = 32;

export type AddressFamily = keyof typeof SOCKADDR_BYTES;

const PORT_OFFSET = 2;
const ADDRESS_OFFSET = { [AF_INET]: 4, [AF_INET6]: 8 } as const;

/**
 * Writes the address of a literal at `offset` for a socket of this family. False when the literal is none, or of IPv6 for
 * a socket of IPv4; then the bytes there are those of before.
 */
export function writeSocketAddress(
  view: DataView,
  offset: number,
  family: AddressFamily,
  address: string,
  port: number,
): boolean {
  const bytes = addressBytes(address, family);
  if (bytes === null) return false;
  for (let i = 0; i < SOCKADDR_STRIDE; i++) view.setUint8(offset + i, 0);
  view.setUint16(offset, family, true);
  view.setUint16(offset + PORT_OFFSET, port);
  const first = offset + ADDRESS_OFFSET[family];
  bytes.forEach((byte, i) => {
    view.setUint8(first + i, byte);
  });
  return true;
}

function addressBytes(text: string, family: AddressFamily): number[] | null {
  if (!ipaddr.isValid(text)) return null;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv4) {
    return family === AF_INET ? address.toByteArray() : address.toIPv4MappedAddress().toByteArray();
  }
  return family === AF_INET6 ? address.toByteArray() : null;
}

export function socketPort(view: DataView, offset: number): number {
  return view.getUint16(offset + PORT_OFFSET);
}

/** The address as a literal: IPv4 in dotted form where IPv6 carries it (RFC 4291 §2.5.5.2), IPv6 as RFC 5952 has it. */
export function socketAddressText(view: DataView, offset: number, family: AddressFamily): string {
  const first = offset + ADDRESS_OFFSET[family];
  const bytes = Array.from({ length: family === AF_INET ? 4 : 16 }, (_, i) =>
    view.getUint8(first + i),
  );
  return ipaddr.process(ipaddr.fromByteArray(bytes).toString()).toString();
}

/** Whether two socket addresses of a family have the same host; ports are not looked at. */
export function isSameHost(
  view: DataView,
  offset: number,
  other: DataView,
  otherOffset: number,
  family: AddressFamily,
): boolean {
  const first = ADDRESS_OFFSET[family];
  const end = first + (family === AF_INET ? 4 : 16);
  for (let i = first; i < end; i += 4) {
    if (view.getUint32(offset + i) !== other.getUint32(otherOffset + i)) return false;
  }
  return true;
}
