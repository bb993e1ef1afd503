import fc from "fast-check";
import { expect, test } from "vitest";
import type { HeldPermit, PermitRequest } from "../../schema/contracts/permits.ts";
import { newId } from "../../schema/values/ids.ts";
import { LEASE_MS, type Told } from "./permit-ledger.ts";
import { ask, Region } from "./test-permit-region.ts";

const NODES = ["a", "b", "c"] as const;
const AGENTS = [newId("agent"), newId("agent")] as const;
/** Time passes and calls come more often than the rest happens. */
const WHAT = [
  "call",
  "call",
  "queue",
  "end",
  "cut",
  "kill",
  "link",
  "restart",
  "wait",
  "wait",
] as const;
const LIMITS = { workspace: 5, agent: 3, daily: null };
const MAX_CALL_MS = 120_000;

interface LiveCall {
  readonly permit: HeldPermit;
  readonly endsAtMs: number;
}

/** A node as it behaves: what it really carries, whether or not the hub can hear of it. */
class Node {
  readonly live = new Map<string, LiveCall>();
  /** Permits of calls that ended while nobody could be told. */
  free: HeldPermit[] = [];
  readonly wanted = new Map<PermitRequest["callId"], PermitRequest>();
  leaseEndMs = 0;
  readonly name: string;
  readonly region: Region;

  constructor(name: string, region: Region) {
    this.name = name;
    this.region = region;
  }

  get isLinked(): boolean {
    return this.region.linked.has(this.name);
  }

  link(): Told[] {
    this.free = [];
    this.leaseEndMs = this.region.nowMs + LEASE_MS;
    const held = [...this.live.values()].map(({ permit }) => permit);
    const waiting = [...this.wanted.keys()];
    const told = this.region.link(this.name, { held, waiting });
    return [
      ...told,
      ...[...this.wanted.values()].flatMap((one) => this.region.ask(this.name, one)),
    ];
  }

  start(permit: HeldPermit): void {
    const endsAtMs = this.region.nowMs + MAX_CALL_MS;
    this.live.set(permit.callId, { permit, endsAtMs });
  }

  call(agentId: PermitRequest["agentId"], mayQueue: boolean): Told[] {
    if (this.isLinked) {
      const waitMs = mayQueue ? 10_000_000 : 0;
      const request = ask({ agentId, limits: LIMITS, mayQueue, waitMs, maxCallMs: MAX_CALL_MS });
      this.wanted.set(request.callId, request);
      return this.region.ask(this.name, request);
    }
    const index = this.free.findIndex((permit) => permit.agentId === agentId);
    if (index < 0 || this.region.nowMs >= this.leaseEndMs) return [];
    for (const permit of this.free.splice(index, 1)) this.start(permit);
    return [];
  }

  end(callId: string): Told[] {
    const call = this.live.get(callId);
    this.live.delete(callId);
    if (call === undefined) return [];
    if (this.isLinked) return this.region.release(this.name, call.permit.callId);
    this.free.push(call.permit);
    return [];
  }

  endOverdue(): Told[] {
    const overdue = [...this.live].filter(([, call]) => this.region.nowMs >= call.endsAtMs);
    return overdue.flatMap(([callId]) => this.end(callId));
  }
}

test("through any history of calls, ends, cuts, deaths and restarts no limit is ever exceeded", () => {
  const event = fc.record({
    node: fc.constantFrom(...NODES),
    what: fc.constantFrom(...WHAT),
    agent: fc.constantFrom(...AGENTS),
  });
  let most = 0;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 150, size: "max" }), (events) => {
      const region = new Region();
      const nodes = new Map(NODES.map((name) => [name as string, new Node(name, region)]));
      const hear = (told: readonly Told[]) => {
        for (const { nodeId, message } of told) {
          const node = nodes.get(nodeId);
          if (node === undefined || !node.isLinked) continue;
          if (message.type !== "permit_granted" && message.type !== "permit_refused") continue;
          const request = node.wanted.get(message.callId);
          node.wanted.delete(message.callId);
          if (request === undefined || message.type === "permit_refused") continue;
          const { callId, agentId, workspaceId, maxCallMs } = request;
          node.start({ callId, agentId, workspaceId, maxCallMs, fence: message.fence });
        }
      };
      for (const node of nodes.values()) hear(node.link());
      for (const { node: name, what, agent } of events) {
        const node = nodes.get(name);
        if (node === undefined) continue;
        if (what === "call" || what === "queue") hear(node.call(agent, what === "queue"));
        else if (what === "end") hear(node.end([...node.live.keys()][0] ?? ""));
        else if (what === "cut") region.linked.delete(name);
        else if (what === "link") hear(node.link());
        else if (what === "restart") region.restart(5_000);
        else if (what === "kill") {
          region.linked.delete(name);
          nodes.set(name, new Node(name, region));
        } else {
          region.nowMs += 20_000;
          for (const one of nodes.values()) {
            hear(one.endOverdue());
            if (!one.isLinked) continue;
            region.ledger.beat({ nodeId: one.name, bootId: "boot-1" }, 0, region.nowMs);
            one.leaseEndMs = region.nowMs + LEASE_MS;
          }
          hear(region.ledger.sweep(region.nowMs));
        }
        const calls = [...nodes.values()].flatMap((one) => [...one.live.values()]);
        most = Math.max(most, calls.length);
        expect(calls.length).toBeLessThanOrEqual(LIMITS.workspace);
        for (const agentId of AGENTS) {
          const ofAgent = calls.filter(({ permit }) => permit.agentId === agentId);
          expect(ofAgent.length).toBeLessThanOrEqual(LIMITS.agent);
        }
      }
    }),
    { numRuns: 500 },
  );
  // The histories went up to the limit, or they would show nothing.
  expect(most).toBe(LIMITS.workspace);
}, 30_000);
