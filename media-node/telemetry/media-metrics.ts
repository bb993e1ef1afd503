import { Counter, Gauge, type Registry } from "prom-client";

/** A media process as the main one knows it. Structural: telemetry knows no media. */
export interface MediaProcessSource {
  /** Null while it is being started again. */
  readonly pid: number | null;
  readonly calls: number;
  readonly status: {
    readonly residentBytes: number;
    readonly srtpContexts: number;
    readonly packetFailures: { readonly send: number; readonly receive: number };
    readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number };
  } | null;
}

export interface MediaProcessMetrics {
  mediaProcessLost(cause: "crashed" | "hung"): void;
}

const SECONDS = 1_000;

/** The label `process` counts from 0 to the configured number. */
export function registerMediaMetrics(
  registry: Registry,
  read: () => readonly MediaProcessSource[],
): MediaProcessMetrics {
  const registers = [registry];
  const gauge = (
    name: string,
    help: string,
    of: (source: MediaProcessSource) => number | null,
  ): Gauge =>
    new Gauge({
      name: `trunkline_media_process_${name}`,
      help,
      labelNames: ["process"],
      registers,
      collect() {
        this.reset();
        for (const [index, source] of read().entries()) {
          const value = of(source);
          if (value !== null) this.set({ process: String(index) }, value);
        }
      },
    });
  gauge("up", "1 while the media process takes calls.", ({ pid }) => Number(pid !== null));
  gauge("calls", "Calls whose media the process has.", ({ calls }) => calls);
  gauge(
    "resident_bytes",
    "Resident memory of the media process.",
    ({ status }) => status?.residentBytes ?? null,
  );
  gauge(
    "srtp_contexts",
    "SRTP contexts of calls in the media process's packet memory.",
    ({ status }) => status?.srtpContexts ?? null,
  );
  new Counter({
    name: "trunkline_media_process_packet_failures_total",
    help: "Packets that the system did not take, or that were too long or not read.",
    labelNames: ["process", "direction"],
    registers,
    collect() {
      // Each process counts its own since it began.
      this.reset();
      for (const [index, { status }] of read().entries()) {
        if (status === null) continue;
        const { send, receive } = status.packetFailures;
        const process = String(index);
        this.inc({ process, direction: "send" }, send);
        this.inc({ process, direction: "receive" }, receive);
      }
    },
  });
  new Gauge({
    name: "trunkline_media_process_loop_lag_seconds",
    help: "Delay of the media process's event loop in the last half second.",
    labelNames: ["process", "quantile"],
    registers,
    collect() {
      this.reset();
      for (const [index, { status }] of read().entries()) {
        if (status === null) continue;
        const { p50, p99, max } = status.lagMs;
        const process = String(index);
        this.set({ process, quantile: "0.5" }, p50 / SECONDS);
        this.set({ process, quantile: "0.99" }, p99 / SECONDS);
        this.set({ process, quantile: "1" }, max / SECONDS);
      }
    },
  });
  const losses = new Counter({
    name: "trunkline_media_process_losses_total",
    help: "Media processes that ended with their calls, by cause.",
    labelNames: ["cause"],
    registers,
  });
  return { mediaProcessLost: (cause) => losses.inc({ cause }) };
}
