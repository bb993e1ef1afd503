import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { deadline } from "../../support/deadline.ts";
import { buildNative } from "../native-program.ts";
import { type CallLine, callList } from "./call-lines.ts";

/** The C programs of the media bench: pinned, fed their calls on stdin, ended by its end. */

const SAY_MS = 10_000;
const PROGRAMS = ["srtp-echo", "rtp-generator", "echo-agent", "call-loop"] as const;
type ProgramName = (typeof PROGRAMS)[number];
export type NativePrograms = Readonly<Record<ProgramName, string>>;

/** Null without a compiler. The programs use what this very processor has. */
export function buildPrograms(): NativePrograms | null {
  const built = PROGRAMS.map((name) => {
    const file = buildNative(new URL(`../native/${name}.c`, import.meta.url), ["-march=native"]);
    return file === null ? null : ([name, file] as const);
  });
  if (built.includes(null)) return null;
  // Each name has just been paired with its program.
  return Object.fromEntries(built.filter((pair) => pair !== null)) as NativePrograms;
}

export class BenchProgram implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** `cores` as taskset takes them. */
  static async start(
    command: readonly string[],
    cores: string,
    calls: readonly CallLine[] | null,
  ): Promise<BenchProgram> {
    const child = spawn("taskset", ["-c", cores, ...command], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child, "spawn");
    if (calls !== null) child.stdin.write(callList(calls));
    return new BenchProgram(child);
  }

  /** The next line that it prints. */
  async line(limitMs = SAY_MS): Promise<string> {
    const { done, value } = await deadline(this.#lines.next(), limitMs, "the program said nothing");
    if (done === true) throw new Error("the program ended");
    return value;
  }

  /** A line on its stdin. */
  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Tells it to end; it may have a last word. */
  finish(): void {
    this.#child.stdin.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

/** What came back of the calls of a generator, of frames sent in the time that is measured. */
export interface GeneratorResult {
  readonly sent: number;
  /** Packets. */
  readonly received: number;
  /** Frames with a mark, and those whose mark was found in what came back. */
  readonly marked: number;
  readonly found: number;
  readonly unreadable: number;
  /** Packets that were sent to the generator and did not come, by their sequence numbers; from its first to its last. */
  readonly missing: number;
  readonly seconds: number;
  readonly receivedHz: number;
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly latencyMaxMs: number;
  /** Of the distance between two packets, less 20 ms. */
  readonly jitterP50Ms: number;
  readonly jitterP99Ms: number;
  /** Of one core. */
  readonly ownCpu: number;
}

export interface GeneratorRun {
  readonly program: string;
  readonly cores: string;
  readonly calls: readonly CallLine[];
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Default PCMU. Marks come back in PCMU only. */
  readonly payloadType?: number;
  /** Processor time so far of what is measured. */
  readonly cpuMs: () => number;
  /** The time that is measured begins. */
  readonly begun?: () => void;
}

/** Runs the generator, and takes the processor time of what is measured between its two announcements. */
export async function generate(run: GeneratorRun): Promise<GeneratorResult & { cpuMs: number }> {
  const settings = [run.warmUpSeconds, run.seconds, run.payloadType ?? 0].map(String);
  await using generator = await BenchProgram.start(
    [run.program, ...settings],
    run.cores,
    run.calls,
  );
  await generator.line((run.warmUpSeconds + 5) * 1_000);
  run.begun?.();
  const beforeMs = run.cpuMs();
  await generator.line((run.seconds + 5) * 1_000);
  const cpuMs = run.cpuMs() - beforeMs;
  // Its own format, one object on one line.
  const result = JSON.parse(await generator.line()) as GeneratorResult;
  return { ...result, cpuMs };
}
