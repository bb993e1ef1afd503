import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { hostForSocket, type SipUri, uriTransport } from "../protocol/sip/uri.ts";
import type { SipTransport } from "./connection.ts";

/** Where a request goes, before it is known at which address. */
export interface NextHop {
  readonly host: string;
  readonly port: number | null;
  readonly transport: SipTransport;
}

interface ResolvedAddress {
  readonly address: string;
  readonly port: number;
}

/** RFC 3263 behind one door: first candidate first. An empty list means that nothing was found. */
export interface Resolver {
  resolve(nextHop: NextHop): Promise<readonly ResolvedAddress[]>;
}

const DEFAULT_PORTS = { udp: 5060, tcp: 5060, tls: 5061 } as const satisfies Record<
  SipTransport,
  number
>;

/** RFC 3263 §4.1, the part that needs no DNS: `sips` is TLS, else the transport parameter, else TCP. */
export function nextHopOf(
  uri: SipUri,
  options: { readonly hasUdp: boolean },
): NextHop | "transport_not_supported" {
  const named = uriTransport(uri);
  if (uri.scheme === "sips") {
    return { host: uri.host, port: uri.port, transport: "tls" };
  }
  if (named === "udp" && options.hasUdp) {
    return { host: uri.host, port: uri.port, transport: "udp" };
  }
  if (named !== null && named !== "tcp" && named !== "tls") return "transport_not_supported";
  // Deviates from RFC 3263 §4.1 (UDP when nothing is said): UDP is spoken only where it is asked for; port 5061 means TLS.
  const transport = named ?? (uri.port === DEFAULT_PORTS.tls ? "tls" : "tcp");
  return { host: uri.host, port: uri.port, transport };
}

/** Address literals and the host's own name service; no NAPTR or SRV look-up. */
export function createHostResolver(): Resolver {
  return {
    async resolve({ host, port, transport }) {
      const name = hostForSocket(host);
      const targetPort = port ?? DEFAULT_PORTS[transport];
      if (isIP(name) !== 0) return [{ address: name, port: targetPort }];
      try {
        const found = await lookup(name, { all: true });
        return found.map(({ address }) => ({ address, port: targetPort }));
      } catch {
        return [];
      }
    },
  };
}
