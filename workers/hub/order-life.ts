import type { OrderToHub } from "../../schema/contracts/orders.ts";
import { failureMessage } from "../services/call-failure.ts";

/** What is known of an outbound order, how its client is answered and how it ends. Pure, like `orders.ts`. */

/** How long an order waits for a first node: after a restart they link again within seconds. */
const NODE_WAIT_MS = 3_000;
/** The client is answered so long after a node has accepted, however long the phone rings. */
const ANSWER_AFTER_ACCEPTANCE_MS = 8_000;
/** The client is answered so long after it asked, whatever has happened. */
const ANSWER_WITHIN_MS = 30_000;

/** The end of an order for which no node was ready. */
export const NO_NODE_AVAILABLE = "no_node_available";

/** What the client is told: once, the same whenever it asks. */
export interface OrderAnswer {
  readonly success: boolean;
  readonly message: string;
  readonly sipCallId: string | null;
}

/** An end that no node will tell of. */
export interface OrderEnd {
  /** `no_node_available`, `outcome_unknown`, or the code of the node that refused. */
  readonly code: string;
  readonly reason: string;
  /** The node may have dialled, and its own record counts when it comes. */
  readonly isProvisional: boolean;
}

/** Of a refusal, what is kept. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}

type Progress = Pick<
  Extract<OrderToHub, { type: "order_progress" }>,
  "state" | "sipCallId" | "sipStatus" | "sipReason" | "endCode"
>;

export interface OrderLife {
  readonly phase: "waiting" | "offered" | "accepted" | "settled";
  readonly ringingTimeoutSecs: number;
  /** Of the newest offer; 0 before the first. */
  readonly fence: number;
  /** Who has the newest offer. */
  readonly nodeId: string | null;
  /** Of the newest offer. */
  readonly dialBeforeMs: number;
  readonly acceptedAtMs: number | null;
  /** The link that it was given on has stood since. */
  readonly isSameLink: boolean;
  /** Since when that node is not linked; null while it is. */
  readonly lostAtMs: number | null;
  /** When that node was asked what became of the order, on its present link. */
  readonly askedAtMs: number | null;
  /** Nodes that will not be given it again. */
  readonly excluded: readonly string[];
  readonly refusal: Refusal | null;
  /** Of the INVITE that was sent last; null before the first. */
  readonly sipCallId: string | null;
  /** While waiting: when it fails for want of a node. */
  readonly waitsUntilMs: number;
  readonly answerAtMs: number;
  readonly answer: OrderAnswer | null;
  readonly end: OrderEnd | null;
}

/** An order that no node has been asked for yet. */
export function newOrder(ringingTimeoutSecs: number, nowMs: number): OrderLife {
  return {
    phase: "waiting",
    ringingTimeoutSecs,
    fence: 0,
    nodeId: null,
    dialBeforeMs: 0,
    acceptedAtMs: null,
    isSameLink: true,
    lostAtMs: null,
    askedAtMs: null,
    excluded: [],
    refusal: null,
    sipCallId: null,
    waitsUntilMs: nowMs + NODE_WAIT_MS,
    answerAtMs: nowMs + ANSWER_WITHIN_MS,
    answer: null,
    end: null,
  };
}

/** A node has journalled it. */
export function accept(life: OrderLife, nowMs: number): OrderLife {
  if (life.phase === "accepted") return { ...life, askedAtMs: null };
  const answerAtMs = Math.min(life.answerAtMs, nowMs + ANSWER_AFTER_ACCEPTANCE_MS);
  return { ...life, phase: "accepted", acceptedAtMs: nowMs, askedAtMs: null, answerAtMs };
}

/** What the node that has it says of its call. */
export function advance(life: OrderLife, progress: Progress): OrderLife {
  const { sipCallId, sipStatus } = progress;
  switch (progress.state) {
    case "dialling":
      return { ...life, sipCallId };
    case "ringing":
      return answered(life, { success: true, message: "The phone is ringing.", sipCallId });
    case "answered":
      return settled(life, { success: true, message: "The call was answered.", sipCallId });
    case "ended": {
      // The node's record tells the rest.
      const wasAnswered = sipStatus !== null && sipStatus >= 200 && sipStatus < 300;
      const message = wasAnswered ? "The call was answered." : failureMessage(progress);
      return settled(life, { success: wasAnswered, message, sipCallId });
    }
    default:
      return progress.state satisfies never;
  }
}

/** The client cannot wait for ever; the order goes on. */
export function answerInTime(life: OrderLife, nowMs: number): OrderLife {
  if (life.phase === "settled" || life.answer !== null || nowMs < life.answerAtMs) return life;
  const { sipCallId } = life;
  return answered(life, { success: true, message: "The call is being placed.", sipCallId });
}

/** No node will dial it: certain. */
export function failFor(life: OrderLife, refusal: Refusal | null): OrderLife {
  const end: OrderEnd =
    refusal === null
      ? {
          code: NO_NODE_AVAILABLE,
          reason: "No media node of the region was ready to place the call.",
          isProvisional: false,
        }
      : {
          code: refusal.code,
          reason: `No media node placed the call: ${refusal.code}, ${refusal.detail}.`,
          isProvisional: false,
        };
  return ended(life, end);
}

/** It may have been dialled, and so is never dialled again. */
export function loseSight(life: OrderLife): OrderLife {
  return ended(life, OUTCOME_UNKNOWN);
}

export const OUTCOME_UNKNOWN: OrderEnd = {
  code: "outcome_unknown",
  reason:
    "The media node that had the call was lost: whether the phone rang is not known, and it is not dialled again.",
  isProvisional: true,
};

function ended(life: OrderLife, end: OrderEnd): OrderLife {
  const answer = { success: false, message: end.reason, sipCallId: null };
  return { ...settled(life, answer), end };
}

function settled(life: OrderLife, answer: OrderAnswer): OrderLife {
  return { ...answered(life, answer), phase: "settled" };
}

/** The first answer stands. */
function answered(life: OrderLife, answer: OrderAnswer): OrderLife {
  return life.answer === null ? { ...life, answer } : life;
}
