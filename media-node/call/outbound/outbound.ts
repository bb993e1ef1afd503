import type { CallRecord } from "../../../schema/contracts/call-record.ts";
import {
  type DynamicVariables,
  isEmptyClientData,
  recordableVariables,
} from "../../../schema/contracts/client-data.ts";
import type { OrderToHub } from "../../../schema/contracts/orders.ts";
import { runCall } from "../call.ts";
import { type CallControl, createCallControl } from "../call-control.ts";
import type { CallEndCode } from "../call-ends.ts";
import { type CallEnding, createCallEnding, endCodeOf, endedByMedia } from "../ending.ts";
import { AgentUnavailable } from "../faults.ts";
import { initiate } from "../inbound/pre-call.ts";
import { outboundPermitQuery } from "../limits/limits.ts";
import { localMedia } from "../local-media.ts";
import type { AgentLink, CallMedia } from "../media-ports.ts";
import type { CallDeps } from "../ports.ts";
import { type CallRecorder, createCallRecorder } from "../record.ts";
import { recordingOrder } from "../recording-ports.ts";
import { type CallSpan, type CallTrace, connectSpan, tracedTarget } from "../trace-ports.ts";
import { conversationVariables } from "../variables.ts";
import { dialLeg, type LegOutcome } from "./dial-leg.ts";
import { createEarlyMedia } from "./early-media.ts";
import {
  type OutboundOrder,
  type OutboundRoute,
  outboundCallFacts,
  tracedOrder,
} from "./outbound-facts.ts";
import { expandHeaders } from "./outbound-invite.ts";
import type { InviteDeparture } from "./outbound-ports.ts";
import { openTrunkPassword } from "./trunk-password.ts";

/** How far the call is; the same as the hub is told, without the order's own names. */
export type OutboundProgress = Omit<
  Extract<OrderToHub, { type: "order_progress" }>,
  "type" | "orderId" | "fence"
>;

export type OutboundDeps = Omit<CallDeps, "routes" | "newCallId">;

/** A call that is being placed or is up. */
export interface PlacedCall {
  /** CANCEL before the answer, BYE after it. */
  end(code: CallEndCode, detail: string): void;
  /** Its record is saved and nothing of it is left. */
  readonly ended: Promise<CallEndCode>;
}

/** A call from its order to its end: what is opened in it is closed in it. */
interface Placing {
  readonly order: OutboundOrder;
  readonly route: OutboundRoute;
  readonly ending: CallEnding;
  readonly control: CallControl;
  readonly deps: OutboundDeps;
  readonly report: (progress: OutboundProgress) => void;
  /** Null until the INVITE is on its way. */
  recorder: CallRecorder | null;
  readonly trace: CallTrace;
  isAnswered: boolean;
  /** What was said of the INVITE last. */
  said: { readonly status: number; readonly reason: string } | null;
  refusal: CallRecord["refusal"];
  /** Resolved when the agent could not be had for a call that is up. */
  readonly unavailable: PromiseWithResolvers<string | null>;
}

/** What came of it before the call was up; `detail` is for the log. */
interface Outcome {
  readonly code: CallEndCode;
  readonly detail: string;
  readonly fault?: unknown;
}

/** Places the call of an order that is journalled. Whoever calls this has decided that it may be dialled. */
export function placeOutbound(
  order: OutboundOrder,
  route: OutboundRoute,
  report: (progress: OutboundProgress) => void,
  deps: OutboundDeps,
): PlacedCall {
  const ending = createCallEnding(deps.logger, order.callId);
  const placing: Placing = {
    order,
    route,
    ending,
    control: createCallControl(ending),
    deps,
    report,
    recorder: null,
    trace: deps.traces.start(tracedOrder(order, route, deps.clock.nowMs())),
    isAnswered: false,
    said: null,
    refusal: null,
    unavailable: Promise.withResolvers(),
  };
  return { end: ending.end, ended: place(placing) };
}

/** Never rejects: a fault is `internal_error` and a record. */
async function place(placing: Placing): Promise<CallEndCode> {
  const { order, ending, deps } = placing;
  const { callId } = order;
  const startedAtMs = deps.clock.nowMs();
  const { control } = placing;
  const { end } = ending;
  using _live = deps.calls.add({ callId, direction: "outbound", startedAtMs, end, control });
  using _log = placing.route.storeSipMessages === true ? openLog(placing) : null;
  let outcome: Outcome;
  try {
    outcome = await connect(placing);
  } catch (fault) {
    const detail = fault instanceof Error ? fault.message : String(fault);
    outcome = { code: ending.code ?? endCodeOf(fault), detail, fault };
  }
  const code = placing.isAnswered ? outcome.code : unansweredEnd(outcome.code);
  if (outcome.fault !== undefined) {
    deps.logger.error("call_failed", { callId, code, detail: outcome.detail, err: outcome.fault });
  }
  const recorder = record(placing, null);
  await recorder.ended(code, outcome.detail, null, placing.refusal);
  tell(placing, "ended", code);
  return code;
}

function openLog({ order, route, deps }: Placing): Disposable {
  const { callId, workspaceId, phoneNumberId, toNumber } = order;
  const phoneNumbers = [toNumber, route.phoneNumber];
  return deps.messageLogs.open({ callId, workspaceId, phoneNumberId, phoneNumbers });
}

async function connect(placing: Placing): Promise<Outcome> {
  const { order, route, ending, trace, deps } = placing;
  const query = outboundPermitQuery(order, route);
  const permitSpan = trace.span("permit");
  const asked = await deps.permits.acquire(query, order.callId, ending.signal);
  permitSpan.end(asked.kind === "refused" ? asked.code : null, { "trunkline.outcome": asked.kind });
  if (asked.kind === "refused") {
    return ending.code === null ? asked : { code: ending.code, detail: ending.detail };
  }
  await using permit = asked;
  if (permit.kind === "queued") throw new Error("a call that may not wait was queued");
  const password = await openTrunkPassword(route.trunk, order.callId, deps);
  if (password === "unopened") return { code: "credentials_unavailable", detail: "trunk password" };
  const { callId } = order;
  const { audioFiles, digitInput } = route.agent;
  const recording = recordingOrder({ workspaceId: order.workspaceId, agent: route.agent });
  const mediaEvents = endedByMedia(ending);
  const opened = await deps.media.open({ callId, digitInput, audioFiles, recording }, mediaEvents);
  if (opened === null) return { code: "ports_exhausted", detail: "no RTP port is free" };
  await using media = opened;
  if (ending.code !== null) return { code: ending.code, detail: ending.detail };
  if (deps.clock.nowMs() >= order.dialBeforeMs) {
    return { code: "order_expired", detail: `${deps.clock.nowMs() - order.dialBeforeMs} ms late` };
  }

  const early = createEarlyMedia(media.first);
  await using agents = new AsyncDisposableStack();
  let agent: AgentLink | null = null;
  /** At the first 18x, at the latest with the answer. */
  const prepareAgent = (): AgentLink => {
    agent ??= agents.use(connectAgent(placing, media));
    return agent;
  };
  const headers = expandHeaders(route.trunk.headers, headerVariables(placing));
  if (headers.left.length > 0) {
    deps.logger.warn("headers_left_out", { callId: order.callId, names: headers.left });
  }
  let inviteSpan: CallSpan | null = null;
  const outcome = await dialLeg(
    route.trunk,
    { number: order.toNumber, callerNumber: route.phoneNumber },
    {
      ourHost: deps.ourHost,
      local: localMedia(media.first, deps),
      password,
      headers: headers.headers,
      allowsRefer: route.trunk.allowRefer,
      ringTimeoutMs: order.ringingTimeoutSecs * 1000,
      signal: ending.signal,
      onSent(departure) {
        deps.messageLogs.follow(order.callId, departure.sipCallId);
        if (placing.recorder !== null) return;
        record(placing, departure);
        inviteSpan = trace.span("sip.invite", {
          "sip.call_id": departure.sipCallId,
          "sip.transport": departure.transport,
        });
        tell(placing, "dialling", null);
      },
      onRinging({ status, reason, plan, address }) {
        const isFirst = placing.said === null;
        placing.said = { status, reason };
        const connecting = prepareAgent();
        if (isFirst) {
          connecting.ringing();
          tell(placing, "ringing", null);
        }
        if (plan !== null) early.hear(plan, address);
      },
    },
    deps,
  );
  // Set by the closure above, which the compiler does not see.
  endInvite(inviteSpan as CallSpan | null, outcome);
  if (outcome.kind !== "answered") {
    if (outcome.kind === "failed") {
      placing.refusal = outcome.refusal;
      ending.end(outcome.code, outcome.detail);
    }
    const code = ending.code ?? "internal_error";
    // The closure above has set it, which the compiler does not see.
    (agent as AgentLink | null)?.ended(unansweredEnd(code));
    media.close();
    return { code, detail: ending.detail };
  }

  const recorder = record(placing, null);
  placing.isAnswered = true;
  recorder.answered();
  tell(placing, "answered", null);
  // RTP flows with the answer, before anybody has said a word.
  early.answered(outcome.plan, outcome.address);
  const code = await runCall(
    {
      callId: order.callId,
      agentSettings: route.agent,
      transfers: {
        ...route.transfers,
        trunk: route.trunk,
        callerNumber: route.phoneNumber,
      },
      allowRefer: route.trunk.allowRefer,
      dialog: outcome.dialog,
      signallingAddress: outcome.address,
      media,
      mediaEvents,
      negotiation: outcome.negotiation,
      agent: prepareAgent(),
      unavailable: placing.unavailable.promise,
      ending,
      control: placing.control,
      recorder,
      attributesToHeaders: route.trunk.attributesToHeaders,
    },
    deps,
  );
  return { code, detail: ending.detail };
}

function endInvite(span: CallSpan | null, outcome: LegOutcome): void {
  const refusal = outcome.kind === "failed" ? outcome.refusal : null;
  const status = outcome.kind === "answered" ? 200 : refusal?.status;
  const failure = outcome.kind === "failed" ? outcome.code : null;
  span?.end(failure, status === undefined ? {} : { "sip.response.status_code": status });
}

function connectAgent(placing: Placing, media: CallMedia): AgentLink {
  const { route, ending, deps } = placing;
  deps.audioFiles.prefetch(route.agent);
  const call = initiate(route.agent, {}, record(placing, null), deps, ending.signal);
  // What ends the call is thrown by the connection that waits for it.
  call.catch(() => undefined);
  const span = connectSpan(placing.trace, route.agent);
  const target = tracedTarget(deps.agents.target(route.agent), span);
  const agent = media.connectAgent(target, call, ending.signal, { isListening: true });
  span.endWith(agent.accepted);
  agent.accepted.catch((fault: unknown) => {
    // An attempt that ends with the call has not failed.
    if (ending.code !== null) return;
    const detail = fault instanceof Error ? fault.message : String(fault);
    // Whoever has answered hears the fallback; whoever has not is not called for it.
    const hasFallback = route.agent.fallback !== null && fault instanceof AgentUnavailable;
    if (placing.isAnswered && hasFallback) placing.unavailable.resolve(detail);
    else ending.end(endCodeOf(fault), detail);
  });
  return agent;
}

/** `call_started` is written when the INVITE leaves, and at the latest with the end. */
function record(placing: Placing, departure: InviteDeparture | null): CallRecorder {
  if (placing.recorder === null) {
    const { order, route, trace, deps } = placing;
    placing.recorder = createCallRecorder(
      outboundCallFacts(order, route, departure, deps),
      trace,
      deps,
    );
    if (!isEmptyClientData(order.clientData)) placing.recorder.initiated(order.clientData);
    // Saving never rejects: what fails is logged, and the end waits for it.
    placing.recorder.started().catch(() => undefined);
  }
  return placing.recorder;
}

/** What the INVITE may tell of the call: nothing secret, and no identifier that it does not have yet. */
function headerVariables({ order, route, deps }: Placing): DynamicVariables {
  const now = { atMs: deps.clock.nowMs(), durationMs: 0 };
  const facts = outboundCallFacts(order, route, null, deps);
  const all = recordableVariables(conversationVariables(facts, order.clientData, now));
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

/** An agent that left before the answer was not there for the call. */
function unansweredEnd(code: CallEndCode): CallEndCode {
  return code === "agent_lost" || code === "agent_hung_up" ? "agent_unavailable" : code;
}

function tell(
  placing: Placing,
  state: OutboundProgress["state"],
  endCode: CallEndCode | null,
): void {
  const last = placing.refusal ?? placing.said;
  const isUp = placing.isAnswered;
  const sipCallId = placing.recorder?.call.sipCallId ?? "";
  placing.report({
    state,
    sipCallId: sipCallId === "" ? null : sipCallId,
    sipStatus: isUp ? 200 : (last?.status ?? null),
    sipReason: isUp ? "OK" : (last?.reason ?? null),
    endCode,
  });
}
