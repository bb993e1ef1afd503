import type {
  EventPage,
  EventQuery,
  EventSummary,
  EventView,
} from "../../schema/contracts/event.ts";
import {
  eventName,
  vendorEventType,
  WEBHOOK_API_VERSION,
} from "../../schema/contracts/webhook-endpoint.ts";
import { parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { type EventSummaryRow, findEvent, listEvents } from "../db/events.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { standardEvent } from "../webhooks/standard-body.ts";
import { pageOf, readNumberCursor, writeCursor } from "./cursor.ts";

/** Before the first event: where whoever has seen none yet goes on from. */
const NOTHING_SEEN = 0;

/** A page of what has happened. In the order `asc` its cursor stays good behind the last event. */
export async function pageEvents(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  query: EventQuery,
): Promise<Outcome<EventPage>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readNumberCursor(cursor, filters);
  if (!position.ok) return position;
  const seen = position.value?.[0] ?? null;
  const time = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  const filter = {
    eventType: query.type === undefined ? undefined : (vendorEventType(query.type) ?? query.type),
    conversationId: query.conversation_id,
    fromMs: time(query.after),
    toMs: time(query.before),
  };
  const rows = await listEvents(deps.db, workspaceId, filter, query.order, seen, size + 1);
  const { last, page } = pageOf({ rows, isLast: true }, size);
  const reached = query.order === "asc" ? (page.at(-1)?.position ?? seen ?? NOTHING_SEEN) : null;
  const next = last?.position ?? reached;
  return succeed({
    data: page.map(summaryOf),
    has_more: last !== null,
    next_cursor: next === null ? null : writeCursor([next, ""], filters),
  });
}

export async function readEvent(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<EventView>> {
  const row = await findEvent(deps.db, workspaceId, id);
  if (row === null) return notFound("There is no such event.");
  const { data, timestamp } = standardEvent(row);
  return succeed({ ...summaryOf(row), timestamp, api_version: WEBHOOK_API_VERSION, data });
}

function summaryOf(row: EventSummaryRow): EventSummary {
  return {
    event_id: row.id,
    type: eventName(row.eventType),
    conversation_id: parseId("conversation", row.conversationId),
    sequence: row.sequence,
    created_at: new Date(row.createdAtMs).toISOString(),
  };
}
