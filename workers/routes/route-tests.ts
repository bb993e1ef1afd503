import { createRoute } from "@hono/zod-openapi";
import { routeTestRequestSchema, routeTestViewSchema } from "../../schema/contracts/route-test.ts";
import type { App, AppDeps } from "../app-type.ts";
import { askHub, regionHub } from "../hub/objects.ts";
import { testRoute } from "../services/test-route.ts";
import { json, ownBodyErrors, ownKeyErrors } from "./responses.ts";

const create = createRoute({
  method: "post",
  path: "/v1/route-tests",
  operationId: "testRoute",
  tags: ["route tests"],
  request: {
    body: { required: true, content: { "application/json": { schema: routeTestRequestSchema } } },
  },
  responses: {
    200: json(routeTestViewSchema, "What a node would do with such an INVITE, and why."),
    ...ownKeyErrors,
    ...ownBodyErrors,
  },
});

export function registerRouteTestRoutes(app: App, deps: AppDeps): void {
  app.openapi(create, async (c) => {
    const principal = c.get("principal");
    const hub = regionHub(c.env, deps.config.residency, principal.region);
    const view = await testRoute(deps, principal, c.req.valid("json"), (question) =>
      askHub(hub.testRoute(question)),
    );
    return c.json(view, 200);
  });
}
