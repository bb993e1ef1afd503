import { cpus, loadavg, release } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { MEASURE } from "./heap-preload.ts";
import { MeasuredProcess } from "./measured-process.ts";
import type { FromGenerator, ToGenerator } from "./sip-generator.ts";
import type { LoadOptions, LoadResult } from "./sip-load.ts";
import type { FromNode } from "./sip-node.ts";

interface Pinning {
  readonly node: string;
  readonly generator: string;
}

interface Pair extends AsyncDisposable {
  readonly node: MeasuredProcess<FromNode>;
  readonly generator: MeasuredProcess<FromGenerator>;
  run(options: LoadOptions): Promise<Measured>;
}

interface Measured extends LoadResult {
  readonly nodeCpuMs: number;
  readonly generatorCpuMs: number;
}

interface Ladder {
  readonly clean: number;
  /** The generator's share of one core at the last clean rate. */
  readonly generatorShare: number;
  readonly stoppedBy: string;
}

const CONNECTIONS = 4;
const HOLD_MS = 100;
const DRAIN_MS = 5_000;
/** Slower than this at the 99th percentile, calls are queueing: no rate to call clean. */
const CLEAN_P99_MS = 500;
const HELD_CALLS = 2_000;
const STALL_MS = 3_000;
const RUN_LIMIT_MS = 120_000;
/** What the C++ server of the same protocol did on two shared cores, and what is aimed at. */
const LIMITS = {
  cps_clean: { cxx: "1,500", goal: 3_000 },
  cps_clean_one_core: { cxx: "-", goal: 1_800 },
  cpu_ms_per_call_at_800: { cxx: "0.76", goal: 0.45 },
  bytes_per_held_call: { cxx: "22,500", goal: 22_500 },
  rss_mb_after_stall: { cxx: "1,000", goal: 200 },
  failures: { cxx: "-", goal: 0 },
} as const satisfies Record<string, { cxx: string; goal: number }>;

type Figures = Record<keyof typeof LIMITS, number>;

/** Two cores for the node; the generator has others when the machine has others. */
function pinning(cores: 1 | 2): Pinning {
  const count = cpus().length;
  const others = count > 2 ? `2-${count - 1}` : null;
  if (cores === 1) return { node: "0", generator: others ?? (count > 1 ? "1" : "0") };
  return { node: count > 1 ? "0,1" : "0", generator: others ?? (count > 1 ? "0,1" : "0") };
}

async function startPair({ node: nodeCores, generator: cores }: Pinning): Promise<Pair> {
  await using starting = new AsyncDisposableStack();
  const preload = new URL("./heap-preload.ts", import.meta.url).href;
  const node = starting.use(
    MeasuredProcess.start<FromNode>({
      file: new URL("./sip-node.ts", import.meta.url),
      cores: nodeCores,
      nodeArguments: ["--expose-gc", "--import", preload],
    }),
  );
  const { port } = await node.next("ready");
  const generator = starting.use(
    MeasuredProcess.start<FromGenerator>({
      file: new URL("./sip-generator.ts", import.meta.url),
      cores,
    }),
  );
  await generator.next("up");
  const tell = (message: ToGenerator): void => generator.send(message);
  tell({ kind: "connect", port, connections: CONNECTIONS });
  await generator.next("up");
  const run = async (options: LoadOptions): Promise<Measured> => {
    const before = { node: node.cpuMs, generator: generator.cpuMs };
    tell({ kind: "run", options });
    const { result } = await generator.next("result", RUN_LIMIT_MS);
    const nodeCpuMs = node.cpuMs - before.node;
    return { ...result, nodeCpuMs, generatorCpuMs: generator.cpuMs - before.generator };
  };
  // What runs for the first time is compiled first.
  await run({ callsPerSecond: 500, calls: 2_500, holdMs: HOLD_MS, drainMs: DRAIN_MS });
  const running = starting.move();
  return { node, generator, run, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Null when the rate was clean; else what was not. */
function blemish(result: LoadResult, options: LoadOptions): string | null {
  const failed = Object.entries(result.failures);
  if (failed.length > 0) return failed.map(([what, count]) => `${what} ${count}`).join(", ");
  if (result.completed !== result.offered) return `${result.offered - result.completed} unfinished`;
  const plannedMs = (options.calls / options.callsPerSecond) * 1_000;
  if (result.sendingMs > plannedMs * 1.05 + 50) return "the generator could not keep up";
  if (result.setupP99Ms > CLEAN_P99_MS) return `set-up p99 ${result.setupP99Ms.toFixed(0)} ms`;
  return null;
}

async function climb(
  pair: Pair,
  options: { from: number; step: number; to: number; seconds: number },
  note: (line: string) => void,
): Promise<Ladder> {
  let clean = 0;
  let generatorShare = 0;
  for (let rate = options.from; rate <= options.to; rate += options.step) {
    const load: LoadOptions = {
      callsPerSecond: rate,
      calls: Math.round(rate * options.seconds),
      holdMs: HOLD_MS,
      drainMs: DRAIN_MS,
    };
    let reason: string | null = null;
    // A second attempt: on a shared machine one bad step may be somebody else's.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const result = await pair.run(load);
      reason = blemish(result, load);
      note(
        `  ${rate}/s: ${reason ?? "clean"}; p50 ${result.setupP50Ms.toFixed(1)} ms, p99 ${result.setupP99Ms.toFixed(1)} ms, ` +
          `node ${(result.nodeCpuMs / load.calls).toFixed(3)} ms CPU a call, generator ${(result.generatorCpuMs / load.calls).toFixed(3)}`,
      );
      if (reason === null) {
        clean = rate;
        generatorShare = result.generatorCpuMs / result.totalMs;
        break;
      }
    }
    if (reason !== null) return { clean, generatorShare, stoppedBy: `${rate}/s: ${reason}` };
  }
  return { clean, generatorShare, stoppedBy: "the end of the ladder" };
}

async function measureHeld(
  pair: Pair,
): Promise<{ bytes: number; heapBytes: number; results: readonly LoadResult[] }> {
  const heap = async () => {
    pair.node.send(MEASURE);
    return pair.node.next("heap");
  };
  const before = await heap();
  const load = { callsPerSecond: 400, calls: HELD_CALLS, holdMs: null, drainMs: DRAIN_MS };
  const result = await pair.run(load);
  const after = await heap();
  pair.generator.send({ kind: "release" } satisfies ToGenerator);
  const { result: released } = await pair.generator.next("result", RUN_LIMIT_MS);
  const heapBytes = (after.bytes - before.bytes) / HELD_CALLS;
  const rssBytes = (after.rssBytes - before.rssBytes) / HELD_CALLS;
  // The larger of the two: pages that the heap already had hide calls from the one, garbage adds to the other.
  const bytes = Math.max(heapBytes, rssBytes);
  return { bytes, heapBytes, results: [result, released] };
}

function countFailures({ failures, offered, completed }: LoadResult): number {
  const counted = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return Math.max(counted, offered - completed);
}

/** 500 calls a second for 8 s; after two of them the node stands still for three. */
async function measureStall(
  pair: Pair,
): Promise<{ result: Measured; rssBeforeBytes: number; peakBytes: number }> {
  const load = { callsPerSecond: 500, calls: 4_000, holdMs: HOLD_MS, drainMs: 20_000 };
  const running = pair.run(load);
  await delay(2_000);
  const { rssBytes: rssBeforeBytes } = pair.node.memory;
  pair.node.signal("SIGSTOP");
  await delay(STALL_MS);
  pair.node.signal("SIGCONT");
  const result = await running;
  return { result, rssBeforeBytes, peakBytes: pair.node.memory.peakBytes };
}

/** Runs every part on processes of its own. */
export async function benchSip(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      seconds: { type: "string", default: "3" },
      from: { type: "string", default: "600" },
      step: { type: "string", default: "200" },
      to: { type: "string", default: "4000" },
    },
  });
  const ladder = {
    from: Number(values.from),
    step: Number(values.step),
    to: Number(values.to),
    seconds: Number(values.seconds),
  };
  const note = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const [cpu] = cpus();
  const load = loadavg().map((value) => value.toFixed(1));
  note(
    `machine: ${cpus().length} × ${cpu?.model ?? "?"}, Linux ${release()}, Node ${process.version}`,
  );
  note(`load average before: ${load.join(" ")}; figures count on a quiet machine only`);

  const one = await onPair(1, (pair) => {
    note("engine and application on one core:");
    return climb(pair, ladder, note);
  });
  const two = await onPair(2, async (pair) => {
    note("on two cores:");
    const at800 = { callsPerSecond: 800, calls: 4_000, holdMs: HOLD_MS, drainMs: DRAIN_MS };
    const cpuAt800 = await pair.run(at800);
    return { cpuAt800, climbed: await climb(pair, ladder, note) };
  });
  const held = await onPair(2, measureHeld);
  const stall = await onPair(2, measureStall);
  const counted = [two.cpuAt800, ...held.results, stall.result];
  const figures: Figures = {
    cps_clean: two.climbed.clean,
    cps_clean_one_core: one.clean,
    cpu_ms_per_call_at_800: round(two.cpuAt800.nodeCpuMs / two.cpuAt800.offered, 3),
    bytes_per_held_call: Math.round(held.bytes),
    rss_mb_after_stall: round(stall.peakBytes / 1e6, 1),
    failures: counted.reduce((sum, result) => sum + countFailures(result), 0),
  };
  if (values.json) {
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    return;
  }
  note("");
  note(`${"".padEnd(26)}${"here".padStart(10)}${"C++".padStart(10)}${"goal".padStart(10)}`);
  for (const [name, { cxx, goal }] of Object.entries(LIMITS)) {
    // Object.entries loses the key type; the table has the same keys as the figures.
    const value = figures[name as keyof Figures].toLocaleString("en");
    note(
      name.padEnd(26) +
        value.padStart(10) +
        cxx.padStart(10) +
        goal.toLocaleString("en").padStart(10),
    );
  }
  note("");
  note(
    `one core ended at ${one.stoppedBy}; generator on another core, ${percent(one.generatorShare)} of it`,
  );
  note(
    `two cores ended at ${two.climbed.stoppedBy}; generator's share ${percent(two.climbed.generatorShare)} of a core`,
  );
  const failed = counted.map(({ failures }) => JSON.stringify(failures));
  note(`failures at 800/s, held, released, stall: ${failed.join(" ")}`);
  note(`held call: live heap alone ${Math.round(held.heapBytes)} bytes`);
  note(
    `stall: ${countFailures(stall.result)} of ${stall.result.offered} calls failed, longest set-up ${stall.result.setupMaxMs.toFixed(0)} ms, RSS before it ${round(stall.rssBeforeBytes / 1e6, 1)} MB`,
  );
}

async function onPair<Result>(
  cores: 1 | 2,
  measure: (pair: Pair) => Promise<Result>,
): Promise<Result> {
  await using pair = await startPair(pinning(cores));
  return await measure(pair);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
