import { z } from "zod";
import { clientDataOf } from "../../schema/contracts/client-data.ts";
import {
  DEFAULT_RINGING_TIMEOUT_SECS,
  type OutboundCallRequest,
  type OutboundCallResponse,
} from "../../schema/contracts/outbound-call.ts";
import { conversationIdOf, idSchema, newId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findAgent, guardAgentExists } from "../db/agents.ts";
import { insertOrdered } from "../db/call-events.ts";
import { findOrder, guardNumberDials, insertOrder } from "../db/outbound-orders.ts";
import { findPhoneNumber } from "../db/phone-numbers.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { notFound, type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import type { PlacedOrder } from "../hub/order-dispatch.ts";
import type { OrderAnswer } from "../hub/order-life.ts";
import { errorName, log } from "../log.ts";
import { commitUnit } from "./commit-unit.ts";
import { type CreatedOnce, createOnce, type KeepAnswer, type OnceRequest } from "./create-once.ts";
import { refusedOverrides } from "./enabled-overrides.ts";
import { refuseFields } from "./import-phone-number.ts";
import { checkDialable, checkDials, missingRoutes, orderedConversation } from "./ordered-call.ts";

type PlaceDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock" | "inFlight" | "config">;

/** The region's hub, as far as one request goes. */
export interface OrderHub {
  /** Places an order once, however often it is asked. */
  place(order: PlacedOrder): Promise<OrderAnswer | null>;
  /** Whether the key may order another call now. */
  takeCall(apiKeyId: string, callsPerSecond: number): Promise<boolean>;
}

const MAX_RACES = 5;
/** Another request with the same key is writing the same order: it is done in milliseconds. */
const IN_PROGRESS_PAUSE_MS = 50;
const IN_PROGRESS_TRIES = 100;
/** A hub that restarts loses who waits, not what it has. */
const HUB_TRIES = 3;
const HUB_PAUSE_MS = 200;

/** What is kept for the repetition of a request: the order that it made. */
const orderRefSchema = z.object({
  order_id: idSchema("order"),
  call_id: idSchema("call"),
  created_at_ms: z.number(),
  from_number: z.string(),
});
type OrderRef = z.infer<typeof orderRefSchema>;

/**
 * Orders a call and waits for what becomes of it. Once the order stands in the database the outcome is
 * always an answer, never an error: a client that tries again would have another phone ring.
 */
export async function placeOutboundCall(
  deps: PlaceDeps,
  principal: Principal,
  input: OutboundCallRequest,
  once: OnceRequest,
  hub: OrderHub,
): Promise<Outcome<CreatedOnce<OutboundCallResponse>>> {
  const created = await orderOnce(deps, principal, input, once, hub);
  if (!created.ok) return created;
  const { isReplayed, value: ref } = created.value;
  const answer = await answerOf(deps, principal, input, ref, isReplayed, hub);
  return succeed({
    isReplayed,
    value: {
      success: answer.success,
      message: answer.message,
      conversation_id: conversationIdOf(ref.call_id),
      sip_call_id: answer.sipCallId,
    },
  });
}

async function orderOnce(
  deps: PlaceDeps,
  principal: Principal,
  input: OutboundCallRequest,
  once: OnceRequest,
  hub: OrderHub,
): Promise<Outcome<CreatedOnce<OrderRef>>> {
  for (let attempt = 1; ; attempt += 1) {
    const created = await createOnce(deps, once, orderRefSchema, (keep) =>
      createOrder(deps, principal, input, keep, hub),
    );
    const isInProgress = !created.ok && created.refusal.code === "idempotency_in_progress";
    if (!isInProgress || attempt === IN_PROGRESS_TRIES) return created;
    await pause(IN_PROGRESS_PAUSE_MS);
  }
}

/** Writes the order and its conversation, after everything that may refuse them. */
async function createOrder(
  deps: PlaceDeps,
  principal: Principal,
  input: OutboundCallRequest,
  keep: KeepAnswer,
  hub: OrderHub,
): Promise<Outcome<OrderRef>> {
  const { apiKeyId, region, workspaceId } = principal;
  const wrongNumber = checkDialable(input.to_number, "/to_number");
  if (wrongNumber !== null) return refuseFields([wrongNumber]);
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const [agent, record] = await Promise.all([
      findAgent(deps.db, workspaceId, input.agent_id),
      findPhoneNumber(deps.db, workspaceId, input.agent_phone_number_id),
    ]);
    if (agent === null) return notFound("There is no agent of this `agent_id`.");
    if (record === null) return notFound("There is no number of this `agent_phone_number_id`.");
    const { number, outboundTrunk } = record;
    const refused = [
      ...checkDials(record),
      ...refusedOverrides(agent, input.conversation_initiation_client_data ?? {}),
    ];
    if (outboundTrunk === null || refused.length > 0) return refuseFields(refused);
    if (race === 1 && !(await mayOrder(deps, apiKeyId, hub))) return refuse(TOO_FAST);
    const nowMs = deps.clock();
    const routes = await missingRoutes(deps, principal, number, outboundTrunk);
    const callId = newId("call");
    const ref = {
      order_id: newId("order"),
      call_id: callId,
      created_at_ms: nowMs,
      from_number: number.calledIdentifier,
    };
    const committed = await commitUnit(deps.writer, [
      guardAgentExists(workspaceId, agent.id),
      guardNumberDials(workspaceId, number.id),
      insertOrder({
        id: ref.order_id,
        workspaceId,
        region,
        callId,
        phoneNumberId: number.id,
        agentId: agent.id,
        toNumber: input.to_number,
        apiKeyId,
        status: "placed",
        answer: null,
        batchCallId: null,
        batchRecipientId: null,
        createdAtMs: nowMs,
        settledAtMs: null,
      }),
      insertOrdered(
        orderedConversation(
          {
            callId,
            agent,
            number,
            toNumber: input.to_number,
            clientData: clientDataOf(input.conversation_initiation_client_data ?? {}),
          },
          nowMs,
        ),
      ),
      ...routes.map((entry) => appendRoutingChange(region, entry, nowMs)),
      ...(await keep(ref, null)),
    ]);
    if (committed.ok) return succeed(ref);
    // The agent or the number changed under us: what it is now decides.
  }
  throw new ServiceUnavailable(`agent or number changed ${MAX_RACES} times`, 1);
}

/** A hub that cannot be asked now limits nobody. */
async function mayOrder(
  { config }: Pick<PlaceDeps, "config">,
  apiKeyId: string,
  hub: OrderHub,
): Promise<boolean> {
  const { callsPerSecondOfKey } = config;
  if (callsPerSecondOfKey === null) return true;
  try {
    return await hub.takeCall(apiKeyId, callsPerSecondOfKey);
  } catch (error) {
    log("warn", "call_rate_unknown", {
      apiKeyId,
      error: errorName(error),
    });
    return true;
  }
}

/** Before there is an order a repetition does no harm. */
const TOO_FAST: Refusal = {
  status: 429,
  code: "too_many_calls",
  detail: "This API key orders calls faster than it may. No call was placed.",
  headers: { "retry-after": "1" },
};

/** Waits for the hub's answer; what it has forgotten the database knows. */
async function answerOf(
  deps: PlaceDeps,
  principal: Principal,
  input: OutboundCallRequest,
  ref: OrderRef,
  isReplayed: boolean,
  hub: OrderHub,
): Promise<OrderAnswer> {
  try {
    const kept = isReplayed ? await keptAnswer(deps, principal, ref) : null;
    if (kept !== null) return kept;
    const order = placedOrder(principal, input, ref);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await hub.place(order)) ?? (await keptAnswer(deps, principal, ref)) ?? NOT_KNOWN;
      } catch (error) {
        if (attempt === HUB_TRIES) throw error;
        await pause(HUB_PAUSE_MS * attempt);
      }
    }
  } catch (error) {
    log("error", "order_unanswered", {
      orderId: ref.order_id,
      error: errorName(error),
    });
    return NOT_KNOWN;
  }
}

/** The hub ends such an order itself; it may have been dialled. */
const NOT_KNOWN: OrderAnswer = {
  success: false,
  message:
    "What became of the call is not known yet: its conversation will tell. Do not repeat it before.",
  sipCallId: null,
};

const answerSchema = z.object({
  success: z.boolean(),
  message: z.string(),
  sipCallId: z.string().nullable(),
});

async function keptAnswer(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  ref: OrderRef,
): Promise<OrderAnswer | null> {
  const row = await findOrder(deps.db, workspaceId, ref.order_id);
  return row === null || row.answer === null ? null : answerSchema.parse(JSON.parse(row.answer));
}

/** The order as the hub has it. A repeated request has the same body, and so the same order. */
function placedOrder(principal: Principal, input: OutboundCallRequest, ref: OrderRef): PlacedOrder {
  const { conversation_initiation_client_data: data, telephony_call_config: config } = input;
  return {
    orderId: ref.order_id,
    workspaceId: principal.workspaceId,
    callId: ref.call_id,
    conversationId: conversationIdOf(ref.call_id),
    phoneNumberId: input.agent_phone_number_id,
    agentId: input.agent_id,
    fromNumber: ref.from_number,
    toNumber: input.to_number,
    ringingTimeoutSecs: config?.ringing_timeout_secs ?? DEFAULT_RINGING_TIMEOUT_SECS,
    createdAtMs: ref.created_at_ms,
    clientData: clientDataOf(data ?? {}),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
