import {
  dayOf,
  type PermitHubMessage,
  type PermitNodeMessage,
} from "../../schema/contracts/permits.ts";
import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { LedgerStore } from "./ledger-store.ts";

interface DailyCount {
  readonly agentId: AgentRoute["id"];
  readonly day: string;
  /** Calls that were given a permit. */
  readonly granted: number;
  /** What processes have taken without asking, by node and boot: sums, so that a repeat adds nothing. */
  readonly reported: Readonly<Record<string, number>>;
  /** The agent's nodes ask from now on. */
  readonly isNear: boolean;
}

const PREFIX = "permit-daily/";
/** From here on a node asks for every call: what may still be on its way is far less than the rest. */
const NEAR_SHARE = 0.9;

/** How many calls each agent has had today (UTC). */
export class DailyCounts {
  readonly #store: LedgerStore;
  readonly #counts = new Map<string, DailyCount>();

  constructor(store: LedgerStore) {
    this.#store = store;
    for (const [, count] of store.list<DailyCount>({ prefix: PREFIX })) {
      this.#counts.set(count.agentId, count);
    }
  }

  used(agentId: AgentRoute["id"], nowMs: number): number {
    const { granted, reported } = this.#today(agentId, nowMs);
    return Object.values(reported).reduce((sum, calls) => sum + calls, granted);
  }

  /** A call more, or one less that never was. */
  count(agentId: AgentRoute["id"], nowMs: number, calls: 1 | -1 = 1): void {
    const today = this.#today(agentId, nowMs);
    this.#put({ ...today, granted: Math.max(0, today.granted + calls) });
  }

  /** A report of another day than the hub's is late, and says nothing of today. */
  report(
    { nodeId, bootId }: { readonly nodeId: string; readonly bootId: string },
    { agentId, day, calls, limit }: Extract<PermitNodeMessage, { type: "daily_used" }>,
    nowMs: number,
  ): PermitHubMessage[] {
    if (day !== dayOf(nowMs)) return [];
    const today = this.#today(agentId, nowMs);
    const process = `${nodeId}/${bootId}`;
    const known = today.reported[process] ?? 0;
    const reported = { ...today.reported, [process]: Math.max(known, calls) };
    this.#put({ ...today, reported });
    const isNear = today.isNear || this.used(agentId, nowMs) >= limit * NEAR_SHARE;
    if (!isNear) return [];
    if (!today.isNear) this.#put({ ...today, reported, isNear });
    return [{ type: "daily_near", agentId, day }];
  }

  /** For a node that has just linked. */
  allNear(nowMs: number): PermitHubMessage[] {
    const day = dayOf(nowMs);
    return [...this.#counts.values()]
      .filter((count) => count.isNear && count.day === day)
      .map(({ agentId }) => ({ type: "daily_near", agentId, day }));
  }

  sweep(nowMs: number): void {
    const day = dayOf(nowMs);
    for (const [agentId, count] of this.#counts) {
      if (count.day >= day) continue;
      this.#counts.delete(agentId);
      this.#store.delete(PREFIX + agentId);
    }
  }

  #today(agentId: AgentRoute["id"], nowMs: number): DailyCount {
    const day = dayOf(nowMs);
    const count = this.#counts.get(agentId);
    return count?.day === day ? count : { agentId, day, granted: 0, reported: {}, isNear: false };
  }

  #put(count: DailyCount): void {
    this.#counts.set(count.agentId, count);
    this.#store.put(PREFIX + count.agentId, count);
  }
}
