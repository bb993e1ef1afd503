import type { InboundRoute } from "../../../schema/contracts/routing.ts";
import type { OutboundOrder, OutboundRoute } from "../outbound/outbound-facts.ts";
import type { PermitQuery } from "../ports.ts";

/** What is asked before an inbound call is taken. */
export function inboundPermitQuery(route: InboundRoute): PermitQuery {
  const { agent, callsPerSecond, inboundTrunkId, workspaceConcurrency, workspaceId } = route;
  const trunk = { id: inboundTrunkId, callsPerSecond };
  return { workspaceId, workspaceConcurrency, agent, trunk, ringingMs: 0, queue: agent.queue };
}

/** What is asked before an order is dialled. Nobody waits on the line, so nothing is queued. */
export function outboundPermitQuery(order: OutboundOrder, route: OutboundRoute): PermitQuery {
  const { agent, trunk, workspaceConcurrency } = route;
  const { ringingTimeoutSecs, workspaceId } = order;
  const ringingMs = ringingTimeoutSecs * 1_000;
  return { workspaceId, workspaceConcurrency, agent, trunk, ringingMs, queue: null };
}
