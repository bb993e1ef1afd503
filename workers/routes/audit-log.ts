import { createRoute } from "@hono/zod-openapi";
import {
  auditPageSchema,
  auditQuerySchema,
  auditVerdictSchema,
  verifyAuditQuerySchema,
} from "../../schema/contracts/audit-log.ts";
import type { App, AppDeps } from "../app-type.ts";
import { PLATFORM_CHAIN } from "../db/audit-log.ts";
import { unwrap } from "../errors/refusal.ts";
import { pageAuditLog, verifyAuditLog } from "../services/audit-log.ts";
import { linked } from "./linked.ts";
import { cursorProblem, json, operatorErrors, ownKeyErrors } from "./responses.ts";

const tags = ["audit log"];

const page = createRoute({
  method: "get",
  path: "/v1/audit-log",
  operationId: "listAuditLog",
  tags,
  request: { query: auditQuerySchema },
  responses: {
    200: json(auditPageSchema, "Changes of the workspace, newest first."),
    ...ownKeyErrors,
    ...cursorProblem,
  },
});

const verify = createRoute({
  method: "get",
  path: "/v1/audit-log/verify",
  operationId: "verifyAuditLog",
  tags,
  request: { query: verifyAuditQuerySchema },
  responses: {
    200: json(auditVerdictSchema, "Whether no entry was altered, removed or put in."),
    ...ownKeyErrors,
  },
});

const pageOfPlatform = createRoute({
  method: "get",
  path: "/v1/admin/audit-log",
  operationId: "listPlatformAuditLog",
  tags: ["admin"],
  security: [{ operatorToken: [] }],
  request: { query: auditQuerySchema },
  responses: {
    200: json(auditPageSchema, "What operators have changed of no workspace, newest first."),
    ...operatorErrors,
    ...cursorProblem,
  },
});

const verifyPlatform = createRoute({
  method: "get",
  path: "/v1/admin/audit-log/verify",
  operationId: "verifyPlatformAuditLog",
  tags: ["admin"],
  security: [{ operatorToken: [] }],
  request: { query: verifyAuditQuerySchema },
  responses: {
    200: json(auditVerdictSchema, "Whether no entry was altered, removed or put in."),
    ...operatorErrors,
  },
});

export function registerAuditRoutes(app: App, deps: AppDeps): void {
  app.openapi(page, async (c) => {
    const { workspaceId } = c.get("principal");
    return c.json(
      linked(c, unwrap(await pageAuditLog(deps, workspaceId, c.req.valid("query")))),
      200,
    );
  });

  app.openapi(verify, async (c) => {
    const { workspaceId } = c.get("principal");
    return c.json(await verifyAuditLog(deps, workspaceId, c.req.valid("query")), 200);
  });

  app.openapi(pageOfPlatform, async (c) =>
    c.json(linked(c, unwrap(await pageAuditLog(deps, PLATFORM_CHAIN, c.req.valid("query")))), 200),
  );

  app.openapi(verifyPlatform, async (c) =>
    c.json(await verifyAuditLog(deps, PLATFORM_CHAIN, c.req.valid("query")), 200),
  );
}
