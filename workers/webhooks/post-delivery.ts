import { WEBHOOK_ID_HEADER, WEBHOOK_SIGNATURE_HEADER } from "../../schema/contracts/webhook.ts";
import { signWebhook } from "./sign-webhook.ts";

const TIMEOUT_MS = 15_000;

/** What the endpoint made of one attempt. */
export type PostResult =
  | { readonly kind: "delivered"; readonly statusCode: number }
  /** 410: it wants nothing more. */
  | { readonly kind: "gone"; readonly statusCode: number }
  | {
      readonly kind: "failed";
      /** Null when there was no answer. */
      readonly statusCode: number | null;
      readonly error: "status" | "redirect" | "timeout" | "unreachable";
      readonly retryAfterSecs: number | null;
    };

/** Posts one delivery, signed at the time of this attempt. A redirect is not followed: it is a failure. */
export async function postDelivery(request: {
  readonly url: URL;
  readonly secret: string;
  readonly deliveryId: string;
  readonly body: string;
  readonly nowMs: number;
}): Promise<PostResult> {
  const signature = await signWebhook(
    request.secret,
    Math.floor(request.nowMs / 1000),
    request.body,
  );
  let response: Response;
  // AbortSignal.timeout would keep the object awake for its whole time.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TIMEOUT_MS);
  try {
    response = await fetch(request.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Trunkline-Webhooks/1",
        [WEBHOOK_SIGNATURE_HEADER]: signature,
        [WEBHOOK_ID_HEADER]: request.deliveryId,
      },
      body: request.body,
      redirect: "manual",
      signal: late.signal,
    });
  } catch {
    return failed(null, late.signal.aborted ? "timeout" : "unreachable", null);
  } finally {
    clearTimeout(timer);
  }
  // The answer's body is of no use, and may be endless.
  await response.body?.cancel().catch(() => {});
  const { status } = response;
  if (response.ok) return { kind: "delivered", statusCode: status };
  if (status === 410) return { kind: "gone", statusCode: status };
  if (status >= 300 && status < 400) return failed(status, "redirect", null);
  return failed(status, "status", parseRetryAfter(response.headers.get("retry-after")));
}

function failed(
  statusCode: number | null,
  error: "status" | "redirect" | "timeout" | "unreachable",
  retryAfterSecs: number | null,
): PostResult {
  return { kind: "failed", statusCode, error, retryAfterSecs };
}

/** RFC 9110 §10.2.3, in its form of seconds. */
function parseRetryAfter(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
}
