import type { MediaStats } from "../../../media-node/media/media-session.ts";
import { MEDIA_NODE_FLAGS } from "../../../media-node/process-flags.ts";
import { CODECS } from "../../../media-node/protocol/sdp/media-plan.ts";
import type { Pinning } from "../bench-pair.ts";
import { cpuMsOf, MeasuredProcess } from "../measured-process.ts";
import {
  BenchProgram,
  type GeneratorResult,
  generate,
  type NativePrograms,
} from "./bench-program.ts";
import { type CallLine, hexCall, newKeys, otherEnd } from "./call-lines.ts";
import type { FromPlain, ToPlain } from "./plain-loop.ts";
import type { LoopCall, LoopKind, ProductLoop } from "./product-loop.ts";

/** The loop of whole calls on one core: what a frame costs, how late it is, and how many calls there may be. */

const FIRST_GENERATOR_PORT = 12_000;
const FIRST_PEER_PORT = 16_000;
/** What a frame waits for by intent: the slot of the wheel in which it leaves. */
const PACER_SLOT_MS = 20;
const ADDED_LIMIT_MS = 10;
/** Longer than the jitter buffer needs to learn what the way is like. */
const SETTLE_SECONDS = 8;

export interface LoopOptions {
  readonly programs: NativePrograms;
  readonly cores: Pinning;
  readonly seconds: number;
  readonly ladder: { readonly from: number; readonly step: number; readonly to: number };
  readonly note: (line: string) => void;
}

export interface LoopFigures extends GeneratorResult {
  /** Both ways, of 20 ms. */
  readonly microsecondsPerFrame: number;
  readonly bufferTargetMs: number;
  /** Less what the jitter buffer and the pacer are there to add. */
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
  /** From the generator to the agent. */
  readonly mouthToAgentP50Ms: number;
  /** Of marks: whatever became of the audio around them. */
  readonly lossShare: number;
  /** Of the whole run, its first seconds included. */
  readonly buffers: BufferLosses;
  readonly bytesPerCall: number;
}

/** What a jitter buffer did not play as it was sent, over all calls. */
interface BufferLosses {
  readonly packetsLost: number;
  readonly packetsLate: number;
  readonly concealedMs: number;
}

/** What is measured, with the calls it was asked for. */
interface Subject extends AsyncDisposable {
  readonly calls: readonly CallLine[];
  readonly cpuMs: () => number;
  readonly bytesPerCall: number;
  readonly payloadType?: number;
  /** What each jitter buffer says at its end; empty where there is none. */
  finish(): Promise<readonly MediaStats[]>;
}
type StartSubject = (agentPort: number, count: number) => Promise<Subject>;

/** One step: so many calls for so long. */
async function measure(
  start: StartSubject,
  count: number,
  settleSeconds: number,
  { programs, cores, seconds }: LoopOptions,
): Promise<LoopFigures> {
  await using agent = await BenchProgram.start([programs["echo-agent"]], cores.generator, null);
  const agentPort = Number(await agent.line());
  await using subject = await start(agentPort, count);
  const result = await generate({
    program: programs["rtp-generator"],
    cores: cores.generator,
    calls: subject.calls,
    warmUpSeconds: settleSeconds,
    seconds,
    cpuMs: subject.cpuMs,
    payloadType: subject.payloadType ?? 0,
    begun: () => agent.tell("from now on"),
  });
  const buffers = await subject.finish();
  const targetsMs = buffers.map((stats) => stats.bufferTargetMs).toSorted((a, b) => a - b);
  const totalOf = (value: (stats: MediaStats) => number): number =>
    buffers.reduce((total, stats) => total + value(stats), 0);
  agent.finish();
  // Its own format, one object on one line.
  const heard = JSON.parse(await agent.line()) as { delayP50Ms: number };
  // The latest calls are those whose buffers wait the longest.
  const intendedMs = (share: number): number =>
    targetsMs.length === 0
      ? 0
      : PACER_SLOT_MS + (targetsMs[Math.floor(targetsMs.length * share)] ?? 0);
  return {
    ...result,
    microsecondsPerFrame: (result.cpuMs * 1_000) / result.sent,
    bufferTargetMs: targetsMs[targetsMs.length >> 1] ?? 0,
    addedP50Ms: result.latencyP50Ms - intendedMs(0.5),
    addedP99Ms: result.latencyP99Ms - intendedMs(0.99),
    mouthToAgentP50Ms: heard.delayP50Ms,
    lossShare: 1 - result.found / result.marked,
    buffers: {
      packetsLost: totalOf((stats) => stats.packetsLost),
      packetsLate: totalOf((stats) => stats.packetsLate),
      concealedMs: totalOf((stats) => stats.concealedMs),
    },
    bytesPerCall: subject.bytesPerCall,
  };
}

/** The product at one load. */
export async function measureProduct(
  product: ProductLoop,
  count: number,
  kind: LoopKind,
  options: LoopOptions,
): Promise<LoopFigures> {
  const start: StartSubject = async (agentPort) => {
    const before = product.residentBytes;
    const calls: LoopCall[] = [];
    for (let index = 0; index < count; index += 1) {
      calls.push(await product.call(agentPort, FIRST_GENERATOR_PORT + index, kind));
    }
    return {
      calls: calls.map(({ line }) => line),
      cpuMs: () => product.cpuMs,
      payloadType: CODECS[kind.codec].payloadType,
      bytesPerCall: (product.residentBytes - before) / count,
      async finish() {
        const reports = await Promise.all(calls.map((call) => call.end()));
        return reports.flatMap((report) => (report === null ? [] : [report.stats]));
      },
      async [Symbol.asyncDispose]() {},
    };
  };
  return measure(start, count, SETTLE_SECONDS, options);
}

/** The largest number of calls of the ladder that lost nothing and were late by less than the limit. */
export async function climb(
  product: ProductLoop,
  audio: LoopKind["audio"],
  options: LoopOptions,
): Promise<{ calls: number; figures: LoopFigures | null; stoppedBy: string }> {
  let best: LoopFigures | null = null;
  let calls = 0;
  const { from, step, to } = options.ladder;
  for (let count = from; count <= to; count += step) {
    const figures = await measureProduct(product, count, { codec: "PCMU", audio }, options);
    const reason = blemish(figures);
    options.note(`  ${count} calls: ${reason ?? "clean"}; ${written(figures)}`);
    if (reason !== null) return { calls, figures: best, stoppedBy: `${count} calls: ${reason}` };
    best = figures;
    calls = count;
  }
  return { calls, figures: best, stoppedBy: "the end of the ladder" };
}

function blemish(figures: LoopFigures): string | null {
  const { lossShare, addedP99Ms, ownCpu, found, marked } = figures;
  if (ownCpu > 0.9) return "the generator's core was full";
  const causes = lossShare > 0 ? causesOf(figures) : "";
  if (causes !== "") return `${marked - found} of ${marked} marks lost (${causes})`;
  return addedP99Ms > ADDED_LIMIT_MS ? `p99 added ${addedP99Ms.toFixed(1)} ms` : null;
}

/**
 * What may have lost a mark; empty when every packet was there in time: then a jitter buffer has cut a period out of the mark or
 * has put one in, and no audio is lost.
 */
function causesOf({ missing, buffers, unreadable }: LoopFigures): string {
  const { packetsLost, packetsLate, concealedMs } = buffers;
  return [
    packetsLost > 0 ? `${packetsLost} packets lost on the way to the node` : "",
    missing > 0 ? `${missing} on the way back` : "",
    unreadable > 0 ? `${unreadable} unreadable` : "",
    packetsLate > 0 ? `${packetsLate} too late for the jitter buffer` : "",
    concealedMs > 0 ? `${concealedMs.toFixed(0)} ms concealed` : "",
  ]
    .filter((cause) => cause !== "")
    .join(", ");
}

export function written(figures: LoopFigures): string {
  if (figures.found === 0) return `${figures.microsecondsPerFrame.toFixed(1)} µs a frame`;
  return (
    `${figures.microsecondsPerFrame.toFixed(1)} µs a frame, added p50 ${figures.addedP50Ms.toFixed(1)} p99 ${figures.addedP99Ms.toFixed(1)} ms, ` +
    `buffer ${figures.bufferTargetMs.toFixed(0)} ms, to the agent ${figures.mouthToAgentP50Ms.toFixed(1)} ms, ${figures.receivedHz.toFixed(3)} Hz, jitter p99 ${figures.jitterP99Ms.toFixed(1)} ms, ` +
    `generator ${(figures.ownCpu * 100).toFixed(0)} % of a core${correctedMarks(figures)}`
  );
}

function correctedMarks(figures: LoopFigures): string {
  const lost = figures.marked - figures.found;
  return lost > 0 && causesOf(figures) === ""
    ? `, ${lost} of ${figures.marked} marks changed by corrections of jitter buffers`
    : "";
}

export type Yardstick = "c_binary" | "c_json" | "plain";

/** What does the same without being the product; frames go back as they come. */
export function measureYardstick(
  name: Yardstick,
  count: number,
  options: LoopOptions,
): Promise<LoopFigures> {
  const start = name === "plain" ? startPlain(options) : startC(name, options);
  return measure(start, count, 2, options);
}

function newCalls(count: number): (CallLine & { keys: NonNullable<CallLine["keys"]> })[] {
  return Array.from({ length: count }, (_, index) => ({
    localPort: FIRST_GENERATOR_PORT + index,
    remotePort: FIRST_PEER_PORT + index,
    keys: newKeys(),
  }));
}

function startC(name: "c_binary" | "c_json", { programs, cores }: LoopOptions): StartSubject {
  return async (agentPort, count) => {
    const calls = newCalls(count);
    const audio = name === "c_json" ? "json" : "binary";
    const command = [programs["call-loop"], String(agentPort), audio];
    const program = await BenchProgram.start(command, cores.node, calls.map(otherEnd));
    await program.line();
    return subjectOf(calls, program.pid, () => program[Symbol.asyncDispose]());
  };
}

function startPlain({ cores }: LoopOptions): StartSubject {
  return async (agentPort, count) => {
    const calls = newCalls(count);
    const plain = MeasuredProcess.start<FromPlain>({
      file: new URL("./plain-loop.ts", import.meta.url),
      cores: cores.node,
      nodeArguments: MEDIA_NODE_FLAGS,
    });
    await plain.next("up");
    plain.send({ agentPort, calls: calls.map(hexCall) } satisfies ToPlain);
    await plain.next("ready");
    return subjectOf(calls, plain.pid, () => plain[Symbol.asyncDispose]());
  };
}

function subjectOf(calls: readonly CallLine[], pid: number, end: () => Promise<void>): Subject {
  return {
    calls,
    cpuMs: () => cpuMsOf(pid),
    bytesPerCall: Number.NaN,
    finish: async () => [],
    [Symbol.asyncDispose]: end,
  };
}
