import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { CallReport } from "../../cli/call/report.ts";
import { type ChildName, STOP_ORDER } from "../../cli/start/stop-in-order.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { deadline, eventually } from "./deadline.ts";
import { expectNoSecret, expectNoSecretIn } from "./secret-watch.ts";

/** The `trunkline` command as its users run it: real processes, ended by their numbers. */

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const START_MS = 40_000;
const STOP_MS = 20_000;
/** Every port is the system's choice: tests run side by side. */
const ANY_PORTS = ["api-port", "sip-port", "sips-port", "rtp-ports", "admin-port"].flatMap(
  (name) => [`--${name}`, "0"],
);

const readySchema = z.object({
  api: z.string(),
  api_key: z.string(),
  sip: z.string(),
  sips: z.string(),
  tls_ca: z.string(),
  admin: z.string(),
  number: z.string(),
});
const childrenSchema = z.array(z.object({ name: z.string(), pid: z.number() }));

/** One running system. */
export interface Trunkline {
  readonly ready: z.infer<typeof readySchema>;
  readonly stateDir: string;
  readonly sipPort: number;
  readonly sipsPort: number;
  /** What the supervisor has said so far. */
  prose(): string;
  /** Resolves with the supervisor's exit status; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Supervisor, its children and its guardian; after the end those of the start. */
  pids(): Promise<number[]>;
  pidOf(name: ChildName): number;
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL, and its end; the supervisor starts the child again unless it is paused. */
  kill(name: ChildName): Promise<void>;
  /** SIGSTOP and SIGCONT: a process that is there and does not answer. */
  freeze(name: ChildName): Promise<void>;
  thaw(name: ChildName): Promise<void>;
  pauseSupervisor(): void;
  resumeSupervisor(): void;
  /** Ends the system and removes a state directory that `startTrunkline` made. */
  stop(): Promise<void>;
}

export interface StartSettings {
  /** Absent: one of its own, removed by `stop()`. */
  readonly stateDir?: string;
  /** Further arguments of `trunkline start`. */
  readonly args?: readonly string[];
  /** Network namespace to run in. */
  readonly namespace?: string;
}

/** Once more where a port was taken between its choice and its use: another system starts beside this one. */
export async function startTrunkline(settings: StartSettings = {}): Promise<Trunkline> {
  try {
    return await startOnce(settings);
  } catch (error) {
    if (!/in use|EADDRINUSE/.test(String(error))) throw error;
    return await startOnce(settings);
  }
}

async function startOnce(settings: StartSettings): Promise<Trunkline> {
  const own = settings.stateDir === undefined ? await makeStateDir() : null;
  const stateDir = settings.stateDir ?? own?.path ?? "";
  const args = ["start", "--json", "--state", stateDir, ...ANY_PORTS, ...(settings.args ?? [])];
  const supervisor = spawnCli(args, settings.namespace);
  const out = collect(supervisor);
  const exited = exitOf(supervisor);
  const pid = supervisor.pid ?? 0;
  let ready: z.infer<typeof readySchema>;
  try {
    const line = firstLine(supervisor).catch(async () => {
      throw new Error(`trunkline start ended with ${await exited}: ${out.stderr}`);
    });
    const first = await deadline(line, START_MS, "trunkline start was not ready");
    ready = readySchema.parse(JSON.parse(first));
  } catch (error) {
    supervisor.kill("SIGTERM");
    await exited;
    await own?.[Symbol.asyncDispose]();
    throw error;
  }

  const pidOf = (name: ChildName): number => {
    const file = readFileSync(join(stateDir, "children.json"), "utf8");
    const child = childrenSchema.parse(JSON.parse(file)).find((one) => one.name === name);
    if (child === undefined) throw new Error(`${name} does not run`);
    return child.pid;
  };
  const frozen = new Set<number>();
  /** Resolves when the kernel has stopped the process: until then it may still answer. */
  const freeze = async (one: number): Promise<void> => {
    frozen.add(one);
    process.kill(one, "SIGSTOP");
    await eventually(() => (stateOf(one) === "T" ? true : null), 5_000, "it was not stopped");
  };
  const thaw = (one: number): void => {
    frozen.delete(one);
    process.kill(one, "SIGCONT");
  };
  const family = [pid, ...STOP_ORDER.map(pidOf), ...(await guardiansOf(stateDir))];
  return {
    ready,
    stateDir,
    sipPort: portOf(ready.sip),
    sipsPort: portOf(ready.sips),
    prose: () => out.stderr,
    exited,
    async pids() {
      return isRunning(pid)
        ? [pid, ...STOP_ORDER.map(pidOf), ...(await guardiansOf(stateDir))]
        : family;
    },
    pidOf,
    signal: (signal) => process.kill(pid, signal),
    async kill(name) {
      const child = pidOf(name);
      process.kill(child, "SIGKILL");
      await eventually(() => (isRunning(child) ? null : true), 5_000, `${name} did not end`);
    },
    freeze: (name) => freeze(pidOf(name)),
    async thaw(name) {
      thaw(pidOf(name));
    },
    pauseSupervisor() {
      frozen.add(pid);
      process.kill(pid, "SIGSTOP");
    },
    resumeSupervisor: () => thaw(pid),
    async stop() {
      // A test that failed half way may have left somebody frozen.
      for (const one of frozen) if (isRunning(one)) process.kill(one, "SIGCONT");
      if (isRunning(pid)) process.kill(pid, "SIGTERM");
      await deadline(exited, STOP_MS, `trunkline start did not stop: ${out.stderr}`);
      try {
        expectNoSecret(out.stderr, "what trunkline start said");
        await expectNoSecretIn(stateDir);
      } finally {
        await own?.[Symbol.asyncDispose]();
      }
    },
  };
}

/** A folder for a state directory, removed when it is disposed of. */
export async function makeStateDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-state-"));
  return {
    path: join(folder, "state"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export async function runCli(
  args: readonly string[],
  settings: { readonly namespace?: string } = {},
): Promise<CliResult> {
  const child = spawnCli(args, settings.namespace);
  const out = collect(child);
  const exitCode = await exitOf(child);
  return { exitCode, stdout: out.stdout, stderr: out.stderr };
}

export interface PlacedCall {
  readonly exitCode: number | null;
  readonly report: CallReport;
  readonly prose: string;
}

/** `trunkline call` to its end; arguments from the target on. */
export async function placeCall(
  trunkline: Trunkline,
  args: readonly string[],
  settings: { readonly namespace?: string } = {},
): Promise<PlacedCall> {
  const { exitCode, stdout, stderr } = await runCli(
    ["call", ...args, "--json", "--state", trunkline.stateDir],
    settings,
  );
  if (stdout === "") throw new Error(`trunkline call printed no report: ${stderr}`);
  return { exitCode, report: JSON.parse(stdout) as CallReport, prose: stderr };
}

export interface SpawnedCall {
  /** Resolves when the 200 is there; rejects when the call ends without one. */
  readonly answered: Promise<void>;
  readonly exited: Promise<number | null>;
  /** SIGKILL, and its end: the call is not hung up. */
  kill(): Promise<void>;
}

/** `trunkline call`, to do something while it goes on. */
export function spawnCall(trunkline: Trunkline, args: readonly string[]): SpawnedCall {
  const child = spawnCli(["call", ...args, "--json", "--state", trunkline.stateDir], undefined);
  const out = collect(child);
  const exited = exitOf(child);
  const answered = new Promise<void>((resolve, reject) => {
    child.stderr?.on("data", () => {
      if (/200 .*\(INVITE\)/.test(out.stderr)) resolve();
    });
    exited.then(() => reject(new Error(`the call was not answered: ${out.stderr}`)), reject);
  });
  answered.catch(() => undefined);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  return { answered, exited, kill };
}

/** Bearer token of `/v1/admin`. */
export async function operatorTokenOf(trunkline: Trunkline): Promise<string> {
  const secrets: unknown = JSON.parse(
    await readFile(join(trunkline.stateDir, "secrets.json"), "utf8"),
  );
  return z.object({ operatorToken: z.string() }).parse(secrets).operatorToken;
}

/** A further workspace of the system, as its operator makes one. */
export async function createWorkspace(
  trunkline: Trunkline,
  hostLabel: string,
  settings: { readonly concurrency_limit?: number; readonly region?: string } = {},
): Promise<ApiClient> {
  const operatorToken = await operatorTokenOf(trunkline);
  const answer = await fetch(new URL("/v1/admin/workspaces", trunkline.ready.api), {
    method: "POST",
    headers: { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" },
    body: JSON.stringify({ name: hostLabel, host_label: hostLabel, region: "local", ...settings }),
  });
  if (!answer.ok) throw new Error(`workspace ${hostLabel}: ${await answer.text()}`);
  const { api_key } = z.object({ api_key: z.string() }).parse(await answer.json());
  return createApiClient(trunkline.ready.api, api_key);
}

/** The node's log lines since the system's start. */
export async function nodeLog(trunkline: Trunkline): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(trunkline.stateDir, "logs/media-node.log"), "utf8");
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .flatMap((line) => {
      try {
        return [z.record(z.string(), z.unknown()).parse(JSON.parse(line))];
      } catch {
        return []; // still being written
      }
    });
}

export interface NodeStatus {
  readonly ready: boolean;
  readonly epoch: number;
  readonly routingHash: string;
  readonly routingVersion: number;
}

const readyzSchema = z.object({
  ready: z.boolean(),
  routing: z.object({ epoch: z.number(), hash: z.string(), version: z.number() }),
});

/** What the node says of itself; not ready when it does not answer. */
export async function nodeStatus(trunkline: Trunkline): Promise<NodeStatus> {
  try {
    const answer = await fetch(new URL("/readyz", trunkline.ready.admin), {
      signal: AbortSignal.timeout(2_000),
    });
    const { ready, routing } = readyzSchema.parse(await answer.json());
    const { epoch, hash, version } = routing;
    return { ready, epoch, routingHash: hash, routingVersion: version };
  } catch {
    return { ready: false, epoch: 0, routingHash: "", routingVersion: 0 };
  }
}

/** Resolves when the node's table has what an API answer with this `routing_revision` changed. */
export async function routingReached(trunkline: Trunkline, version: number): Promise<void> {
  await eventually(
    async () => ((await nodeStatus(trunkline)).routingVersion >= version ? true : null),
    15_000,
    `the node's table did not reach version ${version}`,
  );
}

/** Whether a process is there and has not ended: a zombie only waits for its parent to look. */
export function isRunning(pid: number): boolean {
  const state = stateOf(pid);
  return state !== null && state !== "Z";
}

/** One letter of proc(5), null when there is no such process. */
function stateOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.charAt(stat.lastIndexOf(")") + 2);
  } catch {
    return null;
  }
}

function spawnCli(args: readonly string[], namespace: string | undefined): ChildProcess {
  // `ip netns exec` becomes the program that it starts: the number stays.
  const within = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
  const [command = process.execPath, ...rest] = [...within, process.execPath, MAIN, ...args];
  return spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const out = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    out.stderr += text;
  });
  return out;
}

/** Resolves when the process has ended and all it wrote has been read. */
async function exitOf(child: ChildProcess): Promise<number | null> {
  const [status] = await once(child, "close");
  return typeof status === "number" ? status : null;
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const end = text.indexOf("\n");
    if (end !== -1) return text.slice(0, end);
  }
  throw new Error("it printed no line");
}

/** The guardian names the state directory's log folder in its arguments. */
async function guardiansOf(stateDir: string): Promise<number[]> {
  const numbers = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  return numbers.filter((pid) => {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return (
        args.some((arg) => arg.endsWith("guardian.ts")) &&
        args.includes(join(stateDir, "logs/guardian.log"))
      );
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

function portOf(hostPort: string): number {
  return Number(hostPort.slice(hostPort.lastIndexOf(":") + 1));
}
