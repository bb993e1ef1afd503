import { isIP } from "node:net";
import type { DnsLookup } from "../../schema/contracts/trunk-test.ts";
import { systemClock } from "../engine/clock.ts";
import { createDnsQueries, type DnsAnswer, type DnsQueries } from "../engine/dns-queries.ts";
import { createResolver, type NextHop, type SipTarget, targetKey } from "../engine/resolver.ts";
import type { SrvRecord } from "../engine/srv-order.ts";
import { hostForSocket } from "../protocol/sip/uri.ts";
import { type Finding, failed, passed } from "./finding.ts";

export interface DnsProbeDeps {
  /** As `EngineConfig.dns`; empty: the host's own. */
  readonly servers: readonly string[];
  readonly hasUdp: boolean;
  /** Absent: the servers are asked. Replaced in tests. */
  readonly queries?: DnsQueries;
}

export interface DnsProbe {
  readonly finding: Finding;
  /** In the order in which a call would try them. */
  readonly targets: readonly SipTarget[];
}

/** RFC 3263 as the engine does it for a call, with nothing remembered from before, and every look-up told. */
export async function probeDns(
  nextHops: readonly NextHop[],
  { hasUdp, queries, servers }: DnsProbeDeps,
): Promise<DnsProbe> {
  const lookups: DnsLookup[] = [];
  const resolver = createResolver({
    queries: recording(queries ?? createDnsQueries(servers), lookups),
    clock: systemClock,
    emit: () => undefined,
    random: Math.random,
    transports: hasUdp ? ["tls", "tcp", "udp"] : ["tls", "tcp"],
  });
  const byKey = new Map<string, SipTarget>();
  for (const nextHop of nextHops) {
    for (const target of (await resolver.resolve(nextHop)).targets) {
      const key = targetKey(target);
      if (!byKey.has(key)) byKey.set(key, target);
    }
  }
  const targets = [...byKey.values()];
  const host = nextHops[0]?.host ?? "";
  return { targets, finding: findingOf(host, targets, lookups) };
}

function findingOf(
  host: string,
  targets: readonly SipTarget[],
  lookups: readonly DnsLookup[],
): Finding {
  if (isIP(hostForSocket(host)) !== 0)
    return passed(`${host} is an address: no look-up is needed.`);
  const facts = { lookups: [...lookups] };
  const unanswered = lookups.filter(({ error }) => error !== null);
  if (targets.length > 0) {
    const places = targets.length === 1 ? "one address" : `${targets.length} addresses and ports`;
    const lame = unanswered.map(({ type, name }) => `${type} ${name}`).join(", ");
    const warning = lame === "" ? null : `Some look-ups were not answered: ${lame}.`;
    return passed(`${host} leads to ${places}.`, facts, warning);
  }
  if (unanswered.length > 0) {
    const detail = `The name servers of ${host} give no usable answer (${unanswered[0]?.error}).`;
    return failed("dns_unanswered", detail, facts);
  }
  return failed("dns_no_records", `${host} has no address that a SIP request could go to.`, facts);
}

function recording(queries: DnsQueries, lookups: DnsLookup[]): DnsQueries {
  async function record<Rec>(
    type: DnsLookup["type"],
    name: string,
    asked: Promise<DnsAnswer<Rec>>,
    write: (rec: Rec) => string,
  ): Promise<DnsAnswer<Rec>> {
    try {
      const answer = await asked;
      lookups.push({ type, name, records: answer.records.map(write), error: null });
      return answer;
    } catch (fault) {
      lookups.push({ type, name, records: [], error: codeOf(fault) });
      throw fault;
    }
  }
  const srvText = ({ priority, weight, port, target }: SrvRecord) =>
    `${priority} ${weight} ${port} ${target}`;
  return {
    naptr: (name) =>
      record("NAPTR", name, queries.naptr(name), (naptr) => {
        const { order, preference, flags, service, replacement } = naptr;
        return `${order} ${preference} "${flags}" "${service}" "" ${replacement}`;
      }),
    srv: (name) => record("SRV", name, queries.srv(name), srvText),
    a: (name) => record("A", name, queries.a(name), String),
    aaaa: (name) => record("AAAA", name, queries.aaaa(name), String),
  };
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && "code" in fault ? String(fault.code) : "EDNS";
}
