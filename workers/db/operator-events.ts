import { and, eq, isNull, ne, or, sql } from "drizzle-orm";
import { webhookEndpoints } from "../../schema/tables/webhooks.ts";
import { newId } from "../../schema/values/ids.ts";
import type { Database } from "./client.ts";
import type { Statement } from "./write-unit.ts";

/** The outbox rows of events that are of no call. */

/**
 * Enabled endpoints that are told events of this type: those that name it, and those that want everything in our own
 * style. One in the vendor's style was made for the vendor's types.
 */
export async function findSubscribers(
  db: Database,
  eventType: string,
  /** Absent: of every workspace. */
  within?: { readonly workspaceId: string; readonly exceptId: string },
): Promise<readonly string[]> {
  const { eventTypes, id, isDisabled, signatureStyle, workspaceId } = webhookEndpoints;
  const names = sql`EXISTS (SELECT 1 FROM json_each(${eventTypes}) WHERE value = ${eventType})`;
  const rows = await db.read((reader) =>
    reader
      .select({ id })
      .from(webhookEndpoints)
      .where(
        and(
          eq(isDisabled, false),
          or(and(isNull(eventTypes), eq(signatureStyle, "standard")), names),
          within === undefined ? undefined : eq(workspaceId, within.workspaceId),
          within === undefined ? undefined : ne(id, within.exceptId),
        ),
      ),
  );
  return rows.map((row) => row.id);
}

/** One row for each of these endpoints, in one statement; none for whoever has been told this of `subject` before. */
export function insertOperatorEvent(event: {
  readonly endpointIds: readonly string[];
  readonly eventType: string;
  /** What its order is kept among, in the place of a conversation. */
  readonly subject: string;
  readonly data: unknown;
  /** Told once of each subject; false: as often as it is inserted. */
  readonly isToldOnce: boolean;
  readonly nowMs: number;
}): Statement {
  const { eventType, nowMs, subject } = event;
  const body = {
    type: eventType,
    event_timestamp: Math.floor(nowMs / 1000),
    data: event.data,
  };
  const pairs = event.endpointIds.map((endpointId) => [newId("delivery"), endpointId]);
  return {
    sql: `INSERT INTO webhook_deliveries
            (id, endpoint_id, workspace_id, event_type, conversation_id, sequence, body, status,
             attempts, created_at_ms)
          SELECT json_extract(p.value, '$[0]'), e.id, e.workspace_id, ?, ?,
                 1 + COALESCE((SELECT MAX(d.sequence) FROM webhook_deliveries d
                               WHERE d.conversation_id = ? AND d.endpoint_id = e.id), 0),
                 ?, 'pending', 0, ?
          FROM json_each(?) p JOIN webhook_endpoints e ON e.id = json_extract(p.value, '$[1]')
          WHERE e.is_disabled = 0
            AND (? = 0 OR NOT EXISTS (SELECT 1 FROM webhook_deliveries t
                                      WHERE t.conversation_id = ? AND t.endpoint_id = e.id
                                        AND t.event_type = ?))`,
    args: [
      eventType,
      subject,
      subject,
      JSON.stringify(body),
      nowMs,
      JSON.stringify(pairs),
      Number(event.isToldOnce),
      subject,
      eventType,
    ],
  };
}
