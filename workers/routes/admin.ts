import { createRoute, type z } from "@hono/zod-openapi";
import {
  createJoinTokenRequestSchema,
  createJoinTokenResponseSchema,
  createWorkspaceRequestSchema,
  createWorkspaceResponseSchema,
} from "../../schema/contracts/admin.ts";
import type { App, AppDeps } from "../app-type.ts";
import { requireOperator } from "../auth/require-operator.ts";
import { unwrap } from "../errors/refusal.ts";
import { createWorkspace } from "../services/create-workspace.ts";
import { createJoinToken } from "../services/enrol-node.ts";
import { hostLabelError, json, operatorErrors } from "./responses.ts";

/** What an operator sets up: `/v1/admin/**`, with the operator token as bearer. */
export function registerAdminRoutes(app: App, deps: AppDeps): void {
  app.use("/v1/admin/*", requireOperator(deps));
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
    async (c) => c.json(unwrap(await createWorkspace(deps, c.req.valid("json"))), 201),
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
