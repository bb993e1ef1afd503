import type { AppDeps } from "../app-type.ts";
import { endLostCall, findBusyNodes, findCallsOfNodes } from "../db/lost-calls.ts";
import { log } from "../log.ts";
import { commitUnit } from "./commit-unit.ts";

/** A node's own record replaces a provisional end until then without a word to the webhooks. */
export const PROVISIONAL_MS = 120_000;
export const NODE_LOST = {
  code: "node_lost",
  blame: "platform",
  reason: "The node that had the call was lost.",
} as const;

const CALLS_AT_ONCE = 200;

/** Whether a call that began then is over, as far as its node's link tells. */
export type IsLost = (nodeId: string, startedAtMs: number) => boolean;

/**
 * Ends what lost nodes have left, provisionally: a node that comes back with its records has the last word.
 * @throws DatabaseUnavailable, ServiceUnavailable
 */
export async function closeLostCalls(
  deps: Pick<AppDeps, "db" | "writer" | "clock">,
  region: string,
  isLost: IsLost,
): Promise<void> {
  // With a call as old as can be: those that are young are looked at one by one.
  const nodeIds = (await findBusyNodes(deps.db, region)).filter((nodeId) => isLost(nodeId, 0));
  for (let isMore = nodeIds.length > 0; isMore; ) {
    const calls = await findCallsOfNodes(deps.db, nodeIds, CALLS_AT_ONCE);
    const lost = calls.filter(({ nodeId, startedAtMs }) => isLost(nodeId, startedAtMs));
    const nowMs = deps.clock();
    const ends = lost.map(({ callId }) =>
      endLostCall(callId, NODE_LOST, nowMs, nowMs + PROVISIONAL_MS),
    );
    if (ends.length > 0) {
      await commitUnit(deps.writer, ends, "call_end");
      log("warn", "lost_calls_ended", { region, calls: ends.length });
    }
    isMore = calls.length === CALLS_AT_ONCE && lost.length > 0;
  }
}
