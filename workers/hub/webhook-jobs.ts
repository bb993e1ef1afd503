import {
  WEBHOOK_POST_ABILITY,
  type WebhookPostOutcome,
} from "../../schema/contracts/webhook-job.ts";
import type { NodeLinks } from "./node-links.ts";

/** A delivery or a sample that a node is to post from its static address. */
export interface WebhookJob {
  readonly endpointId: string;
  readonly deliveryId: string;
  /** The vendor's type of a sample that is in no outbox; null: the delivery is. */
  readonly sampleType: string | null;
}

/** `no_node`: nothing has left any node. `silent`: a node has taken the job, and nobody knows what it did. */
export type WebhookPosted =
  | {
      readonly kind: "posted";
      readonly outcome: Exclude<WebhookPostOutcome, { kind: "not_posted" }>;
    }
  | { readonly kind: "no_node" | "silent" };

interface Running {
  readonly nodeId: string;
  readonly job: WebhookJob;
  readonly settle: (outcome: WebhookPostOutcome | null) => void;
}

/** Longer than a node takes to fetch a body in pieces and to post it. */
const ANSWER_MS = 80_000;

/**
 * Jobs that nodes of the region have been given. Lost with the object, like who waits for them: what was
 * posted meanwhile is posted once more.
 */
export class WebhookJobs {
  readonly #links: NodeLinks;
  readonly #running = new Map<string, Running>();

  constructor(links: NodeLinks) {
    this.#links = links;
  }

  /** Has ready nodes post it, one after the other until one does; nodes of before are not asked. */
  async post(job: WebhookJob): Promise<WebhookPosted> {
    const asked = new Set<string>();
    for (;;) {
      const able = this.#links
        .welcomed()
        .filter(
          ({ link: { abilities, nodeId, state } }) =>
            state?.state === "ready" &&
            abilities.includes(WEBHOOK_POST_ABILITY) &&
            !asked.has(nodeId),
        );
      const chosen = able[Math.floor(Math.random() * able.length)];
      if (chosen === undefined) return { kind: "no_node" };
      const { nodeId } = chosen.link;
      asked.add(nodeId);
      const outcome = await this.#ask(nodeId, chosen.socket, job);
      if (outcome === null) return { kind: "silent" };
      if (outcome.kind !== "not_posted") return { kind: "posted", outcome };
    }
  }

  /** What a node is to post; null for what it was not given. */
  read(nodeId: string, jobId: string): WebhookJob | null {
    const running = this.#running.get(jobId);
    return running?.nodeId === nodeId ? running.job : null;
  }

  /** What a node tells of a job that it was not given is dropped. */
  heard(nodeId: string, jobId: string, outcome: WebhookPostOutcome): void {
    const running = this.#running.get(jobId);
    if (running?.nodeId === nodeId) running.settle(outcome);
  }

  /** Its link is gone, and with it whatever it would have told. */
  unlinked(nodeId: string): void {
    for (const running of this.#running.values()) {
      if (running.nodeId === nodeId) running.settle(null);
    }
  }

  async #ask(
    nodeId: string,
    socket: WebSocket,
    job: WebhookJob,
  ): Promise<WebhookPostOutcome | null> {
    const jobId = crypto.randomUUID();
    const { promise, resolve: settle } = Promise.withResolvers<WebhookPostOutcome | null>();
    this.#running.set(jobId, { nodeId, job, settle });
    const limit = setTimeout(() => settle(null), ANSWER_MS);
    // What could not be sent is as good as refused.
    if (!this.#links.send(socket, { type: "webhook_post", jobId })) {
      settle({ kind: "not_posted", reason: "refused" });
    }
    try {
      return await promise;
    } finally {
      clearTimeout(limit);
      this.#running.delete(jobId);
    }
  }
}
