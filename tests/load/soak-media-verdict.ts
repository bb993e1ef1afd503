import type { MediaSoakReport, MemorySample } from "./soak-media-run.ts";

/** What a soak of media must show; each failure is a sentence. */

/** Of the samples: until then code is compiled and caches fill. */
const SETTLING = 0.35;
/** Live objects: what a collection leaves one time and not another, and what a call may leave. */
const HEAP_FLOOR_BYTES = 1.5e6;
const HEAP_BYTES_PER_CALL = 100;
/** Memory that the system gave; V8 gives it back when it likes. */
const PSS_FLOOR_BYTES = 16e6;
const PSS_BYTES_PER_CALL = 500;
/** Packets of a call's end that its BYE may overtake in a process that stands still; all others are counted exactly. */
const UNHEARD_PACKETS_PER_CALL = 10;
/** p99 of jitter, last quarter against first. */
const JITTER_RATIO = 1.5;
const JITTER_FLOOR_MS = 2;

/** From the lowest memory of the first half after the settling part to that of the second, and calls that ended meanwhile. */
interface Growth {
  readonly bytes: number;
  readonly calls: number;
}

/** Lows, because what a collection leaves to be swept later comes and goes. */
export function growthOf(
  memory: readonly MemorySample[],
  of: (sample: MemorySample) => number,
): Growth {
  const samples = memory.slice(Math.floor(memory.length * SETTLING));
  const half = Math.floor(samples.length / 2);
  const lowest = (some: readonly MemorySample[]): MemorySample | undefined =>
    some.toSorted((one, other) => of(one) - of(other))[0];
  const [early, late] = [lowest(samples.slice(0, half)), lowest(samples.slice(half))];
  // What was not measured has not been shown to be flat.
  if (early === undefined || late === undefined) return { bytes: Number.NaN, calls: 0 };
  return { bytes: of(late) - of(early), calls: late.ended - early.ended };
}

export function verdictOf(report: MediaSoakReport): string[] {
  const failures = report.problems.map((problem) => `problem: ${problem}`);
  const { calls, totals, recorded, memory, jitter, left } = report;
  if (report.statuses["200"] !== calls) failures.push("not every call was answered");
  if (report.ends["caller_hung_up"] !== calls) failures.push("not every call took its course");
  for (const [what, number] of Object.entries(left)) {
    if (number !== 0) failures.push(`${number} ${what} left`);
  }
  if (totals.lost !== 0) failures.push(`callers miss ${totals.lost} packets`);
  if (recorded.lost !== 0) failures.push(`the node misses ${recorded.lost} packets`);
  if (totals.unreadable !== 0) failures.push(`${totals.unreadable} packets could not be read`);
  const unheard = totals.sent - recorded.heard;
  if (unheard < 0 || unheard > UNHEARD_PACKETS_PER_CALL * calls) {
    failures.push(`callers sent ${totals.sent} packets, the node heard ${recorded.heard}`);
  }
  for (const process of ["main", "media"] as const) {
    const limits = [
      ["heap", HEAP_FLOOR_BYTES, HEAP_BYTES_PER_CALL],
      ["pss", PSS_FLOOR_BYTES, PSS_BYTES_PER_CALL],
    ] as const;
    for (const [kind, floor, perCall] of limits) {
      const grown = growthOf(memory, (sample) => sample[process][kind]);
      if (grown.bytes <= floor + perCall * Math.max(0, grown.calls)) continue;
      const megabytes = (grown.bytes / 1e6).toFixed(2);
      failures.push(
        `${kind} of the ${process} process grew ${megabytes} MB in ${grown.calls} calls`,
      );
    }
  }
  const jitterFailure = jitterVerdict(jitter);
  if (jitterFailure !== null) failures.push(jitterFailure);
  if (report.exitCode !== 0) failures.push(`the node ended with ${report.exitCode}`);
  return failures;
}

/** What a bare timer got worse by is the machine's. */
function jitterVerdict(quarters: MediaSoakReport["jitter"]): string | null {
  const [first, last] = [quarters[0], quarters.at(-1)];
  const [before, after] = [first?.p99Ms ?? null, last?.p99Ms ?? null];
  if (before === null || after === null) return "no jitter was measured";
  const machineMs = Math.max(0, (last?.timerP99Ms ?? 0) - (first?.timerP99Ms ?? 0));
  if (after <= before * JITTER_RATIO + JITTER_FLOOR_MS + machineMs) return null;
  return `p99 of send jitter grew from ${before} to ${after} ms`;
}
