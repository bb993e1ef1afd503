import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type SignedRequest,
  WEBHOOK_EXCERPT_BYTES,
  type WebhookPostOutcome,
} from "../../schema/contracts/webhook-job.ts";
import { checkTenantUrl, openTenantRequest, type TenantUrlPolicy } from "./tenant-request.ts";

export interface WebhookPostDeps extends TenantUrlPolicy {
  /** PEM of the authorities to trust; null: the system's. */
  readonly ca: string | null;
  readonly nowMs: () => number;
}

/** What was posted, or why it was not; a job is only refused before that. */
export type Posted = Exclude<WebhookPostOutcome, { kind: "not_posted" }>;

/**
 * Posts a delivery from this node: one request, one connection, no redirect, and of the answer no more than
 * its first kilobyte.
 */
export async function postWebhook(
  request: SignedRequest,
  body: Readable,
  deps: WebhookPostDeps,
): Promise<Posted> {
  const startedAtMs = deps.nowMs();
  const late = AbortSignal.timeout(request.timeoutMs);
  const failed = (error: Extract<Posted, { kind: "failed" }>["error"]): Posted => ({
    kind: "failed",
    error,
    latencyMs: Math.max(0, Math.round(deps.nowMs() - startedAtMs)),
  });
  const checked = checkTenantUrl(request.url, deps);
  if (!checked.ok) {
    body.destroy();
    return failed(checked.code === "address_refused" ? "address_refused" : "unreachable");
  }
  let isSourceLost = false;
  body.once("error", () => {
    isSourceLost = true;
  });
  const length = request.contentLength;
  const outgoing = openTenantRequest({
    url: checked.url,
    method: "POST",
    headers: { ...request.headers, ...(length === null ? {} : { "content-length": length }) },
    signal: late,
    lookup: deps.addressPolicy.lookup,
    ca: deps.ca,
  });
  try {
    const answered = Promise.withResolvers<IncomingMessage>();
    outgoing.once("response", answered.resolve);
    // Not once: a request that is broken off may say so again.
    outgoing.on("error", answered.reject);
    // An endpoint may answer before it has read everything: its answer counts.
    pipeline(body, outgoing).catch(answered.reject);
    const response = await untilAborted(late, answered.promise);
    const excerpt = await untilAborted(late, excerptOf(response));
    return {
      kind: "answered",
      statusCode: response.statusCode ?? 0,
      retryAfterSecs: retryAfterSecs(response.headers["retry-after"]),
      latencyMs: Math.max(0, Math.round(deps.nowMs() - startedAtMs)),
      excerpt,
    };
  } catch (cause) {
    if (late.aborted) return failed("timeout");
    if (isSourceLost) return failed("source");
    const code = cause instanceof Error && "code" in cause ? cause.code : null;
    return failed(code === "address_refused" ? "address_refused" : "unreachable");
  } finally {
    outgoing.destroy();
    body.destroy();
  }
}

/** What cannot be interrupted, such as a name look-up, is not waited for. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** An answer may be endless: no more of it is read. */
async function excerptOf(response: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let held = 0;
  for await (const chunk of response) {
    // Without an encoding a response gives buffers.
    const bytes = chunk as Buffer;
    chunks.push(bytes.subarray(0, WEBHOOK_EXCERPT_BYTES - held));
    held += bytes.length;
    if (held >= WEBHOOK_EXCERPT_BYTES) break;
  }
  if (held === 0) return null;
  // Cut in a character, it ends before it.
  return new TextDecoder().decode(Buffer.concat(chunks), { stream: true });
}

/** RFC 9110 §10.2.3, in its form of seconds. */
function retryAfterSecs(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
}
