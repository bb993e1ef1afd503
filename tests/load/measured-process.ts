import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deadline } from "../support/deadline.ts";

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;

/** Processor time so far, of the whole process and of its threads by name (`V8Worker` is several). */
export interface CpuTimes {
  readonly totalMs: number;
  readonly threadsMs: ReadonlyMap<string, number>;
}

/** A process of a measurement: pinned to cores, spoken to over IPC, read through /proc. */
export class MeasuredProcess<Received extends { readonly kind: string }>
  implements AsyncDisposable
{
  readonly #child: ChildProcess;
  readonly #ticksPerSecond: number;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  }

  /** `cores` as taskset takes them: `0`, `0,1`. */
  static start<Received extends { readonly kind: string }>(options: {
    readonly file: URL;
    readonly cores: string;
    readonly nodeArguments?: readonly string[];
    readonly arguments?: readonly string[];
  }): MeasuredProcess<Received> {
    const { file, cores, nodeArguments = [] } = options;
    // `trunkline start` gives its node such a cache too: without it the compiler of TypeScript stays in memory.
    const cache = `NODE_COMPILE_CACHE=${join(tmpdir(), "trunkline-bench-cache")}`;
    const node = [process.execPath, ...nodeArguments, file.pathname, ...(options.arguments ?? [])];
    return MeasuredProcess.startCommand(["env", cache, ...node], cores);
  }

  /** A program that speaks Node's channel: lines of JSON on the descriptor NODE_CHANNEL_FD. */
  static startCommand<Received extends { readonly kind: string }>(
    command: readonly string[],
    cores: string,
  ): MeasuredProcess<Received> {
    const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
    const child = spawn("taskset", ["-c", cores, ...command], { stdio: [...stdio] });
    return new MeasuredProcess(child);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  send(message: object | string): void {
    this.#child.send(message);
  }

  /** The next message, which must be of this kind. */
  async next<Kind extends Received["kind"]>(
    kind: Kind,
    limitMs: number = START_LIMIT_MS,
  ): Promise<Extract<Received, { kind: Kind }>> {
    const [message] = await deadline(once(this.#child, "message"), limitMs, `no ${kind}`);
    const received = message as Received;
    if (received.kind !== kind) throw new Error(`expected ${kind}, got ${received.kind}`);
    // The line above has proved the kind.
    return received as Extract<Received, { kind: Kind }>;
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** User and system time, from /proc/<pid>/stat and that of each thread. */
  get cpu(): CpuTimes {
    const root = `/proc/${this.#child.pid}`;
    const threadsMs = new Map<string, number>();
    for (const thread of readdirSync(`${root}/task`)) {
      try {
        const { name, ms } = this.#times(`${root}/task/${thread}/stat`);
        threadsMs.set(name, (threadsMs.get(name) ?? 0) + ms);
      } catch {
        // It ended between the listing and the reading.
      }
    }
    return { totalMs: this.#times(`${root}/stat`).ms, threadsMs };
  }

  /** Processor time so far of all threads, to the nanosecond where `cpu` counts in hundredths of a second. */
  get cpuMs(): number {
    return cpuMsOf(this.pid);
  }

  #times(file: string): { name: string; ms: number } {
    const text = readFileSync(file, "latin1");
    // The name in brackets may hold blanks; utime and stime are the 12th and 13th field after it.
    const nameEnd = text.lastIndexOf(")");
    const fields = text.slice(nameEnd + 2).split(" ");
    const ms = ((Number(fields[11]) + Number(fields[12])) / this.#ticksPerSecond) * 1_000;
    return { name: text.slice(text.indexOf("(") + 1, nameEnd), ms };
  }

  /** The highest resident memory counts from now on (proc(5), `clear_refs`). */
  resetPeak(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, "5");
  }

  /** Ends by itself, so that it can write its profile. */
  async stop(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await deadline(exited, STOP_LIMIT_MS, "the process did not stop");
  }

  /** Resident memory now, and at its highest. */
  get memory(): { rssBytes: number; peakBytes: number } {
    return { rssBytes: residentBytesOf(this.pid), peakBytes: statusBytes(this.pid, "VmHWM") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

/** Processor time so far of all threads of a process, to the nanosecond. */
export function cpuMsOf(pid: number): number {
  const root = `/proc/${pid}/task`;
  let nanoseconds = 0;
  for (const thread of readdirSync(root)) {
    nanoseconds += Number(readFileSync(`${root}/${thread}/schedstat`, "latin1").split(" ")[0]);
  }
  return nanoseconds / 1e6;
}

export function residentBytesOf(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** A row of proc(5), `status`. */
function statusBytes(pid: number, row: "VmRSS" | "VmHWM"): number {
  const text = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(new RegExp(`^${row}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN) * 1_024;
}
