/** Who of several batches may place how many calls now. Pure: the hub has the last word on every place. */

/** A batch that has somebody to call. */
export interface RunningBatch {
  readonly id: string;
  readonly agentId: string;
  /** What its client has asked for; null: shares of the limits. */
  readonly target: number | null;
  /** Recipients that wait. */
  readonly pending: number;
}

/** Calls of batches that are up, by batch; also those of batches that are over. */
export interface CallsUp {
  readonly batchCallId: string;
  readonly agentId: string;
  readonly up: number;
}

export interface Ceilings {
  /** Calls at a time of the workspace; null: no limit. */
  readonly workspace: number | null;
  /** By agent; absent or null: no limit. */
  readonly agents: ReadonlyMap<string, number | null>;
}

/** As the vendor has it, of all batches together. */
const WORKSPACE_SHARE = 0.5;
const AGENT_SHARE = 0.7;
/** Where neither workspace nor agent has a limit, and the client has named none. */
export const UNLIMITED_CEILING = 100;

/**
 * How many calls each batch may place, by batch, at most `most` together: one in turn for each batch, so that none
 * waits for another to end.
 */
export function planBatchCalls(
  batches: readonly RunningBatch[],
  callsUp: readonly CallsUp[],
  ceilings: Ceilings,
  most: number,
): ReadonlyMap<string, number> {
  const plan = new Map<string, number>();
  const up = new CallCounts(callsUp);
  let left = most;
  for (let waiting = batches; waiting.length > 0 && left > 0; ) {
    const served = waiting.filter((batch) => {
      const planned = plan.get(batch.id) ?? 0;
      if (left === 0 || planned === batch.pending || !mayPlace(batch, up, ceilings)) return false;
      plan.set(batch.id, planned + 1);
      up.add({ batchCallId: batch.id, agentId: batch.agentId, up: 1 });
      left -= 1;
      return true;
    });
    waiting = served;
  }
  return plan;
}

function mayPlace(batch: RunningBatch, up: CallCounts, ceilings: Ceilings): boolean {
  if (batch.target !== null) return up.ofBatch(batch.id) < batch.target;
  const workspace = shareOf(ceilings.workspace, WORKSPACE_SHARE);
  const agent = shareOf(ceilings.agents.get(batch.agentId) ?? null, AGENT_SHARE);
  if (workspace === null && agent === null) return up.all < UNLIMITED_CEILING;
  return (
    (workspace === null || up.all < workspace) &&
    (agent === null || up.ofAgent(batch.agentId) < agent)
  );
}

/** At least one: a batch under the smallest limit still comes to its end. */
function shareOf(limit: number | null, share: number): number | null {
  return limit === null ? null : Math.min(limit, Math.max(1, Math.floor(limit * share)));
}

class CallCounts {
  all = 0;
  readonly #batches = new Map<string, number>();
  readonly #agents = new Map<string, number>();

  constructor(callsUp: readonly CallsUp[]) {
    for (const one of callsUp) this.add(one);
  }

  ofBatch(id: string): number {
    return this.#batches.get(id) ?? 0;
  }
  ofAgent(id: string): number {
    return this.#agents.get(id) ?? 0;
  }

  add({ agentId, batchCallId, up }: CallsUp): void {
    this.all += up;
    this.#batches.set(batchCallId, this.ofBatch(batchCallId) + up);
    this.#agents.set(agentId, this.ofAgent(agentId) + up);
  }
}
