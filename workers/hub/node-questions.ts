import type { HubToNode } from "../../schema/contracts/node-link.ts";
import type { NodeLinks } from "./node-links.ts";

/** A node answers from memory: what has not come by now will not. */
const ANSWER_MS = 3_000;

interface Waiting<Answer> {
  readonly nodeId: string;
  readonly settle: (answer: Answer | null) => void;
}

/** Questions that nodes have been asked and have not answered yet. Lost with the object, like who asked them. */
export class NodeQuestions<Answer> {
  readonly #links: NodeLinks;
  readonly #waiting = new Map<string, Set<Waiting<Answer>>>();

  constructor(links: NodeLinks) {
    this.#links = links;
  }

  /** Null: no answer in time. Whoever asks the same under the same identifier gets the same answer. */
  async ask(
    to: { readonly nodeId: string; readonly socket: WebSocket },
    questionId: string,
    question: HubToNode,
  ): Promise<Answer | null> {
    const { promise, resolve: settle } = Promise.withResolvers<Answer | null>();
    const waiting = { nodeId: to.nodeId, settle };
    const all = this.#waiting.get(questionId) ?? new Set();
    this.#waiting.set(questionId, all.add(waiting));
    const limit = setTimeout(() => settle(null), ANSWER_MS);
    if (!this.#links.send(to.socket, question)) settle(null);
    try {
      return await promise;
    } finally {
      clearTimeout(limit);
      all.delete(waiting);
      if (all.size === 0) this.#waiting.delete(questionId);
    }
  }

  /** An answer that nobody waits for, or of a node that was not asked, is dropped. */
  answered(nodeId: string, questionId: string, answer: Answer): void {
    for (const waiting of this.#waiting.get(questionId) ?? []) {
      if (waiting.nodeId === nodeId) waiting.settle(answer);
    }
  }
}
