import type { CodecName } from "../../media-node/protocol/sdp/media-plan.ts";
import { type ImpairedCallReport, runImpairedCall } from "./impaired-call.ts";
import type { Impairment } from "./impairment.ts";

/** The networks that a call is put through, and what must be left of a tone: published in `docs/design/media.md`. */
export interface ImpairmentRow {
  readonly name: string;
  readonly codec: CodecName;
  readonly impairment: Impairment;
  readonly seconds: number;
  /** The tone against everything else in the windows of 20 ms that have it. */
  readonly leastSnrDb: number;
  /** The longest time without the tone. */
  readonly mostGapMs: number;
  /** Mean playout delay from the third second on. */
  readonly mostDelayMs: number;
  /** By how much the ratio must be better than without concealment; 0 where nothing is missing, and nothing is asked. */
  readonly leastGainDb: number;
}

const NARROW_BAND: readonly ImpairmentRow[] = [
  row("clean path", {}, 37, 0, 30, 0),
  row("1 % loss", { loss: 0.01 }, 34, 20, 30, 5),
  row("5 % loss", { loss: 0.05 }, 29, 30, 30, 6),
  row("10 % loss", { loss: 0.1 }, 26, 40, 32, 6),
  row("20 % loss", { loss: 0.2 }, 21, 60, 35, 6),
  row("bursts of 1 to 5 packets", { bursts: { rate: 0.01, packets: 3 } }, 28, 90, 32, 2),
  row("60 ms jitter", { jitterMs: 60 }, 33, 10, 90, 0),
  row("5 % reordered", { reorder: 0.05 }, 36, 0, 65, 0),
  row("10 % duplicated", { duplicate: 0.1 }, 37, 0, 30, 0),
  row("+200 ppm", { driftPpm: 200 }, 37, 0, 32, 0, 150),
  row("-200 ppm", { driftPpm: -200 }, 37, 0, 32, 0, 150),
  row(
    "all: 3 % loss, 40 ms jitter, 3 % reordered, 5 % duplicated, +200 ppm",
    { loss: 0.03, jitterMs: 40, reorder: 0.03, duplicate: 0.05, driftPpm: 200 },
    30,
    40,
    100,
    5,
  ),
];

/**
 * The same networks, but for the clocks, which no codec knows of: what is missing costs G.722 its predictors as well, which take a
 * tenth of a second to agree again.
 */
const WIDE_BAND_LIMITS: Readonly<
  Record<string, readonly [snrDb: number, gapMs: number, gainDb: number]>
> = {
  "clean path": [42, 0, 0],
  "1 % loss": [33, 20, 5],
  "5 % loss": [27, 30, 6],
  "10 % loss": [23, 40, 6],
  "20 % loss": [19, 60, 6],
  "bursts of 1 to 5 packets": [28, 90, 2],
  "60 ms jitter": [30, 10, 0],
  "5 % reordered": [20, 0, 0],
  "10 % duplicated": [42, 0, 0],
};
const WIDE_BAND_SECONDS = 10;

export const IMPAIRMENT_ROWS: readonly ImpairmentRow[] = [
  ...NARROW_BAND,
  ...NARROW_BAND.flatMap((narrow): ImpairmentRow[] => {
    const limits = WIDE_BAND_LIMITS[narrow.name];
    if (limits === undefined) return [];
    const [leastSnrDb, mostGapMs, leastGainDb] = limits;
    const name = `G.722, ${narrow.name}`;
    const seconds = WIDE_BAND_SECONDS;
    return [{ ...narrow, name, codec: "G722", seconds, leastSnrDb, mostGapMs, leastGainDb }];
  }),
];

function row(
  name: string,
  impairment: Impairment,
  leastSnrDb: number,
  mostGapMs: number,
  mostDelayMs: number,
  leastGainDb: number,
  seconds = 20,
): ImpairmentRow {
  return {
    name,
    codec: "PCMU",
    impairment,
    seconds,
    leastSnrDb,
    mostGapMs,
    mostDelayMs,
    leastGainDb,
  };
}

/** The same network twice, with concealment and without; the tail of the call, where the sender has left, is not looked at. */
export async function runRow(
  { impairment, seconds, codec }: ImpairmentRow,
  seed: number,
): Promise<{ readonly on: ImpairedCallReport; readonly off: ImpairedCallReport }> {
  const on = await runImpairedCall({ impairment, seconds, seed, codec });
  const off = await runImpairedCall({ impairment, seconds, seed, codec, concealsLoss: false });
  return { on, off };
}

/** As published. */
export function limitsTable(): string {
  const lines = IMPAIRMENT_ROWS.map((each) => {
    const gain = each.leastGainDb === 0 ? "-" : `${each.leastGainDb} dB`;
    return `| ${each.name} | ${each.leastSnrDb} dB | ${each.mostGapMs} ms | ${each.mostDelayMs} ms | ${gain} |`;
  });
  return [
    "| network | SNR, at least | gap, at most | mean delay, at most | concealment gains, at least |",
    "|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}
