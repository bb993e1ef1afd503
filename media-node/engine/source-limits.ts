import type { EngineLimits } from "./engine-config.ts";

/** Sources that nobody has named leave this share of all connections to those that somebody has. */
const UNKNOWN_SHARE = 0.8;

/** How many connections each source may have open, TLS handshakes included. */
export class SourceLimits {
  readonly #limits: EngineLimits;
  readonly #connections = new Map<string, number>();
  #total = 0;

  constructor(limits: EngineLimits) {
    this.#limits = limits;
  }

  /** Counts one more connection of the source until the function is called; a text says of what there are too many. */
  admit(source: string, isTrusted: boolean): (() => void) | "of this source" | "in all" {
    const { maxConnections, maxConnectionsPerSource, maxConnectionsPerTrustedSource } =
      this.#limits;
    const held = this.#connections.get(source) ?? 0;
    const perSource = isTrusted ? maxConnectionsPerTrustedSource : maxConnectionsPerSource;
    if (held >= perSource) return "of this source";
    if (this.#total >= (isTrusted ? maxConnections : maxConnections * UNKNOWN_SHARE)) {
      return "in all";
    }
    this.#connections.set(source, held + 1);
    this.#total += 1;
    return () => {
      this.#total -= 1;
      const left = (this.#connections.get(source) ?? 1) - 1;
      if (left === 0) this.#connections.delete(source);
      else this.#connections.set(source, left);
    };
  }
}
