import { streamOf } from "../recordings/recording-bytes.ts";
import { type DeliveryBody, type Signing, signatureHeaders } from "./sign-delivery.ts";

const TIMEOUT_MS = 15_000;
/** For a body of some size, and whoever reads it slowly. */
const PIECES_TIMEOUT_MS = 60_000;

/** Kept of an answer: what it says first. */
const EXCERPT_BYTES = 1_024;

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
      /** `source`: what was to be posted could not be read, which is no fault of the endpoint. */
      readonly error: "status" | "redirect" | "timeout" | "unreachable" | "source";
      readonly retryAfterSecs: number | null;
    };

/** Posts one delivery, signed at the time of this attempt. A redirect is not followed: it is a failure. */
export async function postDelivery(request: {
  readonly url: URL;
  readonly signing: Signing;
  readonly deliveryId: string;
  readonly body: DeliveryBody;
  readonly nowMs: number;
}): Promise<PostResult> {
  const { body, deliveryId, signing } = request;
  const timestampSecs = Math.floor(request.nowMs / 1000);
  // The signature goes first: what is sent piece by piece is read twice.
  let signature: Record<string, string>;
  let posted: string | ReadableStream<Uint8Array>;
  try {
    signature = await signatureHeaders(signing, deliveryId, timestampSecs, body);
    posted = typeof body === "string" ? body : streamOf(await body());
  } catch {
    return { ...failed(null, "source", null), latencyMs: 0, excerpt: null };
  }
  let response: Response;
  let excerpt: string | null;
  const startedAtMs = Date.now();
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
        ...signature,
      },
      body: posted,
      redirect: "manual",
      signal: late.signal,
    });
    excerpt = await excerptOf(response);
  } catch {
    const verdict = failed(null, late.signal.aborted ? "timeout" : "unreachable", null);
    return { ...verdict, latencyMs: Date.now() - startedAtMs, excerpt: null };
  } finally {
    clearTimeout(timer);
  }
  return { ...verdictOf(response), latencyMs: Date.now() - startedAtMs, excerpt };
}

function verdictOf(response: Response): PostVerdict {
  const { status } = response;
  if (response.ok) return { kind: "delivered", statusCode: status };
  if (status === 410) return { kind: "gone", statusCode: status };
  if (status >= 300 && status < 400) return failed(status, "redirect", null);
  return failed(status, "status", parseRetryAfter(response.headers.get("retry-after")));
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

/** An answer may be endless: no more of it is read. */
async function excerptOf(response: Response): Promise<string | null> {
  const reader = response.body?.getReader();
  if (reader === undefined) return null;
  const decoder = new TextDecoder();
  let text = "";
  for (let length = 0; length < EXCERPT_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) break;
    const piece = value.subarray(0, EXCERPT_BYTES - length);
    length += piece.length;
    text += decoder.decode(piece, { stream: true });
  }
  await reader.cancel().catch(() => {});
  return text;
}
