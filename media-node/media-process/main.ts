import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import type { CallLogger } from "../call/ports.ts";
import { createBatch } from "./batch.ts";
import { createMediaHost, type MediaHost } from "./host.ts";
import { type MediaHere, startMediaHere } from "./media-here.ts";
import type {
  FromMediaProcess,
  MediaProcessConfig,
  MediaProcessStatus,
  ToMediaProcess,
} from "./messages.ts";

/** A media process: does what comes over the channel to the main process, and ends with that channel. */

const LOOP_RESOLUTION_MS = 10;
const NANOSECONDS_PER_MS = 1e6;
/** For the last line of a process that ends. */
const SAY_LIMIT_MS = 100;

const post = createBatch<FromMediaProcess>((messages) => {
  // What cannot be sent any more is followed by `disconnect`.
  process.send?.(messages, undefined, undefined, () => undefined);
});

const log =
  (level: "info" | "warn" | "error"): CallLogger["info"] =>
  (event, fields) =>
    post({ kind: "log", level, event, fields: plainFields(fields) });
const logger: CallLogger = { info: log("info"), warn: log("warn"), error: log("error") };

const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });

interface Running {
  readonly media: MediaHere;
  readonly host: MediaHost;
}
let running: Running | null = null;

function statusOf({ media, host }: Running): MediaProcessStatus {
  const lag = (nanoseconds: number): number =>
    Math.max(0, nanoseconds / NANOSECONDS_PER_MS - LOOP_RESOLUTION_MS);
  const lagMs = {
    p50: lag(loop.percentile(50)),
    p99: lag(loop.percentile(99)),
    max: lag(loop.max),
  };
  loop.reset();
  return {
    calls: host.calls,
    portsUsed: media.portsInUse(),
    portsTotal: media.portsTotal(),
    io: media.io,
    packetFailures: media.packetFailures(),
    srtpContexts: media.srtpContexts(),
    residentBytes: process.memoryUsage.rss(),
    lagMs,
  };
}

async function configure(config: MediaProcessConfig): Promise<void> {
  try {
    const media = await startMediaHere(config, {
      logger,
      qualitySampled: (sample) => post({ kind: "quality_sampled", sample }),
      recordingNews: (callId, news) => post({ kind: "recording", callId, news }),
    });
    await media.warmUp();
    running = { media, host: createMediaHost({ ports: media.ports, post, logger }) };
    loop.enable();
    post({ kind: "configured", status: statusOf(running) });
  } catch (error) {
    const { message, code } = error as Error & { code?: string }; // what the system throws
    post({ kind: "configure_failed", message, code: code ?? null });
  }
}

async function shutDown(): Promise<void> {
  await running?.host[Symbol.asyncDispose]();
  await running?.media[Symbol.asyncDispose]();
  process.disconnect();
}

function receive(message: ToMediaProcess): void {
  switch (message.kind) {
    case "configure":
      configure(message.config).catch(fail);
      return;
    case "ping":
      if (running !== null) post({ kind: "pong", status: statusOf(running) });
      return;
    case "shut_down":
      shutDown().catch(fail);
      return;
    default:
      running?.host.receive(message);
  }
}

/** A defect that nobody caught: its calls are ended by the main process, which sees the end of this one. */
function fail(error: unknown): void {
  const said: FromMediaProcess = {
    kind: "log",
    level: "error",
    event: "media_process_fatal",
    fields: plainFields({ error }),
  };
  process.send?.([said], undefined, undefined, end);
  setTimeout(end, SAY_LIMIT_MS);
}

/** process.exit() waits for threads of V8 and can hang: then it would keep its ports. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}

/** What crosses the channel whatever an error carries. */
function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? plainError(value) : value,
    ]),
  );
}

function plainError(error: Error): Record<string, unknown> {
  const { cause, message, name, stack } = error;
  return {
    name,
    message,
    ...("code" in error && typeof error.code === "string" ? { code: error.code } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(cause instanceof Error ? { cause: plainError(cause) } : {}),
  };
}

// Signals to the whole group are the main process's to answer: calls end before their media do.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("uncaughtException", fail);
process.on("disconnect", end);
process.on("message", (messages) => {
  // The main process is of the same build and sends nothing else.
  for (const message of messages as readonly ToMediaProcess[]) receive(message);
});
