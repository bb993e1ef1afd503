import type { Cidr } from "../../schema/values/cidr.ts";
import { hostForUri } from "../protocol/sip/uri.ts";
import type { EngineClock } from "./clock.ts";
import {
  plainAddress,
  type SipConnection,
  type SipTransport,
  type StreamTransport,
} from "./connection.ts";
import type { EngineEvent, EngineLimits } from "./engine-config.ts";
import { type DoorReason, SipCounts } from "./sip-counts.ts";
import { NamedSources, sourceKey } from "./source-key.ts";
import { dropOldest, type Offence, SourceLedger } from "./source-ledger.ts";
import { SourceLimits } from "./source-limits.ts";

/** What a peer does that has something else in mind than to send SIP. */
const GIVEN_UP_FOR: Readonly<Record<string, Offence>> = {
  tls_handshake_failed: "handshake_failed",
  tls_handshake_unfinished: "handshake_failed",
  message_unfinished: "message_unfinished",
};
const REPORT_EVERY_MS = 60_000;
/** RFC 3261 §7.1: what a response begins with. */
const RESPONSE_START = Buffer.from("SIP/2.0 ");

type Peer = Pick<SipConnection, "transport" | "remoteAddress">;

export interface AdmissionDeps {
  readonly clock: EngineClock;
  readonly emit: (event: EngineEvent) => void;
  /** Connections that carry a dialog. */
  readonly inUse: () => ReadonlySet<SipConnection>;
  /** A source has been banned: its connections are to be closed. */
  readonly banned: (source: string) => void;
}

/**
 * Who is let in, and how much is heard of each: connections, rates and bans by source. Sources that somebody has named
 * have the larger cap of connections and nothing else: what they may do is the business of their trunks.
 */
export class Admission {
  readonly counts = new SipCounts();
  readonly #deps: AdmissionDeps;
  readonly #connections: SourceLimits;
  /** Who sent a datagram is only claimed: what is done under a forged address must close no connection of its owner. */
  readonly #ledgers: Readonly<Record<"stream" | "datagram", SourceLedger>>;
  readonly #allDatagrams: SourceLedger;
  readonly #reportedAtMs = new Map<string, number>();
  readonly #maxSources: number;
  #named = new NamedSources([]);

  constructor(limits: EngineLimits, deps: AdmissionDeps) {
    this.#deps = deps;
    this.#maxSources = limits.maxSources;
    const ledger = () => new SourceLedger(limits, deps.clock);
    this.#ledgers = { stream: ledger(), datagram: ledger() };
    const { datagramsPerSecond } = limits;
    this.#allDatagrams = new SourceLedger(
      { ...limits, requestsPerSecond: datagramsPerSecond, requestBurst: datagramsPerSecond },
      deps.clock,
    );
    this.#connections = new SourceLimits(limits);
  }

  /** Replaces the list. Connections that are open stay, whatever it says about them. */
  setTrusted(cidrs: readonly Cidr[]): void {
    this.#named = new NamedSources(cidrs);
  }

  isTrusted(address: string): boolean {
    return this.#named.has(address);
  }

  get bannedNow(): number {
    return this.#ledgers.stream.bannedNow + this.#ledgers.datagram.bannedNow;
  }

  /** Counts one more connection of the source until the function is called; null: it may not have it. */
  admitConnection(address: string): (() => void) | null {
    const source = sourceKey(address);
    const isTrusted = this.isTrusted(address);
    if (!isTrusted && this.#ledgers.stream.isBanned(source)) {
      this.counts.door("banned_connection");
      return null;
    }
    const admitted = this.#connections.admit(source, isTrusted);
    if (typeof admitted === "function") {
      // A handshake costs more than a request: who connects again and again has less left for those.
      if (isTrusted || this.#ledgers.stream.takes(source)) return admitted;
      admitted();
      this.offended({ transport: "tcp", remoteAddress: address }, "too_fast");
      return null;
    }
    this.counts.door("too_many_connections");
    this.#report("connection_refused", source, `too many connections ${admitted}`);
    return null;
  }

  /** Asked before a datagram is parsed. Responses belong to requests of ours or to nobody: no forger keeps them out. */
  admitDatagram(address: string, datagram: Buffer): boolean {
    if (this.isTrusted(address)) return true;
    if (datagram.subarray(0, RESPONSE_START.length).equals(RESPONSE_START)) return true;
    const source = sourceKey(address);
    if (this.#ledgers.datagram.isBanned(source)) {
      this.counts.door("banned_datagram");
      return false;
    }
    if (!this.#allDatagrams.takes("")) {
      this.counts.door("too_fast");
      return false;
    }
    if (this.#ledgers.datagram.takes(source)) return true;
    this.offended({ transport: "udp", remoteAddress: address }, "too_fast");
    return false;
  }

  /** Asked for each message of a metered connection. */
  takesMessage(peer: Peer): boolean {
    if (this.isTrusted(peer.remoteAddress)) return true;
    if (this.#ledgers.stream.takes(sourceKey(peer.remoteAddress))) return true;
    this.offended(peer, "too_fast");
    return false;
  }

  /** Counts against the source, and bans it when it has done nothing else for a while. One line in the log for a ban. */
  offended(peer: Peer, offence: Offence): void {
    this.counts.door(offence satisfies DoorReason);
    if (this.isTrusted(peer.remoteAddress)) return;
    const kind = kindOf(peer.transport);
    const source = sourceKey(peer.remoteAddress);
    const ban = this.#ledgers[kind].offended(source, offence, () => this.#hasDialog(source));
    if (ban === null) return;
    this.counts.banned();
    const seconds = ban.durationMs / 1_000;
    const detail = `${ban.source}: ${kind}s for ${seconds} s, last for ${ban.offence}`;
    this.#deps.emit({ kind: "fault", code: "source_banned", detail });
    if (kind === "stream") this.#deps.banned(ban.source);
  }

  #hasDialog(source: string): boolean {
    for (const { remoteAddress } of this.#deps.inUse()) {
      if (sourceKey(remoteAddress) === source) return true;
    }
    return false;
  }

  /** Whom we call ourselves may answer, by whatever transport. */
  called(address: string): void {
    if (this.isTrusted(address)) return;
    for (const ledger of Object.values(this.#ledgers)) ledger.proven(sourceKey(address));
  }

  /** A call with the peer came about. */
  proven(peer: Peer): void {
    this.#ledgers[kindOf(peer.transport)].proven(sourceKey(peer.remoteAddress));
  }

  /** The connection of a peer was given up, or never came to be one. */
  gaveUp(
    code: string,
    transport: StreamTransport,
    peer: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined },
  ): void {
    const remoteAddress = plainAddress(peer.remoteAddress ?? "");
    const offence = GIVEN_UP_FOR[code];
    if (code !== "tls_handshake_failed") {
      const detail = `${transport} ${hostForUri(remoteAddress)}:${peer.remotePort ?? 0}`;
      this.#deps.emit({ kind: "fault", code, detail });
    }
    if (offence !== undefined) this.offended({ transport, remoteAddress }, offence);
  }

  malformed(peer: Peer, detail: string): void {
    this.#report("malformed_request", `${peer.transport} ${sourceKey(peer.remoteAddress)}`, detail);
    this.offended(peer, "malformed");
  }

  /** Once a minute for each source and code: a flood is not worth a flood of reports. */
  #report(code: string, source: string, detail: string): void {
    const key = `${code} ${source}`;
    const nowMs = this.#deps.clock.nowMs();
    const lastMs = this.#reportedAtMs.get(key);
    if (lastMs !== undefined && nowMs - lastMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs.delete(key);
    this.#reportedAtMs.set(key, nowMs);
    dropOldest(this.#reportedAtMs, this.#maxSources);
    this.#deps.emit({ kind: "fault", code, detail: `${source}: ${detail}` });
  }
}

function kindOf(transport: SipTransport): "stream" | "datagram" {
  return transport === "udp" ? "datagram" : "stream";
}
