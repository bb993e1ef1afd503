import { and, asc, desc, eq, exists, inArray, isNotNull } from "drizzle-orm";
import { webhookDeliveries, webhookEndpoints } from "../../schema/tables/webhooks.ts";
import { workspaces } from "../../schema/tables/workspaces.ts";
import type { WebhookEndpointId, WorkspaceId } from "../../schema/values/ids.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import type { Database } from "./client.ts";
import { guard, type Statement } from "./write-unit.ts";

export type EndpointRow = typeof webhookEndpoints.$inferSelect;

export async function findEndpoint(db: Database, endpointId: string): Promise<EndpointRow | null> {
  const [row] = await db.read((reader) =>
    reader.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, endpointId)).limit(1),
  );
  return row ?? null;
}

export async function listEndpoints(
  db: Database,
  workspaceId: WorkspaceId,
): Promise<readonly EndpointRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(webhookEndpoints)
      .where(eq(webhookEndpoints.workspaceId, workspaceId))
      .orderBy(asc(webhookEndpoints.id)),
  );
}

/** The status code of the endpoint's newest delivery that has failed at least once, or null. */
export async function findLastFailure(db: Database, endpointId: string): Promise<number | null> {
  const [row] = await db.read((reader) =>
    reader
      .select({ statusCode: webhookDeliveries.lastStatusCode })
      .from(webhookDeliveries)
      .where(
        and(
          eq(webhookDeliveries.endpointId, endpointId),
          inArray(webhookDeliveries.status, ["pending", "failed"]),
          isNotNull(webhookDeliveries.lastStatusCode),
        ),
      )
      .orderBy(desc(webhookDeliveries.createdAtMs))
      .limit(1),
  );
  return row?.statusCode ?? null;
}

/** Enabled endpoints of these workspaces. */
export async function findEnabledEndpoints(
  db: Database,
  workspaceIds: readonly string[],
): Promise<readonly { readonly id: string; readonly workspaceId: string }[]> {
  if (workspaceIds.length === 0) return [];
  return db.read((reader) =>
    reader
      .select({ id: webhookEndpoints.id, workspaceId: webhookEndpoints.workspaceId })
      .from(webhookEndpoints)
      .where(
        and(
          inArray(webhookEndpoints.workspaceId, [...workspaceIds]),
          eq(webhookEndpoints.isDisabled, false),
        ),
      ),
  );
}

/** Enabled endpoints of the region's workspaces that have something to deliver. */
export async function findEndpointsWithPending(
  db: Database,
  region: string,
): Promise<readonly string[]> {
  const rows = await db.read((reader) =>
    reader
      .select({ id: webhookEndpoints.id })
      .from(webhookEndpoints)
      .innerJoin(workspaces, eq(workspaces.id, webhookEndpoints.workspaceId))
      .where(
        and(
          eq(workspaces.region, region),
          eq(webhookEndpoints.isDisabled, false),
          exists(
            reader
              .select({ id: webhookDeliveries.id })
              .from(webhookDeliveries)
              .where(
                and(
                  eq(webhookDeliveries.endpointId, webhookEndpoints.id),
                  eq(webhookDeliveries.status, "pending"),
                ),
              ),
          ),
        ),
      ),
  );
  return rows.map((row) => row.id);
}

export interface PendingRow {
  readonly id: string;
  readonly conversationId: string;
  readonly sequence: number;
  readonly attempts: number;
}

/** The oldest pending deliveries of an endpoint, without their bodies. */
export async function listPending(
  db: Database,
  endpointId: string,
  limit: number,
): Promise<readonly PendingRow[]> {
  return db.read((reader) =>
    reader
      .select({
        id: webhookDeliveries.id,
        conversationId: webhookDeliveries.conversationId,
        sequence: webhookDeliveries.sequence,
        attempts: webhookDeliveries.attempts,
      })
      .from(webhookDeliveries)
      .where(
        and(eq(webhookDeliveries.endpointId, endpointId), eq(webhookDeliveries.status, "pending")),
      )
      .orderBy(asc(webhookDeliveries.createdAtMs), asc(webhookDeliveries.sequence))
      .limit(limit),
  );
}

/** What a delivery is made of. */
export interface DeliverySource {
  readonly id: string;
  /** Null in rows from before there were events. */
  readonly eventId: string | null;
  readonly sequence: number;
  readonly body: string;
  readonly eventType: string;
  readonly workspaceId: string;
  readonly conversationId: string;
}

/** What is posted, or what it is made of; null when nothing is pending. */
export async function findDelivery(
  db: Database,
  deliveryId: string,
): Promise<DeliverySource | null> {
  const [row] = await db.read((reader) =>
    reader
      .select({
        id: webhookDeliveries.id,
        eventId: webhookDeliveries.eventId,
        sequence: webhookDeliveries.sequence,
        body: webhookDeliveries.body,
        eventType: webhookDeliveries.eventType,
        workspaceId: webhookDeliveries.workspaceId,
        conversationId: webhookDeliveries.conversationId,
      })
      .from(webhookDeliveries)
      .where(and(eq(webhookDeliveries.id, deliveryId), eq(webhookDeliveries.status, "pending")))
      .limit(1),
  );
  return row ?? null;
}

export function insertEndpoint(row: {
  readonly id: WebhookEndpointId;
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly url: string;
  readonly secret: Sealed;
  readonly signatureStyle: EndpointRow["signatureStyle"];
  readonly egress: EndpointRow["egress"];
  /** The vendor's names; null: every type. */
  readonly eventTypes: readonly string[] | null;
  readonly createdAtMs: number;
}): Statement {
  return {
    sql: `INSERT INTO webhook_endpoints
            (id, workspace_id, name, url, secret, signature_style, egress, event_types, is_disabled,
             created_at_ms, updated_at_ms)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
    args: [
      row.id,
      row.workspaceId,
      row.name,
      row.url,
      row.secret,
      row.signatureStyle,
      row.egress,
      row.eventTypes === null ? null : JSON.stringify(row.eventTypes),
      row.createdAtMs,
      row.createdAtMs,
    ],
  };
}

/** Who enables an endpoint has mended it: what has failed before counts no more. Takes `is_disabled` three times. */
const STARTED_ANEW = `disabled_reason = CASE WHEN ? = 0 THEN NULL ELSE disabled_reason END,
              consecutive_failures = CASE WHEN ? = 0 THEN 0 ELSE consecutive_failures END,
              failing_since_ms = CASE WHEN ? = 0 THEN NULL ELSE failing_since_ms END`;

/** Fails with guard `endpoint_unchanged` when it was changed after `readAtMs` was its last change. */
export function putEndpoint(row: EndpointRow, readAtMs: number): readonly [Statement, Statement] {
  const isDisabled = Number(row.isDisabled);
  return [
    guard(
      "endpoint_unchanged",
      "EXISTS (SELECT 1 FROM webhook_endpoints WHERE id = ? AND updated_at_ms = ?)",
      [row.id, readAtMs],
    ),
    {
      sql: `UPDATE webhook_endpoints
            SET name = ?, url = ?, egress = ?, event_types = ?, is_disabled = ?, secret = ?,
                previous_secret = ?, previous_secret_until_ms = ?, updated_at_ms = ?,
                ${STARTED_ANEW}
            WHERE id = ?`,
      args: [
        row.name,
        row.url,
        row.egress,
        row.eventTypes === null ? null : JSON.stringify(row.eventTypes),
        isDisabled,
        row.secret,
        row.previousSecret,
        row.previousSecretUntilMs,
        row.updatedAtMs,
        isDisabled,
        isDisabled,
        isDisabled,
        row.id,
      ],
    },
  ];
}

/** Changes what is not null. */
export function updateEndpoint(
  workspaceId: WorkspaceId,
  endpointId: string,
  change: { readonly name: string | null; readonly isDisabled: boolean | null },
  nowMs: number,
): Statement {
  const isDisabled = change.isDisabled === null ? null : Number(change.isDisabled);
  return {
    sql: `UPDATE webhook_endpoints
          SET name = COALESCE(?, name), is_disabled = COALESCE(?, is_disabled), updated_at_ms = ?,
              ${STARTED_ANEW}
          WHERE id = ? AND workspace_id = ?`,
    args: [
      change.name,
      isDisabled,
      nowMs,
      isDisabled,
      isDisabled,
      isDisabled,
      endpointId,
      workspaceId,
    ],
  };
}

/** The endpoint answered 410: it wants nothing more. */
export function disableEndpoint(endpointId: string, nowMs: number): Statement {
  return {
    sql: "UPDATE webhook_endpoints SET is_disabled = 1, disabled_reason = 'gone', updated_at_ms = ? WHERE id = ?",
    args: [nowMs, endpointId],
  };
}

/** An endpoint goes with its outbox: what it has not received has no receiver any more. */
export function deleteEndpoint(
  workspaceId: WorkspaceId,
  endpointId: string,
): readonly [Statement, Statement] {
  return [
    {
      sql: `DELETE FROM webhook_deliveries
            WHERE endpoint_id = (SELECT id FROM webhook_endpoints WHERE id = ? AND workspace_id = ?)`,
      args: [endpointId, workspaceId],
    },
    {
      sql: "DELETE FROM webhook_endpoints WHERE id = ? AND workspace_id = ?",
      args: [endpointId, workspaceId],
    },
  ];
}
