import { EventEmitter } from "node:events";
import type { ControlDeps, ControlMetrics } from "../../media-node/control/ports.ts";
import { systemClock } from "../../media-node/control/system-clock.ts";

interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

/** What the loops of the control client need, with everything that they say and count kept. */
export interface RecordedDeps extends ControlDeps {
  readonly lines: LogLine[];
  readonly counts: Map<string, number>;
  /** The next line with this event, or the one that was already logged. */
  logged(event: string): Promise<LogLine>;
}

export function recordedDeps(overrides: Partial<ControlDeps> = {}): RecordedDeps {
  const lines: LogLine[] = [];
  const counts = new Map<string, number>();
  const said = new EventEmitter();
  const write = (level: LogLine["level"]) => (event: string, fields: Record<string, unknown>) => {
    const line = { level, event, fields };
    lines.push(line);
    said.emit(event, line);
  };
  const count = (name: string, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by);
  const metrics: ControlMetrics = {
    controlPlaneUp: (isUp) => void counts.set("controlPlaneUp", Number(isUp)),
    linkUp: (isUp) => void counts.set("linkUp", Number(isUp)),
    routingPulled: (result) => void count(`pulled ${result}`),
    routingRefused: (code) => void count(`refused ${code}`),
    routingPersisted: (ok) => void count(ok ? "persisted" : "persistFailed"),
    outboxDelivered: (events) => void count("delivered", events),
    outboxRejected: (events) => void count("rejected", events),
    outboxRefused: () => void count("outboxRefused"),
    outboxDiskError: () => void count("diskError"),
    messageLog: (fate) => void count(`messageLog ${fate}`),
  };
  return {
    clock: systemClock,
    logger: { info: write("info"), warn: write("warn"), error: write("error") },
    metrics,
    random: () => 0.5,
    ...overrides,
    lines,
    counts,
    logged(event) {
      const line = lines.find((candidate) => candidate.event === event);
      if (line !== undefined) return Promise.resolve(line);
      return new Promise((resolve) => said.once(event, resolve));
    },
  };
}
