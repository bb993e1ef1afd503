import type { OrderToHub } from "../../schema/contracts/orders.ts";
import {
  accept,
  advance,
  answerInTime,
  failFor,
  loseSight,
  type OrderLife,
  type Refusal,
} from "./order-life.ts";

/**
 * The life of one outbound order in its region's hub: what follows from each thing heard. Pure; OrderDispatch gives it time, nodes and messages, and does what it says. What the
 * rules are for is told in docs/design/outbound-orders.md.
 */

/** The INVITE leaves before this has passed since the order was given, or not at all. */
const DIAL_WITHIN_MS = 10_000;
/** For a word that is on its way when its time has passed, and for clocks that differ. */
const LATE_WORD_MS = 2_000;
/** A node that is not linked for so long is lost. */
const NODE_LEASE_MS = 30_000;
/** Beyond the ringing timeout, for the INVITEs before the one that rings. */
const SETUP_MARGIN_MS = 60_000;
const MAX_OFFERS = 5;

/** What a node answers a query with that has never journalled the order. */
const UNKNOWN_ORDER = "unknown_order";

export type OrderInput =
  /** Nodes have come, become ready, or gone. */
  | { readonly kind: "nodes" }
  | { readonly kind: "time" }
  | { readonly kind: "linked"; readonly nodeId: string }
  | { readonly kind: "unlinked"; readonly nodeId: string }
  /** The newest offer has not left: its node had no link. */
  | { readonly kind: "unsent" }
  | { readonly kind: "heard"; readonly nodeId: string; readonly message: OrderToHub };

export type OrderEffect =
  | {
      readonly kind: "offer";
      readonly nodeId: string;
      readonly fence: number;
      readonly dialBeforeMs: number;
    }
  | { readonly kind: "query"; readonly nodeId: string }
  | { readonly kind: "cancel"; readonly nodeId: string };

export interface OrderStep {
  readonly life: OrderLife;
  readonly effects: readonly OrderEffect[];
}

/** What an order must know of the region's nodes. */
export interface OrderNodes {
  /** The node to give an order to, or null; never one of `excluded`. */
  readonly choose: (excluded: readonly string[]) => string | null;
  /** When anything was last heard on the node's present link; null without one. */
  readonly heardAtMs: (nodeId: string) => number | null;
}

/** What follows from `input`, at `nowMs`. */
export function stepOrder(
  life: OrderLife,
  input: OrderInput,
  nowMs: number,
  nodes: OrderNodes,
): OrderStep {
  switch (input.kind) {
    case "nodes":
      return life.phase === "waiting" ? offer(life, nowMs, nodes) : same(life);
    case "unsent":
      return life.phase === "offered"
        ? offerToAnother(life, { code: "link_lost", detail: "its link was lost" }, nowMs, nodes)
        : same(life);
    case "unlinked":
      return isHeldBy(life, input.nodeId) && life.lostAtMs === null
        ? same({ ...life, isSameLink: false, lostAtMs: nowMs, askedAtMs: null })
        : same(life);
    case "linked":
      // What was on its way on the link before may be lost: the node's journal knows.
      return isHeldBy(life, input.nodeId)
        ? ask({ ...life, isSameLink: false, lostAtMs: null }, nowMs)
        : same(life);
    case "heard":
      return hear(life, input.nodeId, input.message, nowMs, nodes);
    case "time":
      return passTime(life, nowMs, nodes);
    default:
      return input satisfies never;
  }
}

/** When time alone changes something; null: never. */
export function orderDueAtMs(life: OrderLife): number | null {
  if (life.phase === "settled") return null;
  const answerAtMs = life.answer === null ? life.answerAtMs : Number.POSITIVE_INFINITY;
  return Math.min(answerAtMs, decisionAtMs(life));
}

function decisionAtMs(life: OrderLife): number {
  if (life.phase === "waiting") return life.waitsUntilMs;
  if (life.lostAtMs !== null) return life.lostAtMs + NODE_LEASE_MS;
  const untilMs = wordDueAtMs(life);
  if (life.askedAtMs === null || life.askedAtMs < untilMs) {
    // A question on a new link may be out already; it is repeated when the time comes.
    return untilMs;
  }
  return life.askedAtMs + (life.phase === "offered" ? LATE_WORD_MS : NODE_LEASE_MS);
}

/** By when the node must have said what comes next. */
function wordDueAtMs(life: OrderLife): number {
  if (life.acceptedAtMs === null) return life.dialBeforeMs;
  return life.acceptedAtMs + life.ringingTimeoutSecs * 1_000 + SETUP_MARGIN_MS;
}

function passTime(before: OrderLife, nowMs: number, nodes: OrderNodes): OrderStep {
  const { effects, life } = decide(before, nowMs, nodes);
  return { effects, life: answerInTime(life, nowMs) };
}

function decide(life: OrderLife, nowMs: number, nodes: OrderNodes): OrderStep {
  if (life.phase === "settled" || nowMs < decisionAtMs(life)) return same(life);
  if (life.phase === "waiting") return same(failFor(life, life.refusal));
  if (life.lostAtMs !== null) return same(loseSight(life));
  const isAsked = life.askedAtMs !== null && life.askedAtMs >= wordDueAtMs(life);
  if (!isAsked) return ask(life, nowMs);
  if (life.phase === "accepted") return same(loseSight(life));
  // A link keeps its order: what was heard on it after the time had passed proves that no acceptance
  // was lost. Without such a word the link may be dead, and the node may have dialled.
  const heardAtMs = life.nodeId === null ? null : nodes.heardAtMs(life.nodeId);
  const isProved = heardAtMs !== null && heardAtMs >= life.dialBeforeMs + LATE_WORD_MS;
  if (!isProved || !life.isSameLink) {
    return nowMs < life.dialBeforeMs + NODE_LEASE_MS ? ask(life, nowMs) : same(loseSight(life));
  }
  const silence = { code: "node_silent", detail: "it did not answer" };
  const next = offerToAnother(life, silence, nowMs, nodes);
  return next.life.phase === "offered" ? next : same(loseSight(life));
}

function hear(
  life: OrderLife,
  nodeId: string,
  message: OrderToHub,
  nowMs: number,
  nodes: OrderNodes,
): OrderStep {
  if (nodeId !== life.nodeId || !(message.fence === life.fence || isUnknown(life, message))) {
    // A node that speaks too late of an offer that another has now must not dial.
    const isLate = nodeId !== life.nodeId && message.type !== "order_refused";
    return { life, effects: isLate ? [{ kind: "cancel", nodeId }] : [] };
  }
  if (life.phase === "settled") {
    // Its client has been told that it failed.
    const isTooLate = life.end !== null && message.type === "order_accepted";
    return { life, effects: isTooLate ? [{ kind: "cancel", nodeId }] : [] };
  }
  switch (message.type) {
    case "order_accepted":
      return same(accept(life, nowMs));
    case "order_progress":
      return same(advance(accept(life, nowMs), message));
    case "order_refused":
      return refused(life, message, nowMs, nodes);
    default:
      return message satisfies never;
  }
}

/** Who has never had the order does not know its fence; only an answer to our question counts. */
function isUnknown(life: OrderLife, message: OrderToHub): boolean {
  const isAnswer = life.phase === "offered" || life.phase === "accepted";
  return (
    isAnswer &&
    life.askedAtMs !== null &&
    message.type === "order_refused" &&
    message.code === UNKNOWN_ORDER
  );
}

function refused(
  life: OrderLife,
  refusal: Extract<OrderToHub, { type: "order_refused" }>,
  nowMs: number,
  nodes: OrderNodes,
): OrderStep {
  const hasNone = refusal.code === UNKNOWN_ORDER;
  // It has lost its journal, and with it whether it has dialled.
  if (hasNone && life.phase === "accepted") return same(loseSight(life));
  // The order was lost on the way: the same node may be given it again.
  if (hasNone) {
    const { code, detail } = refusal;
    return offer({ ...life, refusal: { code, detail } }, nowMs, nodes);
  }
  if (refusal.retriable) return offerToAnother(life, refusal, nowMs, nodes);
  return same(failFor(life, refusal));
}

function offerToAnother(
  life: OrderLife,
  { code, detail }: Refusal,
  nowMs: number,
  nodes: OrderNodes,
): OrderStep {
  const excluded = life.nodeId === null ? life.excluded : [...life.excluded, life.nodeId];
  return offer({ ...life, excluded, refusal: { code, detail } }, nowMs, nodes);
}

function offer(life: OrderLife, nowMs: number, nodes: OrderNodes): OrderStep {
  const nodeId = life.fence < MAX_OFFERS ? nodes.choose(life.excluded) : null;
  if (nodeId === null) {
    return same(life.phase === "waiting" ? life : failFor(life, life.refusal));
  }
  const fence = life.fence + 1;
  const dialBeforeMs = nowMs + DIAL_WITHIN_MS;
  return {
    life: {
      ...life,
      phase: "offered",
      fence,
      nodeId,
      dialBeforeMs,
      acceptedAtMs: null,
      isSameLink: true,
      lostAtMs: null,
      askedAtMs: null,
    },
    effects: [{ kind: "offer", nodeId, fence, dialBeforeMs }],
  };
}

function ask(life: OrderLife, nowMs: number): OrderStep {
  if (life.nodeId === null) return same(life);
  return {
    life: { ...life, askedAtMs: nowMs },
    effects: [{ kind: "query", nodeId: life.nodeId }],
  };
}

function isHeldBy(life: OrderLife, nodeId: string): boolean {
  return (life.phase === "offered" || life.phase === "accepted") && life.nodeId === nodeId;
}

function same(life: OrderLife): OrderStep {
  return { life, effects: [] };
}
