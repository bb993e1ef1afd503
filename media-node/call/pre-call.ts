import type { ClientData } from "../../schema/contracts/client-data.ts";
import type { InboundRoute } from "../../schema/contracts/routing.ts";
import { dynamicVariables } from "../protocol/sip/dynamic-variables.ts";
import { AgentUnavailable, PreCallRefused } from "./faults.ts";
import type { AgentCall, CallDeps, InboundInvite, PreCallAnswer } from "./ports.ts";
import type { CallRecorder } from "./record.ts";

type PreCallDeps = Pick<CallDeps, "preCall" | "clock" | "logger" | "metrics">;

/**
 * The call as the agent is told of it, after its pre-call webhook has been asked where it has one.
 * @throws PreCallRefused, or AgentUnavailable when the call has ended first
 */
export async function initiate(
  invite: InboundInvite,
  route: InboundRoute,
  recorder: CallRecorder,
  deps: PreCallDeps,
  signal: AbortSignal,
): Promise<AgentCall> {
  if (route.agent.preCallWebhook !== null) {
    const answer = await ask(invite, route, recorder, deps, signal);
    if (signal.aborted) throw new AgentUnavailable("the call ended first");
    const data = settle(answer, route.agent.preCallWebhook.onFailure, recorder);
    if (data !== null) recorder.initiated(data);
  }
  return agentCall(recorder);
}

/** What the agent is told of the call, as far as it is known. */
function agentCall({ call, ...recorder }: CallRecorder): AgentCall {
  const clientData = recorder.clientData();
  return {
    callId: call.callId,
    conversationId: call.conversationId,
    direction: call.direction,
    from: call.externalNumber,
    to: call.agentNumber,
    dynamicVariables: recorder.variables(),
    ...(clientData === null ? {} : { clientData }),
  };
}

async function ask(
  invite: InboundInvite,
  route: InboundRoute,
  { call }: CallRecorder,
  deps: PreCallDeps,
  signal: AbortSignal,
): Promise<PreCallAnswer> {
  const { callId: givenCallId, received } = dynamicVariables(invite.headers);
  const askedAtMs = deps.clock.monotonicMs();
  const question = {
    callId: call.callId,
    conversationId: call.conversationId,
    callerId: call.externalNumber,
    calledNumber: call.agentNumber,
    callSid: call.callSid,
    sipCallId: givenCallId ?? call.sipCallId,
    sipHeaders: received,
  };
  const answer = await deps.preCall.ask(route.agent, question, signal);
  const durationMs = Math.round(deps.clock.monotonicMs() - askedAtMs);
  const outcome = answer.kind === "failed" ? answer.code : answer.kind;
  deps.metrics.preCallAsked(outcome, durationMs);
  const isFailure = answer.kind === "failed" && answer.code !== "aborted";
  deps.logger[isFailure ? "warn" : "info"]("pre_call_asked", {
    callId: call.callId,
    workspaceId: route.workspaceId,
    agentId: route.agent.id,
    outcome,
    durationMs,
    ...(answer.kind === "data" ? {} : { detail: answer.detail }),
  });
  return answer;
}

/** @throws PreCallRefused */
function settle(
  answer: PreCallAnswer,
  onFailure: "continue" | "reject",
  recorder: CallRecorder,
): ClientData | null {
  if (answer.kind === "data") return answer.data;
  if (answer.kind === "rejected") throw new PreCallRefused("precall_rejected", answer.detail);
  const detail = `${answer.code}: ${answer.detail}`;
  recorder.warn(`The pre-call webhook failed (${detail}).`);
  if (onFailure === "reject") throw new PreCallRefused("precall_failed", detail);
  return null;
}
