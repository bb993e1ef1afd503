import { parseArgs } from "node:util";
import { IMPAIRMENT_ROWS, type ImpairmentRow, runRow } from "../support/impairment-rows.ts";

/** What one network leaves of a tone, in the worst of the seeds. */
interface Result {
  readonly network: string;
  readonly snr_db: number;
  readonly snr_off_db: number;
  readonly longest_gap_ms: number;
  readonly longest_gap_off_ms: number;
  readonly mean_delay_ms: number;
  readonly concealed_ms_per_minute: number;
  readonly within_limits: boolean;
}

/**
 * `npm run bench -- impairment [--json] [--seeds 3]`: a tone through the product's receive path and bad networks, on an
 * injected clock; the same on every machine. Exits 1 when a published limit is broken.
 */
export async function benchImpairment(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "boolean", default: false }, seeds: { type: "string", default: "3" } },
  });
  const seeds = Number(values.seeds);
  if (!Number.isInteger(seeds) || seeds < 1 || seeds > 100) {
    process.stderr.write("--seeds takes a whole number from 1 to 100\n");
    process.exitCode = 2;
    return;
  }
  const results: Result[] = [];
  for (const row of IMPAIRMENT_ROWS) results.push(await worstOf(row, seeds));
  if (results.some((result) => !result.within_limits)) process.exitCode = 1;
  process.stdout.write(values.json ? `${JSON.stringify({ seeds, results })}\n` : table(results));
}

async function worstOf(row: ImpairmentRow, seeds: number): Promise<Result> {
  const runs: Awaited<ReturnType<typeof runRow>>[] = [];
  for (let seed = 1; seed <= seeds; seed++) runs.push(await runRow(row, seed));
  const most = (value: (run: (typeof runs)[number]) => number): number =>
    Math.max(...runs.map(value));
  const least = (value: (run: (typeof runs)[number]) => number): number =>
    Math.min(...runs.map(value));
  const snrDb = least(({ on }) => on.snrDb);
  const gapMs = most(({ on }) => on.longestGapMs);
  const delayMs = most(({ on }) => on.delayMs.mean);
  return {
    network: row.name,
    snr_db: rounded(snrDb),
    snr_off_db: rounded(least(({ off }) => off.snrDb)),
    longest_gap_ms: gapMs,
    longest_gap_off_ms: most(({ off }) => off.longestGapMs),
    mean_delay_ms: rounded(delayMs),
    concealed_ms_per_minute: rounded((most(({ on }) => on.stats.concealedMs) / row.seconds) * 60),
    within_limits:
      snrDb >= row.leastSnrDb &&
      gapMs <= row.mostGapMs &&
      delayMs <= row.mostDelayMs &&
      (row.leastGainDb === 0 || least(({ on, off }) => on.snrDb - off.snrDb) >= row.leastGainDb),
  };
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.network,
    `${result.snr_db} dB`,
    `${result.snr_off_db} dB`,
    `${result.longest_gap_ms} ms`,
    `${result.longest_gap_off_ms} ms`,
    `${result.mean_delay_ms} ms`,
    `${result.concealed_ms_per_minute} ms`,
    result.within_limits ? "yes" : "NO",
  ]);
  const all = [
    ["network", "SNR", "SNR off", "gap", "gap off", "delay", "concealed/min", "within limits"],
    ...rows,
  ];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((cells) => cells[column]?.length ?? 0)),
  );
  const lines = all.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths?.[0] ?? 0) : cell.padStart(widths?.[column] ?? 0),
      )
      .join("  "),
  );
  return `${lines.join("\n")}\nWorst of the seeds; "off" is without concealment.\n`;
}
