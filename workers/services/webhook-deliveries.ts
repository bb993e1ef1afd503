import { WEBHOOK_ID_HEADER, WEBHOOK_SIGNATURE_HEADER } from "../../schema/contracts/webhook.ts";
import {
  type DeliveryPage,
  type DeliveryQuery,
  type DeliverySummary,
  type DeliveryView,
  eventName,
  type Replayed,
  type ReplayRangeRequest,
  STANDARD_HEADERS,
  vendorEventType,
} from "../../schema/contracts/webhook-endpoint.ts";
import { parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import {
  type DeliveryRecord,
  type DeliverySummaryRow,
  findDeliveryOf,
  listDeliveries,
  replayDeliveries,
  replayDelivery,
} from "../db/webhook-deliveries.ts";
import { findEndpoint } from "../db/webhooks.ts";
import { guardChangedOne } from "../db/write-unit.ts";
import { notFound, type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";
import { vendorBody } from "../webhooks/delivery-body.ts";
import { standardBody } from "../webhooks/standard-body.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { pageOf, readNumberCursor, writeCursor } from "./cursor.ts";

const NO_DELIVERY = "There is no such webhook delivery.";
const EXCERPT_CHARS = 1_024;
/** Of one request: what is left is asked for again. */
const REPLAYED_AT_ONCE = 1_000;

export async function pageDeliveries(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  query: DeliveryQuery,
): Promise<Outcome<DeliveryPage>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readNumberCursor(cursor, filters);
  if (!position.ok) return position;
  const time = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  const rows = await listDeliveries(
    deps.db,
    workspaceId,
    {
      endpointId: query.webhook_endpoint_id,
      conversationId: query.conversation_id,
      status: query.status,
      eventType: query.type === undefined ? undefined : (vendorEventType(query.type) ?? query.type),
      fromMs: time(query.after),
      toMs: time(query.before),
    },
    position.value,
    size + 1,
  );
  const { last, page } = pageOf({ rows, isLast: true }, size);
  return succeed({
    data: page.map(summaryOf),
    has_more: last !== null,
    next_cursor: last === null ? null : writeCursor([last.createdAtMs, last.id], filters),
  });
}

export async function readDelivery(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<DeliveryView>> {
  const row = await findDeliveryOf(deps.db, workspaceId, id);
  return row === null ? notFound(NO_DELIVERY) : succeed(deliveryView(row));
}

/** Has a delivery made once more, under its identifier of before. `poke` is told of its endpoint. */
export async function replayOne(
  deps: Pick<AppDeps, "db" | "writer">,
  principal: Principal,
  id: string,
  keep: KeepAnswer,
  poke: (endpointId: string) => Promise<void>,
): Promise<Outcome<DeliverySummary>> {
  const row = await findDeliveryOf(deps.db, principal.workspaceId, id);
  if (row === null) return notFound(NO_DELIVERY);
  if (row.isDisabled) return refuse(ENDPOINT_DISABLED);
  const again = { ...row, status: "pending", attempts: 0, deliveredAtMs: null } as const;
  const view = summaryOf({ ...again, replays: row.replays + 1 });
  const committed = await commitUnit(deps.writer, [
    replayDelivery(principal.workspaceId, id),
    guardChangedOne("ended"),
    ...(await keep(view, null)),
  ]);
  if (!committed.ok) return refuse(DELIVERY_PENDING);
  await poke(row.endpointId);
  return succeed(view);
}

/** Has what has ended in a time delivered once more, oldest first. */
export async function replayRange(
  deps: Pick<AppDeps, "db" | "writer">,
  { workspaceId }: Principal,
  request: ReplayRangeRequest,
  poke: (endpointId: string) => Promise<void>,
): Promise<Outcome<Replayed>> {
  const endpointId = request.webhook_endpoint_id;
  const endpoint = await findEndpoint(deps.db, endpointId);
  if (endpoint?.workspaceId !== workspaceId) return notFound("There is no such webhook endpoint.");
  if (endpoint.isDisabled) return refuse(ENDPOINT_DISABLED);
  const range = {
    endpointId,
    fromMs: Date.parse(request.after),
    toMs: Date.parse(request.before),
    status: request.status ?? null,
    eventType: request.type === undefined ? null : vendorEventType(request.type),
  };
  const statement = replayDeliveries(workspaceId, range, REPLAYED_AT_ONCE);
  const committed = await commitUnit(deps.writer, [statement], "bulk");
  const replayed = committed.ok ? (committed.rows[0]?.length ?? 0) : 0;
  if (replayed > 0) await poke(endpointId);
  return succeed({ replayed, has_more: replayed === REPLAYED_AT_ONCE });
}

function summaryOf(row: DeliverySummaryRow): DeliverySummary {
  const time = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
  return {
    webhook_delivery_id: row.id,
    webhook_endpoint_id: row.endpointId,
    event_id: row.eventId,
    type: eventName(row.eventType),
    conversation_id: parseId("conversation", row.conversationId),
    sequence: row.sequence,
    status: row.status,
    attempts: row.attempts,
    replays: row.replays,
    last_status_code: row.lastStatusCode,
    last_error: row.lastError,
    last_attempt_at: time(row.lastAttemptAtMs),
    created_at: new Date(row.createdAtMs).toISOString(),
    delivered_at: time(row.deliveredAtMs),
  };
}

function deliveryView(row: DeliveryRecord): DeliveryView {
  const signature =
    row.signatureStyle === "standard"
      ? { [STANDARD_HEADERS.id]: row.id, [STANDARD_HEADERS.signature]: "[secret]" }
      : { [WEBHOOK_ID_HEADER]: row.id, [WEBHOOK_SIGNATURE_HEADER]: "[secret]" };
  const { lastStatusCode: statusCode } = row;
  return {
    ...summaryOf(row),
    request: {
      url: row.url,
      headers: { "content-type": "application/json", ...signature },
      body_excerpt: bodyOf(row).slice(0, EXCERPT_CHARS),
    },
    response:
      statusCode === null
        ? null
        : {
            status_code: statusCode,
            latency_ms: row.lastLatencyMs,
            body_excerpt: row.responseExcerpt,
          },
  };
}

/** Of a recording in the vendor's shape only what its body is made of. */
function bodyOf(row: DeliveryRecord): string {
  return row.signatureStyle === "standard" ? standardBody(row) : vendorBody(row);
}

const ENDPOINT_DISABLED: Refusal = {
  status: 409,
  code: "endpoint_disabled",
  detail: "The webhook endpoint is disabled.",
  hint: "is_disabled: false",
};
const DELIVERY_PENDING: Refusal = {
  status: 409,
  code: "delivery_pending",
  detail: "The delivery is still to be made.",
};
