import type { InboundRoute } from "../../../schema/contracts/routing.ts";
import type { CallId } from "../../../schema/values/ids.ts";
import { tagOf } from "../../protocol/sip/name-addr.ts";
import { attributeHeaders } from "../attribute-headers.ts";
import { runCall } from "../call.ts";
import { type CallControl, createCallControl } from "../call-control.ts";
import { CALL_ENDS, type CallEndCode } from "../call-ends.ts";
import {
  type CallEnding,
  createCallEnding,
  endCodeOf,
  endedByMedia,
  refusalOf,
  whenAborted,
} from "../ending.ts";
import { unavailability } from "../fallback.ts";
import { SipFault } from "../faults.ts";
import { inboundPermitQuery } from "../limits/limits.ts";
import { runQueued } from "../limits/queue.ts";
import { localMedia } from "../local-media.ts";
import type { AgentLink, CallMedia } from "../media-ports.ts";
import { createNegotiation } from "../negotiation.ts";
import type {
  CallDeps,
  Dialog,
  DialogTerms,
  ExtraHeaders,
  InboundInvite,
  RouteDecision,
  SettledDecision,
} from "../ports.ts";
import { type CallRecorder, createCallRecorder, inboundCallFacts } from "../record.ts";
import { recordingOrder } from "../recording-ports.ts";
import {
  type CallTrace,
  connectSpan,
  NO_TRACE,
  type TracedCall,
  tracedTarget,
} from "../trace-ports.ts";
import { initiate } from "./pre-call.ts";

/** An INVITE on its way to a call: what the refusal of it needs to know, at whatever stage. */
interface Attempt {
  readonly invite: InboundInvite;
  readonly callId: CallId;
  readonly ending: CallEnding;
  readonly control: CallControl;
  readonly startedAtMs: number;
  route: { readonly workspaceId: string | null; readonly phoneNumberId: string | null } | null;
  /** Known with the route: until then nothing is proved but what the peer has shown. */
  terms: DialogTerms;
  /** Begun with the route: an INVITE that nobody takes has none. */
  trace: CallTrace;
  recorder: CallRecorder | null;
  isAnswered: boolean;
}

/** What came of an attempt; `detail` is for the log. */
interface Outcome {
  readonly code: CallEndCode;
  readonly detail: string;
  readonly fault?: unknown;
}

/** The whole life of an inbound call. Never rejects: a fault is `internal_error`, 500 and a record. */
export async function handleInbound(invite: InboundInvite, deps: CallDeps): Promise<void> {
  const callId = deps.newCallId();
  const ending = createCallEnding(deps.logger, callId);
  const attempt: Attempt = {
    invite,
    callId,
    ending,
    control: createCallControl(ending),
    startedAtMs: deps.clock.nowMs(),
    route: null,
    terms: {},
    trace: NO_TRACE,
    recorder: null,
    isAnswered: false,
  };
  const { control, startedAtMs } = attempt;
  const { end } = ending;
  using _live = deps.calls.add({ callId, direction: "inbound", startedAtMs, end, control });

  let outcome: Outcome | "challenged";
  try {
    outcome = await admit(attempt, deps);
  } catch (fault) {
    outcome = { code: ending.code ?? endCodeOf(fault), detail: messageOf(fault), fault };
  }
  // Nothing has been refused yet: the next INVITE brings the proof, and is an attempt of its own.
  if (outcome === "challenged") return;
  if (!attempt.isAnswered) await refuse(attempt, outcome, deps);
  else if (outcome.fault !== undefined) {
    deps.logger.error("call_failed", { callId, detail: outcome.detail, err: outcome.fault });
  }
}

async function admit(attempt: Attempt, deps: CallDeps): Promise<Outcome | "challenged"> {
  const full = deps.admission();
  if (full !== null) return { code: full, detail: "admission" };

  const decision = await settle(deps.routes.lookup(attempt.invite.query), attempt, deps);
  if (decision === "challenged") return decision;
  attempt.route = routeOf(decision);
  if (decision.kind === "refuse") return decision;
  attempt.trace = deps.traces.start(traced(attempt, decision.route));
  return connect(attempt, decision.route, deps);
}

/** Asks the caller for proof where the decision wants it. */
async function settle(
  decision: RouteDecision,
  { invite, callId }: Attempt,
  deps: CallDeps,
): Promise<SettledDecision | "challenged"> {
  if (decision.kind !== "authenticate") return decision;
  const settled = await deps.callers.authenticate(decision, invite);
  if (settled.kind !== "challenge") return settled;
  const { code, detail, workspaceId, phoneNumberId } = decision.refusal;
  deps.logger.info("call_challenged", {
    callId,
    sipStatus: settled.demand.status,
    // What a caller without proof is refused with: the one trace of a call that ends here.
    refusalCode: code,
    detail,
    ...invite.query,
    sipCallId: invite.sipCallId,
    workspaceId,
    phoneNumberId,
  });
  await invite.challenge(settled.demand);
  return "challenged";
}

/** From the accepted route to the end of the call. Everything opened here is closed here, whatever happens. */
async function connect(attempt: Attempt, route: InboundRoute, deps: CallDeps): Promise<Outcome> {
  const { invite, callId, ending } = attempt;
  const { trace } = attempt;
  const inviteSpan = trace.span("sip.invite");
  attempt.terms = dialogTerms(route);
  const invitedAtMs = deps.clock.monotonicMs();
  using _log = logMessages(attempt, route, deps);
  using cancelled = new DisposableStack();
  cancelled.use(
    whenAborted(invite.cancelled, () =>
      ending.end(cancelCodeOf(invite.cancelled), "before the answer"),
    ),
  );

  const permitSpan = trace.span("permit");
  const asked = await deps.permits.acquire(inboundPermitQuery(route), callId, ending.signal);
  permitSpan.end(asked.kind === "refused" ? asked.code : null, { "trunkline.outcome": asked.kind });
  if (asked.kind === "refused") {
    return ending.code === null ? asked : { code: ending.code, detail: ending.detail };
  }
  await using permit = asked;

  const { audioFiles, digitInput } = route.agent;
  const recording = recordingOrder(route);
  const mediaEvents = endedByMedia(ending);
  const opened = await deps.media.open({ callId, digitInput, audioFiles, recording }, mediaEvents);
  if (opened === null) return { code: "ports_exhausted", detail: "no RTP port is free" };
  await using media = opened;

  const negotiation = createNegotiation({
    policy: route.media,
    transport: invite.query.transport,
    local: localMedia(media.first, deps)(1),
  });
  const first = negotiation.offered(invite.offer);
  if (!first.ok) return { code: first.code, detail: "offer" };
  if (ending.code !== null) return { code: ending.code, detail: ending.detail };
  invite.ringing(attempt.terms);

  const recorder = createCallRecorder(inboundCallFacts(callId, invite, route, deps), trace, deps);
  attempt.recorder = recorder;
  const recorded = recorder.started();
  const { attributesToHeaders } = route;
  const signallingAddress = invite.query.sourceAddress;
  const answerCall = async (): Promise<Dialog> => {
    // Media first, so that RTP flows with the 200 and not only when its ACK is here.
    if (first.plan !== null) media.first.start(first.plan, signallingAddress);
    // RFC 3261 §9.2: a CANCEL that crosses the 200 has no effect; whether it did, answer() tells.
    cancelled.dispose();
    const headers = attributeHeaders(attributesToHeaders, recorder.variables());
    const dialog = await answer(attempt, first.sdp, headers, attempt.terms);
    attempt.isAnswered = true;
    inviteSpan.end(null);
    deps.metrics.callSetUp(deps.clock.monotonicMs() - invitedAtMs);
    return dialog;
  };
  deps.audioFiles.prefetch(route.agent);
  const connectAgent = () => askAndConnect(attempt, route, recorder, media, deps);
  const parts = {
    callId,
    agentSettings: route.agent,
    transfers: route.transfers,
    allowRefer: route.allowRefer,
    attributesToHeaders,
    signallingAddress,
    media,
    mediaEvents,
    negotiation,
    ending,
    control: attempt.control,
    recorder,
  };
  if (permit.kind === "queued") {
    await recorded;
    if (ending.code !== null) return { code: ending.code, detail: ending.detail };
    const dialog = await answerCall();
    const waiting = { place: permit, sinceMs: invitedAtMs, connectAgent };
    const code = await runQueued({ parts: { ...parts, dialog }, ...waiting }, deps);
    return { code, detail: ending.detail };
  }
  await using agent = connectAgent();
  using unanswered = new DisposableStack();
  unanswered.defer(() => agent.ended(refusalOf(ending.code ?? "internal_error")));
  const unavailable = await unavailability(agent, route.agent);
  await recorded;
  if (ending.code !== null) return { code: ending.code, detail: ending.detail };

  const dialog = await answerCall();
  unanswered.move();
  if (unavailable === null) recorder.answered();

  const call = { ...parts, dialog, agent, unavailable: Promise.resolve(unavailable) };
  const code = await runCall(call, deps);
  return { code, detail: ending.detail };
}

/** Null for a number that keeps none. */
function logMessages(
  { invite, callId }: Attempt,
  route: InboundRoute,
  { messageLogs }: CallDeps,
): Disposable | null {
  if (route.storeSipMessages !== true) return null;
  const { workspaceId, phoneNumberId, phoneNumber } = route;
  const phoneNumbers = [phoneNumber, invite.query.fromUser];
  const log = messageLogs.open({ callId, workspaceId, phoneNumberId, phoneNumbers });
  const tag = tagOf(invite.headers["from"]?.[0] ?? "");
  // Without a tag nothing would tell this call from another of its Call-ID, which may be another tenant's.
  if (tag !== null) messageLogs.follow(callId, invite.sipCallId, tag);
  return log;
}

/** The pre-call webhook is asked and the agent connected at the same time; `accepted` rejects with what either throws. */
function askAndConnect(
  { invite, ending }: Attempt,
  route: InboundRoute,
  recorder: CallRecorder,
  media: CallMedia,
  deps: CallDeps,
): AgentLink {
  const asking = whileAsking(ending.signal);
  const call = initiate(route.agent, invite.headers, recorder, deps, asking.signal);
  // What refuses the call is thrown by the connection that waits for it.
  call.catch(() => undefined);
  const span = connectSpan(recorder.trace, route.agent);
  const target = tracedTarget(deps.agents.target(route.agent), span);
  const agent = media.connectAgent(target, call, ending.signal, { isListening: false });
  span.endWith(agent.accepted);
  const over = () => asking[Symbol.dispose]();
  agent.accepted.then(over, over);
  return agent;
}

/** @throws what answer() throws, after the call has ended for it. */
async function answer(
  { invite, ending }: Attempt,
  sdp: string,
  headers: ExtraHeaders,
  terms: DialogTerms,
): Promise<Dialog> {
  try {
    return await invite.answer(sdp, headers, terms);
  } catch (fault) {
    const code = invite.cancelled.aborted ? cancelCodeOf(invite.cancelled) : endCodeOf(fault);
    ending.end(code, messageOf(fault));
    throw fault;
  }
}

/** The final response, the log line, the count and, where an agent was asked, the record. */
async function refuse(attempt: Attempt, outcome: Outcome, deps: CallDeps): Promise<void> {
  const { invite, callId, route, recorder } = attempt;
  const code = refusalOf(outcome.code);
  const { blame, sipStatus } = CALL_ENDS[code];
  const level = code === "internal_error" ? "error" : blame === "platform" ? "warn" : "info";
  deps.logger[level]("call_refused", {
    callId,
    code,
    blame,
    sipStatus,
    detail: outcome.detail,
    ...(code === "internal_error" ? { err: outcome.fault } : {}),
    ...invite.query,
    sipCallId: invite.sipCallId,
    workspaceId: route?.workspaceId ?? null,
    phoneNumberId: route?.phoneNumberId ?? null,
  });
  try {
    // A row without a status is the end of a transaction that has had its final response.
    if (sipStatus !== null) await invite.reject(code, attempt.terms);
  } catch (err) {
    deps.logger.error("rejection_failed", { callId, code, err });
  }
  const { workspaceId = null, phoneNumberId = null } = route ?? {};
  const conversationId = recorder?.call.conversationId ?? null;
  const { query, sipCallId } = invite;
  deps.rejections.note({ code, query, sipCallId, workspaceId, phoneNumberId, conversationId });
  if (recorder === null) {
    deps.metrics.callRefused(code);
    attempt.trace.end(code, sipStatus === null ? {} : { "sip.response.status_code": sipStatus });
  }
  await recorder?.ended(code, outcome.detail, null);
}

/** Aborted with the call's end, and when it is disposed of: then nobody waits for the webhook any more. */
function whileAsking(ended: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const over = new AbortController();
  return {
    signal: AbortSignal.any([ended, over.signal]),
    [Symbol.dispose]: () => over.abort(),
  };
}

/** What a trace begins with. */
function traced({ invite, callId, startedAtMs }: Attempt, route: InboundRoute): TracedCall {
  const { workspaceId, phoneNumberId, agent, inboundTrunkId: trunkId } = route;
  return {
    callId,
    direction: "inbound",
    startedAtMs,
    sipCallId: invite.sipCallId,
    transport: invite.query.transport,
    workspaceId,
    phoneNumberId,
    agentId: agent.id,
    trunkId,
  };
}

function dialogTerms({ allowRefer, remoteDomains, transfers }: InboundRoute): DialogTerms {
  const outboundAddress = transfers.trunk?.address ?? null;
  return { allowsRefer: allowRefer, remoteDomains, outboundAddress };
}

function routeOf(decision: SettledDecision): Attempt["route"] {
  return decision.kind === "accept" ? decision.route : decision;
}

/** The SIP side may say that it was not a CANCEL, but the loss of the engine. */
function cancelCodeOf(cancelled: AbortSignal): CallEndCode {
  return cancelled.reason instanceof SipFault ? cancelled.reason.code : "cancelled";
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
