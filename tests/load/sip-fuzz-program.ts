import { parseArgs } from "node:util";
import { type FuzzReport, runFuzz } from "./fuzz.ts";

const SAMPLES = 40;
/** More live heap per message than this, over the whole run, is a leak. */
const MAX_SLOPE_BYTES = 20;
/** In a shorter run the heap still grows by what is compiled and cached. */
const SLOPE_FROM_MESSAGES = 20_000;
const CANARY_LIMIT_MS = 50;

function verdict(report: FuzzReport): string[] {
  const failures = report.problems.map((problem) => `problem: ${problem}`);
  const slope = report.heapSlopeBytesPerMessage;
  const isLong = report.messages >= SLOPE_FROM_MESSAGES;
  if (isLong && slope !== null && slope > MAX_SLOPE_BYTES) {
    failures.push(`heap grows ${slope.toFixed(1)} B a message`);
  }
  if (report.canary.worstOwnMs > CANARY_LIMIT_MS) failures.push("the canary was late");
  return failures;
}

function print(report: FuzzReport, tookS: number): void {
  const { canary, heapBytes } = report;
  const megabytes = (bytes: number | undefined): string => ((bytes ?? 0) / 1e6).toFixed(2);
  const rows: [string, string][] = [
    ["seed", String(report.seed)],
    ["messages sent", `${report.messages} in ${tookS.toFixed(1)} s`],
    ["read, malformed", `${report.read}, ${report.malformed}`],
    ["calls that came up", String(report.answered)],
    ["canaries", `${canary.sung}, each answered 200`],
    ["worst, of this thread", `${canary.worstOwnMs.toFixed(1)} ms`],
    ["worst, by the wall", `${canary.worstWallMs.toFixed(1)} ms (${canary.lateByWall} over 50 ms)`],
    ["heap, first and last", `${megabytes(heapBytes[0])} MB, ${megabytes(heapBytes.at(-1))} MB`],
    ["heap slope", `${report.heapSlopeBytesPerMessage?.toFixed(2) ?? "-"} bytes a message`],
  ];
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(24)}${value}\n`);
}

/** `npm run fuzz -- --messages 100000 --seed 7`: ends with 1 when anything broke, leaked or was late. */
export async function fuzzSip(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { messages: { type: "string", default: "100000" }, seed: { type: "string" } },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000_007);
  process.stdout.write(`seed ${seed}\n`);
  const startedAt = performance.now();
  const report = await runFuzz({ messages: Number(values.messages), seed, samples: SAMPLES });
  print(report, (performance.now() - startedAt) / 1_000);
  const failures = verdict(report);
  for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
