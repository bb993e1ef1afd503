import type { Secret } from "../../schema/values/secret.ts";
import { type CallTraces, NO_TRACES } from "../call/trace-ports.ts";

/** Where traces go. */
export interface TraceSettings {
  /** Of OTLP over HTTP with JSON: the whole of it, with the path of traces. */
  readonly url: string;
  /** Of each request. */
  readonly headers: ReadonlyMap<string, Secret>;
  /** 0 to 1: of the calls. */
  readonly sampleRatio: number;
  readonly serviceName: string;
  /** Longest time that a span waits for company. */
  readonly scheduleMs: number;
  /** Of one request, its repetitions included. */
  readonly exportLimitMs: number;
}

export interface TraceDeps {
  readonly version: string;
  readonly node: { readonly id: string; readonly region: string };
  readonly spansExported: TraceMetrics["spansExported"];
}

export interface TraceMetrics {
  /** `dropped`: too many waited. `failed`: the collector did not take them. */
  spansExported(result: "sent" | "failed" | "dropped", spans: number): void;
}

export interface RunningTraces extends CallTraces {
  /** Gives what waits to the collector, for `limitMs` at most. Never rejects. */
  stop(limitMs: number): Promise<void>;
}

/** The SDK is loaded only where there is somebody to tell. */
export async function startTraces(
  settings: TraceSettings | null,
  deps: TraceDeps,
): Promise<RunningTraces> {
  if (settings === null) return { ...NO_TRACES, stop: async () => {} };
  const { startOtlpTraces } = await import("./otlp-traces.ts");
  return startOtlpTraces(settings, deps);
}
