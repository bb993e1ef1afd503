import { type DestinationStream, pino } from "pino";
import type { CallLogger } from "../call/ports.ts";
import { redactFields } from "./redaction.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON line per event: `time`, `level`, `node_id`, `region`, `event` (also `msg`) and its fields. */
export interface Logger extends CallLogger {
  debug(event: string, fields: Record<string, unknown>): void;
}

export interface LoggerSettings {
  readonly level: LogLevel;
  readonly nodeId: string;
  readonly region: string;
  readonly maskNumbers: boolean;
  /** Absent: stdout. */
  readonly destination?: DestinationStream;
}

function stdout(): DestinationStream {
  const destination = pino.destination({ fd: 1, sync: true });
  // A reader of the log that is gone must not end the calls.
  destination.on("error", () => undefined);
  return destination;
}

/** Writes at once, so that the last line before an exit is there. Redacts every field. */
export function createLogger(settings: LoggerSettings): Logger {
  const log = pino(
    {
      level: settings.level,
      base: { node_id: settings.nodeId, region: settings.region },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    settings.destination ?? stdout(),
  );
  const write = (level: "debug" | "info" | "warn" | "error") => {
    return (event: string, fields: Record<string, unknown>): void => {
      if (log.isLevelEnabled(level))
        log[level]({ event, ...redactFields(fields, settings) }, event);
    };
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}
