import { type OrderId, parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import { callEnded, callNotPlaced, findBatchCallsOf } from "../db/batch-recipients.ts";
import type { ConversationRow } from "../db/conversations.ts";
import { prolongProvisional } from "../db/lost-calls.ts";
import {
  endCall,
  findDueProvisional,
  findOpenOrders,
  forgetOrdered,
  markTold,
  settleOrder as settleOrderRow,
} from "../db/outbound-orders.ts";
import { findRecordingsOf } from "../db/recordings.ts";
import { findEnabledEndpoints } from "../db/webhooks.ts";
import type { Statement } from "../db/write-unit.ts";
import {
  NO_NODE_AVAILABLE,
  type OrderAnswer,
  type OrderEnd,
  OUTCOME_UNKNOWN,
} from "../hub/order-life.ts";
import { callInitiationFailure } from "./call-failure.ts";
import { commitUnit } from "./commit-unit.ts";
import { conversationView } from "./conversation-view.ts";
import { closeLostCalls, type IsLost, NODE_LOST, PROVISIONAL_MS } from "./lost-calls.ts";
import { outboxRows } from "./outbox-rows.ts";
import { recipientOutcome } from "./recipient-outcome.ts";

type SettleDeps = Pick<AppDeps, "db" | "writer" | "clock">;
type Poke = (endpointIds: readonly string[]) => Promise<void>;

/** Long past every time that the hub gives an order itself. */
const FORGOTTEN_AFTER_MS = 120_000;
const ROWS_AT_ONCE = 100;
/** What no node could place is given to them again then, as another order. */
export const TRY_AGAIN_MS = 2_000;

/** An order as the services know it. */
export interface SettledOrder {
  readonly orderId: OrderId;
  readonly workspaceId: string;
  readonly callId: string;
  readonly conversationId: string;
  readonly agentId: string;
  readonly fromNumber: string;
  readonly toNumber: string;
  /** The call is one of a batch; absent: it is not. */
  readonly isOfBatch?: boolean;
}

/**
 * Writes what the hub has done with an order: the client's answer, and the call's end when no node
 * will tell of one. As often as anybody likes: it is applied once.
 * @throws ServiceUnavailable, DatabaseUnavailable when it was not stored
 */
export async function settleOrder(
  deps: SettleDeps,
  order: SettledOrder,
  answer: OrderAnswer,
  end: OrderEnd | null,
  poke: Poke,
): Promise<void> {
  const nowMs = deps.clock();
  const settled = settleOrderRow(order.orderId, JSON.stringify(answer), nowMs);
  if (end !== null && order.isOfBatch === true && !end.isProvisional) {
    const outcome = recipientOutcome({
      isAnswered: false,
      isVoicemail: false,
      endCode: end.code,
      isUntaken: true,
    });
    if (outcome === "not_placed") {
      // No phone has rung, and another order will call: there is nothing to tell of this one.
      await commitUnit(deps.writer, [
        settled,
        forgetOrdered(order.callId),
        callNotPlaced(order.callId, nowMs + TRY_AGAIN_MS, nowMs),
      ]);
      return;
    }
  }
  if (end !== null) {
    const endpointIds = end.isProvisional ? [] : await endpointsOf(deps, order.workspaceId);
    const committed = await commitUnit(
      deps.writer,
      [
        settled,
        ...endCall({
          callId: order.callId,
          end: { code: end.code, blame: blameOf(end), sipStatus: null, reason: end.reason },
          endedAtMs: nowMs,
          provisionalUntilMs: end.isProvisional ? nowMs + PROVISIONAL_MS : null,
        }),
        ...(end.isProvisional ? [] : [callEnded(order.callId, "failed", nowMs)]),
        ...(end.isProvisional
          ? []
          : failureDeliveries(endpointIds, order, { ...end, sipStatus: null }, nowMs)),
      ],
      "call_end",
    );
    if (committed.ok) return poke(endpointIds);
  }
  // A node has told of the end itself, or will.
  await commitUnit(deps.writer, [settled]);
}

/**
 * Repairs what time has brought to light: ends calls of lost nodes and orders that no hub knows, and tells the webhooks of
 * provisional ends that no node has replaced. `isKnown`: the hub has the order.
 */
export async function sweepOrders(
  deps: SettleDeps,
  region: string,
  isKnown: (orderId: string) => boolean,
  isLost: IsLost,
  poke: Poke,
): Promise<void> {
  await closeLostCalls(deps, region, isLost);
  const nowMs = deps.clock();
  const open = await findOpenOrders(deps.db, region, nowMs - FORGOTTEN_AFTER_MS, ROWS_AT_ONCE);
  for (const row of open) {
    const orderId = parseId("order", row.id);
    if (orderId === null || isKnown(orderId)) continue;
    // Its webhooks are told later, from the conversation.
    const order = { ...row, orderId, conversationId: "", fromNumber: "" };
    const answer = { success: false, message: OUTCOME_UNKNOWN.reason, sipCallId: null };
    await settleOrder(deps, order, answer, OUTCOME_UNKNOWN, poke);
  }
  for (const row of await findDueProvisional(deps.db, region, nowMs, ROWS_AT_ONCE)) {
    const { record } = row;
    if (row.endCode === NODE_LOST.code && !isLost(row.nodeId, row.startedAtMs)) {
      // The node is back with its calls, and will tell of this one itself.
      await commitUnit(deps.writer, [prolongProvisional(row.id, nowMs + PROVISIONAL_MS)]);
      continue;
    }
    const order = {
      workspaceId: row.workspaceId,
      callId: row.callId,
      conversationId: row.id,
      agentId: row.agentId,
      fromNumber: record.agentNumber ?? "",
      toNumber: record.externalNumber ?? "",
    };
    const end = {
      code: row.endCode ?? OUTCOME_UNKNOWN.code,
      reason: row.terminationReason ?? OUTCOME_UNKNOWN.reason,
      sipStatus: null,
    };
    const endpointIds = await endpointsOf(deps, row.workspaceId);
    const committed = await commitUnit(deps.writer, [
      ...markTold(row.id),
      callEnded(row.callId, row.acceptedAtMs === null ? "failed" : "completed", nowMs),
      ...(row.direction === "outbound" && row.acceptedAtMs === null
        ? failureDeliveries(endpointIds, order, end, nowMs)
        : await endDeliveries(deps, endpointIds, row, nowMs)),
    ]);
    if (committed.ok) await poke(endpointIds);
  }
}

/** What a node refuses for, its own table tells. */
function blameOf({ code }: OrderEnd): string {
  return code === OUTCOME_UNKNOWN.code || code === NO_NODE_AVAILABLE ? "platform" : "unknown";
}

async function endpointsOf(deps: SettleDeps, workspaceId: string): Promise<readonly string[]> {
  return (await findEnabledEndpoints(deps.db, [workspaceId])).map(({ id }) => id);
}

/** The event `call_initiation_failure`, and its outbox rows. */
function failureDeliveries(
  endpointIds: readonly string[],
  call: Omit<SettledOrder, "orderId">,
  end: { readonly code: string; readonly reason: string; readonly sipStatus: number | null },
  nowMs: number,
): readonly Statement[] {
  const body = callInitiationFailure(
    {
      agentId: call.agentId,
      conversationId: call.conversationId,
      fromNumber: call.fromNumber,
      toNumber: call.toNumber,
      callSid: call.callId,
      sipStatus: null,
      sipReason: null,
      endCode: end.code,
      reason: end.reason,
      endStatus: end.sipStatus,
    },
    nowMs,
  );
  return outboxRows("call_initiation_failure", call, body, endpointIds, nowMs);
}

/** The event `post_call_transcription` and its outbox rows, with what is known of a call whose node is lost. */
async function endDeliveries(
  deps: SettleDeps,
  endpointIds: readonly string[],
  row: ConversationRow,
  nowMs: number,
): Promise<readonly Statement[]> {
  const [batchCalls, recordings] = await Promise.all([
    findBatchCallsOf(deps.db, [row.callId]),
    findRecordingsOf(deps.db, [row.callId]),
  ]);
  const data = conversationView(row, {
    batchCall: batchCalls.get(row.callId) ?? null,
    recording: recordings.get(row.callId) ?? null,
    transcript: [],
  });
  const event_timestamp = Math.floor(nowMs / 1000);
  const body = JSON.stringify({ type: "post_call_transcription", event_timestamp, data });
  const call = { workspaceId: row.workspaceId, conversationId: row.id };
  return outboxRows("post_call_transcription", call, body, endpointIds, nowMs);
}
