import type { CallStarted } from "../../../schema/contracts/call-record.ts";
import { isEmptyClientData } from "../../../schema/contracts/client-data.ts";
import type { OrderToNode } from "../../../schema/contracts/orders.ts";
import type {
  AgentRoute,
  InboundRoute,
  OutboundTrunkRoute,
} from "../../../schema/contracts/routing.ts";
import { conversationIdOf } from "../../../schema/values/ids.ts";
import type { CallDeps } from "../ports.ts";
import type { TracedCall } from "../trace-ports.ts";
import { recordableClientData } from "../variables.ts";
import type { InviteDeparture } from "./outbound-ports.ts";

export type OutboundOrder = Extract<OrderToNode, { type: "order" }>["order"];

/** What the routing table says of an order. */
export interface OutboundRoute {
  /** As imported: who calls. */
  readonly phoneNumber: string;
  /** Absent: false. */
  readonly storeSipMessages?: boolean;
  readonly trunk: OutboundTrunkRoute;
  readonly agent: AgentRoute;
  /** Calls of the workspace at the same time; null: no limit. */
  readonly workspaceConcurrency: number | null;
  readonly transfers: Pick<InboundRoute["transfers"], "destinations" | "phoneHost">;
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
    // There is no INVITE of a peer that could carry any.
    dynamicVariables: {},
    ...(isEmptyClientData(order.clientData)
      ? {}
      : { clientData: recordableClientData(order.clientData) }),
    nodeId: deps.node.id,
    region: deps.node.region,
    transport: departure?.transport ?? (trunk.transport === "auto" ? "tls" : trunk.transport),
    sourceAddress: departure?.address ?? trunk.address,
    startedAtMs: deps.clock.nowMs(),
  };
}

/** What the trace of an order begins with: nothing has been sent yet. */
export function tracedOrder(
  order: OutboundOrder,
  { agent, trunk }: OutboundRoute,
  startedAtMs: number,
): TracedCall {
  return {
    callId: order.callId,
    direction: "outbound",
    startedAtMs,
    sipCallId: null,
    transport: null,
    workspaceId: order.workspaceId,
    phoneNumberId: order.phoneNumberId,
    agentId: agent.id,
    trunkId: trunk.id,
  };
}
