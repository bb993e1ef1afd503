import { rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { EXIT } from "../exit-status.ts";
import { isLoopback } from "../options.ts";
import type { Runtime } from "../runtime-file.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import { startGuard } from "./guard.ts";
import { stopLeftovers } from "./leftovers.ts";
import { requireFreePort } from "./ports.ts";
import { identifyProcess } from "./process-identity.ts";
import type { StartOptions } from "./start-options.ts";
import {
  lockStateDirectory,
  openStateDirectory,
  type StateDirectory,
  writeFileWhole,
} from "./state-directory.ts";
import { awaitStop, type StopRequest } from "./stop-request.ts";
import {
  createSupervisor,
  ServiceFailed,
  type Supervisor,
  type SupervisorEvent,
} from "./supervisor.ts";
import { type RunningSystem, startSystem } from "./system.ts";

/** `trunkline start`: everything on this machine, until it is told to stop. */
export async function runStart(
  options: StartOptions,
  terminal: Terminal,
  context: { readonly startedByNpm: boolean },
): Promise<number> {
  const begun = performance.now();
  refuseOpenApi(options);
  const state = openStateDirectory(options.state);
  using _lock = await lockStateDirectory(state);
  await stopLeftovers(state.childrenFile, (line) => terminal.say(line));
  await requireFreePorts(options);

  using guard = startGuard(join(state.logsFolder, "guardian.log"));
  const supervisor = createSupervisor({
    logsFolder: state.logsFolder,
    guard,
    onChildren: (children) => {
      // A full disk is no reason to end what runs: the guardian knows the children as well.
      try {
        writeFileWhole(state.childrenFile, `${JSON.stringify(children)}\n`, 0o600);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        terminal.say(error.message);
      }
    },
    report: (event) => terminal.say(describeEvent(event, terminal)),
  });
  const stop = awaitStop(context.startedByNpm);
  try {
    const system = await Promise.race([
      startSystem({ state, options, supervisor, signal: stop.requested }),
      aborted(stop.requested),
    ]);
    if (system !== null) {
      announce(state, system, options, terminal, performance.now() - begun);
      await aborted(stop.requested);
    }
    terminal.say(`Stopping (${stop.reason()}); Ctrl-C again kills what is left.`);
    return EXIT.ok;
  } catch (error) {
    if (stop.requested.aborted) return EXIT.ok;
    if (error instanceof ServiceFailed) throw inWords(error, state);
    throw error;
  } finally {
    await shutDown(state, supervisor, stop);
  }
}

async function shutDown(
  state: StateDirectory,
  supervisor: Supervisor,
  stop: StopRequest,
): Promise<void> {
  rmSync(state.runtimeFile, { force: true });
  await supervisor.stop(stop.atOnce);
  rmSync(state.childrenFile, { force: true });
  stop[Symbol.dispose]();
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}

/** The development key opens everything: it is for this machine only. */
function refuseOpenApi(options: StartOptions): void {
  if (isLoopback(options.apiHost)) return;
  throw new UserError(
    `The API listens on loopback only, because its development key lies in a file: ${options.apiHost} is refused; put a reverse proxy with TLS in front if others must reach it.`,
  );
}

async function requireFreePorts(options: StartOptions): Promise<void> {
  await requireFreePort(options.apiHost, options.apiPort, "--api-port");
  await requireFreePort(options.bind, options.sipPort, "--sip-port");
  await requireFreePort(options.bind, options.sipsPort, "--sips-port");
  await requireFreePort("127.0.0.1", options.adminPort, "--admin-port");
}

function announce(
  state: StateDirectory,
  system: RunningSystem,
  options: StartOptions,
  terminal: Terminal,
  tookMs: number,
): void {
  const supervisor = identifyProcess("supervisor", process.pid);
  if (supervisor === null) throw new Error("/proc does not show this process");
  const runtime: Runtime = { version: 1, supervisor, ...system.runtime };
  writeFileWhole(state.runtimeFile, `${JSON.stringify(runtime, null, 2)}\n`, 0o600);

  const sip = `${runtime.sip.host}:${runtime.sip.port}`;
  const sips = `${runtime.sips.host}:${runtime.sips.port}`;
  if (options.json) {
    const { api, admin, number, tlsCa } = runtime;
    terminal.data(
      JSON.stringify({ api, api_key: system.apiKey, sip, sips, tls_ca: tlsCa, admin, number }),
    );
    return;
  }
  const at = options.state === ".trunkline" ? "" : ` --state ${options.state}`;
  const row = (name: string, text: string): void => {
    terminal.say(`  ${terminal.paint("dim", name.padEnd(8))} ${text}`);
  };
  terminal.say(
    `${terminal.paint("green", "Trunkline is running")} after ${(tookMs / 1_000).toFixed(1)} s. Ctrl-C stops it.`,
  );
  row("API", `${runtime.api}  (xi-api-key: ${system.apiKey})`);
  row("console", `${runtime.api}/console/  (sign in with the key above)`);
  row("SIP", `${sips} TLS, ${sip} TCP, for ${runtime.sipDomain}; RTP ${system.rtpPorts}`);
  row("CA", runtime.tlsCa);
  row("health", `${runtime.admin}/readyz, ${runtime.admin}/metrics`);
  row("number", `${runtime.number} is answered by the demonstration agent`);
  row("state", `${state.root} (logs in ${state.logsFolder})`);
  terminal.say(
    `Place a call from another terminal:  ${terminal.paint("bold", `npx trunkline call ${runtime.number}${at}`)}`,
  );
}

function describeEvent(event: SupervisorEvent, terminal: Terminal): string {
  if (event.kind === "back") {
    return terminal.paint("green", `${event.name} is back (process ${event.pid}).`);
  }
  const again = `it is started again in ${event.retryMs} ms`;
  return terminal.paint("yellow", `${event.name} has stopped: ${event.why}\n  ${again}.`);
}

function inWords(failure: ServiceFailed, state: StateDirectory): UserError {
  return new UserError(
    `${failure.service} did not start: ${failure.why}\nThe whole log is ${join(state.logsFolder, failure.service)}.log.`,
    { cause: failure },
  );
}
