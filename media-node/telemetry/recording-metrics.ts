import { Counter, Gauge, type Registry } from "prom-client";
import type { RecordingMetrics } from "../recording/recording-desk.ts";

/** What waits for the store, read at each scrape; null before there is anything to read. */
type WaitingSource = () => { readonly recordings: number; readonly bytes: number } | null;

/** `result` is of the closed set of docs/design/recording.md. An alarm is due when any of it is not `stored` or `erased`. */
export function registerRecordingMetrics(
  registry: Registry,
  waiting: WaitingSource,
): RecordingMetrics {
  const registers = [registry];
  const settled = new Counter({
    name: "trunkline_recordings_total",
    help: "Recordings that came to their end on this node, by what became of them.",
    labelNames: ["result"],
    registers,
  });
  const retries = new Counter({
    name: "trunkline_recording_retries_total",
    help: "Attempts to store a recording that failed and are made again.",
    registers,
  });
  const spool = (name: string, help: string, read: "recordings" | "bytes") =>
    new Gauge({
      name: `trunkline_recording_spool_${name}`,
      help,
      registers,
      collect() {
        const value = waiting()?.[read];
        if (value === undefined) this.reset();
        else this.set(value);
      },
    });
  spool("files", "Recordings on the node's disk that wait for the store.", "recordings");
  spool("bytes", "Bytes of the recordings on the node's disk that wait for the store.", "bytes");
  return {
    recordingSettled: (result) => settled.inc({ result }),
    recordingRetried: () => retries.inc(),
  };
}
