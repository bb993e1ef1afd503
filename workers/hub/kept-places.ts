import type { LimitUse } from "./limit-rule.ts";

/** What is asked for calls that are about to be ordered: each of them has a place, or is not ordered yet. */
export interface PlacesAsked {
  readonly workspaceId: string;
  readonly agentId: string;
  /** As they stand in the database; null: no limit. */
  readonly limits: {
    readonly workspace: number | null;
    readonly agent: number | null;
    readonly daily: number | null;
  };
  readonly callIds: readonly string[];
}

interface KeptPlace {
  readonly workspaceId: string;
  readonly agentId: string;
  readonly untilMs: number;
}

/** An order has reached a node and its call asked for a permit by then, or never does. */
const KEEP_MS = 15_000;

/**
 * Places for calls that are on their way to a node and have no permit yet, so that none of them is refused for a
 * limit when it gets there. In memory: a hub that starts again has forgotten them, and such a call may be refused.
 */
export class KeptPlaces {
  readonly #byCall = new Map<string, KeptPlace>();

  /** Of a workspace or an agent, for other calls than `callId`. */
  of(scopeId: string, callId: string | null = null): number {
    let count = 0;
    for (const [kept, { agentId, workspaceId }] of this.#byCall) {
      if (kept !== callId && (agentId === scopeId || workspaceId === scopeId)) count += 1;
    }
    return count;
  }

  /** Keeps places for as many of the calls, from the first on, as there are beside the headroom. */
  keep(
    { agentId, callIds, limits, workspaceId }: PlacesAsked,
    use: LimitUse,
    nowMs: number,
  ): number {
    const free = Math.min(
      placesFree(limits.workspace, use.workspace_limit + this.of(workspaceId)),
      placesFree(limits.agent, use.agent_limit + this.of(agentId)),
      limits.daily === null
        ? Number.POSITIVE_INFINITY
        : limits.daily - use.daily_limit - this.of(agentId),
    );
    const taken = callIds.slice(0, Math.max(0, free));
    for (const callId of taken) {
      this.#byCall.set(callId, { workspaceId, agentId, untilMs: nowMs + KEEP_MS });
    }
    return taken.length;
  }

  /** It has its permit, or needs none. */
  drop(callId: string): void {
    this.#byCall.delete(callId);
  }

  sweep(nowMs: number): void {
    for (const [callId, { untilMs }] of this.#byCall) {
      if (nowMs >= untilMs) this.#byCall.delete(callId);
    }
  }
}

/** One place in ten, at least one, stays free for calls that nobody can delay. */
function placesFree(limit: number | null, used: number): number {
  if (limit === null) return Number.POSITIVE_INFINITY;
  const headroom = limit > 1 ? Math.max(1, Math.floor(limit / 10)) : 0;
  return limit - headroom - used;
}
