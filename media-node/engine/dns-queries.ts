import { Resolver } from "node:dns/promises";
import type { SrvRecord } from "./srv-order.ts";

/** RFC 3403 §4.1, as far as RFC 3263 §4.1 needs it. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly replacement: string;
}

export interface DnsAnswer<Rec> {
  /** Empty when the name or the type does not exist. */
  readonly records: readonly Rec[];
  /** Null when the client library does not tell. */
  readonly ttlS: number | null;
}

/** The server did not answer, or not usefully (SERVFAIL, REFUSED): nothing is known about the name. */
export class DnsFault extends Error {
  /** The client library's own code: `ETIMEOUT`, `ESERVFAIL`, `ECONNREFUSED` … */
  readonly code: string;

  constructor(message: string, options: { code: string; cause?: unknown }) {
    super(message, options);
    this.code = options.code;
  }
}

/** One question to the DNS each. They reject with DnsFault and with nothing else. */
export interface DnsQueries {
  naptr(name: string): Promise<DnsAnswer<NaptrRecord>>;
  srv(name: string): Promise<DnsAnswer<SrvRecord>>;
  a(name: string): Promise<DnsAnswer<string>>;
  aaaa(name: string): Promise<DnsAnswer<string>>;
}

/** A lost datagram is asked again within the two seconds that a look-up may take. */
const TRY_TIMEOUT_MS = 900;
const TRIES = 2;
/** What the server says for a name or type that does not exist, and what the library says of an impossible name. */
const NOTHING_THERE: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "EBADNAME"]);

/** Asks these servers (`address` or `address:port`), the host's own when there are none. CNAMEs are followed by them. */
export function createDnsQueries(servers: readonly string[]): DnsQueries {
  const resolver = new Resolver({ timeout: TRY_TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);

  async function ask<Rec>(name: string, asked: Promise<DnsAnswer<Rec>>): Promise<DnsAnswer<Rec>> {
    try {
      return await asked;
    } catch (error) {
      const code = codeOf(error);
      if (NOTHING_THERE.has(code)) return { records: [], ttlS: null };
      throw new DnsFault(`${name}: ${code}`, { code, cause: error });
    }
  }

  return {
    naptr: (name) => ask(name, resolver.resolveNaptr(name).then(withoutTtl)),
    srv: (name) =>
      ask(
        name,
        resolver
          .resolveSrv(name)
          .then((found) => withoutTtl(found.map((srv) => ({ ...srv, target: srv.name })))),
      ),
    a: (name) => ask(name, resolver.resolve4(name, { ttl: true }).then(addresses)),
    aaaa: (name) => ask(name, resolver.resolve6(name, { ttl: true }).then(addresses)),
  };
}

function withoutTtl<Rec>(records: readonly Rec[]): DnsAnswer<Rec> {
  return { records, ttlS: null };
}

function addresses(found: readonly { address: string; ttl: number }[]): DnsAnswer<string> {
  return {
    records: found.map(({ address }) => address),
    ttlS: Math.min(...found.map(({ ttl }) => ttl)),
  };
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return "EDNS";
}
