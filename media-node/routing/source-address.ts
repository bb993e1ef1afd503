import ipaddr from "ipaddr.js";
import type { Cidr } from "../../schema/values/cidr.ts";

/** Address blocks in the form that a look-up compares: no text, no parsing per call. */

/** `value` is the address as one number; IPv4 mapped into IPv6 counts as IPv4. */
export type SourceAddress =
  | { readonly family: 4; readonly value: number }
  | { readonly family: 6; readonly value: bigint };

/** `prefix` is the network shifted right until only its `length` leading bits are left. */
export type AddressBlock =
  | { readonly family: 4; readonly length: number; readonly prefix: number }
  | { readonly family: 6; readonly length: number; readonly prefix: bigint };

/** Null when `text` is no address. A zone (`%eth0`) is ignored. */
export function parseSourceAddress(text: string): SourceAddress | null {
  const bare = text.split("%", 1)[0] ?? "";
  if (!ipaddr.isValid(bare)) return null;
  const address = ipaddr.process(bare);
  const bytes = address.toByteArray();
  if (address.kind() === "ipv4") {
    return { family: 4, value: bytes.reduce((sum, byte) => sum * 256 + byte, 0) };
  }
  return { family: 6, value: bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) };
}

export function compileBlock(cidr: Cidr): AddressBlock {
  const [network, length] = ipaddr.parseCIDR(cidr);
  const address = parseSourceAddress(network.toString());
  if (address === null) throw new TypeError(`a parsed block is no block: ${cidr}`);
  return address.family === 4
    ? { family: 4, length, prefix: prefixOf4(address.value, length) }
    : { family: 6, length, prefix: address.value >> BigInt(128 - length) };
}

export function blockContains(block: AddressBlock, address: SourceAddress): boolean {
  if (block.family === 4) {
    return address.family === 4 && prefixOf4(address.value, block.length) === block.prefix;
  }
  return address.family === 6 && address.value >> BigInt(128 - block.length) === block.prefix;
}

// A division, because `>>` works on 32 signed bits and shifts by 32 not at all.
function prefixOf4(value: number, length: number): number {
  return Math.floor(value / 2 ** (32 - length));
}

/**
 * Every block of every trunk, counted, so that "does any trunk list this source" costs one map look-up
 * per prefix length in use, however many trunks there are.
 */
export class SourceIndex {
  readonly #byLength = new Map<
    string,
    { block: AddressBlock; counts: Map<number | bigint, number> }
  >();

  add(block: AddressBlock): void {
    const key = `${block.family}/${block.length}`;
    let level = this.#byLength.get(key);
    if (level === undefined) {
      level = { block, counts: new Map() };
      this.#byLength.set(key, level);
    }
    level.counts.set(block.prefix, (level.counts.get(block.prefix) ?? 0) + 1);
  }

  remove(block: AddressBlock): void {
    const key = `${block.family}/${block.length}`;
    const level = this.#byLength.get(key);
    const count = level?.counts.get(block.prefix);
    if (level === undefined || count === undefined) return;
    if (count > 1) level.counts.set(block.prefix, count - 1);
    else level.counts.delete(block.prefix);
    if (level.counts.size === 0) this.#byLength.delete(key);
  }

  has(address: SourceAddress): boolean {
    for (const { block, counts } of this.#byLength.values()) {
      if (block.family !== address.family) continue;
      const prefix =
        address.family === 4
          ? prefixOf4(address.value, block.length)
          : address.value >> BigInt(128 - block.length);
      if (counts.has(prefix)) return true;
    }
    return false;
  }
}
