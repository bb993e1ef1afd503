import { and, asc, eq, gt, inArray, isNull, lt, lte } from "drizzle-orm";
import type { CallRecord } from "../../schema/contracts/call-record.ts";
import { conversations } from "../../schema/tables/conversations.ts";
import { outboundOrders } from "../../schema/tables/outbound-orders.ts";
import { workspaces } from "../../schema/tables/workspaces.ts";
import { type Database, readRows } from "./client.ts";
import type { ConversationRow } from "./conversations.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guard, guardChangedOne, type Statement } from "./write-unit.ts";

export type OrderRow = typeof outboundOrders.$inferSelect;

export function insertOrder(row: OrderRow): Statement {
  return statementOf(statementBuilder.insert(outboundOrders).values(row));
}

/** Fails with guard `number_dials` unless the number of the workspace has an outbound trunk in use. */
export function guardNumberDials(workspaceId: string, phoneNumberId: string): Statement {
  return guard(
    "number_dials",
    `EXISTS (SELECT 1 FROM phone_numbers WHERE id = ? AND workspace_id = ?
       AND outbound_trunk_id IS NOT NULL AND supports_outbound = 1)`,
    [phoneNumberId, workspaceId],
  );
}

export async function findOrder(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<OrderRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(outboundOrders)
      .where(and(eq(outboundOrders.id, id), eq(outboundOrders.workspaceId, workspaceId)))
      .limit(1),
  );
  return row ?? null;
}

/**
 * The oldest orders of a region that were placed before `beforeMs` and are not settled. Those of batches are not among
 * them: their dialer places them again when the hub has never heard of them.
 */
export async function findOpenOrders(
  db: Database,
  region: string,
  beforeMs: number,
  limit: number,
): Promise<readonly OrderRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(outboundOrders)
      .where(
        and(
          eq(outboundOrders.region, region),
          eq(outboundOrders.status, "placed"),
          isNull(outboundOrders.batchCallId),
          lt(outboundOrders.createdAtMs, beforeMs),
        ),
      )
      .orderBy(asc(outboundOrders.createdAtMs))
      .limit(limit),
  );
}

/** Nothing is left for the hub to do. A second time changes nothing. */
export function settleOrder(orderId: string, answer: string, nowMs: number): Statement {
  return {
    sql: `UPDATE outbound_orders SET status = 'settled', answer = COALESCE(answer, ?), settled_at_ms = ?
          WHERE id = ? AND status = 'placed'`,
    args: [answer, nowMs, orderId],
  };
}

/** Removes the conversation of a call that no node has begun. */
export function forgetOrdered(callId: string): Statement {
  return {
    sql: "DELETE FROM conversations WHERE call_id = ? AND node_id = '' AND ended_at_ms IS NULL",
    args: [callId],
  };
}

/** How the control plane ends a call that no node tells of. */
export interface OwnEnd {
  readonly callId: string;
  readonly end: CallRecord["end"];
  readonly endedAtMs: number;
  /** Null: final. Else a node's own record may replace it, and until then no webhook is told. */
  readonly provisionalUntilMs: number | null;
}

/** Fails with guard `call_not_ended` when the call has ended before. */
export function endCall({
  callId,
  end,
  endedAtMs,
  provisionalUntilMs,
}: OwnEnd): readonly Statement[] {
  return [
    {
      sql: `UPDATE conversations
            SET status = 'failed', ended_at_ms = ?, duration_ms = 0, end_code = ?,
                termination_reason = ?, provisional_until_ms = ?,
                record = json_set(record, '$.end', json(?))
            WHERE call_id = ? AND ended_at_ms IS NULL`,
      args: [endedAtMs, end.code, end.reason, provisionalUntilMs, JSON.stringify(end), callId],
    },
    guardChangedOne("call_not_ended"),
  ];
}

/** The region's provisional ends whose time has come. */
export async function findDueProvisional(
  db: Database,
  region: string,
  nowMs: number,
  limit: number,
): Promise<readonly ConversationRow[]> {
  const { rows } = await readRows(db, limit, async (reader, step) => {
    const found = await reader
      .select({ conversation: conversations })
      .from(conversations)
      .innerJoin(workspaces, eq(workspaces.id, conversations.workspaceId))
      .where(
        and(
          eq(workspaces.region, region),
          gt(conversations.provisionalUntilMs, 0),
          lte(conversations.provisionalUntilMs, nowMs),
        ),
      )
      .limit(step);
    return found.map(({ conversation }) => conversation);
  });
  return rows;
}

/** The webhooks have been told of a provisional end; fails with guard `still_provisional`. */
export function markTold(conversationId: string): readonly Statement[] {
  return [
    {
      sql: `UPDATE conversations SET provisional_until_ms = 0
            WHERE id = ? AND provisional_until_ms > 0`,
      args: [conversationId],
    },
    guardChangedOne("still_provisional"),
  ];
}

/** What the requests that placed these calls said of their conversations, by call. */
export async function findClientData(
  db: Database,
  callIds: readonly string[],
): Promise<ReadonlyMap<string, CallRecord["clientData"]>> {
  if (callIds.length === 0) return new Map();
  const rows = await db.read((reader) =>
    reader
      .select({ callId: conversations.callId, record: conversations.record })
      .from(conversations)
      .where(inArray(conversations.callId, [...callIds])),
  );
  return new Map(rows.map(({ callId, record }) => [callId, record.clientData]));
}
