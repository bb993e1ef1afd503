import { parseArgs } from "node:util";
import { pinning } from "../bench-pair.ts";
import { describeMachine } from "../machine.ts";
import { printTable } from "../rounds.ts";
import { buildPrograms } from "./bench-program.ts";
import { measureEchoes, nameOf } from "./echo-part.ts";
import { whyNoRtpengine } from "./rtpengine.ts";

/**
 * `npm run bench -- media [--json] [--rounds 3] [--seconds 2]`: what the media plane costs beside a C program that does the
 * same and beside rtpengine. The generator and the yardsticks are C programs, so it needs a compiler.
 */
export async function benchMedia(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "2" },
      "warm-up": { type: "string", default: "1.5" },
    },
  });
  const note = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const programs = buildPrograms();
  if (programs === null) {
    process.stderr.write("the media benchmark needs a C compiler, cc\n");
    process.exitCode = 1;
    return;
  }
  const cores = pinning(1);
  describeMachine(note, cores);
  const without = whyNoRtpengine();
  if (without !== null) note(without);
  const { rounds, rows } = await measureEchoes({
    programs,
    cores,
    rounds: Number(values.rounds),
    warmUpSeconds: Number(values["warm-up"]),
    seconds: Number(values.seconds),
    hasRtpengine: without === null,
    note,
  });
  printTable(rounds, rows, "µs/echo", note);
  const { microseconds, ratio } = rounds.row({
    name: nameOf("batched", 50_000),
    floor: nameOf("floor", 50_000),
  });
  const rtpengine = rounds.median(nameOf("rtpengine", 50_000), (sample) => sample.microseconds);
  if (values.json) {
    const figures = {
      ...rounds.figures(rows),
      echo_ratio_floor: Number(ratio.toFixed(3)),
      ...(without === null
        ? { echo_ratio_rtpengine: Number((microseconds / rtpengine).toFixed(3)) }
        : {}),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  }
}
