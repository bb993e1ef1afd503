import {
  MAX_QUALITY_SAMPLES,
  type QualitySeries as SeriesContract,
} from "../../schema/contracts/call-quality.ts";

/** The values of one sample, NaN where one is not known. */
export const MOS_RECEIVE = 0;
export const MOS_SEND = 1;
export const LOSS_RECEIVE = 2;
export const LOSS_SEND = 3;
export const JITTER_RECEIVE = 4;
export const JITTER_SEND = 5;
export const ROUND_TRIP = 6;
export const QUALITY_COLUMNS = 7;

const FIRST_ROWS = 16;
/** Even, and one less than there may be: the row that is being collected is told as well. */
const MAX_ROWS = MAX_QUALITY_SAMPLES - 2;
/** Time, and the values. */
const ROW = 1 + QUALITY_COLUMNS;

/**
 * Samples of a call of any length in bounded room: when it is full, two neighbours become one, their mean, and each row to come
 * is the mean of as many samples as a row then is.
 */
export class QualitySeries {
  #rows = new Float32Array(FIRST_ROWS * ROW);
  #count = 0;
  /** Samples of one row. */
  #stride = 1;
  /** The row that is being collected: sums, and of how many. */
  readonly #sums = new Float64Array(QUALITY_COLUMNS);
  readonly #known = new Uint16Array(QUALITY_COLUMNS);
  #pending = 0;
  #pendingAtSecs = 0;

  /** `values` by column, NaN for what is not known. `atSecs` must not fall. */
  push(atSecs: number, values: Float64Array): void {
    for (let column = 0; column < QUALITY_COLUMNS; column++) {
      const value = values[column] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      this.#sums[column] = (this.#sums[column] ?? 0) + value;
      this.#known[column] = (this.#known[column] ?? 0) + 1;
    }
    this.#pending += 1;
    this.#pendingAtSecs = atSecs;
    if (this.#pending >= this.#stride) this.#finishRow();
  }

  #finishRow(): void {
    if (this.#count === MAX_ROWS) this.#halve();
    // Halving has doubled what a row is made of: this one waits for the rest of it.
    if (this.#pending < this.#stride) return;
    const start = this.#count * ROW;
    if (start + ROW > this.#rows.length) {
      const larger = new Float32Array(Math.min(this.#rows.length * 2, MAX_ROWS * ROW));
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[start] = this.#pendingAtSecs;
    for (let column = 0; column < QUALITY_COLUMNS; column++) {
      this.#rows[start + 1 + column] = this.#pendingMean(column);
    }
    this.#count += 1;
    this.#pending = 0;
    this.#sums.fill(0);
    this.#known.fill(0);
  }

  #pendingMean(column: number): number {
    return (this.#sums[column] ?? 0) / (this.#known[column] ?? 0);
  }

  #halve(): void {
    const rows = this.#rows;
    for (let i = 0; i < this.#count / 2; i++) {
      const [one, other, to] = [2 * i * ROW, (2 * i + 1) * ROW, i * ROW];
      rows[to] = rows[other] ?? 0;
      for (let column = 1; column < ROW; column++) {
        rows[to + column] = mean(rows[one + column], rows[other + column]);
      }
    }
    this.#count /= 2;
    this.#stride *= 2;
  }

  /** Plain data, rounded. What is still being collected is its last sample. */
  contract(startedAtMs: number): SeriesContract {
    const rowsOf = (column: number, pending: number, digits: number) => {
      const values = Array.from({ length: this.#count }, (_, i) => this.#rows[i * ROW + column]);
      if (this.#pending > 0) values.push(pending);
      return values.map((value) => round(value ?? Number.NaN, digits));
    };
    const column = (index: number, digits: number) =>
      rowsOf(index + 1, this.#pendingMean(index), digits);
    return {
      startedAtMs: Math.round(startedAtMs),
      atSecs: rowsOf(0, this.#pendingAtSecs, 1).map((atSecs) => atSecs ?? 0),
      receive: {
        mos: column(MOS_RECEIVE, 2),
        lossPercent: column(LOSS_RECEIVE, 2),
        jitterMs: column(JITTER_RECEIVE, 1),
      },
      send: {
        mos: column(MOS_SEND, 2),
        lossPercent: column(LOSS_SEND, 2),
        jitterMs: column(JITTER_SEND, 1),
      },
      roundTripMs: column(ROUND_TRIP, 1),
    };
  }
}

/** Two series of one call, one after the other, in the room of one. */
export function joinSeries(earlier: SeriesContract, later: SeriesContract): SeriesContract {
  const joined = new QualitySeries();
  const values = new Float64Array(QUALITY_COLUMNS);
  for (const series of [earlier, later]) {
    const offsetSecs = (series.startedAtMs - earlier.startedAtMs) / 1_000;
    for (const [i, atSecs] of series.atSecs.entries()) {
      values[MOS_RECEIVE] = series.receive.mos[i] ?? Number.NaN;
      values[MOS_SEND] = series.send.mos[i] ?? Number.NaN;
      values[LOSS_RECEIVE] = series.receive.lossPercent[i] ?? Number.NaN;
      values[LOSS_SEND] = series.send.lossPercent[i] ?? Number.NaN;
      values[JITTER_RECEIVE] = series.receive.jitterMs[i] ?? Number.NaN;
      values[JITTER_SEND] = series.send.jitterMs[i] ?? Number.NaN;
      values[ROUND_TRIP] = series.roundTripMs[i] ?? Number.NaN;
      joined.push(offsetSecs + atSecs, values);
    }
  }
  return joined.contract(earlier.startedAtMs);
}

function mean(one = Number.NaN, other = Number.NaN): number {
  if (Number.isNaN(one)) return other;
  return Number.isNaN(other) ? one : (one + other) / 2;
}

/** Null for NaN. */
export function round(value: number, digits: number): number | null {
  if (Number.isNaN(value)) return null;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
