import type { CallActionToNode } from "../schema/contracts/call-control.ts";
import type { NodeToHub } from "../schema/contracts/node-link.ts";
import type { RouteTestToNode } from "../schema/contracts/route-test.ts";
import type { CallRegistry } from "./call/registry.ts";
import { explainRoute } from "./routing/explain.ts";
import type { RoutingTable } from "./routing/table.ts";

interface HubQuestionsDeps {
  readonly table: () => RoutingTable | null;
  readonly sipDomain: string;
  readonly calls: CallRegistry;
  readonly send: (message: NodeToHub) => void;
}

/** What the hub asks of the node and its calls, answered at once. */
export function createHubQuestions({ calls, send, sipDomain, table }: HubQuestionsDeps) {
  return {
    onRouteTest({ testId, question }: RouteTestToNode): void {
      const current = table();
      const answer = current === null ? null : explainRoute(current, question, { sipDomain });
      send({ type: "route_test_result", testId, answer });
    },
    onCallAction({ action, actionId, callId }: CallActionToNode): void {
      const outcome = calls.find(callId)?.control.act(actionId, action) ?? "call_ended";
      send({ type: "call_action_result", actionId, outcome });
    },
  };
}
