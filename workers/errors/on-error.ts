import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { AppEnv } from "../app-type.ts";
import { log } from "../log.ts";
import { isProblemCode } from "./catalogue.ts";
import { type ErrorAnswer, renderError } from "./problem.ts";
import { NOT_JSON, RequestRefused } from "./refusal.ts";
import { ChangedSinceRead, TrunklineError } from "./trunkline-error.ts";

/** The one place where what was thrown becomes an answer. */
export function onError(error: unknown, c: Context<AppEnv>): Response {
  return renderError(answerFor(error, c), c.req.url, c.get("requestId"));
}

function answerFor(error: unknown, c: Context<AppEnv>): ErrorAnswer {
  if (error instanceof RequestRefused) return error.refusal;
  // Hono throws these two itself: for a body that a route does not read, and one that does not parse.
  if (error instanceof HTTPException && error.status === 415) return NOT_JSON;
  if (error instanceof HTTPException && error.status === 400) {
    return { status: 400, code: "malformed_json", detail: "The body is not JSON." };
  }
  if (error instanceof ChangedSinceRead) {
    return { status: 412, code: error.code, detail: error.publicMessage };
  }
  const fields = { requestId: c.get("requestId"), method: c.req.method, path: c.req.path };
  if (error instanceof TrunklineError) {
    log("error", error.code, { ...fields, message: error.message });
    const retryAfterSecs = retryAfter(error);
    if (retryAfterSecs === null) {
      return { status: 500, code: "internal_error", detail: error.publicMessage };
    }
    return {
      status: 503,
      code: isProblemCode(error.code) ? error.code : "unavailable",
      detail: error.publicMessage,
      headers: { "retry-after": String(retryAfterSecs) },
      ...("hint" in error && typeof error.hint === "string" ? { hint: error.hint } : {}),
    };
  }
  // The message of a foreign error may hold anything: its name and stack's first frame are enough.
  log("error", "internal_error", { ...fields, error: describe(error) });
  return { status: 500, code: "internal_error", detail: "An internal error occurred." };
}

function retryAfter(error: TrunklineError): number | null {
  return "retryAfterSecs" in error && typeof error.retryAfterSecs === "number"
    ? error.retryAfterSecs
    : null;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = /\n\s*(at .*)/.exec(error.stack ?? "")?.[1] ?? "";
  return `${error.name} ${frame}`;
}
