import { createRoute, z } from "@hono/zod-openapi";
import {
  createJoinTokenRequestSchema,
  createJoinTokenResponseSchema,
  createWorkspaceRequestSchema,
  createWorkspaceResponseSchema,
  updateWorkspaceRequestSchema,
  workspaceChangedSchema,
} from "../../schema/contracts/admin.ts";
import type { App, AppDeps } from "../app-type.ts";
import { requireOperator } from "../auth/require-operator.ts";
import { unwrap } from "../errors/refusal.ts";
import { trackOperator } from "../requests/changes.ts";
import { changeWorkspace } from "../services/change-workspace.ts";
import { createWorkspace } from "../services/create-workspace.ts";
import { createJoinToken } from "../services/enrol-node.ts";
import { hostLabelError, json, noWorkspaceError, operatorErrors } from "./responses.ts";

/** What an operator sets up: `/v1/admin/**`, with the operator token as bearer. */
export function registerAdminRoutes(app: App, deps: AppDeps): void {
  app.use("/v1/admin/*", requireOperator(deps), trackOperator(deps));
  app.openAPIRegistry.registerComponent("securitySchemes", "operatorToken", {
    type: "http",
    scheme: "bearer",
  });

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/admin/workspaces",
      operationId: "createWorkspace",
      tags: ["admin"],
      security: [{ operatorToken: [] }],
      request: { body: jsonBody(createWorkspaceRequestSchema) },
      responses: {
        201: json(createWorkspaceResponseSchema, "Made, with its first API key"),
        ...operatorErrors,
        ...hostLabelError,
      },
    }),
    async (c) => {
      const request = c.req.valid("json");
      const made = unwrap(await createWorkspace(deps, request));
      c.executionCtx.waitUntil(deps.notifyRouting(request.region));
      return c.json(made, 201);
    },
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/v1/admin/workspaces/{workspace_id}",
      operationId: "updateWorkspace",
      tags: ["admin"],
      security: [{ operatorToken: [] }],
      request: {
        params: z.object({ workspace_id: z.string() }),
        body: jsonBody(updateWorkspaceRequestSchema),
      },
      responses: {
        200: json(workspaceChangedSchema, "The workspace as it stands now"),
        ...operatorErrors,
        ...noWorkspaceError,
      },
    }),
    async (c) => {
      const { workspace_id } = c.req.valid("param");
      const changed = unwrap(await changeWorkspace(deps, workspace_id, c.req.valid("json")));
      c.executionCtx.waitUntil(deps.notifyRouting(changed.region));
      return c.json(changed, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/admin/join-tokens",
      operationId: "createJoinToken",
      tags: ["admin"],
      security: [{ operatorToken: [] }],
      request: { body: jsonBody(createJoinTokenRequestSchema) },
      responses: {
        201: json(createJoinTokenResponseSchema, "Made"),
        ...operatorErrors,
      },
    }),
    async (c) => c.json(await createJoinToken(deps, c.req.valid("json")), 201),
  );
}

function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } } as const;
}
