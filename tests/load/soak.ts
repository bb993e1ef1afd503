import { parseArgs } from "node:util";
import { nonZero, runSoak, type SoakReport } from "./soak-run.ts";

/** `npm run soak -- --calls 2000 --broken 100 --seed 7`: exits 1 when a call failed or anything is left. */
const MAX_SLOPE_BYTES = 100;
const ROUND = 50;

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

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "2000" },
    broken: { type: "string", default: "100" },
    seed: { type: "string" },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000_007);
process.stdout.write(`seed ${seed}\n`);
const report = await runSoak({
  calls: Number(values.calls),
  broken: Number(values.broken),
  round: ROUND,
  seed,
  progress: (line) => process.stderr.write(`${line}\n`),
});
print(report);
const failures = verdict(report);
for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
