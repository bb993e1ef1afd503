import {
  TEST_CALL_ABILITY,
  TEST_CALL_MAX_SECS,
  type TestCallEndToHub,
  type TestCallQuestion,
} from "../../schema/contracts/test-calls.ts";
import type { Id } from "../../schema/values/ids.ts";
import type { NodeLinks } from "./node-links.ts";

const MAX_OF_WORKSPACE = 5;
const MAX_OF_REGION = 20;
/** A node that says nothing of the end is not waited for longer. */
const FORGET_MS = (TEST_CALL_MAX_SECS + 60) * 1000;

/** What the hub is asked to have a node do. */
export interface TestCallOrder {
  readonly testCallId: Id<"testCall">;
  readonly apiKeyId: string;
  readonly question: TestCallQuestion;
}

export type TestCallStart =
  | { readonly kind: "running"; readonly nodeId: string }
  | {
      readonly kind: "refused";
      readonly failure: "no_node" | "not_supported" | "one_at_a_time" | "too_many";
    };

interface Running {
  readonly nodeId: string;
  readonly workspaceId: string;
  readonly apiKeyId: string;
  readonly limit: ReturnType<typeof setTimeout>;
}

/** Test calls that nodes of the region carry. Lost with the object: a call that goes on then is counted no more. */
export class TestCalls {
  readonly #links: NodeLinks;
  readonly #over: (testCallId: string, reason: string) => void;
  readonly #running = new Map<string, Running>();

  /** `over` is told of calls whose own audio may not tell it. */
  constructor(links: NodeLinks, over: (testCallId: string, reason: string) => void) {
    this.#links = links;
    this.#over = over;
  }

  start({ testCallId, apiKeyId, question }: TestCallOrder): TestCallStart {
    const { workspaceId } = question;
    const ready = this.#links.greeted().filter(({ link }) => link.state?.state === "ready");
    if (ready.length === 0) return { kind: "refused", failure: "no_node" };
    const able = ready.filter(({ link }) => link.abilities.includes(TEST_CALL_ABILITY));
    const chosen = able[Math.floor(Math.random() * able.length)];
    if (chosen === undefined) return { kind: "refused", failure: "not_supported" };
    const running = [...this.#running.values()];
    if (running.some((one) => one.apiKeyId === apiKeyId)) {
      return { kind: "refused", failure: "one_at_a_time" };
    }
    const ofWorkspace = running.filter((one) => one.workspaceId === workspaceId).length;
    if (ofWorkspace >= MAX_OF_WORKSPACE || running.length >= MAX_OF_REGION) {
      return { kind: "refused", failure: "too_many" };
    }
    const { nodeId } = chosen.link;
    if (!this.#links.send(chosen.socket, { type: "test_call", testCallId, question })) {
      return { kind: "refused", failure: "no_node" };
    }
    const limit = setTimeout(() => this.#forget(testCallId), FORGET_MS);
    this.#running.set(testCallId, { nodeId, workspaceId, apiKeyId, limit });
    return { kind: "running", nodeId };
  }

  /** What a node tells of a call that it was not asked for is dropped. */
  heard(nodeId: string, { testCallId, outcome }: TestCallEndToHub): void {
    if (this.#running.get(testCallId)?.nodeId !== nodeId) return;
    this.#forget(testCallId);
    // Of a call that was carried its audio has told the end.
    if (outcome !== "done") this.#over(testCallId, outcome === "busy" ? "node_busy" : "node_lost");
  }

  /** The call may go on without the link: its audio knows. Only nobody is kept from another. */
  unlinked(nodeId: string): void {
    for (const [testCallId, running] of this.#running) {
      if (running.nodeId === nodeId) this.#forget(testCallId);
    }
  }

  #forget(testCallId: string): void {
    clearTimeout(this.#running.get(testCallId)?.limit);
    this.#running.delete(testCallId);
  }
}
