import process from "node:process";
import { parseArgs } from "node:util";
import { startSelfHosted } from "../../support/self-hosted.ts";
import { runApiFuzz } from "./fuzz.ts";

/** `npm run fuzz -- api --requests 10000 --seed 7`: ends with 1 and one request when an answer was wrong. */
export async function fuzzApi(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { requests: { type: "string", default: "10000" }, seed: { type: "string" } },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000_007);
  process.stdout.write(`seed ${seed}\n`);
  await using target = await startSelfHosted();
  const startedAt = performance.now();
  const report = await runApiFuzz(target, { requests: Number(values.requests), seed });
  const seconds = (performance.now() - startedAt) / 1_000;
  const rows = [
    ["requests", `${report.requests} in ${seconds.toFixed(1)} s`],
    ["operations", `${report.operations}, of which ${report.succeeded.length} answered 2xx`],
    ...Object.entries(report.statuses).map(([status, count]) => [
      `status ${status}`,
      String(count),
    ]),
  ];
  for (const [name = "", value] of rows) process.stdout.write(`${name.padEnd(24)}${value}\n`);
  if (report.failure === null) return;
  process.stdout.write(`FAILED ${report.failure.request}\n${report.failure.why}\n`);
  process.exitCode = 1;
}
