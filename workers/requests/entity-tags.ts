import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../app-type.ts";
import { sha256Hex } from "../auth/api-key.ts";
import { matchesTag } from "../network/conditional.ts";
import { addHeaders, replaceAnswer } from "./answer.ts";

/** Fields that change without anybody having changed the resource: a tag does not tell of them. */
const VOLATILE =
  /"(?:last_used_at|last_success_at|failing_since|consecutive_failures|most_recent_failure_error_code)":(?:"[^"]*"|[^,}\]]*),?/g;

/** Characters of the digest in a tag: 128 bits. */
const TAG_CHARS = 32;

/**
 * Gives every JSON answer to GET a strong entity tag (RFC 9110 §8.8.3), and answers `If-None-Match`
 * with 304. What holds volatile fields is always sent whole: its tag is for `If-Match` only.
 */
export const tagAnswers: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.req.method !== "GET" || c.res.status !== 200 || !isJson(c.res)) return;
  const written = c.get("answerText");
  const text = written ?? (await c.res.text());
  const settled = written ?? text.replaceAll(VOLATILE, "");
  const etag = `"${(await sha256Hex(settled)).slice(0, TAG_CHARS)}"`;
  const asked = c.req.header("if-none-match");
  if (asked !== undefined && settled === text && matchesTag(asked, etag)) {
    replaceAnswer(c, bare(c.res.headers, etag));
    return;
  }
  // Only an answer whose text was not at hand has been read.
  if (written === undefined) replaceAnswer(c, new Response(text, c.res));
  addHeaders(c, { etag });
};

function isJson(answer: Response): boolean {
  return /^application\/json\b/.test(answer.headers.get("content-type") ?? "");
}

/** RFC 9110 §15.4.5: no body, and nothing that tells of one. */
function bare(answered: Headers, etag: string): Response {
  const headers = new Headers(answered);
  headers.set("etag", etag);
  headers.delete("content-type");
  headers.delete("content-length");
  return new Response(null, { status: 304, headers });
}
