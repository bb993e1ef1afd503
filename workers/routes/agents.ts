import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  agentChangedSchema,
  agentCreatedSchema,
  agentPageQuerySchema,
  agentPageSchema,
  agentViewSchema,
  createAgentSchema,
  duplicateAgentSchema,
  updateAgentSchema,
} from "../../schema/contracts/agent.ts";
import { routingRevisionSchema } from "../../schema/contracts/phone-number.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { changeAgent, createAgent, removeAgent } from "../services/change-agents.ts";
import { duplicateAgent } from "../services/duplicate-agent.ts";
import { pageAgents, readAgent } from "../services/read-agents.ts";
import { answerOnce, createdOnce, idempotencyRequest, inProgressError } from "./idempotency.ts";
import { bodyErrors, cursorError, json, keyErrors, notFoundError } from "./responses.ts";

const tags = ["agents"];
const path = "/v1/convai/agents/{agent_id}";
const params = z.object({ agent_id: z.string() });
const body = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;

const create = createRoute({
  method: "post",
  path: "/v1/convai/agents/create",
  operationId: "createAgent",
  tags,
  request: { ...idempotencyRequest, body: body(createAgentSchema) },
  responses: {
    200: createdOnce(agentCreatedSchema, "Created."),
    ...keyErrors,
    ...bodyErrors,
    ...inProgressError,
  },
});

const page = createRoute({
  method: "get",
  path: "/v1/convai/agents",
  operationId: "listAgents",
  tags,
  request: { query: agentPageQuerySchema },
  responses: { 200: json(agentPageSchema, "One page."), ...keyErrors, ...cursorError },
});

const get = createRoute({
  method: "get",
  path,
  operationId: "getAgent",
  tags,
  request: { params },
  responses: { 200: json(agentViewSchema, "The agent."), ...keyErrors, ...notFoundError },
});

const update = createRoute({
  method: "patch",
  path,
  operationId: "updateAgent",
  tags,
  request: { params, body: body(updateAgentSchema) },
  responses: {
    200: json(agentChangedSchema, "The agent as it stands now."),
    ...keyErrors,
    ...bodyErrors,
    ...notFoundError,
  },
});

const duplicate = createRoute({
  method: "post",
  path: `${path}/duplicate`,
  operationId: "duplicateAgent",
  tags,
  request: { ...idempotencyRequest, params, body: body(duplicateAgentSchema) },
  responses: {
    200: createdOnce(agentCreatedSchema, "Another one like it, with no number."),
    ...keyErrors,
    ...bodyErrors,
    ...notFoundError,
    ...inProgressError,
  },
});

const remove = createRoute({
  method: "delete",
  path,
  operationId: "deleteAgent",
  tags,
  request: { params },
  responses: {
    200: json(routingRevisionSchema, "Deleted; its numbers have no agent."),
    ...keyErrors,
    ...notFoundError,
  },
});

export function registerAgentRoutes(app: App, deps: AppDeps): void {
  app.openapi(create, async (c) => {
    const principal = c.get("principal");
    const { "idempotency-key": key } = c.req.valid("header");
    const value = await answerOnce(deps, c, key, agentCreatedSchema, (keep) =>
      createAgent(deps, principal, c.req.valid("json"), keep),
    );
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });

  app.openapi(page, async (c) =>
    c.json(unwrap(await pageAgents(deps, c.get("principal"), c.req.valid("query"))), 200),
  );

  app.openapi(get, async (c) => {
    const { agent_id: id } = c.req.valid("param");
    return c.json(unwrap(await readAgent(deps, c.get("principal"), id)), 200);
  });

  app.openapi(update, async (c) => {
    const principal = c.get("principal");
    const { agent_id: id } = c.req.valid("param");
    const value = unwrap(await changeAgent(deps, principal, id, c.req.valid("json")));
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });

  app.openapi(duplicate, async (c) => {
    const principal = c.get("principal");
    const { agent_id: id } = c.req.valid("param");
    const { "idempotency-key": key } = c.req.valid("header");
    const { name = null } = c.req.valid("json");
    const value = await answerOnce(deps, c, key, agentCreatedSchema, (keep) =>
      duplicateAgent(deps, principal, id, name, keep),
    );
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });

  app.openapi(remove, async (c) => {
    const principal = c.get("principal");
    const { agent_id: id } = c.req.valid("param");
    const value = unwrap(await removeAgent(deps, principal, id));
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });
}
