import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  type CpuPerCall,
  DRAIN_MS,
  HOLD_MS,
  type Measured,
  type Pair,
  pinning,
  RUN_LIMIT_MS,
  startPair,
} from "./bench-pair.ts";
import { MEASURE } from "./heap-preload.ts";
import { describeMachine } from "./machine.ts";
import type { ToGenerator } from "./sip-generator.ts";
import type { LoadOptions, LoadResult } from "./sip-load.ts";

interface Ladder {
  readonly clean: number;
  /** The generator's share of one core at the last clean rate. */
  readonly generatorShare: number;
  readonly stoppedBy: string;
}

/** Slower than this at the 99th percentile, calls are queueing: no rate to call clean. */
const CLEAN_P99_MS = 500;
const HELD_CALLS = 2_000;
const STALL_MS = 3_000;
/** What the C++ server of the same protocol did on two shared cores, and what is aimed at. */
const LIMITS = {
  cps_clean: { cxx: "1,500", goal: 3_000 },
  cps_clean_one_core: { cxx: "-", goal: 1_800 },
  cpu_ms_per_call_at_800: { cxx: "0.76", goal: 0.45 },
  bytes_per_held_call: { cxx: "22,500", goal: 22_500 },
  rss_mb_after_stall: { cxx: "1,000", goal: 200 },
  failures: { cxx: "-", goal: 0 },
} as const satisfies Record<string, { cxx: string; goal: number }>;

type Figures = Partial<Record<keyof typeof LIMITS, number>>;

const PARTS = ["one", "two", "cpu", "held", "stall"] as const;
type Part = (typeof PARTS)[number];

interface Options {
  readonly parts: ReadonlySet<Part>;
  readonly ladder: { from: number; step: number; to: number; seconds: number };
  readonly profileFolder: string | null;
  readonly isJson: boolean;
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
    const step = load(rate, Math.round(rate * options.seconds));
    let reason: string | null = null;
    // A second attempt: on a shared machine one bad step may be somebody else's.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const result = await pair.run(step);
      reason = blemish(result, step);
      note(
        `  ${rate}/s: ${reason ?? "clean"}; p50 ${result.setupP50Ms.toFixed(1)} ms, p99 ${result.setupP99Ms.toFixed(1)} ms, ` +
          `${written(result.cpu)}, generator ${(result.generatorCpuMs / step.calls).toFixed(3)}`,
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
  const held = { ...load(400, HELD_CALLS), holdMs: null };
  const result = await pair.run(held);
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

/** 500 calls a second for 8 s; after two of them the node stands still for three. The peak counts from the warm-up on. */
async function measureStall(
  pair: Pair,
): Promise<{ result: Measured; rssBeforeBytes: number; peakBytes: number }> {
  pair.node.resetPeak();
  const running = pair.run({ ...load(500, 4_000), drainMs: 20_000 });
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
  const options = parseOptions(args);
  const note = (line: string): void => {
    if (!options.isJson) process.stdout.write(`${line}\n`);
  };
  describeMachine(note, pinning(2));
  const figures: Figures = {};
  const remarks: string[] = [];
  let failures = 0;
  const onPair = async (cores: 1 | 2, measure: (pair: Pair) => Promise<void>): Promise<void> => {
    await using pair = await startPair(pinning(cores), options.profileFolder);
    await measure(pair);
  };

  if (options.parts.has("one")) {
    await onPair(1, async (pair) => {
      note("engine and application on one core:");
      const climbed = await climb(pair, options.ladder, note);
      figures.cps_clean_one_core = climbed.clean;
      remarks.push(`one core ended at ${climbed.stoppedBy}; ${generatorOf(climbed)}`);
    });
  }
  if (options.parts.has("two") || options.parts.has("cpu")) {
    await onPair(2, async (pair) => {
      note("on two cores:");
      if (options.parts.has("cpu")) {
        const at800 = await pair.run(load(800, 4_000));
        figures.cpu_ms_per_call_at_800 = round(at800.cpu.totalMs, 3);
        failures += countFailures(at800);
        remarks.push(
          `800/s: ${written(at800.cpu)}; generator ${percent(at800.generatorCpuMs / at800.totalMs)} of a core; failed: ${JSON.stringify(at800.failures)}`,
        );
      }
      if (options.parts.has("two")) {
        const climbed = await climb(pair, options.ladder, note);
        figures.cps_clean = climbed.clean;
        remarks.push(`two cores ended at ${climbed.stoppedBy}; ${generatorOf(climbed)}`);
      }
    });
  }
  if (options.parts.has("held")) {
    await onPair(2, async (pair) => {
      const held = await measureHeld(pair);
      figures.bytes_per_held_call = Math.round(held.bytes);
      for (const result of held.results) failures += countFailures(result);
      remarks.push(`held call: live heap of both threads ${Math.round(held.heapBytes)} bytes`);
    });
  }
  if (options.parts.has("stall")) {
    await onPair(2, async (pair) => {
      const { result, rssBeforeBytes, peakBytes } = await measureStall(pair);
      figures.rss_mb_after_stall = round(peakBytes / 1e6, 1);
      failures += countFailures(result);
      remarks.push(
        `stall: ${countFailures(result)} of ${result.offered} calls failed, longest set-up ${result.setupMaxMs.toFixed(0)} ms, RSS before it ${round(rssBeforeBytes / 1e6, 1)} MB`,
      );
    });
  }
  figures.failures = failures;
  if (options.isJson) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else printTable(figures, remarks, note);
}

function parseOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      /** Some of the parts, separated by commas. */
      only: { type: "string", default: PARTS.join(",") },
      profile: { type: "string" },
      seconds: { type: "string", default: "3" },
      from: { type: "string", default: "600" },
      step: { type: "string", default: "200" },
      to: { type: "string", default: "4000" },
    },
  });
  const asked = values.only.split(",");
  return {
    parts: new Set(PARTS.filter((part) => asked.includes(part))),
    ladder: {
      from: Number(values.from),
      step: Number(values.step),
      to: Number(values.to),
      seconds: Number(values.seconds),
    },
    profileFolder: values.profile ?? null,
    isJson: values.json,
  };
}

function printTable(
  figures: Figures,
  remarks: readonly string[],
  note: (line: string) => void,
): void {
  note("");
  note(`${"".padEnd(26)}${"here".padStart(10)}${"C++".padStart(10)}${"goal".padStart(10)}`);
  for (const [name, { cxx, goal }] of Object.entries(LIMITS)) {
    // Object.entries loses the key type; the table has the same keys as the figures.
    const value = figures[name as keyof Figures]?.toLocaleString("en") ?? "-";
    note(
      name.padEnd(26) +
        value.padStart(10) +
        cxx.padStart(10) +
        goal.toLocaleString("en").padStart(10),
    );
  }
  note("");
  for (const remark of remarks) note(remark);
}

function load(callsPerSecond: number, calls: number): LoadOptions {
  return { callsPerSecond, calls, holdMs: HOLD_MS, drainMs: DRAIN_MS };
}

function written({ totalMs, applicationMs, engineMs, helpersMs }: CpuPerCall): string {
  return (
    `${totalMs.toFixed(3)} ms CPU a call (application ${applicationMs.toFixed(3)}, engine ${engineMs.toFixed(3)}, ` +
    `garbage collection and compilation beside them ${helpersMs.toFixed(3)})`
  );
}

function generatorOf({ generatorShare }: Ladder): string {
  return `generator's share ${percent(generatorShare)} of a core`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
