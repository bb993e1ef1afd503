import type { MiddlewareHandler } from "hono";
import type { AppDeps, AppEnv } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { authenticateNode } from "../services/enrol-node.ts";
import { bearerToken } from "./require-api-key.ts";

/** Lets only enrolled media nodes through. */
export function requireNode(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const credential = bearerToken(c.req.header("authorization"));
    c.set("node", unwrap(await authenticateNode(deps, credential)));
    await next();
  };
}
