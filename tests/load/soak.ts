import { parseArgs } from "node:util";
import { type MediaSoakReport, runMediaSoak } from "./soak-media-run.ts";
import { growthOf, verdictOf } from "./soak-media-verdict.ts";
import { nonZero, runSoak, type SoakReport } from "./soak-run.ts";

/**
 * `npm run soak -- --calls 2000 --broken 100 --seed 7`: calls one after the other. `npm run soak -- --minutes 60 --calls
 * 100`: calls that are held, with media. Both exit with 1 when a call failed or anything is left, and say what.
 */
const MAX_SLOPE_BYTES = 100;
const ROUND = 50;
const CALLS = "2000";
const HELD_CALLS = "100";
/** On average, of a call that is held. */
const HOLD_MS = 30_000;
const SAMPLES = 40;
const LEAST_SAMPLE_MS = 2_000;

function verdict(report: SoakReport): string[] {
  const failures = report.problems.map((problem) => `problem: ${problem}`);
  for (const { name, left } of report.stages) {
    for (const [what, number] of Object.entries(nonZero(left))) {
      failures.push(`${name}: ${number} ${what} left`);
    }
  }
  const whole = report.stages[0];
  const { "inbound caller_hung_up": inbound = 0, "outbound callee_hung_up": outbound = 0 } =
    whole?.ends ?? {};
  if (inbound + outbound !== whole?.calls) failures.push("not every call took its course");
  if (whole?.permits !== whole?.calls) failures.push("not every call took one permit");
  const slope = report.heapSlopeBytesPerCall;
  if (slope !== null && slope > MAX_SLOPE_BYTES)
    failures.push(`heap grows ${slope.toFixed(0)} B a call`);
  if (report.exitCode !== 0) failures.push(`the node ended with ${report.exitCode}`);
  return failures;
}

function print(report: SoakReport): void {
  const rows: [string, string][] = [];
  for (const { name, calls, tookMs, statuses, ends, permits, left } of report.stages) {
    rows.push([name, `${calls} calls in ${(tookMs / 1_000).toFixed(1)} s`]);
    rows.push(["  inbound, final status", tally(statuses)]);
    rows.push(["  records", tally(ends)]);
    rows.push(["  permits given", String(permits)]);
    rows.push(["  left", tally(left)]);
  }
  const megabytes = (bytes: number | undefined): string => ((bytes ?? 0) / 1e6).toFixed(2);
  const { heapBytes } = report;
  rows.push(["frames heard by agents", String(report.framesHeard)]);
  rows.push([
    "heap, first and last",
    `${megabytes(heapBytes[0])} MB, ${megabytes(heapBytes.at(-1))} MB`,
  ]);
  rows.push(["heap slope", `${report.heapSlopeBytesPerCall?.toFixed(1) ?? "-"} bytes a call`]);
  rows.push(["resident at the end", `${megabytes(report.rssBytes)} MB`]);
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(26)}${value}\n`);
}

function tally(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, number]) => `${number} ${name}`)
    .join(", ");
}

function printMedia(report: MediaSoakReport): void {
  const rows: [string, string][] = [
    ["calls", `${report.calls}: ${tally(report.ends)}`],
    ["callers", tally({ ...report.totals })],
    ["node, by its records", tally(report.recorded)],
    ["frames heard by agents", String(report.framesHeardByAgents)],
  ];
  for (const process of ["main", "media"] as const) {
    for (const kind of ["heap", "pss"] as const) {
      const { memory } = report;
      const { bytes, calls } = growthOf(memory, (sample) => sample[process][kind]);
      const last = ((memory.at(-1)?.[process][kind] ?? 0) / 1e6).toFixed(1);
      const grown = (bytes / 1e6).toFixed(2);
      rows.push([`${process} process, ${kind}`, `${last} MB, grew ${grown} MB in ${calls} calls`]);
    }
  }
  for (const [index, { packets, p50Ms, p99Ms, timerP99Ms }] of report.jitter.entries()) {
    rows.push([
      `jitter, quarter ${index + 1}`,
      `p50 ${p50Ms} ms, p99 ${p99Ms} ms, of a bare timer ${timerP99Ms} ms, ${packets} packets`,
    ]);
  }
  rows.push(["left", tally(report.left)]);
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(26)}${value}\n`);
}

const progress = (line: string): void => void process.stderr.write(`${line}\n`);

async function soakCalls(options: {
  readonly calls?: string;
  readonly broken: string;
  readonly seed?: string;
}): Promise<string[]> {
  const seed = Number(options.seed ?? Date.now() % 1_000_000_007);
  process.stdout.write(`seed ${seed}\n`);
  const { calls = CALLS, broken } = options;
  const report = await runSoak({
    calls: Number(calls),
    broken: Number(broken),
    round: ROUND,
    seed,
    progress,
  });
  print(report);
  return verdict(report);
}

async function soakMedia(minutes: number, calls: number): Promise<string[]> {
  if (!(minutes > 0 && calls > 0)) throw new Error("--minutes and --calls are numbers over 0");
  const durationMs = minutes * 60_000;
  const report = await runMediaSoak({
    calls,
    durationMs,
    holdMs: Math.min(HOLD_MS, durationMs / 6),
    sampleMs: Math.max(LEAST_SAMPLE_MS, durationMs / SAMPLES),
    progress,
  });
  printMedia(report);
  return verdictOf(report);
}

const { values } = parseArgs({
  options: {
    calls: { type: "string" },
    broken: { type: "string", default: "100" },
    seed: { type: "string" },
    minutes: { type: "string" },
  },
});
const failures =
  values.minutes === undefined
    ? await soakCalls(values)
    : await soakMedia(Number(values.minutes), Number(values.calls ?? HELD_CALLS));
for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
