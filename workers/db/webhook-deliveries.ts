import { and, desc, eq, gte, lt, lte, or } from "drizzle-orm";
import { webhookDeliveries, webhookEndpoints } from "../../schema/tables/webhooks.ts";
import type { WorkspaceId } from "../../schema/values/ids.ts";
import type { Database } from "./client.ts";
import type { Statement } from "./write-unit.ts";

/** Deliveries as the workspace looks at them and orders them again. */

const SUMMARY = {
  id: webhookDeliveries.id,
  eventId: webhookDeliveries.eventId,
  endpointId: webhookDeliveries.endpointId,
  eventType: webhookDeliveries.eventType,
  conversationId: webhookDeliveries.conversationId,
  sequence: webhookDeliveries.sequence,
  status: webhookDeliveries.status,
  attempts: webhookDeliveries.attempts,
  replays: webhookDeliveries.replays,
  lastStatusCode: webhookDeliveries.lastStatusCode,
  lastError: webhookDeliveries.lastError,
  lastAttemptAtMs: webhookDeliveries.lastAttemptAtMs,
  createdAtMs: webhookDeliveries.createdAtMs,
  deliveredAtMs: webhookDeliveries.deliveredAtMs,
} as const;

type DeliveryRow = typeof webhookDeliveries.$inferSelect;
export type DeliverySummaryRow = Pick<DeliveryRow, keyof typeof SUMMARY>;

/** What a list is restricted to; undefined: not. */
export interface DeliveryFilter {
  readonly endpointId: string | undefined;
  readonly conversationId: string | undefined;
  readonly status: DeliveryRow["status"] | undefined;
  readonly eventType: string | undefined;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** Newest first, without bodies. */
export async function listDeliveries(
  db: Database,
  workspaceId: WorkspaceId,
  filter: DeliveryFilter,
  after: readonly [number, string] | null,
  limit: number,
): Promise<DeliverySummaryRow[]> {
  const { createdAtMs, id } = webhookDeliveries;
  const equal = <T>(column: Parameters<typeof eq>[0], value: T | undefined) =>
    value === undefined ? undefined : eq(column, value);
  return db.read((reader) =>
    reader
      .select(SUMMARY)
      .from(webhookDeliveries)
      .where(
        and(
          eq(webhookDeliveries.workspaceId, workspaceId),
          equal(webhookDeliveries.endpointId, filter.endpointId),
          equal(webhookDeliveries.conversationId, filter.conversationId),
          equal(webhookDeliveries.status, filter.status),
          equal(webhookDeliveries.eventType, filter.eventType),
          filter.fromMs === undefined ? undefined : gte(createdAtMs, filter.fromMs),
          filter.toMs === undefined ? undefined : lte(createdAtMs, filter.toMs),
          after === null
            ? undefined
            : or(lt(createdAtMs, after[0]), and(eq(createdAtMs, after[0]), lt(id, after[1]))),
        ),
      )
      .orderBy(desc(createdAtMs), desc(id))
      .limit(limit),
  );
}

export interface DeliveryRecord extends DeliverySummaryRow {
  readonly body: string;
  readonly responseExcerpt: string | null;
  readonly lastLatencyMs: number | null;
  readonly url: string;
  readonly signatureStyle: (typeof webhookEndpoints.$inferSelect)["signatureStyle"];
  readonly isDisabled: boolean;
}

export async function findDeliveryOf(
  db: Database,
  workspaceId: WorkspaceId,
  id: string,
): Promise<DeliveryRecord | null> {
  const [row] = await db.read((reader) =>
    reader
      .select({
        ...SUMMARY,
        body: webhookDeliveries.body,
        responseExcerpt: webhookDeliveries.responseExcerpt,
        lastLatencyMs: webhookDeliveries.lastLatencyMs,
        url: webhookEndpoints.url,
        signatureStyle: webhookEndpoints.signatureStyle,
        isDisabled: webhookEndpoints.isDisabled,
      })
      .from(webhookDeliveries)
      .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.endpointId))
      .where(and(eq(webhookDeliveries.workspaceId, workspaceId), eq(webhookDeliveries.id, id)))
      .limit(1),
  );
  return row ?? null;
}

const PENDING_AGAIN = `UPDATE webhook_deliveries
  SET status = 'pending', attempts = 0, replays = replays + 1, delivered_at_ms = NULL`;

/** Changes one row, or none when it is pending already. */
export function replayDelivery(workspaceId: WorkspaceId, id: string): Statement {
  return {
    sql: `${PENDING_AGAIN} WHERE id = ? AND workspace_id = ? AND status <> 'pending'`,
    args: [id, workspaceId],
  };
}

/** Makes the oldest `limit` pending again, and returns their identifiers. */
export function replayDeliveries(
  workspaceId: WorkspaceId,
  range: {
    readonly endpointId: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly status: "delivered" | "failed" | null;
    readonly eventType: string | null;
  },
  limit: number,
): Statement {
  const { endpointId, eventType, fromMs, status, toMs } = range;
  return {
    sql: `${PENDING_AGAIN} WHERE id IN (
            SELECT id FROM webhook_deliveries
            WHERE endpoint_id = ? AND workspace_id = ? AND status <> 'pending'
              AND created_at_ms >= ? AND created_at_ms <= ?
              AND (? IS NULL OR status = ?) AND (? IS NULL OR event_type = ?)
            ORDER BY created_at_ms, id LIMIT ?)
          RETURNING id`,
    args: [endpointId, workspaceId, fromMs, toMs, status, status, eventType, eventType, limit],
  };
}
