import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../media-node/engine/clock.ts";
import { createDnsQueries } from "../../media-node/engine/dns-queries.ts";
import { createResolver, type NextHop } from "../../media-node/engine/resolver.ts";
import type { DnsNode } from "../../workers/dns/plan-records.ts";
import { hasNsd, serveZone } from "../support/nsd.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { recordsOf } from "../support/zone-records.ts";

const missing = hasNsd() ? null : "Debian's nsd is not installed";
const DOMAIN = "example.test";
const transports = ["tls", "tcp"] as const;

function node(region: string, number: number, state: DnsNode["state"]): DnsNode {
  const fqdn = `n${number}.${region}.${DOMAIN}`;
  return { fqdn, address: `192.0.2.${number}`, state, sinceMs: 0 };
}

describe.skipIf(skipsFor(missing))(suiteName("the names that callers dial", missing), () => {
  test("lead to the ready nodes of their regions, by NAPTR, by SRV and by host and port (RFC 3263 §4)", async () => {
    const us = [node("us", 1, "ready"), node("us", 2, "ready"), node("us", 3, "draining")];
    const eu = [node("eu", 4, "ready"), node("eu", 5, "away")];
    const names: Record<string, readonly DnsNode[]> = {
      [`sip.${DOMAIN}`]: [...us, ...eu],
      [`sip.us.residency.${DOMAIN}`]: us,
      [`sip.eu.residency.${DOMAIN}`]: eu,
    };
    const server = await serveZone(DOMAIN, [
      ...Object.entries(names).flatMap(([name, nodes]) => recordsOf(name, nodes)),
      ...[...us, ...eu].map(({ address, fqdn }) => `${fqdn}. IN A ${address}`),
    ]);
    onTestFinished(() => server[Symbol.asyncDispose]());
    const resolver = createResolver({
      queries: createDnsQueries([server.address]),
      clock: systemClock,
      emit: ({ kind }) => expect(kind).not.toBe("fault"),
      random: () => 0,
      transports,
    });
    const placesOf = async (host: string, hop: Partial<NextHop> = {}) => {
      const { targets } = await resolver.resolve({ host, port: null, transport: "auto", ...hop });
      return targets.map(({ address, port, transport }) => `${transport} ${address}:${port}`);
    };
    const at = (numbers: readonly number[], transport: string, port: number) =>
      numbers.map((number) => `${transport} 192.0.2.${number}:${port}`);
    for (const [name, ready] of [
      [`sip.${DOMAIN}`, [1, 2, 4]],
      [`sip.us.residency.${DOMAIN}`, [1, 2]],
      [`sip.eu.residency.${DOMAIN}`, [4]],
    ] as const) {
      const everywhere = await placesOf(name);
      expect(everywhere.toSorted()).toEqual([...at(ready, "tcp", 5060), ...at(ready, "tls", 5061)]);
      // RFC 3263 §4.1: what its owner likes best comes first.
      expect(everywhere.findLastIndex((place) => place.startsWith("tls"))).toBe(ready.length - 1);
      const byService = await placesOf(name, { transport: "tls" });
      expect(byService.toSorted()).toEqual(at(ready, "tls", 5061));
      const byHostAndPort = await placesOf(name, { transport: "tls", port: 5061 });
      expect(byHostAndPort.toSorted()).toEqual(at(ready, "tls", 5061));
    }
  });
});
