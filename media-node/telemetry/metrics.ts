import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CallEndCode } from "../call/call-ends.ts";
import type { CallMetrics } from "../call/ports.ts";
import type { PermitMetrics } from "../control/permits.ts";
import type { ControlMetrics } from "../control/ports.ts";
import type { RecordingMetrics } from "../recording/recording-desk.ts";
import { type ExportMetrics, registerExportMetrics } from "./export-metrics.ts";
import {
  type MediaProcessMetrics,
  type MediaProcessSource,
  registerMediaMetrics,
} from "./media-metrics.ts";
import { type QualityMetrics, registerQualityMetrics } from "./quality-metrics.ts";
import { registerRecordingMetrics } from "./recording-metrics.ts";
import { registerSipMetrics, type SipCountsSource } from "./sip-metrics.ts";

/**
 * The node's metrics. Labels are closed sets or the node's own state: never a call, a number, an
 * address or a URL.
 */

/** Read at each scrape. */
interface MetricSources {
  readonly activeCalls: () => number;
  readonly rtpPorts: () => { readonly used: number; readonly total: number };
  /** Null while the node has no table. */
  readonly routing: () => {
    readonly epoch: number;
    readonly version: number;
    readonly rows: number;
    readonly hash: string;
  } | null;
  readonly routingAgeMs: () => number | null;
  /** Null while the SIP engine is down. */
  readonly sip: () => Promise<SipCountsSource | null>;
  /** None when media are in the main process. */
  readonly mediaProcesses: () => readonly MediaProcessSource[];
  readonly outboxDepth: () => number;
  /** Recordings that wait for the store. */
  readonly recordings: () => { readonly recordings: number; readonly bytes: number } | null;
  readonly permits: () => { readonly held: number; readonly waiting: number };
  readonly isReady: () => boolean;
  readonly isDraining: () => boolean;
}

export interface NodeMetrics
  extends CallMetrics,
    ControlMetrics,
    ExportMetrics,
    MediaProcessMetrics,
    PermitMetrics,
    QualityMetrics,
    RecordingMetrics,
    Disposable {
  engineRestarted(): void;
  backgroundFailed(label: string): void;
  /** Until then every scraped state is "nothing yet". */
  watch(sources: MetricSources): void;
  /** Prometheus text exposition. */
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const SECONDS = 1000;
const NANOSECONDS = 1e9;
const SETUP_BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 30];
const DURATION_BUCKETS = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600];
const PERMIT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3];
const QUEUE_BUCKETS = [1, 5, 15, 30, 60, 120, 180, 300, 600, 1800];
const LOOP_RESOLUTION_MS = 10;

export function createNodeMetrics(build: { readonly version: string }): NodeMetrics {
  const registry = new Registry();
  const registers = [registry];
  let sources: MetricSources | null = null;

  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `trunkline_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `trunkline_${name}`, help, registers });
  /** A gauge that is read when it is scraped; absent while the reading is null. */
  const reading = (name: string, help: string, read: (from: MetricSources) => number | null) =>
    new Gauge({
      name: `trunkline_${name}`,
      help,
      registers,
      collect() {
        const value = sources === null ? null : read(sources);
        if (value === null) this.reset();
        else this.set(value);
      },
    });

  const started = counter("calls_started_total", "Calls that began to be set up.", ["direction"]);
  const ended = counter("calls_ended_total", "Calls by the reason of their end.", [
    "direction",
    "end",
  ]);
  const refusedCalls = counter("calls_refused_total", "INVITEs that never became a call.", ["end"]);
  const preCalls = new Histogram({
    name: "trunkline_pre_call_webhook_seconds",
    help: "From the question to the answer of a pre-call webhook, or to its failure.",
    labelNames: ["outcome"],
    buckets: SETUP_BUCKETS,
    registers,
  });
  const setUp = new Histogram({
    name: "trunkline_call_setup_seconds",
    help: "From the INVITE to the answer.",
    buckets: SETUP_BUCKETS,
    registers,
  });
  const duration = new Histogram({
    name: "trunkline_call_duration_seconds",
    help: "From the answer to the end, of answered calls.",
    buckets: DURATION_BUCKETS,
    registers,
  });
  reading("calls_active", "Calls that exist now.", (from) => from.activeCalls());
  reading(
    "rtp_port_pairs_used",
    "RTP port pairs in use or in quarantine.",
    (from) => from.rtpPorts().used,
  );
  reading(
    "rtp_port_pairs",
    "RTP port pairs of the configured range.",
    (from) => from.rtpPorts().total,
  );
  reading("routing_epoch", "Epoch of the routing table.", (from) => from.routing()?.epoch ?? null);
  reading(
    "routing_version",
    "Version of the routing table.",
    (from) => from.routing()?.version ?? null,
  );
  reading("routing_rows", "Rows of the routing table.", (from) => from.routing()?.rows ?? null);
  reading("routing_age_seconds", "Since the control plane last confirmed the table.", (from) => {
    const ageMs = from.routingAgeMs();
    return ageMs === null ? null : ageMs / SECONDS;
  });
  new Gauge({
    name: "trunkline_routing_info",
    help: "1, labelled with the hash of the routing table held now.",
    labelNames: ["hash"],
    registers,
    collect() {
      const hash = sources?.routing()?.hash;
      // Of the hashes that were, none is kept: one series at any time.
      this.reset();
      if (hash !== undefined) this.set({ hash }, 1);
    },
  });
  reading("outbox_events", "Events not yet acknowledged.", (from) => from.outboxDepth());
  reading("permits_held", "Permits of calls that exist now.", (from) => from.permits().held);
  reading("calls_queued", "Callers who hear the hold tone.", (from) => from.permits().waiting);
  reading("ready", "1 when the node takes calls.", (from) => Number(from.isReady()));
  reading("draining", "1 when the node takes no new calls.", (from) => Number(from.isDraining()));
  const pulls = counter("routing_pulls_total", "Pulls of routing changes.", ["result"]);
  const refused = counter("routing_refused_total", "Tables and updates refused.", ["code"]);
  const persisted = counter("routing_file_writes_total", "Writes of the sealed file.", ["result"]);
  const controlPlane = gauge("control_plane_up", "1 when the last pull was answered.");
  const link = gauge("link_up", "1 when the link to the hub is up.");
  const delivered = counter("outbox_delivered_total", "Events acknowledged.");
  const rejected = counter("outbox_rejected_total", "Events set aside for ever.");
  const full = counter("outbox_refused_total", "Events refused because too many wait.");
  const diskErrors = counter("outbox_disk_errors_total", "Events that the disk did not take.");
  const messageLogs = counter(
    "sip_message_logs_total",
    "Calls whose SIP messages were to be kept, by what became of them.",
    ["result"],
  );
  const permitWait = new Histogram({
    name: "trunkline_permit_wait_seconds",
    help: "How long an INVITE waited for the hub's answer, by the answer.",
    buckets: PERMIT_BUCKETS,
    labelNames: ["result"],
    registers,
  });
  const alone = counter("permits_alone_total", "Decisions without the hub.", ["result"]);
  const queueWait = new Histogram({
    name: "trunkline_queue_wait_seconds",
    help: "How long callers waited in a queue, by how it ended.",
    buckets: QUEUE_BUCKETS,
    labelNames: ["result"],
    registers,
  });
  const restarts = counter("sip_engine_restarts_total", "Times the SIP engine was started again.");
  const background = counter("background_failures_total", "Failures of background work.", [
    "label",
  ]);
  const info = new Gauge({
    name: "trunkline_build_info",
    help: "1, labelled with the software's version.",
    labelNames: ["version"],
    registers,
  });
  info.set({ version: build.version }, 1);

  const mediaMetrics = registerMediaMetrics(registry, () => sources?.mediaProcesses() ?? []);
  registerSipMetrics(registry, async () => (await sources?.sip()) ?? null);
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  new Gauge({
    name: "trunkline_event_loop_lag_seconds",
    help: "Delay of the event loop since the last scrape.",
    labelNames: ["quantile"],
    registers,
    collect() {
      for (const quantile of [50, 99]) {
        const lag = Math.max(
          0,
          loop.percentile(quantile) / NANOSECONDS - LOOP_RESOLUTION_MS / SECONDS,
        );
        this.set({ quantile: String(quantile / 100) }, lag);
      }
      this.set(
        { quantile: "1" },
        Math.max(0, loop.max / NANOSECONDS - LOOP_RESOLUTION_MS / SECONDS),
      );
      loop.reset();
    },
  });

  return {
    ...mediaMetrics,
    ...registerQualityMetrics(registry),
    ...registerExportMetrics(registry),
    ...registerRecordingMetrics(registry, () => sources?.recordings() ?? null),
    callStarted: (direction) => started.inc({ direction }),
    callEnded(direction, code: CallEndCode, durationMs) {
      ended.inc({ direction, end: code });
      if (durationMs > 0) duration.observe(durationMs / SECONDS);
    },
    callRefused: (code) => refusedCalls.inc({ end: code }),
    preCallAsked: (outcome, durationMs) => preCalls.observe({ outcome }, durationMs / SECONDS),
    callSetUp: (durationMs) => setUp.observe(durationMs / SECONDS),
    controlPlaneUp: (isUp) => controlPlane.set(Number(isUp)),
    linkUp: (isUp) => link.set(Number(isUp)),
    routingPulled: (result) => pulls.inc({ result }),
    routingRefused: (code) => refused.inc({ code }),
    routingPersisted: (ok) => persisted.inc({ result: ok ? "written" : "failed" }),
    outboxDelivered: (events) => delivered.inc(events),
    outboxRejected: (events) => rejected.inc(events),
    outboxRefused: () => full.inc(),
    outboxDiskError: () => diskErrors.inc(),
    messageLog: (result) => messageLogs.inc({ result }),
    permitAsked: (result, afterMs) => permitWait.observe({ result }, afterMs / SECONDS),
    permitAlone: (result) => alone.inc({ result }),
    queueLeft: (result, waitMs) => queueWait.observe({ result }, waitMs / SECONDS),
    engineRestarted: () => restarts.inc(),
    backgroundFailed: (label) => background.inc({ label }),
    watch(next) {
      sources = next;
    },
    scrape: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    [Symbol.dispose]() {
      loop.disable();
      registry.clear();
    },
  };
}
