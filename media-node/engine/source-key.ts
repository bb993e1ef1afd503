import { isIPv4, isIPv6 } from "node:net";
import type { Cidr } from "../../schema/values/cidr.ts";

/** A wider block than this names nobody in particular: whoever lists one has not said whom to trust. */
const WIDEST = { 4: 8, 6: 16 } as const;

/** Who is counted as one source: an IPv4 address, or an IPv6 /64, whose owner has all 2^64 addresses of it. */
export function sourceKey(address: string): string {
  // Node tells an IPv6 address by a long expression.
  if (!address.includes(":") || !isIPv6(address)) return address;
  const groups = groupsOf(address).slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(":")}::/64`;
}

/** The addresses that somebody has named: one look-up for each prefix length in use, however many blocks there are. */
export class NamedSources {
  readonly #networks: Readonly<Record<4 | 6, Map<number, Set<string>>>> = {
    4: new Map(),
    6: new Map(),
  };

  constructor(cidrs: readonly Cidr[]) {
    for (const cidr of cidrs) {
      const [network = "", prefix] = cidr.split("/");
      const family = isIPv6(network) ? 6 : 4;
      const length = Number(prefix);
      if (length < WIDEST[family]) continue;
      const networks = this.#networks[family].get(length) ?? new Set();
      networks.add(networkOf(wordsOf(network), length));
      this.#networks[family].set(length, networks);
    }
  }

  has(address: string): boolean {
    const [bare = ""] = address.split("%");
    const isFour = isIPv4(bare);
    // A peer that was gone before it was accepted has no address.
    if (!isFour && !isIPv6(bare)) return false;
    const words = wordsOf(bare);
    for (const [length, networks] of this.#networks[isFour ? 4 : 6]) {
      if (networks.has(networkOf(words, length))) return true;
    }
    return false;
  }
}

/** The leading `length` bits, as text. */
function networkOf(words: readonly number[], length: number): string {
  let text = "";
  for (let bits = length, index = 0; bits > 0; bits -= 16, index += 1) {
    const word = words[index] ?? 0;
    text += `${bits >= 16 ? word : word >> (16 - bits)}.`;
  }
  return text;
}

/** The address in words of 16 bits. */
function wordsOf(address: string): number[] {
  if (!address.includes(":")) return pairsOf(address);
  return groupsOf(address);
}

function pairsOf(ipv4: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

function groupsOf(ipv6: string): number[] {
  const [bare = ""] = ipv6.split("%");
  const [head = "", tail] = bare.split("::");
  const before = wordsIn(head);
  const after = wordsIn(tail ?? "");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array<number>(zeros).fill(0), ...after];
}

function wordsIn(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    return group.includes(".") ? pairsOf(group) : [Number.parseInt(group, 16)];
  });
}
