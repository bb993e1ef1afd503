import type {
  RouteAnswer,
  RouteQuestion,
  RouteTestToHub,
} from "../../schema/contracts/route-test.ts";
import type { NodeLinks } from "./node-links.ts";

/** A node answers from memory: what has not come by now will not. */
const ANSWER_MS = 3_000;

/** One of the two is null. */
export interface RouteTestOutcome {
  readonly answer: RouteAnswer | null;
  readonly failure: "no_node" | "silent" | null;
}

/** Questions that nodes have been asked and have not answered yet. Lost with the object, like who asked them. */
export class RouteTests {
  readonly #links: NodeLinks;
  readonly #waiting = new Map<
    string,
    { readonly nodeId: string; readonly settle: (outcome: RouteTestOutcome) => void }
  >();

  constructor(links: NodeLinks) {
    this.#links = links;
  }

  /** Asks a ready node, any: all of a region have one table. */
  async ask(question: RouteQuestion): Promise<RouteTestOutcome> {
    const ready = this.#links.greeted().filter(({ link }) => link.state?.state === "ready");
    const chosen = ready[Math.floor(Math.random() * ready.length)];
    if (chosen === undefined) return { answer: null, failure: "no_node" };
    const testId = crypto.randomUUID();
    const { promise, resolve: settle } = Promise.withResolvers<RouteTestOutcome>();
    this.#waiting.set(testId, { nodeId: chosen.link.nodeId, settle });
    const limit = setTimeout(() => settle({ answer: null, failure: "silent" }), ANSWER_MS);
    this.#links.send(chosen.socket, { type: "route_test", testId, question });
    try {
      return await promise;
    } finally {
      clearTimeout(limit);
      this.#waiting.delete(testId);
    }
  }

  /** An answer that nobody waits for, or of a node that was not asked, is dropped. */
  answered(nodeId: string, { answer, testId }: RouteTestToHub): void {
    const waiting = this.#waiting.get(testId);
    if (waiting?.nodeId !== nodeId) return;
    waiting.settle({ answer, failure: answer === null ? "no_node" : null });
  }
}
