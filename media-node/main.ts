import { fstatSync } from "node:fs";
import process from "node:process";
import { ConfigError, type MediaNodeConfig, parseMediaNodeConfig } from "./config.ts";
import { keepEnvironmentPlain } from "./drachtio/plain-environment.ts";
import { type MediaNode, startMediaNode } from "./node.ts";

/** The media node as a process: environment, signals, exit. Everything else is node.ts. */

/** Longer than a stop may take: then the process ends whatever still hangs. */
const STOP_LIMIT_MS = 4_500;

/** A fault that ends the process: one line that says what and, where it can be told, what to do. */
function fail(error: unknown): never {
  const text = error instanceof ConfigError ? `configuration:\n${error.message}` : describe(error);
  process.stderr.write(`trunkline media node: ${text}\n`);
  process.exit(1);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  return `${error.message}${error.message.includes(code.slice(2, -1)) ? "" : code}`;
}

interface Stopping {
  /** Calls go on for `drainMs` at most, then the rest of them ends. */
  readonly drain: () => void;
  readonly stop: () => void;
}

/** Each further signal is somebody who does not want to wait: a drain becomes a stop, a stop an exit. */
function stoppingOf(node: MediaNode, drainMs: number): Stopping {
  let phase: "running" | "draining" | "stopping" = "running";
  function stop(): void {
    if (phase === "stopping") process.exit(1);
    phase = "stopping";
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    node.stop({ code: "node_shutdown" }).then(() => process.exit(0), fail);
  }
  function stopIfDraining(): void {
    if (phase === "draining") stop();
  }
  return {
    stop,
    drain() {
      if (phase !== "running" || drainMs === 0) {
        stop();
        return;
      }
      phase = "draining";
      node.drain();
      setTimeout(stopIfDraining, drainMs);
      node.untilIdle().then(stopIfDraining, fail);
    },
  };
}

function followParent(config: MediaNodeConfig, stop: () => void): void {
  if (!config.exitWithParent) return;
  let isGone = false;
  const gone = () => {
    if (!isGone) stop();
    isGone = true;
  };
  process.on("disconnect", gone);
  const stdin = fstatSync(0, { throwIfNoEntry: false });
  if (stdin?.isFIFO() === true || stdin?.isSocket() === true) {
    process.stdin.on("error", gone).on("end", gone).on("close", gone).resume();
  }
}

async function main(): Promise<void> {
  keepEnvironmentPlain(process);
  const config = parseMediaNodeConfig(process.env);
  const node = await startMediaNode(config);
  const { drain, stop } = stoppingOf(node, config.drainMs);
  process.on("SIGTERM", drain).on("SIGINT", stop).on("SIGHUP", stop);
  process.on("uncaughtException", (error) => {
    node.logger.error("fatal", { error });
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    node.stop({ code: "internal_error" }).then(() => fail(error), fail);
  });
  followParent(config, stop);
  await node.ready;
  const { sipPort, sipsPort, rtpPorts, adminAddress, adminPort } = node.bound;
  const line = {
    event: "ready",
    sip: { tcp: sipPort, tls: sipsPort, rtp: rtpPorts },
    admin: `http://${adminAddress.includes(":") ? `[${adminAddress}]` : adminAddress}:${adminPort}`,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

main().catch(fail);
