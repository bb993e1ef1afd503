import { BlockList, isIP, isIPv6 } from "node:net";
import type { Cidr } from "../../schema/values/cidr.ts";
import type { EngineClock } from "./clock.ts";
import type { EngineLimits } from "./engine-config.ts";

/** Sources that nobody has named leave this share of all connections to those that somebody has. */
const UNKNOWN_SHARE = 0.8;
const REPORT_EVERY_MS = 60_000;

interface Source {
  connections: number;
  reportedAtMs: number;
}

/** How many connections each source may have open, TLS handshakes included. */
export class SourceLimits {
  readonly #limits: EngineLimits;
  readonly #clock: EngineClock;
  readonly #report: (detail: string) => void;
  readonly #sources = new Map<string, Source>();
  #trusted = new BlockList();
  #total = 0;

  constructor(
    limits: EngineLimits,
    deps: { readonly clock: EngineClock; readonly report: (detail: string) => void },
  ) {
    this.#limits = limits;
    this.#clock = deps.clock;
    this.#report = deps.report;
  }

  /** Replaces the list. Connections that are open stay, whatever it says about them. */
  setTrusted(cidrs: readonly Cidr[]): void {
    const trusted = new BlockList();
    for (const cidr of cidrs) {
      const [network = "", prefix] = cidr.split("/");
      trusted.addSubnet(network, Number(prefix), familyOf(network));
    }
    this.#trusted = trusted;
  }

  isTrusted(address: string): boolean {
    // A peer that was gone before it was accepted has no address; a link-local one may name its link.
    const [bare = ""] = address.split("%");
    return isIP(bare) !== 0 && this.#trusted.check(bare, familyOf(bare));
  }

  /** Counts one more connection of the source until the function is called; null: it may not have it. */
  admit(address: string): (() => void) | null {
    const key = sourceKey(address);
    const source = this.#sources.get(key) ?? {
      connections: 0,
      reportedAtMs: Number.NEGATIVE_INFINITY,
    };
    const isTrusted = this.isTrusted(address);
    const { maxConnections, maxConnectionsPerSource, maxConnectionsPerTrustedSource } =
      this.#limits;
    const perSource = isTrusted ? maxConnectionsPerTrustedSource : maxConnectionsPerSource;
    const inAll = isTrusted ? maxConnections : maxConnections * UNKNOWN_SHARE;
    if (source.connections >= perSource || this.#total >= inAll) {
      this.#refused(key, source, source.connections >= perSource ? "of this source" : "in all");
      return null;
    }
    source.connections += 1;
    this.#total += 1;
    this.#sources.set(key, source);
    return () => {
      this.#total -= 1;
      source.connections -= 1;
      if (source.connections === 0) this.#sources.delete(key);
    };
  }

  /** Once a minute for each source: a flood is not worth a flood of reports. */
  #refused(key: string, source: Source, scope: string): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - source.reportedAtMs < REPORT_EVERY_MS) return;
    source.reportedAtMs = nowMs;
    this.#report(`${key}: too many connections ${scope}`);
  }
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

/** Whoever has one IPv6 address has the other 2^64 of its link. */
function sourceKey(address: string): string {
  if (!isIPv6(address)) return address;
  const [bare = ""] = address.split("%");
  const [head = "", tail] = bare.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after].slice(0, 4);
  const network = groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":");
  return `${network}::/64`;
}
