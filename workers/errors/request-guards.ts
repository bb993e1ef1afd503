import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { App, AppEnv } from "../app-type.ts";
import { pointerOf, renderError } from "./problem.ts";
import { NOT_CSV, NOT_JSON, RequestRefused } from "./refusal.ts";

const MAX_BODY_BYTES = 1_048_576;
/** A kilobyte for each of the most recipients of a batch. */
const MAX_BATCH_BYTES = 10_485_760;
const MAX_NESTING = 64;

/** Where a table is taken instead of JSON. */
const TABLE_PATH = "/v1/batch-calls";
const BATCH_PATHS: ReadonlySet<string> = new Set([TABLE_PATH, "/v1/convai/batch-calling/submit"]);

/** Where lines of JSON are taken: the route reads and limits them. */
const LINES_PATH = "/v1/phone-numbers/import";

/** Where bytes are taken: the route reads them, or says that it does not. */
const AUDIO_PATH =
  /^\/v1\/(?:agents\/[^/]+\/audio-files\/[^/]+|convai\/(?:agents\/[^/]+\/hold-audio|conversations\/[^/]+\/files))$/;

const limitTo = (maxSize: number): MiddlewareHandler<AppEnv> =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new RequestRefused({
        status: 413,
        code: "body_too_large",
        detail: `The body is larger than ${maxSize} bytes.`,
      });
    },
  });
const limitOthers = limitTo(MAX_BODY_BYTES);
const limitBatch = limitTo(MAX_BATCH_BYTES);

/** 413 before a body is read that is larger than any request of its path. */
export const limitBody: MiddlewareHandler<AppEnv> = (c, next) => {
  // Nobody reads the body of a GET. The method is at hand; to look at the body is a call of the runtime.
  if (c.req.method === "GET" || c.req.path === LINES_PATH) return next();
  return (BATCH_PATHS.has(c.req.path) ? limitBatch : limitOthers)(c, next);
};

/** 415 for a body that does not say it is JSON, or a table where one is taken. */
export const requireJson: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!hasBody(c)) return next();
  const type = c.req.header("content-type") ?? "";
  if (c.req.path === TABLE_PATH && !/^text\/csv\s*(;|$)/i.test(type)) {
    throw new RequestRefused(NOT_CSV);
  }
  if (hasJson(c) && !/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new RequestRefused(NOT_JSON);
  }
  return next();
};

/** A POST that says it is empty has none, whatever the runtime makes of it. */
function hasBody(c: Context<AppEnv>): boolean {
  const { method, raw } = c.req;
  const mayHave = ["POST", "PUT", "PATCH"].includes(method) && raw.body !== null;
  return mayHave && c.req.header("content-length") !== "0";
}

function hasJson(c: Context<AppEnv>): boolean {
  const { path } = c.req;
  return hasBody(c) && path !== TABLE_PATH && path !== LINES_PATH && !AUDIO_PATH.test(path);
}

/**
 * 422 for text with half of a surrogate pair (RFC 8259 §8.2): it has no UTF-8, so that nothing behind
 * this could keep it. In a body it can only come by an escape.
 */
export const requireUnicode: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (hasJson(c) && /\\u[dD][89a-fA-F]/.test(await c.req.text())) {
    const pointer = findBrokenText(await c.req.json().catch(() => null), []);
    if (pointer !== null) {
      const detail = "This text holds half of a surrogate pair, which is no character.";
      throw new RequestRefused({
        status: 422,
        code: "validation_failed",
        detail: "The request is not valid.",
        errors: [{ pointer, code: "not_unicode", detail }],
      });
    }
  }
  await next();
};

/** 422 for a body that nests so deeply that it could exhaust the stack of whoever walks it. */
export const limitNesting: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (hasJson(c) && nestsDeeper(await c.req.text(), MAX_NESTING)) {
    const detail = `The body nests more than ${MAX_NESTING} levels deep.`;
    throw new RequestRefused({
      status: 422,
      code: "validation_failed",
      detail: "The request is not valid.",
      errors: [{ pointer: "", code: "nests_too_deep", detail }],
    });
  }
  await next();
};

/** Of a text that may be JSON. Brackets inside of strings count for nothing. */
function nestsDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (isInString && char === "\\") at += 1;
    else if (char === '"') isInString = !isInString;
    else if (isInString) continue;
    else if (char === "[" || char === "{") depth += 1;
    else if (char === "]" || char === "}") depth -= 1;
    if (depth > limit) return true;
  }
  return false;
}

/** The pointer to the first text, or name of a member, that is not well-formed; null when all are. */
export function findBrokenText(value: unknown, path: readonly string[]): string | null {
  if (typeof value === "string") return value.isWellFormed() ? null : pointerOf(path);
  if (typeof value !== "object" || value === null) return null;
  for (const [key, member] of Object.entries(value)) {
    if (!key.isWellFormed()) return pointerOf(path);
    const found = findBrokenText(member, [...path, key]);
    if (found !== null) return found;
  }
  return null;
}

/** 405 with `Allow` (RFC 9110 §15.5.6) for a path that exists under another method, else 404. */
export function answerUnrouted(app: App): (c: Context<AppEnv>) => Response {
  return (c) => {
    const allowed = new Set(
      app.routes
        .filter((route) => route.method !== "ALL" && matches(route.path, c.req.path))
        .map((route) => route.method),
    );
    const requestId = c.get("requestId");
    if (allowed.size === 0) {
      const detail = "There is nothing at this path.";
      return renderError({ status: 404, code: "not_found", detail }, c.req.url, requestId);
    }
    const allow = [...allowed].sort().join(", ");
    return renderError(
      {
        status: 405,
        code: "method_not_allowed",
        detail: `${c.req.method} is not offered here; ${allow} is.`,
        headers: { allow },
      },
      c.req.url,
      requestId,
    );
  };
}

function matches(pattern: string, path: string): boolean {
  const want = pattern.split("/");
  const have = path.split("/");
  if (want.at(-1) === "*") return path.startsWith(pattern.slice(0, -1));
  return (
    want.length === have.length &&
    want.every((segment, index) => segment.startsWith(":") || segment === have[index])
  );
}
