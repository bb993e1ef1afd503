import {
  type CallLimits,
  DAILY_ASKED_BELOW,
  type PermitHubMessage,
  type PermitNodeMessage,
  type PermitRequest,
} from "../../schema/contracts/permits.ts";
import type { CallId } from "../../schema/values/ids.ts";
import type { CallEndCode } from "../call/call-ends.ts";
import type {
  CallLogger,
  Clock,
  Permit,
  PermitQuery,
  PermitRefusal,
  Permits,
  QueuePlace,
} from "../call/ports.ts";
import { DailyTally } from "./daily-tally.ts";
import { HeldPermits } from "./held-permits.ts";
import { createTrunkRates } from "./trunk-rates.ts";

/** DESIGN §5: how long an INVITE waits for the hub. */
const ASK_MS = 298;
const READ_MS = 2;
/** Beats may follow one another closely. */
const ASK_AGAIN_MS = 5_000;
/**
 * What a call may take beside its maximum duration and its ringing timeout: the agent before it, the rest of what is to
 * be heard and the answer to the BYE after it.
 */
const SETUP_AND_END_MS = 180_000;

export interface PermitMetrics {
  permitAsked(
    result: "granted" | "refused" | "queued" | "unanswered" | "unlinked",
    afterMs: number,
  ): void;
  /** A decision without the hub. */
  permitAlone(result: "reused" | "share" | "refused"): void;
  queueLeft(result: "admitted" | "refused" | "timeout" | "abandoned", waitMs: number): void;
}

export interface PermitClientDeps {
  readonly clock: Clock;
  readonly logger: CallLogger;
  readonly metrics: PermitMetrics;
  readonly limitsAt: () => { readonly epoch: number; readonly version: number };
  /** The limits of a waiting call as the table has them by now. */
  readonly limitsOf: (request: PermitRequest) => CallLimits;
  /** Of each limit, what the node takes alone while it has met no hub since its start: 0 to 1. */
  readonly bootShare: number;
}

/** The node's end of the link, as far as permits go. */
interface PermitChannel {
  send(message: PermitNodeMessage): void;
  /** Tells the hub that we are there, out of turn: its answer says the same of it. */
  beat(): void;
}

export interface PermitClient extends Permits {
  /** The hub has said welcome: from now on it is asked. */
  linked(channel: PermitChannel): void;
  unlinked(): void;
  receive(message: PermitHubMessage): void;
  readonly held: number;
  readonly waiting: number;
}

type Answer =
  | { readonly kind: "granted"; readonly fence: number }
  | { readonly kind: "refused"; readonly code: CallEndCode }
  | { readonly kind: "queued"; readonly place: QueuePlace }
  | { readonly kind: "unanswered" | "unlinked" | "withdrawn" };

/** A request that the hub has not answered yet. */
interface Asked {
  readonly request: PermitRequest;
  answered(answer: Answer): void;
}

interface Waiting {
  readonly request: PermitRequest;
  readonly beganAtMs: number;
  readonly endsAtMs: number;
  askedAtMs: number;
  over(outcome: "admitted" | "refused" | "timeout", code: CallEndCode | null): void;
}

/** What a node knows of permits: those that it holds, who waits, and how to decide without the hub. */
export function createPermitClient(deps: PermitClientDeps): PermitClient {
  const { clock, logger, metrics } = deps;
  const held = new HeldPermits(clock);
  const rates = createTrunkRates(clock);
  const asked = new Map<CallId, Asked>();
  const waiting = new Map<CallId, Waiting>();
  const daily = new DailyTally(clock, (message) => {
    channel?.send(message);
    return channel !== null;
  });
  let channel: PermitChannel | null = null;
  let hasMetHub = false;
  let requests = 0;

  /** Asks the hub; the answer is "unanswered" after 300 ms, when the request is withdrawn. */
  async function ask(request: PermitRequest, signal: AbortSignal): Promise<Answer> {
    if (signal.aborted) return { kind: "withdrawn" };
    if (channel === null) return { kind: "unlinked" };
    const answer = Promise.withResolvers<Answer>();
    const giveUp = (kind: "unanswered" | "withdrawn") => {
      if (!asked.delete(request.callId)) return;
      channel?.send({ type: "permit_release", callId: request.callId, isUnused: true });
      answer.resolve({ kind });
    };
    asked.set(request.callId, {
      request,
      answered(value) {
        if (asked.delete(request.callId)) answer.resolve(value);
      },
    });
    using late = new DisposableStack();
    late.use(
      clock.after(ASK_MS, () => {
        // What the socket holds already is read first: a process that was busy must not blame the hub.
        late.use(clock.after(READ_MS, silent));
      }),
    );
    const silent = () => {
      if (!asked.has(request.callId)) return;
      // It is there and says nothing: what ends meanwhile may be used again.
      held.hubIsSilent();
      giveUp("unanswered");
      channel?.beat();
    };
    const withdraw = () => giveUp("withdrawn");
    signal.addEventListener("abort", withdraw, { once: true });
    channel.send(request);
    try {
      return await answer.promise;
    } finally {
      signal.removeEventListener("abort", withdraw);
    }
  }

  /** The limit's answer without the hub: never more than what the hub has set aside for this node. */
  function decideAlone(request: PermitRequest, query: PermitQuery): Permit | PermitRefusal {
    const reused = held.reuse(request);
    if (reused !== null) {
      metrics.permitAlone("reused");
      return permit(reused);
    }
    const { workspace, agent } = request.limits;
    const isCountedOnly = workspace === null && agent === null;
    if ((isCountedOnly || !hasMetHub) && isWithinShare(request.limits, query)) {
      metrics.permitAlone("share");
      return takeAlone(request);
    }
    metrics.permitAlone("refused");
    return { kind: "refused", code: "limit_undecided", detail: "the hub cannot be asked" };
  }

  function isWithinShare({ workspace, agent, daily: perDay }: CallLimits, query: PermitQuery) {
    const isBelow = (used: number, limit: number | null) =>
      limit === null || (limit > 0 && used < Math.max(1, Math.floor(limit * deps.bootShare)));
    return (
      isBelow(held.countOf(query.workspaceId), workspace) &&
      isBelow(held.countOf(query.agent.id), agent) &&
      isBelow(daily.untold(query.agent.id), perDay)
    );
  }

  function takeAlone(request: PermitRequest): Permit {
    const { callId, workspaceId, agentId, maxCallMs, limits } = request;
    if (limits.daily !== null) daily.count(request.agentId, limits.daily);
    if (limits.workspace === null && limits.agent === null) return FREE;
    return permit(held.take({ callId, workspaceId, agentId, maxCallMs, fence: 0 }));
  }

  function permit(key: CallId): Permit {
    return {
      kind: "granted",
      async [Symbol.asyncDispose]() {
        release(key);
      },
    };
  }

  /** Told to the hub at once, or kept for another call while it cannot be told. */
  function release(key: CallId): void {
    const told = held.release(key);
    if (told !== null) channel?.send({ type: "permit_release", callId: told });
  }

  function queue(request: PermitRequest): QueuePlace {
    const { callId } = request;
    const beganAtMs = clock.monotonicMs();
    const admitted = Promise.withResolvers<CallEndCode | null>();
    let isAdmitted = false;
    const place: Waiting = {
      request,
      beganAtMs,
      endsAtMs: beganAtMs + request.waitMs,
      askedAtMs: beganAtMs,
      over(outcome, code) {
        if (!waiting.delete(callId)) return;
        timer[Symbol.dispose]();
        isAdmitted = code === null;
        metrics.queueLeft(outcome, clock.monotonicMs() - beganAtMs);
        admitted.resolve(code);
      },
    };
    const timer = clock.after(request.waitMs, () => {
      place.over("timeout", "queue_timeout");
      channel?.send({ type: "permit_release", callId });
    });
    waiting.set(callId, place);
    return {
      kind: "queued",
      admitted: admitted.promise,
      async [Symbol.asyncDispose]() {
        if (isAdmitted) {
          release(callId);
        } else if (waiting.delete(callId)) {
          timer[Symbol.dispose]();
          metrics.queueLeft("abandoned", clock.monotonicMs() - beganAtMs);
          channel?.send({ type: "permit_release", callId });
        }
      },
    };
  }

  function requestOf(query: PermitQuery, callId: CallId, limits: CallLimits): PermitRequest {
    requests += 1;
    return {
      type: "permit_request",
      requestId: `${requests}`,
      callId,
      workspaceId: query.workspaceId,
      agentId: query.agent.id,
      limits,
      limitsAt: deps.limitsAt(),
      maxCallMs: query.ringingMs + query.agent.maxDurationSecs * 1_000 + SETUP_AND_END_MS,
      mayQueue: query.queue !== null,
      waitMs: Math.round((query.queue?.waitTimeoutSecs ?? 0) * 1_000),
    };
  }

  /** As the table has it now, for the time that is left. */
  function askAgain(place: Waiting): void {
    place.askedAtMs = clock.monotonicMs();
    const waitMs = Math.max(0, Math.round(place.endsAtMs - place.askedAtMs));
    const { request } = place;
    const limits = deps.limitsOf(request);
    channel?.send({ ...request, limits, limitsAt: deps.limitsAt(), waitMs });
  }

  async function acquire(query: PermitQuery, callId: CallId, signal: AbortSignal) {
    if (!rates.take(query.trunk)) {
      const detail = `trunk ${query.trunk.id}: ${query.trunk.callsPerSecond} a second`;
      return { kind: "refused", code: "trunk_rate_limit", detail } as const;
    }
    const { concurrency, daily: perDay } = query.agent.limits;
    const limits = { workspace: query.workspaceConcurrency, agent: concurrency, daily: perDay };
    const isCountedOnly = limits.workspace === null && limits.agent === null;
    if (isCountedOnly && perDay === null) return FREE;
    const request = requestOf(query, callId, limits);
    const mayTellLater = perDay !== null && perDay >= DAILY_ASKED_BELOW;
    if (isCountedOnly && mayTellLater && channel !== null && !daily.isNear(query.agent.id)) {
      return takeAlone(request);
    }
    const askedAtMs = clock.monotonicMs();
    const answer = await ask(request, signal);
    if (answer.kind !== "withdrawn") {
      metrics.permitAsked(answer.kind, clock.monotonicMs() - askedAtMs);
    }
    switch (answer.kind) {
      case "granted":
        return permit(callId);
      case "queued":
        return answer.place;
      case "refused":
        return { kind: "refused", code: answer.code, detail: JSON.stringify(limits) } as const;
      case "withdrawn":
        return { kind: "refused", code: "cancelled", detail: "before the hub answered" } as const;
      case "unanswered":
      case "unlinked":
        return decideAlone(request, query);
      default:
        return answer satisfies never;
    }
  }

  function granted({ callId, fence }: Extract<PermitHubMessage, { type: "permit_granted" }>): void {
    const place = waiting.get(callId);
    const request = asked.get(callId)?.request ?? place?.request;
    if (request === undefined) {
      // For a call that is over: the hub has not heard of that yet, or its answer came too late.
      if (!held.has(callId)) channel?.send({ type: "permit_release", callId, isUnused: true });
      return;
    }
    const { workspaceId, agentId, maxCallMs } = request;
    held.take({ callId, workspaceId, agentId, maxCallMs, fence });
    if (place === undefined) asked.get(callId)?.answered({ kind: "granted", fence });
    else place.over("admitted", null);
  }

  return {
    acquire,
    get held() {
      return held.size;
    },
    get waiting() {
      return waiting.size;
    },
    linked(opened) {
      channel = opened;
      hasMetHub = true;
      const told = held.hubAnswers();
      const sentAtMs = clock.monotonicMs();
      opened.send({
        type: "permits_held",
        sentAtMs,
        held: held.list(),
        waiting: [...waiting.keys()],
      });
      for (const callId of told) opened.send({ type: "permit_release", callId });
      for (const place of waiting.values()) askAgain(place);
      daily.tellAll();
    },
    unlinked() {
      channel = null;
      held.hubIsSilent();
      for (const one of [...asked.values()]) one.answered({ kind: "unlinked" });
    },
    receive(message) {
      for (const callId of held.hubAnswers()) channel?.send({ type: "permit_release", callId });
      switch (message.type) {
        case "permit_granted":
          return granted(message);
        case "permit_refused": {
          const { callId, code } = message;
          waiting.get(callId)?.over("refused", code);
          return asked.get(callId)?.answered({ kind: "refused", code });
        }
        case "permit_queued": {
          const { callId, position } = message;
          const request = asked.get(callId)?.request;
          if (request === undefined) return;
          logger.info("call_queued", { callId, agentId: request.agentId, position });
          return asked.get(callId)?.answered({ kind: "queued", place: queue(request) });
        }
        case "permit_lease":
          held.renew(message.sentAtMs + message.leaseMs);
          for (const place of waiting.values()) {
            if (clock.monotonicMs() - place.askedAtMs >= ASK_AGAIN_MS) askAgain(place);
          }
          return;
        case "daily_near":
          return daily.near(message.agentId, message.day);
        default:
          message satisfies never;
      }
    },
  };
}

/** A call that no limit concerns. */
const FREE: Permit = { kind: "granted", async [Symbol.asyncDispose]() {} };
