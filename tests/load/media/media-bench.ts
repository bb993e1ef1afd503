import { parseArgs } from "node:util";
import { pinning } from "../bench-pair.ts";
import { describeMachine } from "../machine.ts";
import { printTable } from "../rounds.ts";
import { buildPrograms, type NativePrograms } from "./bench-program.ts";
import { measureEchoes, nameOf } from "./echo-part.ts";
import { climb, type LoopOptions, measureProduct, measureYardstick, written } from "./loop-part.ts";
import { ProductLoop } from "./product-loop.ts";
import { whyNoRtpengine } from "./rtpengine.ts";

/**
 * `npm run bench -- media [--json] [--only echo,loop] …`: what the media plane costs beside C programs that do the same,
 * beside rtpengine and beside the plain design. Generator, agent and yardsticks are C programs, so it needs a compiler.
 */

const PARTS = ["echo", "loop"] as const;
/** Where all designs still run clean: their cost per frame is compared there. */
const COMPARED_CALLS = 50;

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
  note("\nwhole calls, binary audio, one media process on one core:");
  await using product = await ProductLoop.start(loop.cores.node);
  const climbed = await climb(product, loop);
  note(`ended at ${climbed.stoppedBy}`);
  note(`\nat ${COMPARED_CALLS} calls:`);
  const compared = async (name: string, measured: ReturnType<typeof measureProduct>) => {
    const figures = await measured;
    note(`  ${name}: ${written(figures)}`);
    return figures;
  };
  const pcmu = await compared("PCMU", measureProduct(product, COMPARED_CALLS, "PCMU", loop));
  const plain = await compared("plain design", measureYardstick("plain", COMPARED_CALLS, loop));
  const c = await compared("C, binary", measureYardstick("c_binary", COMPARED_CALLS, loop));
  await compared("C, JSON", measureYardstick("c_json", COMPARED_CALLS, loop));
  const best = climbed.figures ?? pcmu;
  return {
    calls_per_core_binary: climbed.calls,
    us_per_frame_binary: rounded(best.microsecondsPerFrame),
    p99_added_ms: rounded(best.addedP99Ms),
    p99_jitter_ms: rounded(best.jitterP99Ms),
    mouth_to_agent_ms: rounded(best.mouthToAgentP50Ms),
    loss: best.lossShare,
    bytes_per_call: Math.round(best.bytesPerCall),
    [`us_per_frame_at_${COMPARED_CALLS}`]: rounded(pcmu.microsecondsPerFrame),
    us_per_frame_plain: rounded(plain.microsecondsPerFrame),
    us_per_frame_c: rounded(c.microsecondsPerFrame),
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
