import { createRoute } from "@hono/zod-openapi";
import {
  rejectedAttemptPageSchema,
  rejectedAttemptQuerySchema,
} from "../../schema/contracts/rejected-attempt.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { pageRejectedAttempts } from "../services/read-rejected-attempts.ts";
import { cursorProblem, json, ownKeyErrors } from "./responses.ts";

const page = createRoute({
  method: "get",
  path: "/v1/rejected-attempts",
  operationId: "listRejectedAttempts",
  tags: ["rejected attempts"],
  request: { query: rejectedAttemptQuerySchema },
  responses: {
    200: json(
      rejectedAttemptPageSchema,
      "Refused INVITEs, newest first; they are kept for seven days where the deployment says nothing else.",
    ),
    ...ownKeyErrors,
    ...cursorProblem,
  },
});

export function registerRejectedAttemptRoutes(app: App, deps: AppDeps): void {
  app.openapi(page, async (c) =>
    c.json(unwrap(await pageRejectedAttempts(deps, c.get("principal"), c.req.valid("query"))), 200),
  );
}
