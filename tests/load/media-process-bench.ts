import { execFileSync, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { MediaPorts } from "../../media-node/call/media-ports.ts";
import { systemClock } from "../../media-node/control/system-clock.ts";
import { startMediaHere } from "../../media-node/media-process/media-here.ts";
import type { CallMessage } from "../../media-node/media-process/messages.ts";
import { startMediaProcesses } from "../../media-node/media-process/processes.ts";
import { MEDIA_NODE_FLAGS } from "../../media-node/process-flags.ts";
import { newId } from "../../schema/values/ids.ts";
import { answerCall, benchConfig, benchPlan } from "./bench-call.ts";
import type { FirstFrames } from "./first-frames.ts";

/** What it costs to say something to a media process: against a thread, and against media in the main process. */

const ECHO = new URL("./media-process-echo.ts", import.meta.url);
const FIRST_FRAMES = fileURLToPath(new URL("./first-frames.ts", import.meta.url));
const FIRST_FRAMES_RUNS = 5;
const ROUND_TRIPS = 2_000;
const MESSAGES = 20_000;
const PER_TURN = 10;
const CALLS = 100;
const BYTES_PER_MB = 1e6;

const PLAN = benchPlan(
  9,
  { send: new Uint8Array(30).fill(1), receive: new Uint8Array(30).fill(2) },
  { rtcpMux: false },
);
const START: CallMessage = {
  kind: "start",
  call: 1,
  leg: 0,
  plan: PLAN,
  signallingAddress: "127.0.0.1",
  relayTo: null,
};

interface Echo extends AsyncDisposable {
  readonly pid: number | null;
  send(messages: readonly CallMessage[]): void;
  onMessage(listener: (messages: readonly unknown[]) => void): void;
}

function startProcess(): Echo {
  const child = fork(fileURLToPath(ECHO), [], {
    execArgv: [...MEDIA_NODE_FLAGS],
    env: {},
    serialization: "advanced",
  });
  return {
    pid: child.pid ?? null,
    send: (messages) => void child.send([...messages]),
    onMessage: (listener) => void child.on("message", (said) => listener(said as never)), // its arrays
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
    },
  };
}

function startThread(): Echo {
  const worker = new Worker(ECHO);
  return {
    pid: null,
    send: (messages) => worker.postMessage(messages),
    onMessage: (listener) => void worker.on("message", listener),
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

async function measureChannel(start: () => Echo): Promise<Record<string, number>> {
  const residentBefore = process.memoryUsage.rss();
  const startedAtMs = performance.now();
  await using echo = start();
  let waiting = 0;
  let arrived = Promise.withResolvers<void>();
  echo.onMessage((messages) => {
    waiting -= messages.length;
    if (waiting === 0) arrived.resolve();
  });
  const answers = (count: number): Promise<void> => {
    waiting = count;
    arrived = Promise.withResolvers();
    return arrived.promise;
  };
  await answers(1);
  const startMs = performance.now() - startedAtMs;
  const roundTripsUs: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i += 1) {
    const sentAtMs = performance.now();
    const back = answers(1);
    echo.send([START]);
    await back;
    roundTripsUs.push((performance.now() - sentAtMs) * 1_000);
  }
  const cost = async (batch: number): Promise<number> => {
    const before = process.cpuUsage();
    const all = answers(MESSAGES);
    for (let sent = 0; sent < MESSAGES; sent += PER_TURN) {
      for (let i = 0; i < PER_TURN; i += batch) {
        echo.send(Array.from({ length: batch }, () => ({ ...START })));
      }
      await new Promise(setImmediate);
    }
    await all;
    const { user, system } = process.cpuUsage(before);
    return (user + system) / MESSAGES;
  };
  const singleUs = await cost(1);
  const batchedUs = await cost(PER_TURN);
  const memoryBytes =
    echo.pid === null ? process.memoryUsage.rss() - residentBefore : ownBytes(echo.pid);
  return {
    start_ms: startMs,
    round_trip_p50_us: percentile(roundTripsUs, 50),
    round_trip_p99_us: percentile(roundTripsUs, 99),
    us_per_message: singleUs,
    us_per_message_batched: batchedUs,
    memory_mb: memoryBytes / BYTES_PER_MB,
  };
}

/** A call as far as its answer, and its end; milliseconds of each. */
async function measureCalls(ports: MediaPorts): Promise<Record<string, number>> {
  const toAnswerMs: number[] = [];
  const openMs: number[] = [];
  const endMs: number[] = [];
  for (let i = 0; i < CALLS; i += 1) {
    const callId = newId("call");
    const startedAtMs = performance.now();
    const media = await ports.open(
      { callId, digitInput: null },
      { agentHungUp() {}, agentAway() {}, agentBack() {}, agentLost() {}, lost() {}, failed() {} },
    );
    if (media === null) throw new Error("no port pair is free");
    openMs.push(performance.now() - startedAtMs);
    await answerCall(media, callId, { protocol: "builtin" }, PLAN);
    toAnswerMs.push(performance.now() - startedAtMs);
    const endedAtMs = performance.now();
    media.close();
    await media.first.stop();
    endMs.push(performance.now() - endedAtMs);
    await media[Symbol.asyncDispose]();
    await delay(5);
  }
  return {
    open_p50_ms: percentile(openMs, 50),
    to_answer_p50_ms: percentile(toAnswerMs, 50),
    to_answer_p99_ms: percentile(toAnswerMs, 99),
    statistics_p50_ms: percentile(endMs, 50),
  };
}

/** Medians of processes that begin anew, with and without warming up in turn. */
function measureFirstFrames(): Record<"cold" | "warmed_up", Record<string, number>> {
  const runs = { cold: [] as FirstFrames[], warmed_up: [] as FirstFrames[] };
  for (let run = 0; run < FIRST_FRAMES_RUNS; run += 1) {
    for (const name of ["cold", "warmed_up"] as const) {
      const how = name === "cold" ? [] : ["warm"];
      const said = execFileSync(process.execPath, [...MEDIA_NODE_FLAGS, FIRST_FRAMES, ...how]);
      runs[name].push(JSON.parse(said.toString()) as FirstFrames); // what the program writes
    }
  }
  const medians = (of: readonly FirstFrames[]): Record<string, number> => ({
    start_50_sessions_ms: percentile(
      of.map(({ start_ms }) => start_ms),
      50,
    ),
    longest_frame_of_50_ms: percentile(
      of.map(({ longest_frame_ms }) => longest_frame_ms),
      50,
    ),
    settled_frame_of_50_ms: percentile(
      of.map(({ settled_frame_ms }) => settled_frame_ms),
      50,
    ),
  });
  return { cold: medians(runs.cold), warmed_up: medians(runs.warmed_up) };
}

/** `npm run bench -- media-process [--json]`. */
export async function benchMediaProcess(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { json: { type: "boolean", default: false } } });
  const process_ = await measureChannel(startProcess);
  const thread = await measureChannel(startThread);
  const config = benchConfig([0, 0]);
  const observers = { logger: { info() {}, warn() {}, error() {} }, qualitySampled() {} };
  const here = await startMediaHere(config, observers);
  const inMain = await measureCalls(here.ports);
  await here[Symbol.asyncDispose]();
  const clock = systemClock;
  await using processes = await startMediaProcesses({
    count: 1,
    ...observers,
    config,
    clock,
    onLost() {},
    onRestored() {},
  });
  const inProcess = await measureCalls(processes.ports);
  const pid = processes.states[0]?.pid ?? 0;
  const measured = {
    process: process_,
    thread,
    ...measureFirstFrames(),
    in_main: inMain,
    in_process: { ...inProcess, memory_mb: ownBytes(pid) / BYTES_PER_MB },
  };
  process.stdout.write(values.json ? `${JSON.stringify(measured)}\n` : tableOf(measured));
}

function tableOf(measured: Readonly<Record<string, Readonly<Record<string, number>>>>): string {
  const [cpu] = cpus();
  const lines = [`${cpus().length} × ${cpu?.model ?? "?"}, Node ${process.version}`];
  for (const [name, figures] of Object.entries(measured)) {
    lines.push("", name);
    for (const [figure, value] of Object.entries(figures)) {
      lines.push(`  ${figure.padEnd(24)} ${value.toFixed(2)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(((sorted.length - 1) * percent) / 100)] ?? 0;
}

/** What only this process has in memory, and its share of what it has with others. */
function ownBytes(pid: number): number {
  const [, kilobytes] =
    /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}
