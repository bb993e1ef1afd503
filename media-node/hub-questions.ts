import type { CallActionToNode } from "../schema/contracts/call-control.ts";
import type { RouteTestToNode } from "../schema/contracts/route-test.ts";
import type { CallRegistry } from "./call/registry.ts";
import { createTrunkTestDesk, type TrunkTestDeskDeps } from "./probe/trunk-test-desk.ts";
import { explainRoute } from "./routing/explain.ts";
import type { RoutingTable } from "./routing/table.ts";

interface HubQuestionsDeps extends Omit<TrunkTestDeskDeps, "publishedBlocks"> {
  readonly table: () => RoutingTable | null;
  readonly calls: CallRegistry;
}

/** What the hub asks of the node and its calls: answered at once, but for tests of trunks, which disposing stops. */
export function createHubQuestions({ calls, table, ...deps }: HubQuestionsDeps) {
  const publishedBlocks = () => table()?.publishedBlocks() ?? [];
  const trunkTests = createTrunkTestDesk({ ...deps, publishedBlocks });
  return {
    onTrunkTest: trunkTests.onTrunkTest,
    onRouteTest({ testId, question }: RouteTestToNode): void {
      const current = table();
      const { domain: sipDomain } = deps.sip;
      const answer = current === null ? null : explainRoute(current, question, { sipDomain });
      deps.send({ type: "route_test_result", testId, answer });
    },
    onCallAction({ action, actionId, callId }: CallActionToNode): void {
      const outcome = calls.find(callId)?.control.act(actionId, action) ?? "call_ended";
      deps.send({ type: "call_action_result", actionId, outcome });
    },
    [Symbol.dispose]: () => trunkTests[Symbol.dispose](),
  };
}
