import type { CallActionOutcome } from "../../schema/contracts/call-control.ts";
import type { NodeToHub } from "../../schema/contracts/node-link.ts";
import type { NodeLinks } from "./node-links.ts";
import { NodeQuestions } from "./node-questions.ts";
import { RouteTests } from "./route-tests.ts";
import { TestCalls } from "./test-calls.ts";
import { TrunkTests } from "./trunk-tests.ts";
import { WebhookJobs } from "./webhook-jobs.ts";

/** Everything that the hub asks of its nodes and waits for. Lost with the object, like who waits. */
export class AskedNodes {
  readonly routeTests: RouteTests;
  readonly trunkTests: TrunkTests;
  readonly testCalls: TestCalls;
  readonly webhookJobs: WebhookJobs;
  readonly callActions: NodeQuestions<CallActionOutcome>;
  /** Nodes that were told to drain, until they say that they do. */
  readonly drains: NodeQuestions<number>;

  /** `testCallOver` is told of test calls that came to nothing. */
  constructor(
    links: NodeLinks,
    clock: () => number,
    testCallOver: (testCallId: string, reason: string) => void,
  ) {
    this.routeTests = new RouteTests(links);
    this.trunkTests = new TrunkTests(links, clock);
    this.testCalls = new TestCalls(links, testCallOver);
    this.webhookJobs = new WebhookJobs(links);
    this.callActions = new NodeQuestions(links);
    this.drains = new NodeQuestions(links);
  }

  /** Takes an answer; null, or what is none. */
  heard<M extends NodeToHub>(nodeId: string, message: M): Exclude<M, Answer> | null {
    switch (message.type) {
      case "route_test_result":
        this.routeTests.answered(nodeId, message);
        return null;
      case "trunk_test_stage":
      case "trunk_test_end":
        this.trunkTests.heard(nodeId, message);
        return null;
      case "test_call_end":
        this.testCalls.heard(nodeId, message);
        return null;
      case "webhook_posted":
        this.webhookJobs.heard(nodeId, message.jobId, message.outcome);
        return null;
      case "call_action_result":
        this.callActions.answered(nodeId, message.actionId, message.outcome);
        return null;
      default:
        // The cases above are the answers; TypeScript does not narrow a type parameter.
        return message as Exclude<M, Answer>;
    }
  }

  unlinked(nodeId: string): void {
    this.trunkTests.unlinked(nodeId);
    this.testCalls.unlinked(nodeId);
    this.webhookJobs.unlinked(nodeId);
  }
}

type Answer = Extract<
  NodeToHub,
  {
    type:
      | "route_test_result"
      | "trunk_test_stage"
      | "trunk_test_end"
      | "test_call_end"
      | "webhook_posted"
      | "call_action_result";
  }
>;
