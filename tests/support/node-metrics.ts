import { createNodeMetrics } from "../../media-node/telemetry/metrics.ts";

/** Every metric that a node exports, with the labels that its samples have. */
export interface ExportedMetric {
  readonly type: string;
  readonly labels: ReadonlySet<string>;
}

/** A node's state in which every metric has a sample. */
export const METRIC_SOURCES = {
  activeCalls: () => 2,
  rtpPorts: () => ({ used: 4, total: 5000 }),
  routing: () => ({ epoch: 3, version: 41, rows: 7, hash: "aa" }),
  routingAgeMs: () => 1500,
  mediaProcesses: () => [
    {
      pid: 4711,
      calls: 3,
      status: {
        residentBytes: 70_000_000,
        srtpContexts: 6,
        packetFailures: { send: 9, receive: 0 },
        lagMs: { p50: 0, p99: 2, max: 5 },
      },
    },
    { pid: null, calls: 0, status: null },
  ],
  outboxDepth: () => 6,
  recordings: () => ({ recordings: 2, bytes: 640 }),
  sip: async () => ({
    messages: [{ direction: "in", transport: "tls", method: "INVITE", kind: "request", count: 3 }],
    door: [{ reason: "too_fast", count: 8 }],
    bans: 2,
    bannedNow: 1,
    connections: 5,
    certificateNotAfterMs: 1_900_000_000_000,
    dialogs: 3,
    transactions: 4,
    relayed: [{ direction: "out", result: "taken", count: 2 }],
  }),
  permits: () => ({ held: 0, waiting: 0 }),
  isReady: () => true,
  isDraining: () => false,
} as const;

/** By name; a histogram by the name of its family. */
export async function exportedMetrics(): Promise<ReadonlyMap<string, ExportedMetric>> {
  using metrics = createNodeMetrics({ version: "1.2.3" });
  metrics.watch(METRIC_SOURCES);
  metrics.callStarted("inbound");
  metrics.callSetUp(250);
  metrics.callEnded("inbound", "caller_hung_up", 12_000);
  metrics.callRefused("number_unknown");
  metrics.preCallAsked("data", 10);
  metrics.spansExported("sent", 3);
  metrics.hepMessage("sent");
  metrics.routingRefused("too_many_rows_lost");
  metrics.permitAsked("granted", 1);
  metrics.queueLeft("admitted", 1);
  metrics.mediaProcessLost("hung");
  metrics.qualitySampled({
    codec: "PCMA",
    receive: { mos: 4.35, lossRatio: 0.004, jitterMs: 3 },
    send: { mos: 4.35, lossRatio: 0.004, jitterMs: 3 },
    roundTripMs: 42,
    rtcp: { sent: 2, received: 1, refused: 3 },
  });
  const { text } = await metrics.scrape();
  const exported = new Map<string, { type: string; labels: Set<string> }>();
  for (const line of text.split("\n")) {
    const [, name, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) exported.set(name, { type, labels: new Set() });
    const [, sample = "", labels = ""] = /^([a-z_]+)\{(.*)\} /.exec(line) ?? [];
    const family = exported.get(sample) ?? exported.get(sample.replace(HISTOGRAM_PARTS, ""));
    for (const [, label = ""] of labels.matchAll(/([a-z_]+)="/g)) family?.labels.add(label);
  }
  return exported;
}

const HISTOGRAM_PARTS = /_(bucket|sum|count)$/;
