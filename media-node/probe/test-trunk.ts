import { outboundTrunkRouteSchema } from "../../schema/contracts/routing.ts";
import type { TrunkTestQuestion, TrunkTestStage } from "../../schema/contracts/trunk-test.ts";
import { newId } from "../../schema/values/ids.ts";
import type { DnsQueries } from "../engine/dns-queries.ts";
import type { ProbeTimings } from "./finding.ts";
import { runTrunkTest, type TrunkTestDeps } from "./run-trunk-test.ts";

/** Long enough for a busy machine: a stage that waits for nothing gives itself less. */
const PATIENT: ProbeTimings = {
  connectMs: 8_000,
  handshakeMs: 8_000,
  answerMs: 8_000,
  ringMs: 8_000,
  endMs: 8_000,
};

export interface TrunkTestCase extends Partial<Omit<TrunkTestDeps, "timings">> {
  /** `host:port` */
  readonly address: string;
  readonly transport: "auto" | "tcp" | "tls" | "udp";
  readonly username?: string;
  readonly called?: string;
  readonly timings?: Partial<ProbeTimings>;
}

/** All stages of a test of such a trunk, by name. */
export async function testTrunk({
  address,
  transport,
  username,
  called,
  timings,
  ...deps
}: TrunkTestCase): Promise<Record<TrunkTestStage["stage"], TrunkTestStage>> {
  const question: TrunkTestQuestion = {
    workspaceId: newId("workspace"),
    peerSide: "pbx",
    caller: "+15005550100",
    called: called ?? null,
    trunk: outboundTrunkRouteSchema.parse({
      id: newId("outboundTrunk"),
      workspaceId: newId("workspace"),
      address,
      transport,
      mediaEncryption: "allowed",
      codecs: ["PCMU"],
      headers: {},
      attributesToHeaders: {},
      credentials: username === undefined ? null : { username, password: null },
      callerIdentity: {},
    }),
  };
  const stages: [TrunkTestStage["stage"], TrunkTestStage][] = [];
  const running = runTrunkTest(question, {
    addressPolicy: "any",
    dnsServers: [],
    hasUdp: transport === "udp",
    tls: { ca: null, own: null },
    password: null,
    origin: { host: "127.0.0.1", portOf: () => 5061 },
    from: ["198.51.100.0/24"],
    signal: new AbortController().signal,
    nowMs: Date.now,
    ...deps,
    timings: { ...PATIENT, ...timings },
  });
  for await (const stage of running) stages.push([stage.stage, stage]);
  // Every test tells all six.
  return Object.fromEntries(stages) as Record<TrunkTestStage["stage"], TrunkTestStage>;
}

/** A zone of one name: SRV for SIP over TCP, and an A record. */
export function zoneOf(name: string, port: number, address = "127.0.0.1"): DnsQueries {
  const answer = <Rec>(records: readonly Rec[]) => Promise.resolve({ records, ttlS: 60 });
  return {
    naptr: () => answer([]),
    srv: (asked) =>
      answer(
        asked === `_sip._tcp.${name}`
          ? [{ priority: 1, weight: 2, port, target: `a.${name}` }]
          : [],
      ),
    a: (asked) => answer(asked === `a.${name}` ? [address] : []),
    aaaa: () => answer([]),
  };
}
