import { z } from "zod";

/**
 * Deliveries that leave from the static address of a node: the hub names a job over the link, the node fetches the
 * signed request of it over HTTPS, posts it and says what came of it. Nothing of the request is in a message.
 */

/** What a node says in its `hello` that it can do: hubs give jobs to no other. */
export const WEBHOOK_POST_ABILITY = "webhook_post";

/** Header of the answer to `GET /v1/nodes/webhook-jobs/{jobId}` whose body is what is to be posted: `signedRequestSchema` as base64url. */
export const SIGNED_REQUEST_HEADER = "x-trunkline-signed-request";

export const signedRequestSchema = z.object({
  url: z.string().max(2048),
  /** Signature and all: a secret as a whole. */
  headers: z.record(z.string(), z.string()),
  /** Of the body in octets; null: it comes in pieces, and nobody has counted them. */
  contentLength: z.number().int().nonnegative().nullable(),
  /** From the first octet to the end of the answer's excerpt. */
  timeoutMs: z.number().int().positive(),
});
export type SignedRequest = z.infer<typeof signedRequestSchema>;

/** Kept of an answer, in octets: what it says first. */
export const WEBHOOK_EXCERPT_BYTES = 1_024;

/** Hub to node. */
export const webhookPostToNodeSchema = z.object({
  type: z.literal("webhook_post"),
  jobId: z.string(),
});
export type WebhookPostToNode = z.infer<typeof webhookPostToNodeSchema>;

const outcomeSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("answered"),
    statusCode: z.number().int(),
    /** RFC 9110 §10.2.3, in its form of seconds. */
    retryAfterSecs: z.number().int().nullable(),
    latencyMs: z.number().int().nonnegative(),
    /** The first kilobyte of the answer's body, as text; null: there was none. */
    excerpt: z.string().nullable(),
  }),
  z.object({
    kind: z.literal("failed"),
    /** `source`: what was to be posted could not be fetched. */
    error: z.enum(["timeout", "unreachable", "address_refused", "source"]),
    latencyMs: z.number().int().nonnegative(),
  }),
  /** Nothing has left this node: another may be asked. */
  z.object({ kind: z.literal("not_posted"), reason: z.enum(["busy", "refused"]) }),
]);
export type WebhookPostOutcome = z.infer<typeof outcomeSchema>;

/** Node to hub. */
export const webhookPostedToHubSchema = z.object({
  type: z.literal("webhook_posted"),
  jobId: z.string(),
  outcome: outcomeSchema,
});
