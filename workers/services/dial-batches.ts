import { type CallRate, takeCall } from "../../schema/values/call-rate.ts";
import type { AppDeps } from "../app-type.ts";
import { type AgentRow, findAgent, guardAgentExists } from "../db/agents.ts";
import {
  type BatchCallRow,
  closeBatchCall,
  completeBatchCall,
  countRecipients,
  findOpenBatchCalls,
  guardBatchOpen,
  NO_RECIPIENTS,
  startBatchCall,
  touchBatchCall,
} from "../db/batch-calls.ts";
import {
  countCallsUp,
  dispatchRecipient,
  findPendingRecipients,
  findUnsettledBatchOrders,
  type RecipientRow,
} from "../db/batch-recipients.ts";
import { insertOrdered } from "../db/call-events.ts";
import { guardNumberDials, insertOrder } from "../db/outbound-orders.ts";
import { findPhoneNumber, type PhoneNumberRecord } from "../db/phone-numbers.ts";
import { findWorkspace } from "../db/workspaces.ts";
import type { PlacesAsked } from "../hub/kept-places.ts";
import type { PlacedOrder } from "../hub/order-dispatch.ts";
import { log } from "../log.ts";
import { agentLimits } from "./agent-limits.ts";
import { nextOrderIds, orderIdsOf, placedOrder, recipientData } from "./batch-order.ts";
import { commitUnit } from "./commit-unit.ts";
import { checkDials, orderedConversation } from "./ordered-call.ts";
import { planBatchCalls } from "./plan-batch-calls.ts";

type DialDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock" | "config">;

/** The region's hub, as far as batches go. */
export interface BatchHub {
  keepPlaces(asked: PlacesAsked): Promise<number>;
  beginOrders(orders: readonly PlacedOrder[]): Promise<void>;
  unknownOrders(orderIds: readonly string[]): Promise<readonly string[]>;
}

/** What a dialer remembers from one round to the next; it may be lost. */
export interface DialerMemory {
  /** By trunk and by API key. */
  readonly rates: Map<string, CallRate>;
  /** When it was last looked for orders that have not reached the hub. */
  lookedAtMs: number;
}

/** Calls that one round begins at most. */
const CALLS_A_ROUND = 20;
/** Of a trunk's calls a second batches take no more: the rest is for calls that somebody waits for. */
const TRUNK_RATE_SHARE = 0.75;
const LOOK_EVERY_MS = 3_000;
const UNSETTLED_ORDERS = 500;
/** There may be more to place. */
const NEXT_ROUND_MS = 200;
/** Somebody waits for a place, which whoever frees it need not tell. */
const WAIT_MS = 500;
/** Calls are up, whose ends are told. */
const WATCH_MS = 2_000;

/**
 * Places what may be placed of a workspace's batches, and ends those that have nobody left. Returns when to be called
 * again, or null when there is no batch.
 * @throws ServiceUnavailable, DatabaseUnavailable: what is done is done, and the next round goes on from there
 */
export async function dialBatches(
  deps: DialDeps,
  workspaceId: string,
  hubOf: (region: string) => BatchHub,
  memory: DialerMemory,
): Promise<number | null> {
  const nowMs = deps.clock();
  const workspace = await findWorkspace(deps.db, workspaceId);
  if (workspace === null) return null;
  const hub = hubOf(workspace.region);
  const isUp = await placeAgain(deps, workspaceId, hub, memory);
  const open = await findOpenBatchCalls(deps.db, workspace.region, workspaceId);
  const due = open.filter(({ scheduledAtMs }) => scheduledAtMs <= nowMs);
  const later = open.filter(({ scheduledAtMs }) => scheduledAtMs > nowMs);
  const wakes = later.map(({ scheduledAtMs }) => scheduledAtMs);
  if (due.length > 0) wakes.push(nowMs + (await dialDue(deps, workspace, due, hub, memory)));
  else if (isUp) wakes.push(nowMs + WATCH_MS);
  return wakes.length === 0 ? null : Math.min(...wakes);
}

/** Returns how long to wait for the next round. */
async function dialDue(
  deps: DialDeps,
  workspace: { readonly id: string; readonly concurrencyLimit: number | null },
  due: readonly BatchCallRow[],
  hub: BatchHub,
  memory: DialerMemory,
): Promise<number> {
  const starting = due.filter(({ status }) => status === "pending");
  const nowMs = deps.clock();
  if (starting.length > 0) {
    await commitUnit(
      deps.writer,
      starting.map(({ id }) => startBatchCall(id, nowMs)),
    );
  }
  const [counts, callsUp, parties] = await Promise.all([
    countRecipients(
      deps.db,
      due.map(({ id }) => id),
    ),
    countCallsUp(deps.db, workspace.id),
    Promise.all(due.map((batch) => findParties(deps, batch))),
  ]);
  const ready = parties.flatMap(({ agent, batch, number }): Parties[] =>
    agent === null || number === null ? [] : [{ agent, batch, number }],
  );
  const waiting = ready.map(({ agent, batch }) => ({
    id: batch.id,
    agentId: agent.id,
    target: batch.targetConcurrencyLimit,
    pending: (counts.get(batch.id) ?? NO_RECIPIENTS).get("pending") ?? 0,
  }));
  const plan = planBatchCalls(
    waiting,
    callsUp,
    {
      workspace: workspace.concurrencyLimit,
      agents: new Map(ready.map(({ agent }) => [agent.id, limitsOf(agent).concurrency])),
    },
    CALLS_A_ROUND,
  );
  let placed = 0;
  for (const { agent, batch, number } of ready) {
    const planned = plan.get(batch.id) ?? 0;
    const allowed = takeRates(deps, batch, number, memory, planned);
    if (allowed === 0) continue;
    placed += await dialBatch(deps, { batch, agent, number }, workspace, allowed, hub);
  }
  const isUp = new Set(callsUp.map(({ batchCallId }) => batchCallId));
  for (const { agent, batch, number } of parties) {
    const pending = (counts.get(batch.id) ?? NO_RECIPIENTS).get("pending") ?? 0;
    const isLost = agent === null || number === null;
    if (pending > 0 && isLost)
      await commitUnit(deps.writer, closeBatchCall(batch.id, "failed", nowMs));
    if (pending === 0 && !isUp.has(batch.id)) {
      await commitUnit(deps.writer, [completeBatchCall(batch.id, nowMs)]);
    }
  }
  if (placed >= CALLS_A_ROUND) return NEXT_ROUND_MS;
  return waiting.some(({ pending }) => pending > 0) ? WAIT_MS : WATCH_MS;
}

interface Parties {
  readonly batch: BatchCallRow;
  readonly agent: AgentRow;
  readonly number: PhoneNumberRecord;
}

/** Null: it is gone, or cannot call any more. */
async function findParties(
  { db }: DialDeps,
  batch: BatchCallRow,
): Promise<{
  readonly batch: BatchCallRow;
  readonly agent: AgentRow | null;
  readonly number: PhoneNumberRecord | null;
}> {
  const [agent, number] = await Promise.all([
    findAgent(db, batch.workspaceId, batch.agentId),
    findPhoneNumber(db, batch.workspaceId, batch.phoneNumberId),
  ]);
  const dials = number !== null && checkDials(number).length === 0;
  return { batch, agent, number: dials ? number : null };
}

function limitsOf(agent: AgentRow): { concurrency: number | null; daily: number | null } {
  return agentLimits(agent.vendorFields).limits;
}

/** How many of `planned` calls the rates of trunk and API key allow now. */
function takeRates(
  { clock, config }: DialDeps,
  batch: BatchCallRow,
  { outboundTrunk }: PhoneNumberRecord,
  { rates }: DialerMemory,
  planned: number,
): number {
  const limits: [string, number][] = [];
  const trunkRate = outboundTrunk?.callsPerSecond ?? null;
  if (outboundTrunk !== null && trunkRate !== null) {
    limits.push([outboundTrunk.id, trunkRate * TRUNK_RATE_SHARE]);
  }
  if (config.callsPerSecondOfKey !== null) {
    limits.push([batch.apiKeyId, config.callsPerSecondOfKey]);
  }
  const nowMs = clock();
  for (let allowed = 0; allowed < planned; allowed += 1) {
    const taken = limits.map(([id, perSecond]) => {
      // Nobody knows what was placed before this dialer began: one call, not a second's worth.
      const before = rates.get(id) ?? { tokens: 1, atMs: nowMs };
      return { id, ...takeCall(before, perSecond, nowMs) };
    });
    if (taken.some(({ isAllowed }) => !isAllowed)) return allowed;
    for (const { id, rate } of taken) rates.set(id, rate);
  }
  return planned;
}

/** Places up to `most` calls of the batch; returns how many. */
async function dialBatch(
  deps: DialDeps,
  { agent, batch, number }: Parties,
  workspace: { readonly id: string; readonly concurrencyLimit: number | null },
  most: number,
  hub: BatchHub,
): Promise<number> {
  const pending = await findPendingRecipients(deps.db, batch.id, deps.clock(), most);
  const next = await Promise.all(
    pending.map(async (recipient) => ({ recipient, ...(await nextOrderIds(batch, recipient)) })),
  );
  if (next.length === 0) return 0;
  const { concurrency, daily } = limitsOf(agent);
  const places = await hub.keepPlaces({
    workspaceId: workspace.id,
    agentId: agent.id,
    limits: { workspace: workspace.concurrencyLimit, agent: concurrency, daily },
    callIds: next.map(({ callId }) => callId),
  });
  const taken = next.slice(0, places);
  if (taken.length === 0) return 0;
  const nowMs = deps.clock();
  const fromNumber = number.number.calledIdentifier;
  const orders = await Promise.all(
    taken.map(async ({ callId, orderId, recipient }) => {
      const clientData = await recipientData(deps, batch, recipient);
      const order = { orderId, callId, fromNumber, clientData, createdAtMs: nowMs };
      return { recipient, placed: placedOrder(batch, recipient, order), callId };
    }),
  );
  const committed = await commitUnit(deps.writer, [
    guardBatchOpen(batch.id),
    guardAgentExists(workspace.id, agent.id),
    guardNumberDials(workspace.id, number.number.id),
    touchBatchCall(batch.id, nowMs),
    ...orders.flatMap(({ callId, placed, recipient }) => [
      ...dispatchRecipient(recipient, callId, nowMs),
      insertOrder(orderRow(batch, recipient, placed)),
      insertOrdered(
        orderedConversation(
          {
            callId,
            agent,
            number: number.number,
            toNumber: placed.toNumber,
            clientData: placed.clientData,
          },
          nowMs,
        ),
      ),
    ]),
  ]);
  // Cancelled meanwhile, or changed: the next round sees what it is now.
  if (!committed.ok) return 0;
  await hub.beginOrders(orders.map(({ placed }) => placed));
  return orders.length;
}

function orderRow(batch: BatchCallRow, recipient: RecipientRow, placed: PlacedOrder) {
  return {
    id: placed.orderId,
    workspaceId: batch.workspaceId,
    region: batch.region,
    callId: placed.callId,
    phoneNumberId: batch.phoneNumberId,
    agentId: batch.agentId,
    toNumber: recipient.phoneNumber,
    apiKeyId: batch.apiKeyId,
    status: "placed",
    answer: null,
    batchCallId: batch.id,
    batchRecipientId: recipient.id,
    createdAtMs: placed.createdAtMs,
    settledAtMs: null,
  } as const;
}

/**
 * Brings orders to the hub that it has never heard of, because somebody died in between. First the hub says which it
 * does not know, and only then the database is asked which of them are not settled: the hub writes what it settles
 * before it forgets it, so what is in neither was never begun. Returns whether any call is on its way.
 */
async function placeAgain(
  deps: DialDeps,
  workspaceId: string,
  hub: BatchHub,
  memory: DialerMemory,
): Promise<boolean> {
  const nowMs = deps.clock();
  if (nowMs < memory.lookedAtMs + LOOK_EVERY_MS) return true;
  memory.lookedAtMs = nowMs;
  const unsettled = await findUnsettledBatchOrders(deps.db, workspaceId, UNSETTLED_ORDERS);
  if (unsettled.length === 0) return false;
  const unknown = new Set(await hub.unknownOrders(unsettled.map(({ order }) => order.id)));
  if (unknown.size === 0) return true;
  const still = await findUnsettledBatchOrders(deps.db, workspaceId, UNSETTLED_ORDERS);
  const lost = still.filter(({ order }) => unknown.has(order.id));
  const orders = await Promise.all(
    lost.map(async ({ agentNumber, batch, order, recipient }) => {
      const ids = orderIdsOf(order);
      if (ids === null) throw new TypeError("an order of a batch has identifiers of another kind");
      const clientData = await recipientData(deps, batch, recipient);
      const more = { fromNumber: agentNumber, clientData, createdAtMs: nowMs };
      return placedOrder(batch, recipient, { ...ids, ...more });
    }),
  );
  log("warn", "batch_orders_placed_again", { workspaceId, orders: orders.length });
  await hub.beginOrders(orders);
  return true;
}
