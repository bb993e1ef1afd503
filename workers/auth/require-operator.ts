import type { MiddlewareHandler } from "hono";
import type { AppDeps, AppEnv } from "../app-type.ts";
import { RequestRefused } from "../errors/refusal.ts";
import { digestsEqual, sha256Hex } from "./api-key.ts";
import { bearerToken } from "./require-api-key.ts";

/** Lets only the bearer of the operator token through. */
export function requireOperator(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const token = bearerToken(c.req.header("authorization"));
    const digest = token === null ? "" : await sha256Hex(token);
    if (!digestsEqual(digest, deps.config.operatorTokenSha256)) {
      throw new RequestRefused({
        status: 401,
        code: "invalid_operator_token",
        detail: "This path needs the operator token.",
        headers: { "www-authenticate": "Bearer" },
      });
    }
    await next();
  };
}
