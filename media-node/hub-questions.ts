import type { CallActionToNode } from "../schema/contracts/call-control.ts";
import type { RouteTestToNode } from "../schema/contracts/route-test.ts";
import { postWebhook, type WebhookPostDeps } from "./agent/webhook-post.ts";
import type { Clock } from "./call/ports.ts";
import type { CallRegistry } from "./call/registry.ts";
import { createWebhookJobs, type WebhookJobsDeps } from "./control/webhook-jobs.ts";
import { createTrunkTestDesk, type TrunkTestDeskDeps } from "./probe/trunk-test-desk.ts";
import { explainRoute } from "./routing/explain.ts";
import type { RoutingTable } from "./routing/table.ts";

interface HubQuestionsDeps
  extends Omit<TrunkTestDeskDeps, "publishedBlocks">,
    Pick<WebhookJobsDeps, "client">,
    Pick<WebhookPostDeps, "addressPolicy" | "allowPlainLoopback"> {
  readonly table: () => RoutingTable | null;
  readonly clock: Clock;
  readonly calls: CallRegistry;
}

/** What the hub asks of the node and its calls: answered at once, but for tests of trunks, which disposing stops. */
export function createHubQuestions({ calls, table, ...deps }: HubQuestionsDeps) {
  const publishedBlocks = () => table()?.publishedBlocks() ?? [];
  const trunkTests = createTrunkTestDesk({ ...deps, publishedBlocks });
  const { addressPolicy, allowPlainLoopback, client, clock, logger, send } = deps;
  const posting = { addressPolicy, allowPlainLoopback, ca: null, nowMs: clock.monotonicMs };
  const webhookJobs = createWebhookJobs({
    client,
    logger,
    send,
    post: (request, body) => postWebhook(request, body, posting),
  });
  return {
    onTrunkTest: trunkTests.onTrunkTest,
    onWebhookPost: webhookJobs.onWebhookPost,
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
