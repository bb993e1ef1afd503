import type { Readable } from "node:stream";
import type { NodeToHub } from "../../schema/contracts/node-link.ts";
import {
  SIGNED_REQUEST_HEADER,
  type SignedRequest,
  signedRequestSchema,
  type WebhookPostOutcome,
  type WebhookPostToNode,
} from "../../schema/contracts/webhook-job.ts";
import type { CallLogger } from "../call/ports.ts";
import { type ControlPlaneClient, ControlPlaneFault } from "./http-client.ts";

/** Deliveries in pieces are read while they are posted, so that many at once hold little memory. */
const MAX_AT_ONCE = 16;
/** Of the fetch as a whole: as long as the longest post may last. */
const FETCH_TIMEOUT_MS = 70_000;

export interface WebhookJobsDeps {
  readonly client: Pick<ControlPlaneClient, "open">;
  /** Posts from this node's address; never rejects. */
  readonly post: (request: SignedRequest, body: Readable) => Promise<WebhookPostOutcome>;
  readonly send: (message: NodeToHub) => void;
  readonly logger: CallLogger;
}

/** Deliveries that the hub has this node post from its static address. */
export function createWebhookJobs(deps: WebhookJobsDeps) {
  let running = 0;

  async function run(jobId: string): Promise<WebhookPostOutcome> {
    const response = await deps.client.open({
      method: "GET",
      path: `/v1/nodes/webhook-jobs/${encodeURIComponent(jobId)}`,
      timeoutMs: FETCH_TIMEOUT_MS,
    });
    const header = response.headers[SIGNED_REQUEST_HEADER];
    if (response.statusCode !== 200 || typeof header !== "string") {
      response.destroy();
      // Refused for this node's address, another may have it; gone, and there is nothing to post.
      if (response.statusCode === 409) return { kind: "not_posted", reason: "refused" };
      return SOURCE_LOST;
    }
    return deps.post(readRequest(header), response);
  }

  return {
    onWebhookPost({ jobId }: WebhookPostToNode): void {
      const tell = (outcome: WebhookPostOutcome) =>
        deps.send({ type: "webhook_posted", jobId, outcome });
      if (running >= MAX_AT_ONCE) {
        tell({ kind: "not_posted", reason: "busy" });
        return;
      }
      running += 1;
      void run(jobId)
        .catch((error: unknown): WebhookPostOutcome => {
          // Of a control plane that is away: its fault has no more in it than the path of the job.
          const code = error instanceof ControlPlaneFault ? error.code : "fault";
          deps.logger.warn("webhook_job_not_fetched", { jobId, code });
          return SOURCE_LOST;
        })
        .then((outcome) => {
          running -= 1;
          deps.logger.info("webhook_job_done", { jobId, ...summaryOf(outcome) });
          tell(outcome);
        });
    },
  };
}

const SOURCE_LOST = { kind: "failed", error: "source", latencyMs: 0 } as const;

function readRequest(header: string): SignedRequest {
  return signedRequestSchema.parse(JSON.parse(Buffer.from(header, "base64url").toString("utf8")));
}

/** For the log: nothing of the answer's body. */
function summaryOf(outcome: WebhookPostOutcome): Record<string, string | number> {
  switch (outcome.kind) {
    case "answered":
      return { outcome: "answered", statusCode: outcome.statusCode, latencyMs: outcome.latencyMs };
    case "failed":
      return { outcome: outcome.error, latencyMs: outcome.latencyMs };
    case "not_posted":
      return { outcome: outcome.reason };
    default:
      return outcome satisfies never;
  }
}
