import type { CallStarted } from "../../schema/contracts/call-record.ts";
import type { OrderToNode } from "../../schema/contracts/orders.ts";
import type { AgentRoute, OutboundTrunkRoute } from "../../schema/contracts/routing.ts";
import { conversationIdOf } from "../../schema/values/ids.ts";
import type { InviteDeparture } from "./outbound-ports.ts";
import type { AgentCall, CallDeps } from "./ports.ts";
import { agentVariables, type CallRecorder } from "./record.ts";

export type OutboundOrder = Extract<OrderToNode, { type: "order" }>["order"];

/** What the routing table says of an order. */
export interface OutboundRoute {
  /** As imported: who calls. */
  readonly phoneNumber: string;
  readonly trunk: OutboundTrunkRoute;
  readonly agent: AgentRoute;
}

/** The facts of an outbound call: what was ordered, and how the INVITE left; null: it has not left yet. */
export function outboundCallFacts(
  order: OutboundOrder,
  route: OutboundRoute,
  departure: InviteDeparture | null,
  deps: Pick<CallDeps, "clock" | "node">,
): CallStarted {
  const { trunk, agent } = route;
  const sipCallId = departure?.sipCallId ?? "";
  return {
    callId: order.callId,
    conversationId: conversationIdOf(order.callId),
    workspaceId: order.workspaceId,
    phoneNumberId: order.phoneNumberId,
    agentId: agent.id,
    agentName: agent.name,
    direction: "outbound",
    agentNumber: route.phoneNumber,
    externalNumber: order.toNumber,
    callSid: sipCallId,
    sipCallId,
    dynamicVariables: variablesOf(order, (name) => !isSecret(name)),
    nodeId: deps.node.id,
    region: deps.node.region,
    transport: departure?.transport ?? (trunk.transport === "auto" ? "tls" : trunk.transport),
    sourceAddress: departure?.address ?? trunk.address,
    startedAtMs: deps.clock.nowMs(),
  };
}

export function outboundAgentCall(order: OutboundOrder, { call }: CallRecorder): AgentCall {
  return {
    callId: call.callId,
    conversationId: call.conversationId,
    direction: call.direction,
    from: call.agentNumber,
    to: call.externalNumber,
    // Secret ones are for the agent alone, and in no record.
    dynamicVariables: { ...variablesOf(order, isSecret), ...agentVariables(call) },
  };
}

/** The client's variables; the system's own are nobody's to set. */
function variablesOf(
  { clientData }: OutboundOrder,
  isWanted: (name: string) => boolean,
): Record<string, string> {
  const wanted = Object.entries(clientData.dynamicVariables).filter(
    ([name]) => !name.startsWith("system__") && isWanted(name),
  );
  return Object.fromEntries(wanted);
}

function isSecret(name: string): boolean {
  return name.startsWith("secret__");
}
