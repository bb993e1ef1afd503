import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  limitsSchema,
  usageQuerySchema,
  usageSchema,
  workspaceListSchema,
  workspaceViewSchema,
} from "../../schema/contracts/usage.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { readLimits, readWorkspace, readWorkspaceUsage } from "../services/usage.ts";
import { json, ownKeyErrors, ownNotFoundError } from "./responses.ts";

const usage = createRoute({
  method: "get",
  path: "/v1/usage",
  operationId: "getUsage",
  tags: ["usage"],
  request: { query: usageQuerySchema },
  responses: { 200: json(usageSchema, "Calls by day and direction."), ...ownKeyErrors },
});

const limits = createRoute({
  method: "get",
  path: "/v1/limits",
  operationId: "getLimits",
  tags: ["usage"],
  responses: {
    200: json(limitsSchema, "What the workspace and this key may use."),
    ...ownKeyErrors,
    ...ownNotFoundError,
  },
});

const list = createRoute({
  method: "get",
  path: "/v1/workspaces",
  operationId: "listWorkspaces",
  tags: ["workspaces"],
  responses: {
    200: json(workspaceListSchema, "The key's own."),
    ...ownKeyErrors,
    ...ownNotFoundError,
  },
});

const get = createRoute({
  method: "get",
  path: "/v1/workspaces/{workspace_id}",
  operationId: "getWorkspace",
  tags: ["workspaces"],
  request: { params: z.object({ workspace_id: z.string() }) },
  responses: {
    200: json(workspaceViewSchema, "The workspace."),
    ...ownKeyErrors,
    ...ownNotFoundError,
  },
});

/** What the workspace is, uses and may use. */
export function registerUsageRoutes(app: App, deps: AppDeps): void {
  app.openapi(usage, async (c) =>
    c.json(unwrap(await readWorkspaceUsage(deps, c.get("principal"), c.req.valid("query"))), 200),
  );

  app.openapi(limits, async (c) =>
    c.json(unwrap(await readLimits(deps, c.get("principal"), c.get("quota") ?? null)), 200),
  );

  app.openapi(list, async (c) => {
    const principal = c.get("principal");
    const own = unwrap(await readWorkspace(deps, principal, principal.workspaceId));
    return c.json({ data: [own], has_more: false as const, next_cursor: null }, 200);
  });

  app.openapi(get, async (c) => {
    const { workspace_id: id } = c.req.valid("param");
    return c.json(unwrap(await readWorkspace(deps, c.get("principal"), id)), 200);
  });
}
