import type {
  HeldPermit,
  PermitHubMessage,
  PermitNodeMessage,
  PermitRefusalCode,
  PermitRequest,
} from "../../schema/contracts/permits.ts";
import { parseId } from "../../schema/values/ids.ts";
import { DailyCounts } from "./daily-counts.ts";
import { KeptPlaces, type PlacesAsked } from "./kept-places.ts";
import type { LedgerStore } from "./ledger-store.ts";
import type { LimitUse } from "./limit-rule.ts";
import { ScopeLimits } from "./scope-limits.ts";
import { type WaitingCall, WaitingCalls } from "./waiting-calls.ts";

/** How long a node may do with its permits what it likes after a beat that was answered. */
export const LEASE_MS = 45_000;
/** How far the clocks of hub and node may drift apart over a lease. */
export const SKEW_MS = 5_000;
/** After a start of the hub every node has this long to link again. */
export const RELINK_MS = 30_000;

interface Permit extends HeldPermit {
  readonly nodeId: string;
  readonly bootId: string;
  /** The node may not know of it: it was given while no link was there to tell. */
  readonly isUntold: boolean;
}

interface NodeLease {
  readonly bootId: string;
  readonly heardAtMs: number;
}

/** A message for a node. */
export interface Told {
  readonly nodeId: string;
  readonly message: PermitHubMessage;
}

export interface PermitLedgerDeps {
  readonly store: LedgerStore;
  readonly startedAtMs: number;
  readonly isLinked: (nodeId: string) => boolean;
  readonly kept?: KeptPlaces;
}

/** What a node says of permits, with who says it. */
export interface Speaker {
  readonly nodeId: string;
  readonly bootId: string;
}

/**
 * Who in a region holds a permit and who waits for one. Every step is synchronous and stored before its
 * messages leave, so that a workspace or an agent never has more permits out than its limit, and a call
 * is refused only when all of them are. Time comes in as an argument.
 */
export class PermitLedger {
  readonly #deps: PermitLedgerDeps;
  readonly #permits = new Map<string, Permit>();
  /** Permits out, by workspace and by agent: identifiers of the two kinds never meet. */
  readonly #inUse = new Map<string, number>();
  readonly #limits: ScopeLimits;
  readonly #nodes = new Map<string, NodeLease>();
  readonly #waiting: WaitingCalls;
  readonly #daily: DailyCounts;
  readonly #kept: KeptPlaces;
  #fence = 0;

  constructor(deps: PermitLedgerDeps) {
    this.#deps = deps;
    const { kept, store } = deps;
    this.#kept = kept ?? new KeptPlaces();
    this.#fence = store.get<number>("permits/fence") ?? 0;
    for (const [, permit] of store.list<Permit>({ prefix: PERMIT })) this.#keep(permit);
    for (const [key, node] of store.list<NodeLease>({ prefix: NODE })) {
      this.#nodes.set(key.slice(NODE.length), node);
    }
    this.#limits = new ScopeLimits(store);
    this.#waiting = new WaitingCalls(store);
    this.#daily = new DailyCounts(store);
  }

  get permits(): number {
    return this.#permits.size;
  }
  get waiting(): number {
    return this.#waiting.size;
  }
  inUse(scopeId: string): number {
    return this.#inUse.get(scopeId) ?? 0;
  }

  /** What counts against the limits of a workspace and an agent now. */
  useOf(workspaceId: string, agentId: WaitingCall["agentId"], nowMs: number): LimitUse {
    return {
      daily_limit: this.#daily.used(agentId, nowMs),
      workspace_limit: this.inUse(workspaceId),
      agent_limit: this.inUse(agentId),
    };
  }

  /** Keeps places for calls that are about to be ordered; none while anybody waits. Returns for how many, from the first on. */
  keepPlaces(asked: PlacesAsked, nowMs: number): number {
    const { workspaceId } = asked;
    const agentId = parseId("agent", asked.agentId);
    this.#kept.sweep(nowMs);
    if (agentId === null || this.#waiting.of(workspaceId).length > 0) return 0;
    return this.#kept.keep(asked, this.useOf(workspaceId, agentId, nowMs), nowMs);
  }

  /** A beat of a node: its permits are good for another lease. */
  beat({ nodeId, bootId }: Speaker, sentAtMs: number | undefined, nowMs: number): Told[] {
    this.#hear(nodeId, bootId, nowMs);
    if (sentAtMs === undefined) return [];
    return [{ nodeId, message: { type: "permit_lease", sentAtMs, leaseMs: LEASE_MS } }];
  }

  receive(speaker: Speaker, message: PermitNodeMessage, nowMs: number): Told[] {
    switch (message.type) {
      case "permit_request":
        return this.#request(speaker, message, nowMs);
      case "permit_release":
        return this.#leave(speaker.nodeId, message, nowMs);
      case "permits_held":
        return this.#reconcile(speaker, message, nowMs);
      case "daily_used":
        return this.#daily.report(speaker, message, nowMs).map((near) => ({
          nodeId: speaker.nodeId,
          message: near,
        }));
      default:
        return message satisfies never;
    }
  }

  /** Takes back what lost nodes held, as soon as nothing of theirs can be a call any more. */
  sweep(nowMs: number): Told[] {
    const told: Told[] = [];
    const mayReclaim = nowMs >= this.#deps.startedAtMs + RELINK_MS;
    for (const waiting of this.#waiting.all()) {
      const isLost = mayReclaim && this.#isLeaseOver(waiting.nodeId, nowMs);
      if (isLost || nowMs >= waiting.expiresAtMs + SKEW_MS) this.#waiting.remove(waiting.callId);
    }
    if (mayReclaim) {
      for (const permit of this.#permits.values()) {
        if (this.#deps.isLinked(permit.nodeId)) continue;
        if (nowMs < this.#notAfterMs(permit) + SKEW_MS) continue;
        this.#release(permit);
        told.push(...this.#admitWaiting(permit.workspaceId, nowMs));
      }
      for (const nodeId of this.#nodes.keys()) this.#forgetNode(nodeId, nowMs);
    }
    this.#daily.sweep(nowMs);
    this.#kept.sweep(nowMs);
    return told;
  }

  #request(speaker: Speaker, request: PermitRequest, nowMs: number): Told[] {
    const { workspaceId } = request;
    if (!this.#nodes.has(speaker.nodeId)) this.#hear(speaker.nodeId, speaker.bootId, nowMs);
    // A limit that was raised is for those first who have waited.
    const admitted = this.#limits.learn(request) ? this.#admitWaiting(workspaceId, nowMs) : [];
    return [...admitted, ...this.#answer(speaker, request, nowMs)];
  }

  #answer(speaker: Speaker, request: PermitRequest, nowMs: number): Told[] {
    const { callId, agentId, workspaceId, limits, mayQueue, requestId, waitMs } = request;
    const tell = (message: PermitHubMessage): Told => ({ nodeId: speaker.nodeId, message });
    const held = this.#permits.get(callId);
    if (held !== undefined) {
      // Of another node's call nothing is told: identifiers are unique, so this is no call of ours.
      if (held.nodeId !== speaker.nodeId) return [];
      if (held.isUntold) this.#store({ ...held, isUntold: false });
      return [tell(this.#granted(held, requestId))];
    }
    const place = this.#waiting.get(callId);
    if (place !== undefined) {
      if (place.nodeId !== speaker.nodeId) return [];
      this.#waiting.refresh(place, request);
      return [tell(queued(request, this.#waiting.position(place)))];
    }
    const full = this.#fullFor(workspaceId, agentId, limits.daily, nowMs, callId);
    if (full === null) {
      const asked = { ...request, nodeId: speaker.nodeId, bootId: speaker.bootId };
      return [tell(this.#grant(asked, nowMs))];
    }
    if (full === "daily_limit" || !mayQueue) {
      this.#forgetLimits(workspaceId, agentId);
      return [tell({ type: "permit_refused", requestId, callId, code: full })];
    }
    const { maxCallMs } = request;
    const added = this.#waiting.add({
      ...speaker,
      callId,
      requestId,
      workspaceId,
      agentId,
      maxCallMs,
      daily: limits.daily,
      expiresAtMs: nowMs + waitMs,
    });
    return [tell(queued(request, this.#waiting.position(added)))];
  }

  /** The first limit that is reached, or null when there is a place. */
  #fullFor(
    workspaceId: string,
    agentId: WaitingCall["agentId"],
    daily: number | null,
    nowMs: number,
    callId: string | null = null,
  ): PermitRefusalCode | null {
    if (daily !== null && this.#daily.used(agentId, nowMs) >= daily) return "daily_limit";
    if (this.#isFull(workspaceId, callId)) return "workspace_limit";
    return this.#isFull(agentId, callId) ? "agent_limit" : null;
  }

  /** For a call, whose own kept place is not in its way. */
  #isFull(scopeId: string, callId: string | null = null): boolean {
    const limit = this.#limits.of(scopeId);
    return limit !== null && this.inUse(scopeId) + this.#kept.of(scopeId, callId) >= limit;
  }

  #grant(
    asked: Pick<WaitingCall, "callId" | "requestId" | "workspaceId" | "agentId" | "maxCallMs"> &
      Speaker,
    nowMs: number,
  ): PermitHubMessage {
    this.#fence += 1;
    this.#deps.store.put("permits/fence", this.#fence);
    const { callId, workspaceId, agentId, maxCallMs, nodeId, bootId } = asked;
    const permit: Permit = {
      callId,
      workspaceId,
      agentId,
      maxCallMs,
      nodeId,
      bootId,
      fence: this.#fence,
      isUntold: !this.#deps.isLinked(nodeId),
    };
    this.#keep(permit);
    this.#kept.drop(callId);
    this.#store(permit);
    this.#daily.count(agentId, nowMs);
    return this.#granted(permit, asked.requestId);
  }

  #granted(permit: Permit, requestId: string): PermitHubMessage {
    const { callId, fence } = permit;
    const notAfterMs = this.#notAfterMs(permit);
    return { type: "permit_granted", requestId, callId, fence, notAfterMs };
  }

  /** A call that may begin up to the lease's end lasts this long at most; one never told of ends with it. */
  #notAfterMs({ nodeId, isUntold, maxCallMs }: Permit): number {
    const leaseEndMs = (this.#nodes.get(nodeId)?.heardAtMs ?? 0) + LEASE_MS;
    return isUntold ? leaseEndMs : leaseEndMs + maxCallMs;
  }

  #leave(
    nodeId: string,
    { callId, isUnused }: Extract<PermitNodeMessage, { type: "permit_release" }>,
    nowMs: number,
  ): Told[] {
    const place = this.#waiting.get(callId);
    if (place?.nodeId === nodeId) this.#waiting.remove(callId);
    const permit = this.#permits.get(callId);
    if (permit?.nodeId !== nodeId) return [];
    if (isUnused === true) this.#daily.count(permit.agentId, nowMs, -1);
    this.#release(permit);
    return this.#admitWaiting(permit.workspaceId, nowMs);
  }

  /** Oldest first over all agents of the workspace; whom another limit still holds back keeps the place. */
  #admitWaiting(workspaceId: string, nowMs: number): Told[] {
    const told: Told[] = [];
    for (const place of this.#waiting.of(workspaceId)) {
      if (this.#isFull(workspaceId)) break;
      const { agentId, callId, daily, nodeId, requestId } = place;
      const full = this.#fullFor(workspaceId, agentId, daily, nowMs);
      if (full === "daily_limit") {
        this.#waiting.remove(callId);
        told.push({ nodeId, message: { type: "permit_refused", requestId, callId, code: full } });
      } else if (full === null && nowMs < place.expiresAtMs) {
        this.#waiting.remove(callId);
        told.push({ nodeId, message: this.#grant(place, nowMs) });
      }
    }
    return told;
  }

  /** After a link: the node says what it has, and everything else of it is over. */
  #reconcile(
    { nodeId, bootId }: Speaker,
    said: Extract<PermitNodeMessage, { type: "permits_held" }>,
    nowMs: number,
  ): Told[] {
    this.#hear(nodeId, bootId, nowMs);
    const held = new Map(said.held.map((permit) => [permit.callId as string, permit]));
    const stillWaiting = new Set<string>(said.waiting);
    const touched = new Set<string>();
    for (const permit of [...this.#permits.values()]) {
      if (permit.nodeId !== nodeId) continue;
      const isAlive = permit.bootId === bootId && stillWaiting.has(permit.callId);
      const listed = held.get(permit.callId);
      if (listed !== undefined) {
        held.delete(permit.callId);
        this.#store({ ...permit, bootId, isUntold: false });
      } else if (!isAlive) {
        this.#release(permit);
        touched.add(permit.workspaceId);
      }
    }
    // Taken while no hub could be asked: they count, even where they are more than the limit.
    for (const permit of held.values()) {
      if (this.#permits.has(permit.callId)) continue;
      this.#fence = Math.max(this.#fence, permit.fence);
      const adopted = { ...permit, nodeId, bootId, isUntold: false };
      this.#keep(adopted);
      this.#store(adopted);
    }
    for (const place of this.#waiting.all()) {
      if (place.nodeId !== nodeId) continue;
      if (place.bootId !== bootId || !stillWaiting.has(place.callId)) {
        this.#waiting.remove(place.callId);
      }
    }
    const lease: PermitHubMessage = {
      type: "permit_lease",
      sentAtMs: said.sentAtMs,
      leaseMs: LEASE_MS,
    };
    const near = this.#daily.allNear(nowMs);
    return [
      ...[lease, ...near].map((message) => ({ nodeId, message })),
      ...[...touched].flatMap((workspaceId) => this.#admitWaiting(workspaceId, nowMs)),
    ];
  }

  #keep(permit: Permit): void {
    if (!this.#permits.has(permit.callId)) {
      for (const scope of [permit.workspaceId, permit.agentId]) {
        this.#inUse.set(scope, this.inUse(scope) + 1);
      }
    }
    this.#permits.set(permit.callId, permit);
  }

  #store(permit: Permit): void {
    this.#permits.set(permit.callId, permit);
    this.#deps.store.put(PERMIT + permit.callId, permit);
  }

  #release(permit: Permit): void {
    this.#permits.delete(permit.callId);
    this.#deps.store.delete(PERMIT + permit.callId);
    for (const scope of [permit.workspaceId, permit.agentId]) {
      const left = this.inUse(scope) - 1;
      if (left > 0) this.#inUse.set(scope, left);
      else this.#inUse.delete(scope);
    }
    this.#forgetLimits(permit.workspaceId, permit.agentId);
  }

  #forgetLimits(...scopeIds: string[]): void {
    for (const scopeId of scopeIds) {
      if (this.#inUse.has(scopeId) || this.#waiting.concerns(scopeId)) continue;
      this.#limits.forget(scopeId);
    }
  }

  #hear(nodeId: string, bootId: string, nowMs: number): void {
    const node = { bootId, heardAtMs: nowMs };
    this.#nodes.set(nodeId, node);
    this.#deps.store.put(NODE + nodeId, node);
  }

  #isLeaseOver(nodeId: string, nowMs: number): boolean {
    if (this.#deps.isLinked(nodeId)) return false;
    const heardAtMs = this.#nodes.get(nodeId)?.heardAtMs ?? 0;
    return nowMs >= heardAtMs + LEASE_MS + SKEW_MS;
  }

  #forgetNode(nodeId: string, nowMs: number): void {
    if (!this.#isLeaseOver(nodeId, nowMs)) return;
    for (const permit of this.#permits.values()) if (permit.nodeId === nodeId) return;
    this.#nodes.delete(nodeId);
    this.#deps.store.delete(NODE + nodeId);
  }
}

const PERMIT = "permit/";
const NODE = "permit-node/";

function queued({ requestId, callId }: PermitRequest, position: number): PermitHubMessage {
  return { type: "permit_queued", requestId, callId, position };
}
