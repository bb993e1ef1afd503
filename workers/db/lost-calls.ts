import { and, eq, inArray, isNotNull, isNull, ne, or } from "drizzle-orm";
import { conversations } from "../../schema/tables/conversations.ts";
import { workspaces } from "../../schema/tables/workspaces.ts";
import type { Database } from "./client.ts";
import type { Statement } from "./write-unit.ts";

/** Calls whose nodes tell of them: an order that nobody has answered yet is the hub's. */
const isNodesOwn = () =>
  and(
    isNull(conversations.endedAtMs),
    ne(conversations.nodeId, ""),
    or(eq(conversations.direction, "inbound"), isNotNull(conversations.acceptedAtMs)),
  );

/** Nodes of the region with calls that have not ended. */
export async function findBusyNodes(db: Database, region: string): Promise<readonly string[]> {
  const rows = await db.read((reader) =>
    reader
      .selectDistinct({ nodeId: conversations.nodeId })
      .from(conversations)
      .innerJoin(workspaces, eq(workspaces.id, conversations.workspaceId))
      .where(and(eq(workspaces.region, region), isNodesOwn())),
  );
  return rows.map(({ nodeId }) => nodeId);
}

/** The calls of these nodes that have not ended. */
export async function findCallsOfNodes(
  db: Database,
  nodeIds: readonly string[],
  limit: number,
): Promise<
  readonly { readonly callId: string; readonly nodeId: string; readonly startedAtMs: number }[]
> {
  const { callId, nodeId, startedAtMs } = conversations;
  return db.read((reader) =>
    reader
      .select({ callId, nodeId, startedAtMs })
      .from(conversations)
      .where(and(inArray(nodeId, [...nodeIds]), isNodesOwn()))
      .limit(limit),
  );
}

/** Ends the call until its node says otherwise; nothing when it has ended meanwhile. */
export function endLostCall(
  callId: string,
  end: { readonly code: string; readonly blame: string; readonly reason: string },
  endedAtMs: number,
  provisionalUntilMs: number,
): Statement {
  return {
    sql: `UPDATE conversations
          SET status = CASE WHEN accepted_at_ms IS NULL THEN 'failed' ELSE 'done' END,
              ended_at_ms = ?, duration_ms = max(0, ? - coalesce(accepted_at_ms, ?)),
              end_code = ?, termination_reason = ?, provisional_until_ms = ?,
              record = json_set(record, '$.end', json(?))
          WHERE call_id = ? AND ended_at_ms IS NULL`,
    args: [
      endedAtMs,
      endedAtMs,
      endedAtMs,
      end.code,
      end.reason,
      provisionalUntilMs,
      JSON.stringify({ ...end, sipStatus: null }),
      callId,
    ],
  };
}

/** Its webhooks wait longer. */
export function prolongProvisional(conversationId: string, untilMs: number): Statement {
  return {
    sql: "UPDATE conversations SET provisional_until_ms = ? WHERE id = ? AND provisional_until_ms > 0",
    args: [untilMs, conversationId],
  };
}
