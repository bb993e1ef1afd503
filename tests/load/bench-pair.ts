import { cpus } from "node:os";
import { MEDIA_NODE_FLAGS } from "../../media-node/process-flags.ts";
import { type CpuTimes, MeasuredProcess } from "./measured-process.ts";
import type { FromGenerator, ToGenerator } from "./sip-generator.ts";
import type { LoadOptions, LoadResult } from "./sip-load.ts";
import type { FromNode } from "./sip-node.ts";

export interface Pinning {
  readonly node: string;
  readonly generator: string;
}

/** Per call, by who spends it. */
export interface CpuPerCall {
  readonly totalMs: number;
  readonly applicationMs: number;
  readonly engineMs: number;
  /** Threads of V8's own: garbage collection and compilation for the other two. */
  readonly helpersMs: number;
}

export interface Measured extends LoadResult {
  readonly cpu: CpuPerCall;
  readonly generatorCpuMs: number;
}

/** A node and a generator of calls to it, both warm. */
export interface Pair extends AsyncDisposable {
  readonly node: MeasuredProcess<FromNode>;
  readonly generator: MeasuredProcess<FromGenerator>;
  run(options: LoadOptions): Promise<Measured>;
}

export const HOLD_MS = 100;
export const DRAIN_MS = 5_000;
export const RUN_LIMIT_MS = 120_000;
const CONNECTIONS = 4;
/** What runs for the first time is compiled first, and V8 compiles what runs often once more. */
const WARM_UP = { callsPerSecond: 800, calls: 6_400, holdMs: HOLD_MS, drainMs: DRAIN_MS };

/** Two cores for the node; the generator has others when the machine has others. */
export function pinning(cores: 1 | 2): Pinning {
  const count = cpus().length;
  const others = count > 2 ? `2-${count - 1}` : null;
  if (cores === 1) return { node: "0", generator: others ?? (count > 1 ? "1" : "0") };
  return { node: count > 1 ? "0,1" : "0", generator: others ?? (count > 1 ? "0,1" : "0") };
}

/** `profileFolder`: the node writes a CPU profile of each of its threads there when it stops. */
export async function startPair(
  { node: nodeCores, generator: cores }: Pinning,
  profileFolder: string | null,
): Promise<Pair> {
  await using starting = new AsyncDisposableStack();
  const preload = new URL("./heap-preload.ts", import.meta.url).href;
  const profile = profileFolder === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
  const node = starting.use(
    MeasuredProcess.start<FromNode>({
      file: new URL("./sip-node.ts", import.meta.url),
      cores: nodeCores,
      nodeArguments: [...MEDIA_NODE_FLAGS, ...profile, "--expose-gc", "--import", preload],
    }),
  );
  if (profileFolder !== null) starting.defer(() => node.stop());
  const { port } = await node.next("ready");
  const generator = starting.use(
    MeasuredProcess.start<FromGenerator>({
      file: new URL("./sip-generator.ts", import.meta.url),
      cores,
    }),
  );
  await generator.next("up");
  const tell = (message: ToGenerator): void => generator.send(message);
  tell({ kind: "connect", port, connections: CONNECTIONS });
  await generator.next("up");
  const run = async (options: LoadOptions): Promise<Measured> => {
    const before = { node: node.cpu, generator: generator.cpu };
    tell({ kind: "run", options });
    const { result } = await generator.next("result", RUN_LIMIT_MS);
    const cpu = perCall(before.node, node.cpu, result.offered);
    return { ...result, cpu, generatorCpuMs: generator.cpu.totalMs - before.generator.totalMs };
  };
  await run(WARM_UP);
  const running = starting.move();
  return { node, generator, run, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function perCall(before: CpuTimes, after: CpuTimes, calls: number): CpuPerCall {
  const of = (name: string): number => {
    return ((after.threadsMs.get(name) ?? 0) - (before.threadsMs.get(name) ?? 0)) / calls;
  };
  return {
    totalMs: (after.totalMs - before.totalMs) / calls,
    applicationMs: of("MainThread"),
    engineMs: of("WorkerThread"),
    helpersMs: of("V8Worker"),
  };
}
