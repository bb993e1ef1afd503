import { createRoute } from "@hono/zod-openapi";
import { signedUrlQuerySchema, signedUrlSchema } from "../../schema/contracts/signed-url.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { readSignedUrl } from "../services/signed-url.ts";
import { json, keyErrors, notFoundError, signedUrlError } from "./responses.ts";

/** The second is the vendor's older spelling. */
const PATHS = [
  ["/v1/convai/conversation/get-signed-url", "getSignedUrl"],
  ["/v1/convai/conversation/get_signed_url", "getSignedUrlDeprecated"],
] as const;

/** Signed URLs of agents that run on the vendor's platform. */
export function registerSignedUrlRoutes(app: App, deps: AppDeps): void {
  for (const [path, operationId] of PATHS) {
    const route = createRoute({
      method: "get",
      path,
      operationId,
      tags: ["agents"],
      request: { query: signedUrlQuerySchema },
      responses: {
        200: json(signedUrlSchema, "Of the agent's own platform, for one conversation."),
        ...keyErrors,
        ...notFoundError,
        ...signedUrlError,
      },
    });
    app.openapi(route, async (c) =>
      c.json(unwrap(await readSignedUrl(deps, c.get("principal"), c.req.valid("query"))), 200),
    );
  }
}
