import { WEBHOOK_ID_HEADER, WEBHOOK_SIGNATURE_HEADER } from "../../schema/contracts/webhook.ts";
import { streamOf } from "../recordings/recording-bytes.ts";
import { signWebhook, signWebhookPieces } from "./sign-webhook.ts";

const TIMEOUT_MS = 15_000;
/** For a body of some size, and whoever reads it slowly. */
const PIECES_TIMEOUT_MS = 60_000;

/** A text, or what can be read piece by piece as often as it is asked for. */
export type DeliveryBody = string | (() => Promise<AsyncGenerator<Uint8Array>>);

/** What the endpoint made of one attempt. */
export type PostResult =
  | { readonly kind: "delivered"; readonly statusCode: number }
  /** 410: it wants nothing more. */
  | { readonly kind: "gone"; readonly statusCode: number }
  | {
      readonly kind: "failed";
      /** Null when there was no answer. */
      readonly statusCode: number | null;
      /** `source`: what was to be posted could not be read, which is no fault of the endpoint. */
      readonly error: "status" | "redirect" | "timeout" | "unreachable" | "source";
      readonly retryAfterSecs: number | null;
    };

/** Posts one delivery, signed at the time of this attempt. A redirect is not followed: it is a failure. */
export async function postDelivery(request: {
  readonly url: URL;
  readonly secret: string;
  readonly deliveryId: string;
  readonly body: DeliveryBody;
  readonly nowMs: number;
}): Promise<PostResult> {
  const { body, secret } = request;
  const timestampSecs = Math.floor(request.nowMs / 1000);
  // The signature goes first: what is sent piece by piece is read twice.
  let signature: string;
  let posted: string | ReadableStream<Uint8Array>;
  try {
    signature =
      typeof body === "string"
        ? await signWebhook(secret, timestampSecs, body)
        : await signWebhookPieces(secret, timestampSecs, await body());
    posted = typeof body === "string" ? body : streamOf(await body());
  } catch {
    return failed(null, "source", null);
  }
  let response: Response;
  // AbortSignal.timeout would keep the object awake for its whole time.
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(),
    typeof body === "string" ? TIMEOUT_MS : PIECES_TIMEOUT_MS,
  );
  try {
    response = await fetch(request.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Trunkline-Webhooks/1",
        [WEBHOOK_SIGNATURE_HEADER]: signature,
        [WEBHOOK_ID_HEADER]: request.deliveryId,
      },
      body: posted,
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
  error: Extract<PostResult, { kind: "failed" }>["error"],
  retryAfterSecs: number | null,
): PostResult {
  return { kind: "failed", statusCode, error, retryAfterSecs };
}

/** RFC 9110 §10.2.3, in its form of seconds. */
function parseRetryAfter(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
}
