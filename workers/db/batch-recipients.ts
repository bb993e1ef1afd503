import { and, asc, eq, gt, inArray, lte, sql } from "drizzle-orm";
import { batchCalls, batchRecipients } from "../../schema/tables/batch-calls.ts";
import { conversations } from "../../schema/tables/conversations.ts";
import { outboundOrders } from "../../schema/tables/outbound-orders.ts";
import type { BatchCallRow } from "./batch-calls.ts";
import { type Database, type RowPage, readRows } from "./client.ts";
import { guardChangedOne, type Statement } from "./write-unit.ts";

export type RecipientRow = typeof batchRecipients.$inferSelect;

/** Of a recipient that is being stored. */
export type NewRecipient = Pick<
  RecipientRow,
  "position" | "id" | "phoneNumber" | "clientData" | "secretVariables"
>;

/** Stores recipients of a draft by one statement, whatever their number. */
export function insertRecipients(
  batch: Pick<BatchCallRow, "id" | "workspaceId" | "createdAtMs">,
  recipients: readonly NewRecipient[],
): Statement {
  const rows = recipients.map(({ clientData, id, phoneNumber, position, secretVariables }) => [
    position,
    id,
    phoneNumber,
    clientData === null ? null : JSON.stringify(clientData),
    secretVariables,
  ]);
  const { createdAtMs, id, workspaceId } = batch;
  return {
    sql: `INSERT INTO batch_recipients
            (batch_call_id, position, id, workspace_id, phone_number, client_data, secret_variables,
             status, attempts, orders, not_before_ms, created_at_ms, updated_at_ms)
          SELECT ?, json_extract(value, '$[0]'), json_extract(value, '$[1]'), ?,
                 json_extract(value, '$[2]'), json_extract(value, '$[3]'), json_extract(value, '$[4]'),
                 'pending', 0, 0, 0, ?, ?
          FROM json_each(?)`,
    args: [id, workspaceId, createdAtMs, createdAtMs, JSON.stringify(rows)],
  };
}

/** In the order of the request, after `position`. */
export async function findRecipients(
  db: Database,
  batchCallId: string,
  position: number,
  limit: number,
): Promise<RowPage<RecipientRow>> {
  return readRows(db, limit, (reader, step) =>
    reader
      .select()
      .from(batchRecipients)
      .where(
        and(eq(batchRecipients.batchCallId, batchCallId), gt(batchRecipients.position, position)),
      )
      .orderBy(asc(batchRecipients.position))
      .limit(step),
  );
}

/** The same, with what is known of their calls. */
export async function findRecipientsWithCalls(
  db: Database,
  batchCallId: string,
  position: number,
  limit: number,
): Promise<RowPage<RecipientWithCall>> {
  return readRows(db, limit, (reader, step) =>
    reader
      .select({
        recipient: batchRecipients,
        acceptedAtMs: conversations.acceptedAtMs,
        endedAtMs: conversations.endedAtMs,
        durationMs: conversations.durationMs,
        endCode: conversations.endCode,
        terminationReason: conversations.terminationReason,
      })
      .from(batchRecipients)
      .leftJoin(conversations, eq(conversations.callId, batchRecipients.callId))
      .where(
        and(eq(batchRecipients.batchCallId, batchCallId), gt(batchRecipients.position, position)),
      )
      .orderBy(asc(batchRecipients.position))
      .limit(step),
  );
}

export interface RecipientWithCall {
  readonly recipient: RecipientRow;
  readonly acceptedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly durationMs: number | null;
  readonly endCode: string | null;
  readonly terminationReason: string | null;
}

/** Who is to be called next, in the order of the request. */
export async function findPendingRecipients(
  db: Database,
  batchCallId: string,
  nowMs: number,
  limit: number,
): Promise<readonly RecipientRow[]> {
  const { notBeforeMs, position, status } = batchRecipients;
  const { rows } = await readRows(db, limit, (reader, step) =>
    reader
      .select()
      .from(batchRecipients)
      .where(
        and(
          eq(batchRecipients.batchCallId, batchCallId),
          eq(status, "pending"),
          lte(notBeforeMs, nowMs),
        ),
      )
      .orderBy(asc(position))
      .limit(step),
  );
  return rows;
}

/** An SQL condition: the recipient is being called. As the index has it. */
const IS_UP = "status IN ('dispatched', 'initiated', 'in_progress')";

/** Calls of batches of a workspace, over or not, that have been dispatched and have not ended. */
export async function countCallsUp(
  db: Database,
  workspaceId: string,
): Promise<readonly { readonly batchCallId: string; readonly agentId: string; up: number }[]> {
  return db.read((reader) =>
    reader
      .select({
        batchCallId: batchRecipients.batchCallId,
        agentId: batchCalls.agentId,
        up: sql<number>`COUNT(*)`,
      })
      .from(batchRecipients)
      .innerJoin(batchCalls, eq(batchCalls.id, batchRecipients.batchCallId))
      .where(
        and(
          eq(batchRecipients.workspaceId, workspaceId),
          sql`${batchRecipients.status} IN ('dispatched', 'initiated', 'in_progress')`,
        ),
      )
      .groupBy(batchRecipients.batchCallId, batchCalls.agentId),
  );
}

/**
 * The recipient has an order, its `orders`-th. Fails with guard `recipient_pending` when somebody was quicker, or
 * nobody is to be called.
 */
export function dispatchRecipient(
  { batchCallId, orders, position }: Pick<RecipientRow, "batchCallId" | "position" | "orders">,
  callId: string,
  nowMs: number,
): readonly Statement[] {
  return [
    {
      sql: `UPDATE batch_recipients
            SET status = 'dispatched', attempts = attempts + 1, orders = orders + 1, call_id = ?, updated_at_ms = ?
            WHERE batch_call_id = ? AND position = ? AND status = 'pending' AND orders = ?`,
      args: [callId, nowMs, batchCallId, position, orders],
    },
    guardChangedOne("recipient_pending"),
  ];
}

/** A node has begun the call. Nothing for a call of no batch, as all that follows. */
export function callBegan(callId: string, nowMs: number): Statement {
  return {
    sql: `UPDATE batch_recipients SET status = 'initiated', updated_at_ms = ?
          WHERE call_id = ? AND status = 'dispatched'`,
    args: [nowMs, callId],
  };
}

export function callAnswered(callId: string, nowMs: number): Statement {
  return {
    sql: `UPDATE batch_recipients SET status = 'in_progress', updated_at_ms = ?
          WHERE call_id = ? AND status IN ('dispatched', 'initiated')`,
    args: [nowMs, callId],
  };
}

export function callEnded(
  callId: string,
  status: Extract<RecipientRow["status"], "completed" | "failed" | "voicemail">,
  nowMs: number,
): Statement {
  return {
    sql: "UPDATE batch_recipients SET status = ?, updated_at_ms = ? WHERE call_id = ?",
    args: [status, nowMs, callId],
  };
}

/** No phone has rung: the recipient is called later by another order, unless its batch is over. */
export function callNotPlaced(callId: string, notBeforeMs: number, nowMs: number): Statement {
  return {
    sql: `UPDATE batch_recipients
          SET status = CASE (SELECT batch_calls.status FROM batch_calls
                             WHERE batch_calls.id = batch_recipients.batch_call_id)
                       WHEN 'in_progress' THEN 'pending' WHEN 'failed' THEN 'failed' ELSE 'cancelled' END,
              attempts = attempts - 1, call_id = NULL, not_before_ms = ?, updated_at_ms = ?
          WHERE call_id = ? AND ${IS_UP}`,
    args: [notBeforeMs, nowMs, callId],
  };
}

/** Nothing is left of the person; a call that is up goes on. */
export function forgetRecipient(callId: string, nowMs: number): Statement {
  return {
    sql: `UPDATE batch_recipients
          SET phone_number = '', client_data = NULL, secret_variables = NULL, updated_at_ms = ?,
              status = CASE status WHEN 'dispatched' THEN 'failed' ELSE status END
          WHERE call_id = ?`,
    args: [nowMs, callId],
  };
}

/** Whom a call is to, when it is of a batch. */
export interface BatchCallOf {
  readonly batchCallId: string;
  readonly recipientId: string;
}

/** By call; calls of no batch are absent. */
export async function findBatchCallsOf(
  db: Database,
  callIds: readonly string[],
): Promise<ReadonlyMap<string, BatchCallOf>> {
  if (callIds.length === 0) return new Map();
  const { batchCallId, batchRecipientId, callId } = outboundOrders;
  const rows = await db.read((reader) =>
    reader
      .select({ callId, batchCallId, recipientId: batchRecipientId })
      .from(outboundOrders)
      .where(inArray(callId, [...callIds])),
  );
  return new Map(
    rows.flatMap(({ batchCallId: batch, callId: call, recipientId }) =>
      batch === null || recipientId === null
        ? []
        : [[call, { batchCallId: batch, recipientId }] as const],
    ),
  );
}

/** An order of a batch that nothing has come back from. */
export interface UnsettledBatchOrder {
  readonly order: typeof outboundOrders.$inferSelect;
  readonly recipient: RecipientRow;
  readonly batch: BatchCallRow;
  readonly agentNumber: string;
}

/** Orders of batches of the workspace that the hub has not settled and no node has told of. */
export async function findUnsettledBatchOrders(
  db: Database,
  workspaceId: string,
  limit: number,
): Promise<readonly UnsettledBatchOrder[]> {
  const { rows } = await readRows(db, limit, async (reader, step) => {
    const found = await reader
      .select({
        order: outboundOrders,
        recipient: batchRecipients,
        batch: batchCalls,
        record: conversations.record,
      })
      .from(batchRecipients)
      .innerJoin(batchCalls, eq(batchCalls.id, batchRecipients.batchCallId))
      .innerJoin(outboundOrders, eq(outboundOrders.callId, batchRecipients.callId))
      .innerJoin(conversations, eq(conversations.callId, batchRecipients.callId))
      .where(
        and(
          eq(batchRecipients.workspaceId, workspaceId),
          sql`${batchRecipients.status} IN ('dispatched', 'initiated', 'in_progress')`,
          eq(batchRecipients.status, "dispatched"),
          eq(outboundOrders.status, "placed"),
          eq(conversations.nodeId, ""),
        ),
      )
      .limit(step);
    return found.map(({ record, ...row }) => ({ ...row, agentNumber: record.agentNumber ?? "" }));
  });
  return rows;
}
