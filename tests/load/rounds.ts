/** Rounds in which what is compared takes turns, so that what else the machine does meets all alike. */

export interface Sample {
  /** Processor time of one unit of work. */
  readonly microseconds: number;
  readonly sent: number;
  readonly received: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Row {
  readonly name: string;
  /** The name of what it is compared with. */
  readonly floor: string;
}

export class Rounds {
  readonly #samples = new Map<string, Sample[]>();

  add(name: string, sample: Sample): void {
    this.#samples.set(name, [...(this.#samples.get(name) ?? []), sample]);
  }

  /** NaN for what has not been measured. */
  median(name: string, of: (sample: Sample) => number): number {
    const sorted = (this.#samples.get(name) ?? []).map(of).toSorted((one, other) => one - other);
    return sorted[sorted.length >> 1] ?? Number.NaN;
  }

  /** Of each row time, ratio, loss and latencies, as one object of numbers. */
  figures(rows: readonly Row[]): Record<string, number> {
    const figures: Record<string, number> = {};
    for (const row of rows) {
      const { microseconds, ratio, lossShare, p50Ms, p99Ms } = this.row(row);
      if (Number.isNaN(microseconds)) continue;
      figures[`us_${row.name}`] = rounded(microseconds);
      if (!Number.isNaN(ratio)) figures[`ratio_${row.name}`] = rounded(ratio);
      figures[`loss_${row.name}`] = rounded(lossShare);
      figures[`p50_ms_${row.name}`] = rounded(p50Ms);
      figures[`p99_ms_${row.name}`] = rounded(p99Ms);
    }
    return figures;
  }

  row({ name, floor }: Row) {
    const microseconds = this.median(name, (sample) => sample.microseconds);
    return {
      microseconds,
      ratio: microseconds / this.median(floor, (sample) => sample.microseconds),
      lossShare: this.median(name, ({ sent, received }) => 1 - received / sent),
      p50Ms: this.median(name, (sample) => sample.p50Ms),
      p99Ms: this.median(name, (sample) => sample.p99Ms),
    };
  }
}

const COLUMN = 10;
const NAME_COLUMN = 16;

export function printTable(
  rounds: Rounds,
  rows: readonly Row[],
  unit: string,
  note: (line: string) => void,
): void {
  const columns = [unit, "ratio", "loss %", "p50 ms", "p99 ms"];
  note(`\n${"".padEnd(NAME_COLUMN)}${columns.map((column) => column.padStart(COLUMN)).join("")}`);
  for (const row of rows) {
    const { microseconds, ratio, lossShare, p50Ms, p99Ms } = rounds.row(row);
    if (Number.isNaN(microseconds)) continue;
    const cells = [microseconds, ratio, 100 * lossShare, p50Ms, p99Ms];
    const line = cells.map((value) => value.toFixed(2).padStart(COLUMN)).join("");
    note(row.name.padEnd(NAME_COLUMN) + line);
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
