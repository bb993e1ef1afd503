import type {
  RouteAnswer,
  RouteQuestion,
  RouteTestToHub,
} from "../../schema/contracts/route-test.ts";
import type { NodeLinks } from "./node-links.ts";
import { NodeQuestions } from "./node-questions.ts";

/** One of the two is null. */
export interface RouteTestOutcome {
  readonly answer: RouteAnswer | null;
  readonly failure: "no_node" | "silent" | null;
}

/** Route tests that nodes have been asked. */
export class RouteTests {
  readonly #links: NodeLinks;
  readonly #questions: NodeQuestions<RouteTestToHub>;

  constructor(links: NodeLinks) {
    this.#links = links;
    this.#questions = new NodeQuestions(links);
  }

  /** Asks a ready node, any: all of a region have one table. */
  async ask(question: RouteQuestion): Promise<RouteTestOutcome> {
    const ready = this.#links.greeted().filter(({ link }) => link.state?.state === "ready");
    const chosen = ready[Math.floor(Math.random() * ready.length)];
    if (chosen === undefined) return { answer: null, failure: "no_node" };
    const testId = crypto.randomUUID();
    const { nodeId } = chosen.link;
    const to = { nodeId, socket: chosen.socket };
    const told = await this.#questions.ask(to, testId, { type: "route_test", testId, question });
    if (told === null) return { answer: null, failure: "silent" };
    return { answer: told.answer, failure: told.answer === null ? "no_node" : null };
  }

  answered(nodeId: string, message: RouteTestToHub): void {
    this.#questions.answered(nodeId, message.testId, message);
  }
}
