import type { TestCallQuestion } from "../../schema/contracts/test-calls.ts";
import type { TestedNumber } from "../call/test-call/test-call-desk.ts";
import { decideFor } from "./lookup.ts";
import type { RoutingTable } from "./table.ts";

/**
 * The number that a test call is for. Everything is decided as for any call to it but who may call: the workspace's own key
 * has asked for it. Null: the workspace has no such number, or it takes no calls.
 */
export function testedNumber(
  table: RoutingTable,
  { workspaceId, phoneNumberId }: TestCallQuestion,
): TestedNumber | null {
  const route = table.numberById(phoneNumberId);
  if (route === undefined || route.workspaceId !== workspaceId) return null;
  const { calledIdentifier, inboundTrunkId, supportsInbound } = route;
  const trunk = inboundTrunkId === null ? undefined : table.trunk(inboundTrunkId);
  if (!supportsInbound || trunk?.route.workspaceId !== workspaceId) return null;
  const candidate = { number: { route, keys: [] }, trunk: { ...trunk, callers: null } };
  return {
    number: calledIdentifier,
    encryption: trunk.route.mediaEncryption,
    route: (query) => decideFor(table, candidate, query, "exact"),
  };
}
