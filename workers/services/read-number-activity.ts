import type { NumberActivity } from "../../schema/contracts/number-activity.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findNumberActivity, type NumberActivityRow } from "../db/number-activity.ts";

/** Whose fault a trunk's can be. */
const TRUNK_BLAMES: ReadonlySet<string> = new Set(["carrier", "customer"]);

/** In the order in which they were asked for; numbers of others are left out. */
export async function readNumberActivity(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  ids: readonly string[],
): Promise<{ data: NumberActivity[] }> {
  const rows = await findNumberActivity(deps.db, workspaceId, ids);
  const byId = new Map(rows.map((row) => [row.id, viewOf(row)]));
  return { data: [...new Set(ids)].flatMap((id) => byId.get(id) ?? []) };
}

function viewOf(row: NumberActivityRow): NumberActivity {
  const { lastCall } = row;
  return {
    phone_number_id: row.id,
    region: row.region,
    ...healthOf(row),
    last_call:
      lastCall === null
        ? null
        : {
            conversation_id: lastCall.id,
            started_at: timeOf(lastCall.startedAtMs),
            status: lastCall.status,
          },
    live_calls: row.liveCalls,
    open_batch_calls: row.openBatchCalls,
  };
}

function healthOf({
  lastCall,
  lastRefusal,
}: NumberActivityRow): Pick<NumberActivity, "trunk_health" | "problem"> {
  if (lastRefusal !== null && lastRefusal.atMs > (lastCall?.startedAtMs ?? 0)) {
    const { atMs, code, reason } = lastRefusal;
    return { trunk_health: "refusing", problem: { code, reason, at: timeOf(atMs) } };
  }
  if (lastCall === null) return { trunk_health: "unused", problem: null };
  const { acceptedAtMs, blame, code, endedAtMs, reason } = lastCall;
  const isAtTrunk = blame !== null && TRUNK_BLAMES.has(blame) && !code?.endsWith("_limit");
  if (acceptedAtMs === null && endedAtMs !== null && isAtTrunk) {
    const problem = { code: code ?? "unknown", reason: reason ?? "", at: timeOf(endedAtMs) };
    return { trunk_health: "failing", problem };
  }
  return { trunk_health: "working", problem: null };
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
