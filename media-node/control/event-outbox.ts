import {
  type CallEventsResponse,
  callEventsResponseSchema,
  type NodeEvent,
} from "../../schema/contracts/call-record.ts";
import type { CallRecords } from "../call/ports.ts";
import { backoffMs, createAlarm } from "./alarm.ts";
import { createEventDirectory, type StoredEvent } from "./event-file.ts";
import { type ControlPlaneClient, readAnswer, refusedAnswer } from "./http-client.ts";
import type { ControlDeps } from "./ports.ts";

const BATCH_EVENTS = 100;
const DEFAULT_MAX_EVENTS = 100_000;
const RETRY = { firstMs: 500, maxMs: 30_000 };
/** Nothing is waited for when the outbox is empty: a save rings. */
const IDLE_MS = 60_000;
/** The request as a whole is wrong: some event in it can never be taken. */
const WRONG_FOR_EVER: ReadonlySet<number> = new Set([400, 413, 422]);

type OutboxFaultCode = "outbox_full" | "outbox_disk_failed";

/** An event that is not durable. With `outbox_disk_failed` it is held in memory and tried again. */
class OutboxFault extends Error {
  readonly code: OutboxFaultCode;
  readonly publicMessage = "The record of the call could not be stored.";

  constructor(message: string, options: ErrorOptions & { code: OutboxFaultCode }) {
    super(message, options);
    this.name = "OutboxFault";
    this.code = options.code;
  }
}

export interface EventOutbox extends CallRecords {
  /**
   * Durable on disk before it returns. The end of a call is never refused for want of room.
   * @throws OutboxFault
   */
  save(event: NodeEvent): Promise<void>;
  /** Events not yet acknowledged, in memory and on disk. */
  readonly depth: number;
  /** The control plane is there again: what waits for the next attempt need not. */
  linked(): void;
  /** Tries to deliver what is left until `budgetMs` is over; the rest stays on disk. */
  stop(budgetMs: number): Promise<void>;
}

export interface EventOutboxDeps extends ControlDeps {
  readonly directory: string;
  readonly client: ControlPlaneClient;
  /** Above it everything but the ends of calls is refused. Absent: 100,000. */
  readonly maxEvents?: number;
  /** False: what the control plane will never take is forgotten, for what nobody would look for on a node's disk. */
  readonly keepsRejected?: boolean;
}

/** `event` only while the disk has not taken it. */
interface Pending extends StoredEvent {
  event: NodeEvent | null;
}

/**
 * What the control plane must learn of calls: kept on disk until it is acknowledged, sent in order, at
 * least once.
 * @throws the system's error when the directory cannot be read
 */
export async function startEventOutbox(deps: EventOutboxDeps): Promise<EventOutbox> {
  const { clock, logger, metrics } = deps;
  const maxEvents = deps.maxEvents ?? DEFAULT_MAX_EVENTS;
  const files = createEventDirectory(deps.directory);
  const queue: Pending[] = (await files.list()).map((stored) => ({ ...stored, event: null }));
  const alarm = createAlarm(clock);
  const stopping = new AbortController();
  let isStopping = false;
  let nextPosition = (queue.at(-1)?.position ?? 0) + 1;
  let batchEvents = BATCH_EVENTS;
  let failedWith: string | null = null;

  function forget(pending: Pending): void {
    const position = queue.indexOf(pending);
    if (position >= 0) queue.splice(position, 1);
  }

  async function setAside(pending: Pending, code: string, detail: string): Promise<void> {
    logger.error("event_rejected", { eventId: pending.eventId, code, detail });
    metrics.outboxRejected(1);
    if (deps.keepsRejected === false) {
      await files.remove(pending);
      forget(pending);
      return;
    }
    if (pending.event !== null) await files.write(pending.position, pending.event);
    await files.setAside(pending);
    forget(pending);
  }

  /** Events that the disk refused earlier: a disk that is well again makes them durable. */
  async function writeHeld(): Promise<void> {
    for (const pending of [...queue]) {
      if (pending.event === null) continue;
      try {
        await files.write(pending.position, pending.event);
        pending.event = null;
      } catch {
        metrics.outboxDiskError();
        return;
      }
    }
  }

  async function nextBatch(): Promise<{ pending: Pending; event: NodeEvent }[]> {
    const batch: { pending: Pending; event: NodeEvent }[] = [];
    for (const pending of queue.slice(0, batchEvents)) {
      const event = pending.event ?? (await files.read(pending));
      if (event === null) await setAside(pending, "unreadable", "the file holds no event");
      else batch.push({ pending, event });
    }
    return batch;
  }

  /** One batch; throws when none of it was settled. */
  async function deliver(): Promise<void> {
    const batch = await nextBatch();
    const [first] = batch;
    if (first === undefined) return;
    const response = await deps.client.send({
      method: "POST",
      path: "/v1/nodes/events",
      body: { events: batch.map(({ event }) => event) },
      signal: stopping.signal,
    });
    if (WRONG_FOR_EVER.has(response.status)) {
      // One event must not block all others: smaller batches find it, alone it is set aside.
      if (batch.length > 1) batchEvents = Math.ceil(batch.length / 2);
      else await setAside(first.pending, "refused", `status ${response.status}`);
      return;
    }
    if (response.status !== 200) throw refusedAnswer("call events", response);
    const settled = await settle(batch, readAnswer(response, callEventsResponseSchema));
    if (settled === 0) throw refusedAnswer("call events: none acknowledged", response);
    batchEvents = BATCH_EVENTS;
  }

  async function settle(
    batch: readonly { pending: Pending }[],
    answer: CallEventsResponse,
  ): Promise<number> {
    const accepted = new Set(answer.accepted);
    const rejected = new Map(answer.rejected.map((rejection) => [rejection.eventId, rejection]));
    let delivered = 0;
    let settled = 0;
    for (const { pending } of batch) {
      const rejection = rejected.get(pending.eventId);
      if (accepted.has(pending.eventId)) {
        await files.remove(pending);
        forget(pending);
        delivered += 1;
      } else if (rejection !== undefined) {
        await setAside(pending, rejection.code, rejection.detail);
      } else continue;
      settled += 1;
    }
    if (delivered > 0) metrics.outboxDelivered(delivered);
    return settled;
  }

  async function run(): Promise<void> {
    let attempt = 0;
    while (!stopping.signal.aborted) {
      if (queue.length === 0) {
        if (isStopping) return;
        await alarm.wait(IDLE_MS);
        continue;
      }
      try {
        await writeHeld();
        await deliver();
        if (failedWith !== null) logger.info("events_delivered_again", { depth: queue.length });
        failedWith = null;
        attempt = 0;
      } catch (fault) {
        if (isStopping) return;
        noteFailure(fault);
        // What was said while it failed is no reason to ask sooner: a ring would undo the pause.
        await pause.wait(backoffMs(attempt, RETRY, deps.random));
        attempt += 1;
      }
    }
  }

  function noteFailure(fault: unknown): void {
    const code =
      fault instanceof Error && "code" in fault && typeof fault.code === "string"
        ? fault.code
        : "failed";
    if (code !== failedWith) {
      logger.warn("events_not_delivered", { code, depth: queue.length, error: fault });
    }
    failedWith = code;
  }

  const pause = createAlarm(clock);
  const running = run();
  return {
    get depth() {
      return queue.length;
    },
    async save(event) {
      if (event.kind !== "call_ended" && queue.length >= maxEvents) {
        metrics.outboxRefused();
        throw new OutboxFault(`${queue.length} events wait already`, { code: "outbox_full" });
      }
      const pending: Pending = { position: nextPosition, eventId: event.eventId, event };
      nextPosition += 1;
      try {
        await files.write(pending.position, event);
        pending.event = null;
      } catch (cause) {
        metrics.outboxDiskError();
        logger.error("event_not_durable", { eventId: event.eventId, error: cause });
        throw new OutboxFault("the event could not be written", {
          code: "outbox_disk_failed",
          cause,
        });
      } finally {
        insert(queue, pending);
        alarm.ring();
      }
    },
    linked: () => pause.ring(),
    async stop(budgetMs) {
      isStopping = true;
      alarm.ring();
      pause.ring();
      using _ = clock.after(budgetMs, () => stopping.abort());
      await running;
      await writeHeld();
    },
  };
}

/** Two saves may finish out of turn; the queue keeps the order in which they began. */
function insert(queue: Pending[], pending: Pending): void {
  let index = queue.length;
  while (index > 0 && (queue[index - 1]?.position ?? 0) > pending.position) index -= 1;
  queue.splice(index, 0, pending);
}
