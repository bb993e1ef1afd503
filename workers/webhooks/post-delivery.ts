import { WEBHOOK_EXCERPT_BYTES } from "../../schema/contracts/webhook-job.ts";
import type { WebhookPosted } from "../hub/webhook-jobs.ts";
import { streamOf } from "../recordings/recording-bytes.ts";
import { readStart } from "./read-start.ts";
import { type DeliveryBody, type Signing, signatureHeaders } from "./sign-delivery.ts";

const TIMEOUT_MS = 15_000;
/** For a body of some size, and whoever reads it slowly. */
const PIECES_TIMEOUT_MS = 60_000;

/** What the endpoint made of one attempt, and what it answered. */
export type PostResult = PostVerdict & {
  readonly latencyMs: number;
  /** The first kilobyte of the answer's body, as text; null: there was none. */
  readonly excerpt: string | null;
};

type PostVerdict =
  | { readonly kind: "delivered"; readonly statusCode: number }
  /** 410: it wants nothing more. */
  | { readonly kind: "gone"; readonly statusCode: number }
  | {
      readonly kind: "failed";
      /** Null when there was no answer. */
      readonly statusCode: number | null;
      /**
       * `source`: what was to be posted could not be read; `no_node_answers`: a node has taken it and not said what it did.
       * Neither is a fault of the endpoint.
       */
      readonly error:
        | "status"
        | "redirect"
        | "timeout"
        | "unreachable"
        | "address_refused"
        | "source"
        | "no_node_answers";
      readonly retryAfterSecs: number | null;
    };

export interface DeliveryToPost {
  readonly signing: Signing;
  readonly deliveryId: string;
  readonly body: DeliveryBody;
  readonly nowMs: number;
}

/** One attempt, signed and ready to be posted. */
export interface SignedDelivery {
  readonly headers: Record<string, string>;
  readonly body: string | ReadableStream<Uint8Array>;
  readonly timeoutMs: number;
}

/** Signs a delivery at the time of an attempt. Rejects when what is to be posted cannot be read. */
export async function signDelivery(delivery: DeliveryToPost): Promise<SignedDelivery> {
  const { body, deliveryId, signing } = delivery;
  const timestampSecs = Math.floor(delivery.nowMs / 1000);
  // The signature goes first: what is sent piece by piece is read twice.
  const signature = await signatureHeaders(signing, deliveryId, timestampSecs, body);
  return {
    headers: {
      "content-type": "application/json",
      "user-agent": "Trunkline-Webhooks/1",
      ...signature,
    },
    body: typeof body === "string" ? body : streamOf(await body()),
    timeoutMs: typeof body === "string" ? TIMEOUT_MS : PIECES_TIMEOUT_MS,
  };
}

/** Posts one delivery, signed at the time of this attempt. A redirect is not followed: it is a failure. */
export async function postDelivery(
  request: DeliveryToPost & { readonly url: URL },
): Promise<PostResult> {
  let signed: SignedDelivery;
  try {
    signed = await signDelivery(request);
  } catch {
    return { ...failed(null, "source", null), latencyMs: 0, excerpt: null };
  }
  let response: Response;
  let excerpt: string | null;
  const startedAtMs = Date.now();
  // AbortSignal.timeout would keep the object awake for its whole time.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), signed.timeoutMs);
  try {
    response = await fetch(request.url, {
      method: "POST",
      headers: signed.headers,
      body: signed.body,
      redirect: "manual",
      signal: late.signal,
    });
    excerpt = await readStart(response, WEBHOOK_EXCERPT_BYTES);
  } catch {
    const verdict = failed(null, late.signal.aborted ? "timeout" : "unreachable", null);
    return { ...verdict, latencyMs: Date.now() - startedAtMs, excerpt: null };
  } finally {
    clearTimeout(timer);
  }
  const retryAfterSecs = parseRetryAfter(response.headers.get("retry-after"));
  const verdict = verdictOf(response.status, retryAfterSecs);
  return { ...verdict, latencyMs: Date.now() - startedAtMs, excerpt };
}

/** The result of what a node has posted; null: nothing has been, because there is no node to post it. */
export function resultOfNode(posted: WebhookPosted): PostResult | null {
  switch (posted.kind) {
    case "no_node":
      return null;
    case "silent":
      return { ...failed(null, "no_node_answers", null), latencyMs: 0, excerpt: null };
    case "posted": {
      const { outcome } = posted;
      const { latencyMs } = outcome;
      if (outcome.kind === "failed") {
        return { ...failed(null, outcome.error, null), latencyMs, excerpt: null };
      }
      const { excerpt, retryAfterSecs, statusCode } = outcome;
      return { ...verdictOf(statusCode, retryAfterSecs), latencyMs, excerpt };
    }
    default:
      return posted satisfies never;
  }
}

/** Whether a failure says something of the endpoint. */
export function isOfEndpoint(result: PostResult): boolean {
  return result.kind !== "failed" || !(OURS as readonly string[]).includes(result.error);
}

const OURS = ["source", "no_node_answers"] as const satisfies readonly Extract<
  PostVerdict,
  { kind: "failed" }
>["error"][];

function verdictOf(status: number, retryAfterSecs: number | null): PostVerdict {
  if (status >= 200 && status < 300) return { kind: "delivered", statusCode: status };
  if (status === 410) return { kind: "gone", statusCode: status };
  if (status >= 300 && status < 400) return failed(status, "redirect", null);
  return failed(status, "status", retryAfterSecs);
}

function failed(
  statusCode: number | null,
  error: Extract<PostVerdict, { kind: "failed" }>["error"],
  retryAfterSecs: number | null,
): PostVerdict {
  return { kind: "failed", statusCode, error, retryAfterSecs };
}

/** RFC 9110 §10.2.3, in its form of seconds. */
function parseRetryAfter(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
}
