import type { SignedRequest } from "../../schema/contracts/webhook-job.ts";
import { cidrContains } from "../../schema/values/cidr.ts";
import type { AppDeps } from "../app-type.ts";
import { readRanges } from "../db/address-ranges.ts";
import type { EnrolledNode } from "../db/media-nodes.ts";
import { type EndpointRow, findDelivery, findEndpoint } from "../db/webhooks.ts";
import { notFound, type Outcome, refuse, succeed } from "../errors/refusal.ts";
import type { WebhookJob } from "../hub/webhook-jobs.ts";
import { deliveryBody } from "../webhooks/delivery-body.ts";
import { checkOutboundUrl } from "../webhooks/outbound-policy.ts";
import { signDelivery } from "../webhooks/post-delivery.ts";
import { sampleBody } from "../webhooks/sample-body.ts";
import type { DeliveryBody } from "../webhooks/sign-delivery.ts";
import { signingOf } from "../webhooks/signing-of.ts";
import { cidrOf } from "./range-checks.ts";
import { isEnforced } from "./range-lifecycle.ts";

type JobDeps = Pick<AppDeps, "db" | "config" | "objects" | "clock" | "secrets">;

/** What a node posts, and how. */
export interface JobRequest {
  readonly request: SignedRequest;
  readonly body: string | ReadableStream<Uint8Array>;
}

/** The request of a job that this node was given, signed now. */
export async function signJob(
  deps: JobDeps,
  node: EnrolledNode,
  job: WebhookJob | null,
): Promise<Outcome<JobRequest>> {
  const endpoint = job === null ? null : await findEndpoint(deps.db, job.endpointId);
  if (job === null || endpoint === null || endpoint.isDisabled) return notFound(NO_JOB);
  const checked = checkOutboundUrl(endpoint.url, "https:", deps.config.outboundPolicy);
  const body = checked.ok ? await bodyOf(deps, endpoint, job) : null;
  if (!checked.ok || body === null) return notFound(NO_JOB);
  // What firewalls allow for webhooks, and not merely for calls.
  if (!(await mayPost(deps, node))) {
    const detail = "The node's address is in no range that is published for webhooks.";
    const hint = "Publish a range with the service `webhook` that holds it.";
    return refuse({ status: 409, code: "address_not_published", detail, hint });
  }
  const signing = await signingOf(deps, endpoint);
  const { deliveryId } = job;
  const signed = await signDelivery({ signing, deliveryId, body, nowMs: deps.clock() });
  const { headers, timeoutMs } = signed;
  const contentLength = typeof body === "string" ? new TextEncoder().encode(body).length : null;
  return succeed({
    request: { url: checked.url.href, headers, contentLength, timeoutMs },
    body: signed.body,
  });
}

const NO_JOB = "There is no such job.";

async function bodyOf(
  deps: JobDeps,
  { signatureStyle }: EndpointRow,
  { deliveryId, sampleType }: WebhookJob,
): Promise<DeliveryBody | null> {
  if (sampleType !== null) return sampleBody(signatureStyle, deliveryId, sampleType, deps.clock());
  const delivery = await findDelivery(deps.db, deliveryId);
  if (delivery === null) return null;
  return deliveryBody(deps, signatureStyle, delivery);
}

/** Where ranges are in use, deliveries leave from those that say `webhook`; where none are, from any node. */
async function mayPost(deps: Pick<AppDeps, "db">, node: EnrolledNode): Promise<boolean> {
  const rows = await readRanges(deps.db);
  if (!isEnforced(rows)) return true;
  return rows.some(
    (row) =>
      row.region === node.region &&
      (row.state === "active" || row.state === "deprecated") &&
      row.services.includes("webhook") &&
      cidrContains(cidrOf(row), node.publicAddress),
  );
}
