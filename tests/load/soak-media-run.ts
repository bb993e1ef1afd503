import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { MEDIA_NODE_FLAGS } from "../../media-node/process-flags.ts";
import { KEY_AND_SALT_BYTES, type SrtpSuite } from "../../media-node/protocol/sdp/media-plan.ts";
import type { CallRecord } from "../../schema/contracts/call-record.ts";
import { deadline, eventually } from "../support/deadline.ts";
import { mediaChildren } from "../support/media-children.ts";
import { type NodeProcess, startNodeProcess } from "../support/node-process.ts";
import { OutboundPlane } from "../support/outbound-plane.ts";
import { agentRow, numberRow, trunkRow } from "../support/routing-rows.ts";
import { openDescriptors } from "./descriptors.ts";
import { type SoakAgent, startSoakAgent } from "./soak-agent.ts";
import { placeSoakCall } from "./soak-caller.ts";
import type { LiveHeap } from "./soak-media-preload.ts";
import { SoakPermits } from "./soak-permits.ts";
import { SoakTalk, type TalkTotals, TalkWheel } from "./soak-talk.ts";
import { SoakWire } from "./soak-wire.ts";
import { RunJitter } from "./talk-jitter.ts";

/** Long media: calls that are held, end and begin again, through a whole node with media processes. */

export interface MediaSoakPlan {
  /** Held at the same time. */
  readonly calls: number;
  readonly durationMs: number;
  /** On average; each call half to one and a half of it. */
  readonly holdMs: number;
  /** Between two looks at memory. */
  readonly sampleMs: number;
  readonly progress?: (line: string) => void;
}

/** Of one process, in bytes. */
interface ProcessMemory {
  /** Live objects of its main thread, after a collection. */
  readonly heap: number;
  /** Its own memory and its share of what it has in common with others. */
  readonly pss: number;
}

export interface MemorySample {
  /** Calls that had ended by then. */
  readonly ended: number;
  readonly main: ProcessMemory;
  readonly media: ProcessMemory;
}

interface JitterQuarter {
  readonly packets: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** The same of a bare timer of the callers' process. */
  readonly timerP99Ms: number | null;
}

export interface MediaSoakReport {
  readonly calls: number;
  /** Final statuses. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Records by code. */
  readonly ends: Readonly<Record<string, number>>;
  readonly totals: Readonly<TalkTotals>;
  /** As the records have it: what the node has sent, heard and missed. */
  readonly recorded: { readonly sent: number; readonly heard: number; readonly lost: number };
  readonly framesHeardByAgents: number;
  readonly memory: readonly MemorySample[];
  readonly jitter: readonly JitterQuarter[];
  /** What is left of the calls when all are over and ports have had their quarantine; every number is to be 0. */
  readonly left: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
  readonly exitCode: number | null;
}

const PRELOAD = new URL("./soak-media-preload.ts", import.meta.url).href;
const CALLED = "+15005550142";
const CONCURRENCY = 10_000;
const RAMP_MS = 2_000;
const SAY_HEAP_MS = 10_000;
/** How long a collection in the node is felt. */
const AFTERMATH_MS = 500;
/** Longer than the quarantine of ports and any transaction. */
const SETTLE_MS = 50_000;
const ASK_AGAIN_MS = 500;
const SUITES = Object.keys(KEY_AND_SALT_BYTES) as SrtpSuite[]; // its keys are that union

export async function runMediaSoak(plan: MediaSoakPlan): Promise<MediaSoakReport> {
  return (await startMediaSoak(plan)).report;
}

/** Resolves when the calls are over. The report comes when what they leave has had its time to go, half a minute later. */
export async function startMediaSoak(
  plan: MediaSoakPlan,
): Promise<{ readonly report: Promise<MediaSoakReport> }> {
  const started = await MediaSoak.start(plan);
  const over = Promise.withResolvers<void>();
  const report = (async () => {
    await using soak = started;
    return await soak.run(over.resolve);
  })();
  await Promise.race([over.promise, report]);
  // Whoever waits for it is told.
  report.catch(() => undefined);
  return { report };
}

class MediaSoak implements AsyncDisposable {
  readonly #plan: MediaSoakPlan;
  readonly #plane: OutboundPlane;
  readonly #permits: SoakPermits;
  readonly #agent: SoakAgent;
  readonly #node: NodeProcess;
  readonly #mediaPid: number;
  readonly #resources: AsyncDisposableStack;
  readonly #wheel: TalkWheel;
  readonly #jitter = new RunJitter();
  readonly #statuses: Record<string, number> = {};
  readonly #ends: Record<string, number> = {};
  readonly #recorded = { sent: 0, heard: 0, lost: 0 };
  readonly #problems: string[] = [];
  #placed = 0;
  #ended = 0;

  private constructor(
    plan: MediaSoakPlan,
    parts: { plane: OutboundPlane; permits: SoakPermits; agent: SoakAgent; node: NodeProcess },
    resources: AsyncDisposableStack,
  ) {
    this.#plan = plan;
    this.#plane = parts.plane;
    this.#permits = parts.permits;
    this.#agent = parts.agent;
    this.#node = parts.node;
    this.#mediaPid = mediaChildren(parts.node.pid)[0] ?? 0;
    this.#resources = resources;
    this.#wheel = resources.use(new TalkWheel(this.#jitter));
    parts.plane.plane.on("events", (events) => {
      for (const event of events) if (event.kind === "call_ended") this.#record(event.call);
    });
  }

  static async start(plan: MediaSoakPlan): Promise<MediaSoak> {
    await using resources = new AsyncDisposableStack();
    const agent = resources.use(await startSoakAgent(Math.random));
    const plane = resources.use(await OutboundPlane.start());
    const permits = new SoakPermits(plane.plane);
    const { workspaceId } = plane;
    plane.plane.put("workspace", workspaceId, { id: workspaceId, concurrencyLimit: CONCURRENCY });
    const route = agentRow(workspaceId, {
      connection: { protocol: "native", url: agent.url("converses"), headers: null } as never,
      limits: { concurrency: CONCURRENCY, daily: null },
    });
    const trunk = trunkRow(workspaceId, {
      allowedAddresses: ["127.0.0.1"],
      mediaEncryption: "required",
      codecs: ["PCMU"],
    });
    const number = numberRow(CALLED, { workspaceId, trunk, agent: route });
    for (const row of [route, trunk, number]) plane.plane.put(row.kind, row.entityId, row.value);
    const environment = { ...plane.environment, TRUNKLINE_MEDIA_PROCESSES: "1" };
    const flags = [...MEDIA_NODE_FLAGS, "--expose-gc", "--import", PRELOAD];
    const node = resources.adopt(await startNodeProcess(environment, flags), (made) => made.kill());
    await plane.applied();
    return new MediaSoak(plan, { plane, permits, agent, node }, resources.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async run(callsAreOver: () => void): Promise<MediaSoakReport> {
    const { calls, durationMs } = this.#plan;
    // Once without counting, so that what stays open for ever is there.
    const wire = await SoakWire.connect(this.#node.sipPort);
    await this.#oneCall(wire, SUITES[0], RAMP_MS / 2);
    wire.vanish();
    const baseline = await this.#descriptors();
    const startedAtMs = performance.now();
    const endAtMs = startedAtMs + RAMP_MS + durationMs;
    this.#jitter.begin(startedAtMs + RAMP_MS, durationMs);
    const lanes = Array.from({ length: calls }, (_, lane) => this.#lane(lane, endAtMs));
    const memory = await this.#watch(endAtMs);
    await Promise.all(lanes);
    callsAreOver();
    const left = await this.#settle(baseline);
    const exitCode = await this.#node.stop();
    return {
      calls: this.#placed,
      statuses: this.#statuses,
      ends: this.#ends,
      totals: this.#wheel.totals,
      recorded: this.#recorded,
      framesHeardByAgents: this.#agent.framesHeard,
      memory,
      jitter: this.#jitter.quarters.map(({ packets, timer }) => ({
        packets: packets.count,
        p50Ms: packets.percentileMs(50),
        p99Ms: packets.percentileMs(99),
        timerP99Ms: timer.percentileMs(99),
      })),
      left,
      problems: this.#problems,
      exitCode,
    };
  }

  #record({ end, media }: CallRecord): void {
    this.#ended += 1;
    count(this.#ends, end.code);
    this.#recorded.sent += media?.packetsSent ?? 0;
    this.#recorded.heard += media?.packetsReceived ?? 0;
    this.#recorded.lost += media?.packetsLost ?? 0;
  }

  /** One call after the other until the time is over. */
  async #lane(lane: number, endAtMs: number): Promise<void> {
    await delay((RAMP_MS * lane) / this.#plan.calls);
    let wire = await SoakWire.connect(this.#node.sipPort);
    for (let call = lane; performance.now() < endAtMs; call += 1) {
      if (wire.isGone) wire = await SoakWire.connect(this.#node.sipPort);
      const leftMs = endAtMs - performance.now();
      const holdMs = Math.min(leftMs, this.#plan.holdMs * (0.5 + Math.random()));
      await this.#oneCall(wire, SUITES[call % SUITES.length], holdMs);
    }
    wire.vanish();
  }

  async #oneCall(wire: SoakWire, suite: SrtpSuite | undefined, holdMs: number): Promise<void> {
    if (suite === undefined) return;
    this.#placed += 1;
    await using media = await SoakTalk.open(this.#wheel, suite, holdMs);
    const { sipPort } = this.#node;
    const manner = { kind: "talks" } as const;
    const status = await placeSoakCall(wire, { sipPort, user: CALLED, media, manner }).catch(
      (error: unknown) => {
        this.#problems.push(String(error));
        return null;
      },
    );
    count(this.#statuses, String(status ?? "none"));
  }

  async #watch(endAtMs: number): Promise<MemorySample[]> {
    const samples: MemorySample[] = [];
    await delay(RAMP_MS);
    for (let nextMs = performance.now(); nextMs < endAtMs; nextMs += this.#plan.sampleMs) {
      await delay(Math.max(0, nextMs - performance.now()));
      const sample = await this.#sample();
      samples.push(sample);
      const { ended, main, media } = sample;
      this.#plan.progress?.(
        `${ended} calls ended: main ${megabytes(main)}, media ${megabytes(media)}, ${this.#wheel.totals.lost} packets lost`,
      );
    }
    await delay(Math.max(0, endAtMs - performance.now()));
    return samples;
  }

  async #sample(): Promise<MemorySample> {
    // Whoever waits for a collection sends late, which is no jitter of the product's.
    this.#jitter.skipUntil(Number.POSITIVE_INFINITY);
    const ended = this.#ended;
    const main = await memoryOf(this.#node, this.#node.pid);
    const media = await memoryOf(this.#node, this.#mediaPid);
    this.#jitter.skipUntil(performance.now() + AFTERMATH_MS);
    return { ended, main, media };
  }

  /** Sockets and other descriptors of both, without those of ports that are in use or in quarantine. */
  async #descriptors(): Promise<Record<string, number>> {
    const pairs = (await this.#metrics()).get("rtp_port_pairs_used") ?? 0;
    const planePort = Number(new URL(this.#plane.plane.url).port);
    const main = openDescriptors(this.#node.pid, planePort);
    const media = openDescriptors(this.#mediaPid, planePort);
    return {
      "sockets of the main process": main.sockets,
      "other descriptors of the main process": main.others,
      "sockets of the media process": media.sockets - 2 * pairs,
      "other descriptors of the media process": media.others,
    };
  }

  async #metrics(): Promise<ReadonlyMap<string, number>> {
    const headers = { connection: "close" };
    const text = await (await fetch(`${this.#node.admin}/metrics`, { headers })).text();
    const samples = text.matchAll(/^trunkline_(\w+)(?:\{process="0"\})? (\d+)$/gm);
    return new Map([...samples].map(([, name = "", value]) => [name, Number(value)]));
  }

  async #settle(
    baseline: Readonly<Record<string, number>>,
  ): Promise<Readonly<Record<string, number>>> {
    const settledByMs = performance.now() + SETTLE_MS;
    for (;;) {
      const left = await this.#leftovers(baseline);
      const isOver = Object.values(left).every((number) => number === 0);
      if (isOver || performance.now() > settledByMs) return left;
      await delay(ASK_AGAIN_MS);
    }
  }

  async #leftovers(baseline: Readonly<Record<string, number>>): Promise<Record<string, number>> {
    const metrics = await this.#metrics();
    // What is not measured is not known to be gone.
    const gauge = (name: string): number => metrics.get(name) ?? Number.NaN;
    const now = await this.#descriptors();
    const descriptors = Object.entries(now).map(([name, number]) => [
      name,
      Math.max(0, number - (baseline[name] ?? 0)),
    ]);
    return {
      calls: gauge("calls_active"),
      "calls of the media process": gauge("media_process_calls"),
      "records that did not arrive": this.#placed - this.#ended,
      permits: this.#permits.out,
      "RTP port pairs": gauge("rtp_port_pairs_used"),
      "SRTP contexts": gauge("media_process_srtp_contexts"),
      "WebSockets of agents": this.#agent.connections,
      dialogs: gauge("sip_dialogs"),
      transactions: gauge("sip_transactions"),
      "SIP connections": gauge("sip_connections"),
      ...Object.fromEntries(descriptors),
    };
  }
}

async function memoryOf(node: NodeProcess, pid: number): Promise<ProcessMemory> {
  const from = node.output().length;
  process.kill(pid, "SIGUSR2");
  const said = eventually(
    () => heapSaid(node.output().slice(from), pid),
    SAY_HEAP_MS,
    `process ${pid} does not say what it holds`,
  );
  const heap = await deadline(said, SAY_HEAP_MS, `no heap of ${pid}`);
  const [, kilobytes] =
    /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  return { heap, pss: Number(kilobytes) * 1_024 };
}

function heapSaid(output: string, pid: number): number | null {
  const line = output.split("\n").find((text) => text.startsWith(`{"liveHeapOf":${pid},`));
  if (line === undefined || !line.endsWith("}")) return null;
  return (JSON.parse(line) as LiveHeap).bytes; // the line is the preload's
}

function megabytes({ heap, pss }: ProcessMemory): string {
  return `${(heap / 1e6).toFixed(2)} MB live of ${(pss / 1e6).toFixed(1)} MB`;
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
