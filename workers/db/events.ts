import { and, asc, desc, eq, gt, gte, lt, lte } from "drizzle-orm";
import { events } from "../../schema/tables/events.ts";
import { newId, type WorkspaceId } from "../../schema/values/ids.ts";
import type { Database } from "./client.ts";
import type { Statement } from "./write-unit.ts";

/** Something that has happened, and who is to be told of it. */
export interface NewEvent {
  /** An event of each. */
  readonly workspaceIds: readonly string[];
  /** Theirs: each has a delivery, unless it is disabled or wants other types. */
  readonly endpointIds: readonly string[];
  readonly eventType: string;
  /** A conversation, or what else the order is kept among. */
  readonly subject: string;
  /** In the vendor's shape. */
  readonly body: string;
  /** Nothing is inserted where this has been told of the subject before; false: as often as it is inserted. */
  readonly isToldOnce: boolean;
  readonly nowMs: number;
}

/**
 * The event and its outbox rows. Its number is one more than the greatest that the workspace's event or delivery of the
 * subject has: a Worker of before knows deliveries only.
 */
export function insertEvent(event: NewEvent): readonly [Statement, Statement] {
  const { body, endpointIds, eventType, nowMs, subject, workspaceIds } = event;
  const isToldOnce = Number(event.isToldOnce);
  const made = JSON.stringify(workspaceIds.map((workspaceId) => [newId("event"), workspaceId]));
  const deliveries = endpointIds.map((endpointId) => [newId("delivery"), endpointId]);
  return [
    {
      sql: `INSERT INTO events
              (id, workspace_id, event_type, conversation_id, sequence, body, created_at_ms)
            SELECT json_extract(p.value, '$[0]'), json_extract(p.value, '$[1]'), ?, ?,
                   1 + max(COALESCE((SELECT MAX(b.sequence) FROM events b
                                     WHERE b.conversation_id = ?
                                       AND b.workspace_id = json_extract(p.value, '$[1]')), 0),
                           COALESCE((SELECT MAX(d.sequence) FROM webhook_deliveries d
                                     WHERE d.conversation_id = ?
                                       AND d.workspace_id = json_extract(p.value, '$[1]')), 0)),
                   ?, ?
            FROM json_each(?) p
            WHERE ? = 0 OR NOT EXISTS (SELECT 1 FROM events t
                                       WHERE t.conversation_id = ? AND t.event_type = ?
                                         AND t.workspace_id = json_extract(p.value, '$[1]'))`,
      args: [
        eventType,
        subject,
        subject,
        subject,
        body,
        nowMs,
        made,
        isToldOnce,
        subject,
        eventType,
      ],
    },
    {
      sql: `INSERT INTO webhook_deliveries
              (id, event_id, endpoint_id, workspace_id, event_type, conversation_id, sequence, body,
               status, attempts, created_at_ms)
            SELECT json_extract(p.value, '$[0]'), v.id, e.id, e.workspace_id, v.event_type,
                   v.conversation_id, v.sequence, v.body, 'pending', 0, v.created_at_ms
            FROM json_each(?) p
            JOIN webhook_endpoints e ON e.id = json_extract(p.value, '$[1]')
            JOIN events v ON v.workspace_id = e.workspace_id
              AND v.id IN (SELECT json_extract(value, '$[0]') FROM json_each(?))
            WHERE e.is_disabled = 0
              AND (e.event_types IS NULL
                   OR EXISTS (SELECT 1 FROM json_each(e.event_types) WHERE value = v.event_type))
              AND (? = 0 OR NOT EXISTS (SELECT 1 FROM webhook_deliveries t
                                        WHERE t.conversation_id = v.conversation_id
                                          AND t.endpoint_id = e.id AND t.event_type = v.event_type))`,
      args: [JSON.stringify(deliveries), made, isToldOnce],
    },
  ];
}

const SUMMARY = {
  position: events.position,
  id: events.id,
  eventType: events.eventType,
  conversationId: events.conversationId,
  sequence: events.sequence,
  createdAtMs: events.createdAtMs,
} as const;

export type EventRow = typeof events.$inferSelect;
export type EventSummaryRow = Pick<EventRow, keyof typeof SUMMARY>;

/** What a list is restricted to; undefined: not. */
export interface EventFilter {
  readonly eventType: string | undefined;
  readonly conversationId: string | undefined;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** In the order in which they were committed, or against it; without bodies. */
export async function listEvents(
  db: Database,
  workspaceId: WorkspaceId,
  filter: EventFilter,
  order: "asc" | "desc",
  after: number | null,
  limit: number,
): Promise<EventSummaryRow[]> {
  const { conversationId, createdAtMs, eventType, position } = events;
  const [beyond, sorted] = order === "asc" ? [gt, asc] : [lt, desc];
  return db.read((reader) =>
    reader
      .select(SUMMARY)
      .from(events)
      .where(
        and(
          eq(events.workspaceId, workspaceId),
          filter.eventType === undefined ? undefined : eq(eventType, filter.eventType),
          filter.conversationId === undefined
            ? undefined
            : eq(conversationId, filter.conversationId),
          filter.fromMs === undefined ? undefined : gte(createdAtMs, filter.fromMs),
          filter.toMs === undefined ? undefined : lte(createdAtMs, filter.toMs),
          after === null ? undefined : beyond(position, after),
        ),
      )
      .orderBy(sorted(position))
      .limit(limit),
  );
}

export async function findEvent(
  db: Database,
  workspaceId: WorkspaceId,
  id: string,
): Promise<EventRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(events)
      .where(and(eq(events.id, id), eq(events.workspaceId, workspaceId)))
      .limit(1),
  );
  return row ?? null;
}
