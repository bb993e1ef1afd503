import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { OutboundOrder } from "../../media-node/call/outbound/outbound-facts.ts";
import { eventually } from "../support/deadline.ts";
import { OutboundPlane } from "../support/outbound-plane.ts";
import { agentRow, numberRow, trunkRow } from "../support/routing-rows.ts";
import { seeded } from "../support/seeded.ts";
import { type AgentManner, type SoakAgent, startSoakAgent } from "./soak-agent.ts";
import { type PeerManner, placeSoakCall } from "./soak-caller.ts";
import { startSoakCarrier } from "./soak-carrier.ts";
import { SoakPermits } from "./soak-permits.ts";
import { SoakMedia, SoakWire } from "./soak-wire.ts";
import { type NodeState, SoakedNode } from "./soaked-node.ts";

/** Calls through a whole node, one after the other, and what they leave behind. */

export interface SoakPlan {
  /** Calls each way that take their course. */
  readonly calls: number;
  /** Calls, half of them each way, of each kind that does not: cancelled, peers that vanish, agents that die. */
  readonly broken: number;
  /** Calls each way between two measurements. */
  readonly round: number;
  readonly seed: number;
  readonly progress?: (line: string) => void;
}

/** What calls that are over have left; every number is to be 0. */
export type Leftovers = Readonly<Record<string, number>>;

interface StageReport {
  readonly name: string;
  readonly calls: number;
  readonly tookMs: number;
  /** Final statuses that inbound callers got, with `none` for those that were gone before. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Records by direction and code. */
  readonly ends: Readonly<Record<string, number>>;
  /** Permits that the hub has given. */
  readonly permits: number;
  readonly left: Leftovers;
}

export interface SoakReport {
  readonly stages: readonly StageReport[];
  /** Live heap of both threads after each round of calls that took their course. */
  readonly heapBytes: readonly number[];
  readonly heapSlopeBytesPerCall: number | null;
  readonly rssBytes: number;
  readonly framesHeard: number;
  readonly problems: readonly string[];
  readonly exitCode: number | null;
}

const LANES = 6;
/** Of the one workspace: every call asks for a permit, and none is refused. */
const CONCURRENCY = 1_000;
/** Longer than any transaction (64*T1), quarantine of ports and media timeout. */
const SHORT_LEAP_MS = 40_000;
/** Longer than an order is known after its end, and its sweep. */
const LONG_LEAP_MS = 2 * 3_600_000;
const QUIET_MS = 500;
const QUIET_TRIES = 40;
const SETTLE_MS = 10_000;
const ANSWER_WITHIN_MS = 80;
const GIVE_UP_WITHIN_MS = 150;
const VANISH_WITHIN_MS = 300;
/** The first half compiles and fills caches. */
const WARM_UP = 0.5;

export async function runSoak(plan: SoakPlan): Promise<SoakReport> {
  await using soak = await Soak.start(plan);
  return await soak.run();
}

class Soak implements AsyncDisposable {
  readonly #plan: SoakPlan;
  readonly #random: () => number;
  readonly #plane: OutboundPlane;
  readonly #permits: SoakPermits;
  readonly #node: SoakedNode;
  readonly #agent: SoakAgent;
  readonly #resources: AsyncDisposableStack;
  readonly #problems: string[] = [];
  #ends: Record<string, number> = {};
  #statuses: Record<string, number> = {};
  #links = 0;
  #baseline: NodeState | null = null;
  #rssBytes = 0;

  private constructor(parts: {
    plan: SoakPlan;
    random: () => number;
    plane: OutboundPlane;
    permits: SoakPermits;
    node: SoakedNode;
    agent: SoakAgent;
    resources: AsyncDisposableStack;
  }) {
    this.#plan = parts.plan;
    this.#random = parts.random;
    this.#plane = parts.plane;
    this.#permits = parts.permits;
    this.#node = parts.node;
    this.#agent = parts.agent;
    this.#resources = parts.resources;
    const { plane } = this.#plane;
    plane.on("linked", () => {
      this.#links += 1;
    });
    plane.on("events", (events) => {
      for (const event of events) {
        if (event.kind !== "call_ended") continue;
        count(this.#ends, `${event.call.direction} ${event.call.end.code}`);
      }
    });
  }

  static async start(plan: SoakPlan): Promise<Soak> {
    await using resources = new AsyncDisposableStack();
    const random = seeded(plan.seed);
    const agent = resources.use(await startSoakAgent(random));
    const plane = resources.use(await OutboundPlane.start());
    const permits = new SoakPermits(plane.plane);
    const workspace = { id: plane.workspaceId, concurrencyLimit: CONCURRENCY };
    plane.plane.put("workspace", plane.workspaceId, workspace);
    const node = resources.use(
      await SoakedNode.start({
        ...plane.environment,
        TRUNKLINE_MEDIA_FIRST_PACKET_MS: "5000",
        TRUNKLINE_MEDIA_SILENCE_MS: "5000",
        // At rest it sets no timers: rows are pulled when the hub says so.
        TRUNKLINE_ROUTING_POLL_MS: String(LONG_LEAP_MS),
      }),
    );
    return new Soak({ plan, random, plane, permits, node, agent, resources: resources.move() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async run(): Promise<SoakReport> {
    const { calls, broken, round } = this.#plan;
    const talks = { kind: "talks" } as const;
    const waits = { kind: "waits" } as const;
    const cancels = this.#within("cancels", GIVE_UP_WITHIN_MS);
    const vanishes = this.#within("vanishes", VANISH_WITHIN_MS);
    const course = await this.#stage("talks", () => talks);
    const stages: StageReport[] = [];
    const heapBytes: number[] = [];

    // Once without counting, so that what stays open for ever is there.
    await course(Math.min(round, LANES * 2));
    await this.#settle();
    this.#baseline = await this.#node.state();
    this.#ends = {};
    this.#statuses = {};
    this.#permits.takeGranted();

    const rounds = Math.ceil(calls / round);
    let left: Leftovers = {};
    const startedAtMs = performance.now();
    for (let done = 0; done < rounds; done += 1) {
      await course(Math.min(round, calls - done * round));
      left = sum(left, await this.#settle());
      const state = await this.#node.state();
      heapBytes.push(state.heapBytes);
      this.#rssBytes = state.rssBytes;
      const heap = `${(state.heapBytes / 1e6).toFixed(3)} MB`;
      const what = JSON.stringify(nonZero(left));
      this.#plan.progress?.(`round ${done + 1} of ${rounds}: ${heap}, left ${what}`);
    }
    stages.push(this.#report("whole calls", calls * 2, startedAtMs, left));

    const kinds: readonly [string, AgentManner, () => PeerManner][] = [
      ["cancelled", "slow", cancels],
      ["peers that vanish", "talks", vanishes],
      ["agents that die", "dies", () => waits],
    ];
    for (const [name, agent, manner] of kinds) {
      const began = performance.now();
      const half = Math.ceil(broken / 2);
      await (await this.#stage(agent, manner))(half);
      stages.push(this.#report(name, half * 2, began, await this.#settle()));
      this.#plan.progress?.(name);
    }
    const exitCode = await this.#node.stop();
    return {
      stages,
      heapBytes,
      heapSlopeBytesPerCall: slope(heapBytes.slice(Math.floor(rounds * WARM_UP)), round * 2),
      rssBytes: this.#rssBytes,
      framesHeard: this.#agent.framesHeard,
      problems: this.#problems,
      exitCode,
    };
  }

  #within(kind: "cancels" | "vanishes", ms: number): () => PeerManner {
    return () => ({ kind, afterMs: this.#random() * ms });
  }

  #report(name: string, calls: number, startedAtMs: number, left: Leftovers): StageReport {
    const [ends, statuses] = [this.#ends, this.#statuses];
    this.#ends = {};
    this.#statuses = {};
    const permits = this.#permits.takeGranted();
    const tookMs = performance.now() - startedAtMs;
    return { name, calls, tookMs, statuses, ends, permits, left };
  }

  /** Rows for calls of this kind; the function makes so many calls each way. */
  async #stage(
    agentManner: AgentManner,
    manner: () => PeerManner,
  ): Promise<(calls: number) => Promise<void>> {
    const agentUrl = this.#agent.url(agentManner);
    const user = this.#inboundNumber(agentUrl);
    const carrier = this.#resources.use(
      await startSoakCarrier({ manner, answerAfterMs: () => this.#random() * ANSWER_WITHIN_MS }),
    );
    const make = await this.#plane.number({ address: `127.0.0.1:${carrier.port}` }, agentUrl);
    return async (calls) => {
      this.#plane.plane.say({ type: "pull" });
      await this.#plane.applied();
      await Promise.all([
        this.#inLanes(calls, (wire, media) => this.#callIn(wire, media, user, manner())),
        this.#inLanes(calls, () => this.#callOut(make, manner())),
      ]);
      await carrier.idle();
      this.#problems.push(...carrier.problems.splice(0));
    };
  }

  #inboundNumber(agentUrl: string): string {
    const { plane, workspaceId } = this.#plane;
    const agent = agentRow(workspaceId, {
      connection: { protocol: "native", url: agentUrl, headers: null } as never,
      limits: { concurrency: CONCURRENCY, daily: null },
    });
    // Named, so that the rate of strangers does not hold.
    const trunk = trunkRow(workspaceId, { allowedAddresses: ["127.0.0.1"] });
    const user = `+1500555${String(plane.version).padStart(4, "0")}`;
    const number = numberRow(user, { workspaceId, trunk, agent });
    for (const row of [agent, trunk, number]) plane.put(row.kind, row.entityId, row.value);
    return user;
  }

  /** So many calls in a row in a few lanes, each with a connection and an RTP port of its own. */
  async #inLanes(
    calls: number,
    place: (wire: SoakWire, media: SoakMedia) => Promise<void>,
  ): Promise<void> {
    let left = calls;
    const lane = async (): Promise<void> => {
      await using media = await SoakMedia.open();
      let wire = await SoakWire.connect(this.#node.sipPort);
      for (; left > 0; ) {
        left -= 1;
        if (wire.isGone) wire = await SoakWire.connect(this.#node.sipPort);
        await place(wire, media).catch((error: unknown) => this.#problems.push(String(error)));
      }
      wire.vanish();
    };
    await Promise.all(Array.from({ length: Math.min(LANES, calls) }, lane));
  }

  async #callIn(wire: SoakWire, media: SoakMedia, user: string, manner: PeerManner): Promise<void> {
    const { sipPort } = this.#node;
    const status = await placeSoakCall(wire, { sipPort, user, media, manner });
    count(this.#statuses, String(status ?? "none"));
  }

  async #callOut(make: (changes: Partial<OutboundOrder>) => OutboundOrder, manner: PeerManner) {
    const { plane } = this.#plane;
    const order = make({ dialBeforeMs: Date.now() + this.#node.aheadMs + 10_000 });
    plane.say({ type: "order", order });
    const cancel = (): void => plane.say({ type: "order_cancel", orderId: order.orderId });
    const timer = manner.kind === "cancels" ? setTimeout(cancel, manner.afterMs) : undefined;
    // Where the peer is gone, only time ends the call.
    if (manner.kind !== "vanishes") await this.#plane.record(order);
    clearTimeout(timer);
  }

  /** Lets time pass until nothing is left, or reports what is. */
  async #settle(): Promise<Leftovers> {
    for (let tries = 0; tries < QUIET_TRIES; tries += 1) {
      if (await this.#isQuiet()) break;
      await this.#advance(SHORT_LEAP_MS);
    }
    await this.#advance(LONG_LEAP_MS);
    let left: Leftovers = {};
    await eventually(
      async () => {
        left = await this.#leftovers();
        return Object.keys(nonZero(left)).length === 0 ? true : null;
      },
      SETTLE_MS,
      "it did not settle",
    ).catch(() => undefined);
    return left;
  }

  async #isQuiet(): Promise<boolean> {
    const quiet = async () => {
      const metrics = await this.#node.metrics();
      const busy = ["calls_active", "outbox_events", "sip_dialogs"];
      return busy.every((name) => metrics.get(name) === 0) ? true : null;
    };
    return eventually(quiet, QUIET_MS, "quiet").catch(() => false);
  }

  async #advance(byMs: number): Promise<void> {
    const links = this.#links;
    await this.#node.advance(byMs);
    // It heard nothing from its hub for that long, and links again.
    await eventually(() => (this.#links > links ? true : null), SETTLE_MS, "it did not link again");
  }

  async #leftovers(): Promise<Leftovers> {
    const metrics = await this.#node.metrics();
    const state = await this.#node.state();
    const baseline = this.#baseline ?? state;
    const gauge = (name: string): number => metrics.get(name) ?? Number.NaN;
    const files = (folder: string): number => {
      const names = readdirSync(join(this.#plane.directory, "state", folder), { recursive: true });
      return names.filter((name) => String(name).includes(".json")).length;
    };
    const more = (now: number, before: number): number => Math.max(0, now - before);
    return {
      calls: gauge("calls_active"),
      "permits of the node": gauge("permits_held"),
      "permits that the hub counts": this.#permits.out,
      "RTP port pairs": gauge("rtp_port_pairs_used"),
      dialogs: gauge("sip_dialogs"),
      transactions: gauge("sip_transactions"),
      "SIP connections": gauge("sip_connections"),
      sockets: more(state.sockets, baseline.sockets),
      timers: more(state.timers, baseline.timers),
      "resources of the event loops": more(held(state), held(baseline)),
      "journal files": files("orders"),
      "outbox files": files("outbox"),
    };
  }
}

/** Without sockets, which are counted by themselves, and requests, which are moments. */
function held({ resources }: NodeState): number {
  const kinds = Object.entries(resources).filter(
    ([kind]) => !/^TCPSocket|^TCPConnect|Req/.test(kind),
  );
  return kinds.reduce((total, [, number]) => total + number, 0);
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

export function nonZero(left: Leftovers): Leftovers {
  return Object.fromEntries(Object.entries(left).filter(([, number]) => number !== 0));
}

function sum(one: Leftovers, other: Leftovers): Leftovers {
  return Object.fromEntries(
    Object.entries(other).map(([name, number]) => [name, number + (one[name] ?? 0)]),
  );
}

/** Of the line of least squares through samples that many calls apart. */
function slope(samples: readonly number[], callsApart: number): number | null {
  if (samples.length < 3) return null;
  const middle = (samples.length - 1) / 2;
  const mean = samples.reduce((total, one) => total + one, 0) / samples.length;
  let products = 0;
  let squares = 0;
  samples.forEach((sample, index) => {
    products += (index - middle) * (sample - mean);
    squares += (index - middle) ** 2;
  });
  return products / squares / callsApart;
}
