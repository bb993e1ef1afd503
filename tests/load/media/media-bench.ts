import { parseArgs } from "node:util";
import { pinning } from "../bench-pair.ts";
import { describeMachine } from "../machine.ts";
import { printTable } from "../rounds.ts";
import { buildPrograms, type NativePrograms } from "./bench-program.ts";
import { measureEchoes, nameOf } from "./echo-part.ts";
import {
  climb,
  type LoopFigures,
  type LoopOptions,
  measureProduct,
  measureYardstick,
  written,
  type Yardstick,
} from "./loop-part.ts";
import { type LoopKind, ProductLoop } from "./product-loop.ts";
import { whyNoRtpengine } from "./rtpengine.ts";

/**
 * `npm run bench -- media [--json] [--only echo,loop] …`: what the media plane costs beside C programs that do the same,
 * beside rtpengine and beside the plain design. Generator, agent and yardsticks are C programs, so it needs a compiler.
 */

const PARTS = ["echo", "loop"] as const;
/** Where all designs still run clean: their cost per frame is compared there. */
const COMPARED_CALLS = 50;
const COMPARED_KINDS = {
  binary: { codec: "PCMU", audio: "binary" },
  json: { codec: "PCMU", audio: "json" },
  g722: { codec: "G722", audio: "binary" },
} as const satisfies Record<string, LoopKind>;
const YARDSTICKS: readonly Yardstick[] = ["plain", "c_binary", "c_json"];

interface Options {
  readonly programs: NativePrograms;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly ladder: LoopOptions["ladder"];
  readonly note: (line: string) => void;
}
type Figures = Record<string, number>;

export async function benchMedia(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      /** Some of the parts, separated by commas. */
      only: { type: "string", default: PARTS.join(",") },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "2" },
      "warm-up": { type: "string", default: "1.5" },
      from: { type: "string", default: "200" },
      step: { type: "string", default: "100" },
      to: { type: "string", default: "1200" },
    },
  });
  const programs = buildPrograms();
  if (programs === null) {
    process.stderr.write("the media benchmark needs a C compiler, cc\n");
    process.exitCode = 1;
    return;
  }
  const note = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  describeMachine(note, pinning(1));
  const options: Options = {
    programs,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmUpSeconds: Number(values["warm-up"]),
    ladder: {
      from: Number(values.from),
      step: Number(values.step),
      to: Number(values.to),
    },
    note,
  };
  const asked = values.only.split(",");
  const figures: Figures = {};
  if (asked.includes("echo")) Object.assign(figures, await benchEcho(options));
  if (asked.includes("loop")) Object.assign(figures, await benchLoop(options));
  if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
}

async function benchEcho(options: Options): Promise<Figures> {
  const without = whyNoRtpengine();
  if (without !== null) options.note(without);
  const { rounds, rows } = await measureEchoes({
    ...options,
    cores: pinning(1),
    hasRtpengine: without === null,
  });
  printTable(rounds, rows, "µs/echo", options.note);
  const { microseconds, ratio } = rounds.row({
    name: nameOf("batched", 50_000),
    floor: nameOf("floor", 50_000),
  });
  const rtpengine = rounds.median(nameOf("rtpengine", 50_000), (sample) => sample.microseconds);
  return {
    ...rounds.figures(rows),
    echo_ratio_floor: rounded(ratio),
    ...(without === null ? { echo_ratio_rtpengine: rounded(microseconds / rtpengine) } : {}),
  };
}

async function benchLoop({ note, ...options }: Options): Promise<Figures> {
  const loop: LoopOptions = { ...options, cores: pinning(1), note };
  await using product = await ProductLoop.start(loop.cores.node);
  note("\nwhole calls, binary audio, one media process on one core:");
  const binary = await climb(product, "binary", loop);
  note(`ended at ${binary.stoppedBy}\nthe same, JSON audio:`);
  const json = await climb(product, "json", loop);
  note(`ended at ${json.stoppedBy}\n\nat ${COMPARED_CALLS} calls:`);
  const compared = async (
    name: string,
    measured: Promise<LoopFigures>,
  ): Promise<[string, number]> => {
    const figures = await measured;
    note(`  ${name}: ${written(figures)}`);
    return [`us_per_frame_${name}`, rounded(figures.microsecondsPerFrame)];
  };
  const costs: [string, number][] = [];
  for (const [name, kind] of Object.entries(COMPARED_KINDS)) {
    costs.push(await compared(name, measureProduct(product, COMPARED_CALLS, kind, loop)));
  }
  for (const name of YARDSTICKS) {
    costs.push(await compared(name, measureYardstick(name, COMPARED_CALLS, loop)));
  }
  const best = binary.figures;
  return {
    calls_per_core_binary: binary.calls,
    calls_per_core_json: json.calls,
    ...Object.fromEntries(costs),
    ...(best === null
      ? {}
      : {
          p99_added_ms: rounded(best.addedP99Ms),
          p99_jitter_ms: rounded(best.jitterP99Ms),
          mouth_to_agent_ms: rounded(best.mouthToAgentP50Ms),
          loss: best.lossShare,
          bytes_per_call: Math.round(best.bytesPerCall),
        }),
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
