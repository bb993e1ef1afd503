import type { Cidr } from "../../schema/values/cidr.ts";
import type { DigestAccount } from "./digest-client.ts";
import type { EngineCounts } from "./sip-counts.ts";

/** Configuration of the embedded SIP server: plain data, so that it can cross into a worker thread. */

export interface EngineListener {
  readonly transport: "tcp" | "tls" | "udp";
  /** The address to bind; `advertisedHost` is what peers are told. */
  readonly bindAddress: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** 0 or absent: the bound port. Behind a 1:1 NAT they may differ. */
  readonly advertisedPort?: number;
}

export interface EngineTls {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Trust anchors for outbound verification, PEM; absent: the system's. */
  readonly caFile?: string;
  /** Shows our certificate to servers that ask for one; absent: no. */
  readonly presentCertificate?: boolean;
  /** Asks clients for a certificate; a connection without one, or with one that proves nothing, is served all the same. */
  readonly requestClientCertificate?: boolean;
  /** Who may have issued such a certificate, PEM; absent: the system's trust anchors. */
  readonly clientCaFile?: string;
}

/** What reading certificate and key again came to. */
export type CertificateReload =
  | { readonly kind: "reloaded"; readonly notAfterMs: number }
  | { readonly kind: "unchanged" }
  /** The pair on disk cannot be served; the old one still is. */
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "no_tls" };

export interface EngineConfig {
  readonly listeners: readonly EngineListener[];
  /** Host in Via, Contact and Record-Route: the advertised address or the node's name. */
  readonly advertisedHost: string;
  readonly tls: EngineTls | null;
  /** Control side: loopback only. */
  readonly control: { readonly port: number; readonly secret: string };
  /** Part of every local tag, so that a tag names its node. */
  readonly nodeId: string;
  /** From where requests inside dialogs come besides the dialog's own address: CIDR blocks, or trusted sources; absent: any. */
  readonly dialogSources?: readonly string[] | "named";
  /** RFC 4028: the session interval in seconds that we ask for, 90 at least; absent: only what a peer asks for. */
  readonly sessionExpiresS?: number;
  /** RFC 4028 §5: the least interval in seconds that a peer may ask for; absent: 90, which is the RFC's. */
  readonly minSeS?: number;
  readonly limits: EngineLimits;
  /** Which messages are events: all, or (absent) those of the calls that `watchCall` names. */
  readonly messageEvents?: "all" | "watched_calls";
  /** Sources that somebody has named, as `EngineHandle.setTrustedSources` replaces them; absent: none. */
  readonly trustedSources?: readonly Cidr[];
  /** Where calls and requests of ours may go: `public` refuses every address of a special range when it is dialled. */
  readonly addressPolicy: "public" | "any";
  /** Where other nodes of the region hand on what came to them; absent: this one takes no part in it. */
  readonly relay?: { readonly bindAddress: string; readonly port: number };
  /** Absent: the servers that the host itself asks. */
  readonly dns?: {
    /** `address` or `address:port`, an IPv6 address with a port in brackets. */
    readonly servers: readonly string[];
  };
}

export interface EngineLimits {
  readonly maxMessageBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly maxConnections: number;
  /** Of one IPv4 address or one IPv6 /64 that nobody has named. */
  readonly maxConnectionsPerSource: number;
  readonly maxConnectionsPerTrustedSource: number;
  /** Messages of one source that nobody has named, over all its connections; connections count as one each. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** Datagrams of all such sources together: their addresses cost a forger nothing. */
  readonly datagramsPerSecond: number;
  /** So much refused, malformed or excessive traffic is borne of such a source within minutes, then it is banned. */
  readonly maxOffences: number;
  /** Sources that are remembered at most. */
  readonly maxSources: number;
}

export const DEFAULT_ENGINE_LIMITS: EngineLimits = {
  maxMessageBytes: 65_536,
  maxHeaderBytes: 32_768,
  maxHeaders: 256,
  maxConnections: 10_000,
  maxConnectionsPerSource: 20,
  maxConnectionsPerTrustedSource: 1_000,
  requestsPerSecond: 50,
  requestBurst: 100,
  datagramsPerSecond: 2_000,
  maxOffences: 30,
  maxSources: 10_000,
};

/** What the engine reports besides its control protocol. Bodies and credentials are already redacted. */
export type EngineEvent =
  | {
      readonly kind: "message";
      readonly direction: "in" | "out";
      readonly atMs: number;
      readonly transport: "tcp" | "tls" | "udp";
      readonly localAddress: string;
      readonly localPort: number;
      readonly remoteAddress: string;
      readonly remotePort: number;
      readonly startLine: string;
      readonly sipCallId: string;
      readonly text: string;
      /** `watchCall` asked for it. */
      readonly isWatched: boolean;
      /** It was an event before, when all messages are, and is one again because the call is watched now. */
      readonly isRepeated: boolean;
    }
  | { readonly kind: "fault"; readonly code: string; readonly detail: string };

/** Another node of the region, on its private address. */
export interface RelayPeer {
  readonly nodeId: string;
  readonly address: string;
  readonly port: number;
  /** Of this pair of nodes: a secret. */
  readonly key: Uint8Array;
}

/** What a node has to know so that requests find the owner of their dialog. */
export interface RelayRoster {
  readonly peers: readonly RelayPeer[];
  /** What the region's nodes prove their tags by, the newest first: secrets. */
  readonly tagKeys: readonly Uint8Array[];
}

/** Where a refused request came from, as its socket says. */
export interface RefusedSource {
  readonly address: string;
  readonly transport: "tcp" | "tls" | "udp";
}

export interface BoundListener {
  readonly transport: "tcp" | "tls" | "udp";
  readonly address: string;
  readonly port: number;
}

export interface EngineHandle extends AsyncDisposable {
  readonly controlPort: number;
  readonly listeners: readonly BoundListener[];
  /** Null: the engine takes no part in relaying. */
  readonly relayPort: number | null;
  onEvent(listener: (event: EngineEvent) => void): void;
  /** Messages of this Call-ID are events from now on, until the returned function is called. */
  watchCall(sipCallId: string): () => void;
  /** From now on these have the limits of known sources. Replaces the list; connections that are open stay. */
  setTrustedSources(cidrs: readonly Cidr[]): void;
  /** Replaces what is known of the region's other nodes. */
  setRelayRoster(roster: RelayRoster): void;
  /**
   * What a call answers challenges with: requests name it in `ACCOUNT_HEADER`, which stays here. Null forgets it. The
   * password crosses no socket: it is handed to the thread as it is.
   */
  setAccount(name: string, account: DigestAccount | null): void;
  /** A request of this source was refused for a reason that counts against it: enough of them, and it is banned. */
  noteRefusal(source: RefusedSource): void;
  /** Everything counted since the engine's start; null when it is gone. */
  counts(): Promise<EngineCounts | null>;
  /** Reads certificate, key and trust anchors again; happens by itself when the files change. Open connections stay. */
  reloadCertificates(): Promise<CertificateReload>;
  /** Resolves with the reason when the worker thread dies unasked. */
  readonly died: Promise<Error>;
}
