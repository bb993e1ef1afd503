import { describe, expect, test } from "vitest";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { parseSipUri } from "../protocol/sip/uri.ts";
import { type DnsAnswer, DnsFault, type DnsQueries, type NaptrRecord } from "./dns-queries.ts";
import type { EngineEvent } from "./engine-config.ts";
import { createResolver, type NextHop, nextHopOf, type ResolverDeps } from "./resolver.ts";
import type { SrvRecord } from "./srv-order.ts";
import { TestClock } from "./test-clock.ts";

interface Zone {
  readonly naptr?: Record<string, readonly NaptrRecord[]>;
  readonly srv?: Record<string, readonly SrvRecord[]>;
  readonly a?: Record<string, readonly string[]>;
  readonly aaaa?: Record<string, readonly string[]>;
  /** Names that the server fails on, by type. */
  readonly broken?: readonly string[];
  /** No server is there. */
  readonly isDown?: boolean;
}

function naptr(order: number, preference: number, service: string, replacement: string) {
  return { order, preference, flags: "s", service, replacement };
}

function srv(priority: number, target: string, port: number): SrvRecord {
  return { priority, weight: 1, target, port };
}

function resolverFor(zone: Zone, transports: ResolverDeps["transports"] = ["tls", "tcp"]) {
  const asked: string[] = [];
  const events: EngineEvent[] = [];
  function answer<Rec>(type: string, records: Record<string, readonly Rec[]> = {}) {
    return async (name: string): Promise<DnsAnswer<Rec>> => {
      asked.push(`${type} ${name}`);
      if (zone.isDown === true) throw new DnsFault("down", { code: "ETIMEOUT" });
      if (zone.broken?.includes(`${type} ${name}`)) throw new DnsFault("no", { code: "ESERVFAIL" });
      return { records: records[name] ?? [], ttlS: 60 };
    };
  }
  const queries: DnsQueries = {
    naptr: answer("NAPTR", zone.naptr),
    srv: answer("SRV", zone.srv),
    a: answer("A", zone.a),
    aaaa: answer("AAAA", zone.aaaa),
  };
  const resolver = createResolver({
    queries,
    clock: new TestClock(),
    emit: (event) => events.push(event),
    random: () => 0,
    transports,
  });
  const places = async (nextHop: Partial<NextHop> & { host: string }): Promise<string[]> => {
    const { targets } = await resolver.resolve({ port: null, transport: "auto", ...nextHop });
    return targets.map(({ transport, address, port }) => `${transport} ${address} ${port}`);
  };
  return { resolver, places, asked, events };
}

const CARRIER: Zone = {
  naptr: {
    "carrier.test": [
      naptr(50, 20, "SIP+D2T", "_sip._tcp.carrier.test"),
      naptr(50, 10, "SIPS+D2T", "_sips._tcp.pool.test"),
      naptr(10, 1, "SIP+D2U", "_sip._udp.carrier.test"),
    ],
  },
  srv: {
    "_sips._tcp.pool.test": [srv(2, "b.pool.test", 5071), srv(1, "a.pool.test.", 5061)],
    "_sip._tcp.carrier.test": [srv(1, "a.pool.test", 5060)],
    "_sip._udp.carrier.test": [srv(1, "a.pool.test", 5060)],
  },
  a: { "a.pool.test": ["192.0.2.1"], "b.pool.test": ["192.0.2.2", "192.0.2.3"] },
  aaaa: { "a.pool.test": ["2001:db8::1"] },
};

describe("auto (RFC 3263 §4.1)", () => {
  test("follows NAPTR by order and preference, then SRV by priority, then every address", async () => {
    const { places } = resolverFor(CARRIER);
    expect(await places({ host: "carrier.test" })).toEqual([
      "tls 192.0.2.1 5061",
      "tls 2001:db8::1 5061",
      "tls 192.0.2.2 5071",
      "tls 192.0.2.3 5071",
      "tcp 192.0.2.1 5060",
      "tcp 2001:db8::1 5060",
    ]);
  });

  test("takes UDP where the zone puts it when UDP is spoken", async () => {
    const { places } = resolverFor(CARRIER, ["tls", "tcp", "udp"]);
    expect((await places({ host: "carrier.test" }))[0]).toBe("udp 192.0.2.1 5060");
  });

  test("without NAPTR takes _sips._tcp, _sip._tcp, _sip._udp in this order", async () => {
    const { places } = resolverFor(
      {
        srv: {
          "_sip._udp.c.test": [srv(1, "a.test", 3)],
          "_sip._tcp.c.test": [srv(1, "a.test", 2)],
          "_sips._tcp.c.test": [srv(1, "a.test", 1)],
        },
        a: { "a.test": ["192.0.2.9"] },
      },
      ["tls", "tcp", "udp"],
    );
    expect(await places({ host: "c.test" })).toEqual([
      "tls 192.0.2.9 1",
      "tcp 192.0.2.9 2",
      "udp 192.0.2.9 3",
    ]);
  });

  test("without NAPTR and SRV is TLS on 5061, then TCP on 5060", async () => {
    const { places } = resolverFor({ a: { "c.test": ["192.0.2.9"] } }, ["tls", "tcp", "udp"]);
    expect(await places({ host: "c.test." })).toEqual(["tls 192.0.2.9 5061", "tcp 192.0.2.9 5060"]);
  });

  test("goes on to SRV when NAPTR is not answered, and reports it", async () => {
    const { places, events } = resolverFor({ ...CARRIER, broken: ["NAPTR carrier.test"] });
    expect(await places({ host: "carrier.test" })).toEqual([
      "tcp 192.0.2.1 5060",
      "tcp 2001:db8::1 5060",
    ]);
    expect(events).toEqual([
      {
        kind: "fault",
        code: "dns_unavailable",
        detail: "NAPTR carrier.test: ESERVFAIL; nothing is known of it",
      },
    ]);
  });
});

describe("tls, where encryption is required", () => {
  test("never becomes plain, whatever NAPTR and SRV offer", async () => {
    const { places } = resolverFor(CARRIER);
    const found = await places({ host: "carrier.test", transport: "tls" });
    expect(found.length).toBe(4);
    expect(found.every((place) => place.startsWith("tls "))).toBe(true);
  });

  test("of a zone that offers only plain services is TLS on 5061 of the name itself", async () => {
    const zone = {
      naptr: { "c.test": [naptr(1, 1, "SIP+D2T", "_sip._tcp.c.test")] },
      srv: { "_sip._tcp.c.test": [srv(1, "plain.test", 5060)] },
      a: { "c.test": ["192.0.2.9"], "plain.test": ["192.0.2.8"] },
    };
    const { places } = resolverFor(zone);
    expect(await places({ host: "c.test", transport: "tls" })).toEqual(["tls 192.0.2.9 5061"]);
  });

  test("is what a sips URI asks for, its transport parameter notwithstanding", () => {
    for (const text of ["sips:c.test", "sips:c.test;transport=tcp"]) {
      const uri = parseSipUri(text);
      if (uri instanceof SipSyntaxError) throw new Error(uri.detail);
      expect(nextHopOf(uri)).toEqual({ host: "c.test", port: null, transport: "tls" });
    }
  });
});

test.each([
  ["sip:c.test;transport=udp", true, "udp"],
  ["sip:c.test;transport=udp", false, null],
  ["sip:c.test;transport=TCP", true, "tcp"],
  ["sip:c.test;transport=sctp", true, null],
  ["sip:c.test", true, "auto"],
])("%s with UDP %s goes over %s", (text, hasUdp, transport) => {
  const uri = parseSipUri(text);
  if (uri instanceof SipSyntaxError) throw new Error(uri.detail);
  const nextHop = nextHopOf(uri, { hasUdp });
  expect(nextHop === "transport_not_supported" ? null : nextHop.transport).toBe(transport);
});

describe("SRV", () => {
  test('with the target "." means that there is no such service (RFC 2782)', async () => {
    const refused = [{ priority: 0, weight: 0, port: 0, target: "." }];
    const a = { "c.test": ["192.0.2.9"] };
    const noTls = resolverFor({ srv: { "_sips._tcp.c.test": refused }, a });
    expect(await noTls.places({ host: "c.test" })).toEqual(["tcp 192.0.2.9 5060"]);
    expect(await noTls.places({ host: "c.test", transport: "tls" })).toEqual([]);
    expect(await noTls.places({ host: "c.test", transport: "tcp" })).toEqual([
      "tcp 192.0.2.9 5060",
    ]);
  });

  test("with port 0 leads nowhere, over UDP either", async () => {
    const none = { "_sip._udp.c.test": [srv(1, "sip.c.test", 0)] };
    const zone = { srv: none, a: { "sip.c.test": ["192.0.2.9"] } };
    const { places } = resolverFor(zone, ["tls", "tcp", "udp"]);
    expect(await places({ host: "c.test", transport: "udp" })).toEqual([]);
  });

  test("whose targets have no address leads nowhere else", async () => {
    const srvOnly = { "_sip._tcp.c.test": [srv(1, "gone.test", 5060)] };
    const { places } = resolverFor({ srv: srvOnly, a: { "c.test": ["192.0.2.9"] } });
    expect(await places({ host: "c.test", transport: "tcp" })).toEqual([]);
  });

  test("repeats and thousands of records cost no more than sixteen targets", async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => srv(1, "a.test", 5_000 + index));
    const zone = {
      srv: { "_sip._tcp.c.test": [srv(0, "a.test", 1), srv(0, "A.test", 1), ...many] },
      a: { "a.test": ["192.0.2.1"], "A.test": ["192.0.2.1"] },
    };
    const { places } = resolverFor(zone);
    const found = await places({ host: "c.test", transport: "tcp" });
    expect(found.length).toBeLessThanOrEqual(16);
    expect(new Set(found).size).toBe(found.length);
  });
});

test("NAPTR that points at itself, or has no terminal flag, ends the look-up and not the search", async () => {
  const circular = [
    { ...naptr(1, 1, "SIP+D2T", "c.test"), flags: "" },
    naptr(2, 1, "SIP+D2T", "c.test"),
  ];
  const zone = { naptr: { "c.test": circular }, a: { "c.test": ["192.0.2.9"] } };
  const { places, asked } = resolverFor(zone);
  expect(await places({ host: "c.test", transport: "tcp" })).toEqual(["tcp 192.0.2.9 5060"]);
  expect(asked.filter((query) => query.startsWith("NAPTR"))).toEqual(["NAPTR c.test"]);
});

test("with a port only addresses are looked up (RFC 3263 §4.2)", async () => {
  const { places, asked } = resolverFor({ ...CARRIER, a: { "carrier.test": ["192.0.2.9"] } });
  expect(await places({ host: "carrier.test", port: 5061 })).toEqual(["tls 192.0.2.9 5061"]);
  expect(await places({ host: "carrier.test", port: 5070 })).toEqual(["tcp 192.0.2.9 5070"]);
  expect(await places({ host: "carrier.test", port: 5070, transport: "tls" })).toEqual([
    "tls 192.0.2.9 5070",
  ]);
  expect(asked).toEqual(["A carrier.test", "AAAA carrier.test"]);
});

test("an address is taken as it is, without any query", async () => {
  const { places, asked } = resolverFor({});
  expect(await places({ host: "192.0.2.7" })).toEqual(["tcp 192.0.2.7 5060"]);
  expect(await places({ host: "192.0.2.7", port: 5061 })).toEqual(["tls 192.0.2.7 5061"]);
  expect(await places({ host: "[2001:db8::7]", transport: "tls" })).toEqual([
    "tls 2001:db8::7 5061",
  ]);
  expect(await places({ host: "localhost", port: 5060 })).toEqual([
    "tcp 127.0.0.1 5060",
    "tcp ::1 5060",
  ]);
  expect(asked).toEqual([]);
});

test("a peer that is named apart from its address has to prove its name", async () => {
  const { resolver, asked } = resolverFor({});
  const nextHop = {
    host: "192.0.2.7",
    port: 5061,
    transport: "tls",
    identity: "sip.test",
  } as const;
  const found = await resolver.resolve(nextHop);
  expect([found.referenceIdentity, found.targets[0]?.address]).toEqual(["sip.test", "192.0.2.7"]);
  expect(asked).toEqual([]);
});

test("the reference identity is the configured host, never the target of an SRV record (RFC 5922 §7.3)", async () => {
  const { resolver } = resolverFor(CARRIER);
  const found = await resolver.resolve({ host: "carrier.test", port: null, transport: "tls" });
  expect(found.referenceIdentity).toBe("carrier.test");
  expect(found.targets[0]).toEqual({
    address: "192.0.2.1",
    port: 5061,
    transport: "tls",
    family: 4,
  });
});

test("nothing known finds nothing, and does not throw", async () => {
  const broken = ["NAPTR c.test", "SRV _sip._tcp.c.test", "A c.test", "AAAA c.test"];
  const { places, events } = resolverFor({ broken });
  expect(await places({ host: "c.test", transport: "tcp" })).toEqual([]);
  expect(events.length).toBe(4);
});

test("when nobody answers for the services, the addresses are not waited for", async () => {
  const { places, asked } = resolverFor({ isDown: true });
  expect(await places({ host: "c.test" })).toEqual([]);
  expect(await places({ host: "c.test" })).toEqual([]);
  expect(asked).toEqual(["NAPTR c.test", "SRV _sips._tcp.c.test", "SRV _sip._tcp.c.test"]);
});
