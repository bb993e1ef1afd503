import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { deadline } from "../support/deadline.ts";

const START_LIMIT_MS = 20_000;

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
  }): MeasuredProcess<Received> {
    const { file, cores, nodeArguments = [] } = options;
    const command = ["-c", cores, process.execPath, ...nodeArguments, file.pathname];
    const child = spawn("taskset", command, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    return new MeasuredProcess(child);
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

  /** User and system time of all threads so far, from /proc/<pid>/stat. */
  get cpuMs(): number {
    const text = readFileSync(`/proc/${this.#child.pid}/stat`, "latin1");
    // The name in brackets may hold blanks; utime and stime are the 12th and 13th field after it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return ((Number(fields[11]) + Number(fields[12])) / this.#ticksPerSecond) * 1_000;
  }

  /** Resident memory now, and at its highest. */
  get memory(): { rssBytes: number; peakBytes: number } {
    const text = readFileSync(`/proc/${this.#child.pid}/status`, "latin1");
    const kilobytes = (name: string): number => {
      return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN);
    };
    return { rssBytes: kilobytes("VmRSS") * 1_024, peakBytes: kilobytes("VmHWM") * 1_024 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
