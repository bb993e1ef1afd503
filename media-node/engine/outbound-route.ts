import { specialRangeOf } from "../../schema/values/address-range.ts";
import { hostForUri } from "../protocol/sip/uri.ts";
import type { SipConnection } from "./connection.ts";
import type { EngineConfig, EngineEvent } from "./engine-config.ts";
import type { NextHop, Resolver, SipTarget } from "./resolver.ts";
import type { TargetBlacklist } from "./target-blacklist.ts";
import { ConnectFault, UnprovenPeerFault } from "./tcp-transport.ts";

export interface OutboundRouteDeps {
  readonly resolver: Resolver;
  readonly blacklist: TargetBlacklist;
  readonly addressPolicy: EngineConfig["addressPolicy"];
  /** A target that has asked for a rest is not tried: for new requests, never for what ends or answers one. */
  readonly honoursRest: boolean;
  /** An open connection to this target if there is one. Rejects with ConnectFault. */
  readonly open: (target: SipTarget, referenceIdentity: string) => Promise<SipConnection>;
  readonly emit: (event: EngineEvent) => void;
}

/** One target of a route, connected. */
export interface RouteHop {
  readonly connection: SipConnection;
  readonly target: SipTarget;
}

/** The targets of one request, each tried once, in their order (RFC 3263 §4.3). */
export class OutboundRoute {
  readonly #deps: OutboundRouteDeps;
  readonly #nextHop: NextHop;
  #left: SipTarget[] | null = null;
  #referenceIdentity = "";

  constructor(deps: OutboundRouteDeps, nextHop: NextHop) {
    this.#deps = deps;
    this.#nextHop = nextHop;
  }

  /** The next target that takes a connection. Rejects with ConnectFault when none is left. */
  async next(): Promise<RouteHop> {
    /** Of the most wanted target that failed: that the last one is not there either says less. */
    let fault: ConnectFault | null = null;
    const left = await this.#targets();
    for (let target = left.shift(); target !== undefined; target = left.shift()) {
      try {
        return { target, connection: await this.#open(target) };
      } catch (error) {
        if (!(error instanceof ConnectFault)) throw error;
        fault ??= error;
        // Whoever answers in another's name could have the call in clear by failing the proof.
        if (error instanceof UnprovenPeerFault) keepEncrypted(left);
      }
    }
    throw fault ?? new ConnectFault("the next hop has no further address", "ENOTFOUND");
  }

  /** It was not used after all: it is the next again. */
  giveBack(hop: RouteHop): void {
    this.#left?.unshift(hop.target);
  }

  /** The same target once more: its connection closed before anything was heard. */
  reconnect(hop: RouteHop): Promise<SipConnection> {
    return this.#open(hop.target);
  }

  /** The target has failed the request; `retryAfterMs` is how long it wants to be left alone. */
  failed(hop: RouteHop, retryAfterMs: number | null): void {
    this.#deps.blacklist.add(hop.target, this.#nextHop.host, retryAfterMs);
  }

  async #targets(): Promise<SipTarget[]> {
    if (this.#left !== null) return this.#left;
    const { targets, referenceIdentity } = await this.#deps.resolver.resolve(this.#nextHop);
    this.#referenceIdentity = referenceIdentity;
    this.#left = this.#deps.blacklist.order(targets);
    return this.#left;
  }

  async #open(target: SipTarget): Promise<SipConnection> {
    try {
      if (this.#deps.honoursRest && this.#deps.blacklist.isResting(target, this.#nextHop.host)) {
        throw new ConnectFault(`${target.address} has asked for a rest`, "target_resting");
      }
      const range = this.#deps.addressPolicy === "any" ? null : specialRangeOf(target.address);
      if (range !== null) {
        throw new ConnectFault(`${target.address} is not public (${range})`, "address_refused");
      }
      return await this.#deps.open(target, this.#referenceIdentity);
    } catch (error) {
      if (error instanceof ConnectFault) this.#report(target, error);
      throw error;
    }
  }

  #report(target: SipTarget, fault: ConnectFault): void {
    const { code } = fault;
    const isUnproven = fault instanceof UnprovenPeerFault;
    const isNamed = code === "address_refused" || code === "target_resting";
    // One that fails its proof is not out of order: behind the others it would leave the first try to those in clear.
    if (!isUnproven && code !== "target_resting") {
      this.#deps.blacklist.add(target, this.#nextHop.host, null);
    }
    const place = `${hostForUri(target.address)}:${target.port}`;
    this.#deps.emit({
      kind: "fault",
      code: isUnproven ? "tls_verify_failed" : isNamed ? code : "connect_failed",
      detail: `${target.transport} ${place}: ${code}`,
    });
  }
}

function keepEncrypted(targets: SipTarget[]): void {
  const kept = targets.filter(({ transport }) => transport === "tls");
  targets.splice(0, targets.length, ...kept);
}
