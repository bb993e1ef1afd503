import type { MediaIoKind } from "../../../media-node/media/media-io.ts";
import { MEDIA_NODE_FLAGS } from "../../../media-node/process-flags.ts";
import type { Pinning } from "../bench-pair.ts";
import { cpuMsOf, MeasuredProcess } from "../measured-process.ts";
import { Rounds, type Row, type Sample } from "../rounds.ts";
import {
  BenchProgram,
  type GeneratorResult,
  generate,
  type NativePrograms,
} from "./bench-program.ts";
import { type CallLine, hexCall, newKeys, otherEnd } from "./call-lines.ts";
import { Rtpengine } from "./rtpengine.ts";
import type { FromEcho, ToEcho } from "./srtp-echo-node.ts";

/** What it costs to receive, read, write anew and send one SRTP packet: by the product, in C, and in rtpengine. */

const ENGINES = ["floor", "batched", "portable", "rtpengine"] as const;
type Engine = (typeof ENGINES)[number];
const PACKETS_PER_SECOND = [10_000, 50_000] as const;
const PACKETS_PER_CALL = 50;
const FIRST_GENERATOR_PORT = 20_000;
const FIRST_ECHO_PORT = 24_000;
const RTPENGINE_PORTS = [28_000, 31_999] as const;

export interface EchoOptions {
  readonly programs: NativePrograms;
  readonly cores: Pinning;
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly hasRtpengine: boolean;
  readonly note: (line: string) => void;
}

/** What is measured, ready for the packets of `calls`. */
interface Subject extends AsyncDisposable {
  readonly cpuMs: () => number;
  /** As the generator is to speak to it. */
  readonly calls: readonly CallLine[];
}

export async function measureEchoes(
  options: EchoOptions,
): Promise<{ rounds: Rounds; rows: Row[] }> {
  const engines = ENGINES.filter((engine) => engine !== "rtpengine" || options.hasRtpengine);
  const rounds = new Rounds();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const packetsPerSecond of PACKETS_PER_SECOND) {
      for (const engine of engines) {
        await using subject = await start(engine, packetsPerSecond / PACKETS_PER_CALL, options);
        const { programs, cores, warmUpSeconds, seconds } = options;
        const result = await generate({
          program: programs["rtp-generator"],
          cores: cores.generator,
          calls: subject.calls,
          warmUpSeconds,
          seconds,
          cpuMs: subject.cpuMs,
        });
        rounds.add(nameOf(engine, packetsPerSecond), sampleOf(result));
        if (result.ownCpu > 0.9) options.note("the generator's core was full");
      }
    }
  }
  const rows = PACKETS_PER_SECOND.flatMap((rate) =>
    engines.map((engine) => ({ name: nameOf(engine, rate), floor: nameOf("floor", rate) })),
  );
  return { rounds, rows };
}

function sampleOf(result: GeneratorResult & { cpuMs: number }): Sample {
  return {
    microseconds: (result.cpuMs * 1_000) / result.received,
    sent: result.marked,
    received: result.found,
    p50Ms: result.latencyP50Ms,
    p99Ms: result.latencyP99Ms,
  };
}

export function nameOf(engine: Engine, packetsPerSecond: number): string {
  return `${engine}_${packetsPerSecond / 1_000}k`;
}

async function start(engine: Engine, count: number, options: EchoOptions): Promise<Subject> {
  if (engine === "rtpengine") return startRtpengine(count, options.cores.node);
  const calls = Array.from({ length: count }, (_, index) => ({
    localPort: FIRST_GENERATOR_PORT + index,
    remotePort: FIRST_ECHO_PORT + index,
    keys: newKeys(),
  }));
  if (engine !== "floor") return startProduct(engine, calls, options.cores.node);
  const command = [options.programs["srtp-echo"]];
  const program = await BenchProgram.start(command, options.cores.node, calls.map(otherEnd));
  await program.line();
  return {
    calls,
    cpuMs: () => cpuMsOf(program.pid),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

async function startProduct(
  backEnd: MediaIoKind,
  calls: readonly (CallLine & { keys: { send: Buffer; receive: Buffer } })[],
  cores: string,
): Promise<Subject> {
  const process = MeasuredProcess.start<FromEcho>({
    file: new URL("./srtp-echo-node.ts", import.meta.url),
    cores,
    nodeArguments: MEDIA_NODE_FLAGS,
  });
  await process.next("up");
  process.send({ backEnd, calls: calls.map(hexCall) } satisfies ToEcho);
  await process.next("ready");
  return {
    calls,
    cpuMs: () => process.cpuMs,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** Half as many calls: each brings packets from two sides, and a packet is deciphered or enciphered, not both. */
async function startRtpengine(count: number, core: string): Promise<Subject> {
  const rtpengine = await Rtpengine.start(core, RTPENGINE_PORTS);
  const calls: CallLine[] = [];
  for (let index = 0; index < count / 2; index += 1) {
    const port = FIRST_GENERATOR_PORT + 2 * index;
    calls.push(...(await rtpengine.connect(index, port, port + 1, newKeys())));
  }
  return {
    calls,
    cpuMs: () => cpuMsOf(rtpengine.pid),
    [Symbol.asyncDispose]: () => rtpengine[Symbol.asyncDispose](),
  };
}
