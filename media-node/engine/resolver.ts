import { isIP } from "node:net";
import { hostForSocket, type SipUri, uriTransport } from "../protocol/sip/uri.ts";
import type { EngineClock } from "./clock.ts";
import type { SipTransport } from "./connection.ts";
import { DnsCache } from "./dns-cache.ts";
import { DnsFault, type DnsQueries, type NaptrRecord } from "./dns-queries.ts";
import type { EngineEvent } from "./engine-config.ts";
import { orderSrv, type SrvRecord } from "./srv-order.ts";

/** Where a request goes, before it is known at which address. */
export interface NextHop {
  readonly host: string;
  readonly port: number | null;
  /** `auto`: what the DNS offers, in the order of its owner. Where encryption is required it is `tls`, never `auto`. */
  readonly transport: SipTransport | "auto";
  /** The name that its certificate has to show, where it is not the host. */
  readonly identity?: string;
}

/** One place to try. */
export interface SipTarget {
  readonly address: string;
  readonly port: number;
  readonly transport: SipTransport;
  readonly family: 4 | 6;
}

interface Resolution {
  /** RFC 5922 §7.3: the configured host, which the peer's certificate must show; never the target of an SRV record. */
  readonly referenceIdentity: string;
  /** First candidate first; empty when nothing was found. */
  readonly targets: readonly SipTarget[];
}

/** RFC 3263 behind one door. Never rejects: what goes wrong is reported as a fault, and finds nothing. */
export interface Resolver {
  resolve(nextHop: NextHop): Promise<Resolution>;
}

const DEFAULT_PORTS = { udp: 5060, tcp: 5060, tls: 5061 } as const satisfies Record<
  SipTransport,
  number
>;
/** RFC 3263 §4.1: NAPTR service fields, and the SRV names that they usually lead to. */
const NAPTR_SERVICES = { tls: "sips+d2t", tcp: "sip+d2t", udp: "sip+d2u" } as const;
const SRV_PREFIXES = { tls: "_sips._tcp", tcp: "_sip._tcp", udp: "_sip._udp" } as const;
/** In the order of `auto`. */
const ALL_TRANSPORTS = ["tls", "tcp", "udp"] as const;
/** A zone may list a thousand records: no request is tried so often. */
const MAX_RECORDS = 16;
const MAX_TARGETS = 16;

/** RFC 3263 §4.1, the part that needs no DNS: `sips` is TLS, else the transport parameter, else `auto`. */
export function nextHopOf(
  uri: SipUri,
  options: { readonly hasUdp: boolean } = { hasUdp: false },
): NextHop | "transport_not_supported" {
  const named = uriTransport(uri);
  if (uri.scheme === "sips") return { host: uri.host, port: uri.port, transport: "tls" };
  if (named === "udp" && options.hasUdp)
    return { host: uri.host, port: uri.port, transport: named };
  if (named !== null && named !== "tcp" && named !== "tls") return "transport_not_supported";
  return { host: uri.host, port: uri.port, transport: named ?? "auto" };
}

export interface ResolverDeps {
  readonly queries: DnsQueries;
  readonly clock: EngineClock;
  readonly emit: (event: EngineEvent) => void;
  /** In [0, 1). */
  readonly random: () => number;
  /** What can be sent over: targets of another transport are left out. */
  readonly transports: readonly SipTransport[];
}

interface Service {
  readonly transport: SipTransport;
  readonly records: readonly SrvRecord[];
}

export function createResolver(deps: ResolverDeps): Resolver {
  const { queries, clock } = deps;
  const onOutage = (detail: string): void => {
    deps.emit({ kind: "fault", code: "dns_unavailable", detail });
  };
  const naptrs = new DnsCache({ kind: "NAPTR", query: queries.naptr, clock, onOutage });
  const srvs = new DnsCache({ kind: "SRV", query: queries.srv, clock, onOutage });
  const v4s = new DnsCache({ kind: "A", query: queries.a, clock, onOutage });
  const v6s = new DnsCache({ kind: "AAAA", query: queries.aaaa, clock, onOutage });

  async function addressTargets(
    name: string,
    ports: readonly { transport: SipTransport; port: number }[],
  ): Promise<SipTarget[]> {
    // RFC 6761 §6.3: never asked of the DNS.
    const isLocal = /(?:^|\.)localhost$/i.test(name);
    const [v4, v6] = isLocal
      ? [["127.0.0.1"], ["::1"]]
      : await Promise.all([orNone(v4s.find(name)), orNone(v6s.find(name))]);
    return ports.flatMap(({ transport, port }) => [
      ...v4.map((address) => ({ address, port, transport, family: 4 as const })),
      ...v6.map((address) => ({ address, port, transport, family: 6 as const })),
    ]);
  }

  /** RFC 3263 §4.1: services that we speak, by order and preference. Flags other than "s" end nowhere and are no service. */
  async function servicesByNaptr(
    naptr: readonly NaptrRecord[],
    wanted: readonly SipTransport[],
  ): Promise<Service[]> {
    const usable = naptr.flatMap((record) => {
      const transport = wanted.find((one) => NAPTR_SERVICES[one] === record.service.toLowerCase());
      return transport === undefined || record.flags.toLowerCase() !== "s"
        ? []
        : [{ transport, record }];
    });
    usable.sort(({ record: a }, { record: b }) => a.order - b.order || a.preference - b.preference);
    const found = usable.slice(0, MAX_RECORDS).map(async ({ transport, record }) => {
      return { transport, records: await orNone(srvs.find(plainName(record.replacement))) };
    });
    return Promise.all(found);
  }

  async function srvTargets(services: readonly Service[]): Promise<SipTarget[]> {
    const ordered = services.flatMap(({ transport, records }) => {
      const offered = records.filter((record) => !isRefusal(record)).slice(0, MAX_RECORDS);
      return orderSrv(offered, deps.random).map((record) => ({ transport, record }));
    });
    const found = ordered.slice(0, MAX_RECORDS).map(({ transport, record }) => {
      return addressTargets(plainName(record.target), [{ transport, port: record.port }]);
    });
    return (await Promise.all(found)).flat();
  }

  async function targetsOf(nextHop: NextHop): Promise<readonly SipTarget[]> {
    const host = hostForSocket(nextHop.host);
    const { port } = nextHop;
    const version = isIP(host);
    if (version !== 0) {
      const transport = transportWithoutDns(nextHop);
      const family = version === 6 ? 6 : 4;
      return [{ address: host, port: port ?? DEFAULT_PORTS[transport], transport, family }];
    }
    const name = plainName(host);
    if (port !== null) {
      // RFC 3263 §4.2: a port given means that nothing but the address is looked up.
      return addressTargets(name, [{ transport: transportWithoutDns(nextHop), port }]);
    }
    const wanted = ALL_TRANSPORTS.filter((transport) => {
      const isAsked = nextHop.transport === "auto" || nextHop.transport === transport;
      return isAsked && deps.transports.includes(transport);
    });
    // Asked at once: an unanswered NAPTR costs no second wait.
    const [naptr, plain] = await Promise.all([
      settle(naptrs.find(name)),
      Promise.all(
        wanted.map(async (transport) => {
          const { records, isSilent } = await settle(
            srvs.find(`${SRV_PREFIXES[transport]}.${name}`),
          );
          return { transport, records, isSilent };
        }),
      ),
    ]);
    // Nobody answers: neither would they for the addresses.
    if (naptr.isSilent && plain.every(({ isSilent }) => isSilent)) return [];
    const byNaptr = await servicesByNaptr(naptr.records, wanted);
    const services = byNaptr.some(({ records }) => records.length > 0) ? byNaptr : plain;
    if (services.some(({ records }) => records.some((record) => !isRefusal(record)))) {
      return srvTargets(services);
    }
    // No SRV record: the name's own addresses, for each service that the zone does not expressly refuse.
    const refused = services.filter(({ records }) => records.length > 0);
    const left = wanted.filter((transport) => {
      const isDefault = transport !== "udp" || nextHop.transport === "udp";
      return isDefault && !refused.some((service) => service.transport === transport);
    });
    const ports = left.map((transport) => ({ transport, port: DEFAULT_PORTS[transport] }));
    return ports.length === 0 ? [] : addressTargets(name, ports);
  }

  return {
    async resolve(nextHop) {
      const targets = withoutRepeats(await targetsOf(nextHop)).slice(0, MAX_TARGETS);
      return { referenceIdentity: nextHop.identity ?? nextHop.host, targets };
    },
  };
}

/**
 * What an address or an explicit port is spoken to by, when nothing else says it.
 * Deviates from RFC 3263 §4.1 (UDP when nothing is said): port 5061 means TLS, any other TCP.
 */
function transportWithoutDns({ transport, port }: NextHop): SipTransport {
  if (transport !== "auto") return transport;
  return port === DEFAULT_PORTS.tls ? "tls" : "tcp";
}

/** RFC 2782: "A Target of "." means that the service is decidedly not available at this domain." Nor is it at port 0. */
function isRefusal({ target, port }: SrvRecord): boolean {
  return target === "." || target === "" || port === 0;
}

function plainName(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** No server is there; any other failure is an answer, if a useless one. */
const SILENCE: ReadonlySet<string> = new Set(["ETIMEOUT", "ECONNREFUSED"]);

/** The cache has reported what failed; for the order of things a failed look-up is one that found nothing. */
async function settle<Rec>(
  finding: Promise<readonly Rec[]>,
): Promise<{ records: readonly Rec[]; isSilent: boolean }> {
  try {
    return { records: await finding, isSilent: false };
  } catch (error) {
    if (!(error instanceof DnsFault)) throw error;
    return { records: [], isSilent: SILENCE.has(error.code) };
  }
}

async function orNone<Rec>(finding: Promise<readonly Rec[]>): Promise<readonly Rec[]> {
  return (await settle(finding)).records;
}

function withoutRepeats(targets: readonly SipTarget[]): SipTarget[] {
  const byKey = new Map<string, SipTarget>();
  for (const target of targets) {
    const key = targetKey(target);
    if (!byKey.has(key)) byKey.set(key, target);
  }
  return [...byKey.values()];
}

export function targetKey({ transport, address, port }: SipTarget): string {
  return `${transport}|${address}|${port}`;
}
