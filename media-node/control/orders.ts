import type { CallEvent } from "../../schema/contracts/call-record.ts";
import type { OrderToHub, OrderToNode } from "../../schema/contracts/orders.ts";
import { makeId } from "../../schema/values/ids.ts";
import { CALL_ENDS, type CallEndCode } from "../call/call-ends.ts";
import type { OutboundProgress, PlacedCall } from "../call/outbound/outbound.ts";
import {
  type OutboundOrder,
  type OutboundRoute,
  outboundCallFacts,
} from "../call/outbound/outbound-facts.ts";
import type { CallDeps } from "../call/ports.ts";
import type { OutboundDecision } from "../routing/outbound-lookup.ts";
import type { JournalEntry, OrderJournal } from "./order-journal.ts";

/** How long an order is known after its end: when the hub has been told of that, and when it has not. */
const KEPT_TOLD_MS = 3_600_000;
const KEPT_MS = 24 * 3_600_000;
const SWEEP_MS = 600_000;
/** Orders that were refused here are remembered too, so that one that comes again late is refused again. */
const MAX_REFUSED = 10_000;

export interface OrderDeskDeps
  extends Pick<CallDeps, "admission" | "records" | "clock" | "random" | "node" | "logger"> {
  readonly metrics: Pick<CallDeps["metrics"], "callRefused">;
  readonly journal: OrderJournal;
  readonly route: (order: OutboundOrder) => OutboundDecision;
  readonly place: (
    order: OutboundOrder,
    route: OutboundRoute,
    report: (progress: OutboundProgress) => void,
  ) => PlacedCall;
  /** False when the link is down: nothing is kept for later. */
  readonly send: (message: OrderToHub) => boolean;
}

/** Takes orders for outbound calls: each is dialled once, by the newest fence, or not at all. */
export interface OrderDesk {
  receive(message: OrderToNode): void;
  /** The link is up again: what an earlier run left open is told now. */
  linked(): void;
  /** Resolves when what is known is on disk. */
  stop(): Promise<void>;
}

/** An order that this node has taken: never taken a second time, whatever its fence. */
interface Taken {
  entry: JournalEntry;
  isAccepted: boolean;
  state: OutboundProgress["state"] | null;
  call: PlacedCall | null;
  /** The client gave up before the call was begun. */
  isCancelled: boolean;
  /** It has ended, and the link was down when that was to be told. */
  isUntold: boolean;
}

interface Refusal {
  readonly fence: number;
  readonly code: CallEndCode;
  readonly detail: string;
}

/** @throws the system's error when the journal cannot be read */
export async function startOrderDesk(deps: OrderDeskDeps): Promise<OrderDesk> {
  const { clock, logger, journal } = deps;
  const taken = new Map<string, Taken>();
  const refused = new Map<string, Refusal>();
  const busy = new Set<Promise<void>>();

  function background(orderId: string, work: Promise<unknown>): void {
    const done = work.then(
      () => undefined,
      (err: unknown) => logger.error("order_journal_failed", { orderId, err }),
    );
    busy.add(done);
    done.then(
      () => busy.delete(done),
      () => undefined,
    );
  }

  function sendProgress({ entry, state, isAccepted }: Taken): boolean {
    const { orderId, fence, sipCallId, sipStatus, sipReason, endCode } = entry;
    if (state === null) {
      return isAccepted && deps.send({ type: "order_accepted", orderId, fence });
    }
    return deps.send({
      type: "order_progress",
      orderId,
      fence,
      state,
      sipCallId,
      sipStatus,
      sipReason,
      endCode,
    });
  }

  function refuse(order: OutboundOrder, code: CallEndCode, detail: string): void {
    const { orderId, fence } = order;
    logger.info("order_refused", { orderId, fence, callId: order.callId, code, detail });
    deps.metrics.callRefused(code);
    refused.set(orderId, { fence, code, detail });
    const [oldest] = refused.keys();
    if (refused.size > MAX_REFUSED && oldest !== undefined) refused.delete(oldest);
    // Every reason so far is this node's, or its table's: another may know better.
    deps.send({ type: "order_refused", orderId, fence, code, detail, retriable: true });
  }

  /** Why this node does not dial it now, though another may. What no node may dial the call itself finds out. */
  function decide(order: OutboundOrder): OutboundDecision {
    const lateMs = clock.nowMs() - order.dialBeforeMs;
    if (lateMs >= 0) {
      return { kind: "refuse", code: "order_expired", detail: `${lateMs} ms after dialBeforeMs` };
    }
    const full = deps.admission();
    if (full !== null) return { kind: "refuse", code: full, detail: "admission" };
    return deps.route(order);
  }

  async function take(order: OutboundOrder): Promise<void> {
    const { orderId, fence } = order;
    const known = taken.get(orderId);
    if (known !== undefined) {
      // Given again, to the same node: it is dialled already, and told under the newest fence.
      if (fence < known.entry.fence) return;
      if (fence > known.entry.fence) update(known, { fence });
      if (known.isAccepted) deps.send({ type: "order_accepted", orderId, fence });
      sendProgress(known);
      return;
    }
    const before = refused.get(orderId);
    if (before !== undefined && before.fence >= fence) {
      // Somebody else may have it by now.
      refuse(order, before.code, before.detail);
      return;
    }
    const decision = decide(order);
    if (decision.kind === "refuse") {
      refuse(order, decision.code, decision.detail);
      return;
    }
    const accepted: Taken = {
      entry: {
        orderId,
        fence,
        call: outboundCallFacts(order, decision.route, null, deps),
        state: "accepted",
        answeredAtMs: null,
        sipCallId: null,
        sipStatus: null,
        sipReason: null,
        endCode: null,
        endedAtMs: null,
      },
      isAccepted: false,
      state: null,
      call: null,
      isCancelled: false,
      isUntold: false,
    };
    taken.set(orderId, accepted);
    try {
      await journal.write(accepted.entry);
    } catch (err) {
      taken.delete(orderId);
      logger.error("order_not_journalled", { orderId, err });
      // A file that is there all the same would be told as a call of unknown outcome.
      await journal.remove(orderId).catch(() => undefined);
      refuse(order, "order_not_kept", "the journal could not be written");
      return;
    }
    accepted.isAccepted = true;
    logger.info("order_accepted", { orderId, fence: accepted.entry.fence, callId: order.callId });
    deps.send({ type: "order_accepted", orderId, fence: accepted.entry.fence });
    accepted.call = deps.place(order, decision.route, (progress) => follow(accepted, progress));
    if (accepted.isCancelled) accepted.call.end("order_cancelled", "before it was dialled");
  }

  function update(order: Taken, changes: Partial<JournalEntry>): void {
    order.entry = { ...order.entry, ...changes };
    background(order.entry.orderId, journal.write(order.entry));
  }

  /** The hub is told at once; the disk follows, for the case that this process does not live to tell the end. */
  function follow(order: Taken, progress: OutboundProgress): void {
    const { state, ...told } = progress;
    order.state = state;
    const { call } = order.entry;
    const sipCallId = progress.sipCallId ?? call.sipCallId;
    update(order, {
      ...told,
      call: { ...call, sipCallId, callSid: sipCallId },
      ...(state === "answered" ? { state, answeredAtMs: clock.nowMs() } : {}),
      ...(state === "ended" ? { state, endedAtMs: clock.nowMs() } : {}),
    });
    const isTold = sendProgress(order);
    if (state === "ended") order.isUntold = !isTold;
  }

  function query(orderId: OutboundOrder["orderId"]): void {
    const known = taken.get(orderId);
    if (known !== undefined) {
      sendProgress(known);
      return;
    }
    const fence = refused.get(orderId)?.fence ?? 1;
    const detail = "this node has not accepted it";
    deps.send({
      type: "order_refused",
      orderId,
      fence,
      code: "unknown_order",
      detail,
      retriable: false,
    });
  }

  function cancel(orderId: string): void {
    const known = taken.get(orderId);
    logger.info("order_cancel", { orderId, isKnown: known !== undefined });
    if (known === undefined) return;
    known.isCancelled = true;
    known.call?.end("order_cancelled", "by the client");
  }

  /** What the last run left open is over: nobody dials it again, and its record says so. */
  async function close(entry: JournalEntry): Promise<JournalEntry> {
    if (entry.state === "ended") return entry;
    const code: CallEndCode = entry.state === "answered" ? "node_restarted" : "outcome_unknown";
    const endedAtMs = clock.nowMs();
    logger.warn("order_left_open", { orderId: entry.orderId, callId: entry.call.callId, code });
    await save({
      kind: "call_ended",
      eventId: makeId("event", endedAtMs, deps.random(10)),
      call: {
        ...entry.call,
        answeredAtMs: entry.answeredAtMs,
        endedAtMs,
        // How long it really lasted is not known: nothing is counted.
        durationMs: 0,
        end: { code, ...CALL_ENDS[code] },
        refusal: null,
        media: null,
      },
    });
    const closed: JournalEntry = { ...entry, state: "ended", endCode: code, endedAtMs };
    // What the disk does not take is closed again at the next start: no reason not to start now.
    await journal.write(closed).catch((err: unknown) => {
      logger.error("order_journal_failed", { orderId: entry.orderId, err });
    });
    return closed;
  }

  /** A record that the disk does not take is kept and tried again by the outbox: no reason not to start. */
  async function save(event: CallEvent): Promise<void> {
    try {
      await deps.records.save(event);
    } catch (err) {
      logger.error("call_record_not_saved", { callId: event.call.callId, kind: event.kind, err });
    }
  }

  async function restore(): Promise<void> {
    const { entries, unreadable } = await journal.list();
    for (const name of unreadable) logger.error("order_journal_unreadable", { name });
    for (const entry of entries) {
      const isUntold = entry.state !== "ended";
      taken.set(entry.orderId, {
        entry: await close(entry),
        isAccepted: true,
        state: "ended",
        call: null,
        isCancelled: false,
        isUntold,
      });
    }
  }

  let sweeping: Disposable | null = null;
  function sweep(): void {
    for (const [orderId, { entry, isUntold }] of taken) {
      const keptMs = isUntold ? KEPT_MS : KEPT_TOLD_MS;
      if (entry.endedAtMs === null || clock.nowMs() - entry.endedAtMs < keptMs) continue;
      taken.delete(orderId);
      background(orderId, journal.remove(orderId));
    }
    sweeping = clock.after(SWEEP_MS, sweep);
  }

  await restore();
  sweep();
  return {
    receive(message) {
      switch (message.type) {
        case "order":
          background(message.order.orderId, take(message.order));
          return;
        case "order_cancel":
          return cancel(message.orderId);
        case "order_query":
          return query(message.orderId);
        default:
          message satisfies never;
      }
    },
    linked() {
      for (const order of taken.values()) {
        if (order.isUntold) order.isUntold = !sendProgress(order);
      }
    },
    async stop() {
      sweeping?.[Symbol.dispose]();
      while (busy.size > 0) await Promise.all(busy);
    },
  };
}
