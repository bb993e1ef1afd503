import { Counter, type Registry } from "prom-client";
import type { TraceMetrics } from "./traces.ts";

/** What leaves for collectors, and what is lost on the way: neither delays a call. */
export interface HepMetrics {
  /** `sent`: the system has taken it. */
  hepMessage(result: "sent" | "dropped"): void;
}

export interface ExportMetrics extends TraceMetrics, HepMetrics {}

export function registerExportMetrics(registry: Registry): ExportMetrics {
  const registers = [registry];
  const spans = new Counter({
    name: "trunkline_trace_spans_total",
    help: "Spans of traces, by what became of them.",
    labelNames: ["result"],
    registers,
  });
  const messages = new Counter({
    name: "trunkline_hep_messages_total",
    help: "Copies of SIP messages for a collector of HEP, by what became of them.",
    labelNames: ["result"],
    registers,
  });
  return {
    spansExported: (result, count) => spans.inc({ result }, count),
    hepMessage: (result) => messages.inc({ result }),
  };
}
