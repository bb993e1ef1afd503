import { parseArgs } from "node:util";
import { MEDIA_NODE_FLAGS } from "../../media-node/process-flags.ts";
import { pinning } from "./bench-pair.ts";
import { describeMachine } from "./machine.ts";
import { MeasuredProcess } from "./measured-process.ts";
import type { EchoReady } from "./media-io-echo.ts";
import type { EchoResult, EchoRun } from "./media-io-generator.ts";
import { buildNative } from "./native-program.ts";
import { printTable, Rounds, type Sample } from "./rounds.ts";

/**
 * `npm run bench -- media-io [--json] [--seconds 0.8] [--rounds 3]`: what an echo of a packet costs on each back end and
 * in a C program, at two rates over 200 ports on loopback. The figures are medians of rounds in which all take turns.
 */

const ENGINES = ["floor", "batched", "portable"] as const;
type Engine = (typeof ENGINES)[number];
const RATES = [10_000, 50_000] as const;
const PORTS = 200;
const WARM_UP: Omit<EchoRun, "ports"> = { packetsPerSecond: 30_000, milliseconds: 700 };
const SETTLE_MS = 5_000;

interface Echo {
  readonly engine: Engine;
  readonly process: MeasuredProcess<EchoReady>;
  readonly ports: readonly number[];
}

type FromGenerator = { readonly kind: "up" } | EchoResult;

export async function benchMediaIo(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      seconds: { type: "string", default: "0.8" },
      rounds: { type: "string", default: "3" },
    },
  });
  const note = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  await using stack = new AsyncDisposableStack();
  const cores = pinning(1);
  describeMachine(note, cores);
  const generator = stack.use(
    MeasuredProcess.start<FromGenerator>({
      file: new URL("./media-io-generator.ts", import.meta.url),
      cores: cores.generator,
    }),
  );
  await generator.next("up");
  const echoes: Echo[] = [];
  for (const engine of ENGINES) {
    const started = await startEcho(engine, cores.node);
    if (started === null) note(`no ${engine}: there is no C compiler`);
    else echoes.push({ ...started, process: stack.use(started.process) });
  }
  const run = async (echo: Echo, load: Omit<EchoRun, "ports">): Promise<Sample> => {
    const beforeMs = echo.process.cpuMs;
    generator.send({ ports: echo.ports, ...load } satisfies EchoRun);
    const result = await generator.next("result", load.milliseconds + SETTLE_MS);
    const spentMs = echo.process.cpuMs - beforeMs;
    return { microseconds: (spentMs * 1_000) / result.received, ...result };
  };

  for (const echo of echoes) await run(echo, WARM_UP);
  const rounds = new Rounds();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const packetsPerSecond of RATES) {
      for (const echo of echoes) {
        const load = { packetsPerSecond, milliseconds: Number(values.seconds) * 1_000 };
        rounds.add(nameOf(echo.engine, packetsPerSecond), await run(echo, load));
      }
    }
  }
  const rows = RATES.flatMap((rate) =>
    ENGINES.map((engine) => ({ name: nameOf(engine, rate), floor: nameOf("floor", rate) })),
  );
  printTable(rounds, rows, "µs/echo", note);
  note("\nloopback, no SRTP; the way to and from the generator counts in the times");
  if (values.json) process.stdout.write(`${JSON.stringify(rounds.figures(rows))}\n`);
}

async function startEcho(engine: Engine, cores: string): Promise<Echo | null> {
  const process = startProcess(engine, cores);
  if (process === null) return null;
  const { ports } = await process.next("ready");
  return { engine, process, ports };
}

function startProcess(engine: Engine, cores: string): MeasuredProcess<EchoReady> | null {
  if (engine !== "floor") {
    const file = new URL("./media-io-echo.ts", import.meta.url);
    const options = { file, cores, nodeArguments: MEDIA_NODE_FLAGS };
    return MeasuredProcess.start({ ...options, arguments: [engine, String(PORTS)] });
  }
  const program = buildNative(new URL("./native/udp-echo.c", import.meta.url));
  if (program === null) return null;
  return MeasuredProcess.startCommand([program, String(PORTS)], cores);
}

function nameOf(engine: Engine, packetsPerSecond: number): string {
  return `${engine}_${packetsPerSecond / 1_000}k`;
}
