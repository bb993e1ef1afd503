import type { CallEndCode } from "../call/call-ends.ts";
import type { OutboundOrder, OutboundRoute } from "../call/outbound/outbound-facts.ts";
import type { RoutingTable } from "./table.ts";
import { allowedDestinations, phoneHostOf } from "./transfer-policy.ts";

export type OutboundDecision =
  | { readonly kind: "accept"; readonly route: OutboundRoute }
  | { readonly kind: "refuse"; readonly code: CallEndCode; readonly detail: string };

/** Decides an order from memory. `table` gives null until the node has one. */
export function createOutboundLookup(
  table: () => RoutingTable | null,
): (order: OutboundOrder) => OutboundDecision {
  return (order) => {
    const current = table();
    if (current === null) return refuse("node_not_ready", "no routing table");
    const { workspaceId } = order;
    const number = current.numberById(order.phoneNumberId);
    if (number === undefined || number.workspaceId !== workspaceId) {
      return refuse("number_unknown", `number ${order.phoneNumberId}`);
    }
    const { outboundTrunkId, supportsOutbound } = number;
    const trunk =
      outboundTrunkId === null || !supportsOutbound
        ? undefined
        : current.outboundTrunk(outboundTrunkId);
    // A row that points into another workspace is the control plane's mistake, and never routes.
    if (trunk === undefined || trunk.workspaceId !== workspaceId) {
      return refuse("no_outbound_trunk", `trunk ${outboundTrunkId ?? "none"}`);
    }
    const agent = current.agent(order.agentId);
    if (agent === undefined || agent.workspaceId !== workspaceId) {
      return refuse("no_agent_assigned", `agent ${order.agentId}`);
    }
    const { calledIdentifier: phoneNumber, storeSipMessages } = number;
    const workspaceConcurrency = current.limitsOf(agent.id, workspaceId)?.workspace ?? null;
    const transfers = {
      destinations: allowedDestinations(number, agent),
      phoneHost: phoneHostOf(trunk, trunk),
    };
    const route = { phoneNumber, storeSipMessages, trunk, agent, workspaceConcurrency, transfers };
    return { kind: "accept", route };
  };
}

function refuse(code: CallEndCode, detail: string): OutboundDecision {
  return { kind: "refuse", code, detail };
}
