import type { ClientData } from "../../../schema/contracts/client-data.ts";
import type { AgentRoute } from "../../../schema/contracts/routing.ts";
import { dynamicVariables } from "../../protocol/sip/dynamic-variables.ts";
import type { AgentCall } from "../agent-ports.ts";
import { AgentUnavailable, PreCallRefused } from "../faults.ts";
import type { CallDeps, PreCallAnswer, SipHeaders } from "../ports.ts";
import type { CallRecorder } from "../record.ts";

type PreCallDeps = Pick<CallDeps, "preCall" | "clock" | "logger" | "metrics">;

/**
 * The call as the agent is told of it, after its pre-call webhook has been asked where it has one and whoever placed the
 * call has said nothing of the conversation.
 * @throws PreCallRefused, or AgentUnavailable when the call has ended first
 */
export async function initiate(
  agent: AgentRoute,
  headers: SipHeaders,
  recorder: CallRecorder,
  deps: PreCallDeps,
  signal: AbortSignal,
): Promise<AgentCall> {
  if (agent.preCallWebhook !== null && recorder.clientData() === null) {
    const answer = await ask(agent, headers, recorder, deps, signal);
    if (signal.aborted) throw new AgentUnavailable("the call ended first");
    const data = settle(answer, agent.preCallWebhook.onFailure, recorder);
    if (data !== null) recorder.initiated(data);
  }
  return agentCall(recorder);
}

/** What the agent is told of the call, as far as it is known. */
function agentCall({ call, ...recorder }: CallRecorder): AgentCall {
  const clientData = recorder.clientData();
  const isInbound = call.direction === "inbound";
  return {
    callId: call.callId,
    conversationId: call.conversationId,
    direction: call.direction,
    from: isInbound ? call.externalNumber : call.agentNumber,
    to: isInbound ? call.agentNumber : call.externalNumber,
    dynamicVariables: recorder.variables(),
    ...(clientData === null ? {} : { clientData }),
  };
}

async function ask(
  agent: AgentRoute,
  headers: SipHeaders,
  { call, trace }: CallRecorder,
  deps: PreCallDeps,
  signal: AbortSignal,
): Promise<PreCallAnswer> {
  const { callId, received } = dynamicVariables(headers);
  const isInbound = call.direction === "inbound";
  const askedAtMs = deps.clock.monotonicMs();
  const span = trace.span("pre_call");
  const question = {
    conversationId: call.conversationId,
    callerId: isInbound ? call.externalNumber : call.agentNumber,
    calledNumber: isInbound ? call.agentNumber : call.externalNumber,
    callSid: call.callSid,
    givenCallId: callId ?? call.sipCallId,
    sipHeaders: received,
    ...(span.traceparent === null ? {} : { traceparent: span.traceparent }),
  };
  const answer = await deps.preCall.ask(agent, question, signal);
  const durationMs = Math.round(deps.clock.monotonicMs() - askedAtMs);
  const outcome = answer.kind === "failed" ? answer.code : answer.kind;
  span.end(answer.kind === "failed" ? answer.code : null, { "trunkline.outcome": outcome });
  deps.metrics.preCallAsked(outcome, durationMs);
  const isFailure = answer.kind === "failed" && answer.code !== "aborted";
  deps.logger[isFailure ? "warn" : "info"]("pre_call_asked", {
    callId: call.callId,
    workspaceId: agent.workspaceId,
    agentId: agent.id,
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
