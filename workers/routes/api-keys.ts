import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  apiKeyCreatedSchema,
  apiKeyListQuerySchema,
  apiKeyPageSchema,
  apiKeyRotatedSchema,
  apiKeyViewSchema,
  createApiKeyRequestSchema,
  rotateApiKeyRequestSchema,
  updateApiKeyRequestSchema,
} from "../../schema/contracts/api-keys.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import {
  changeApiKey,
  createApiKey,
  pageApiKeys,
  readApiKey,
  revokeApiKey,
  rotateApiKey,
} from "../services/api-keys.ts";
import { answerOnce, createdOnce, idempotencyRequest } from "./idempotency.ts";
import { linked } from "./linked.ts";
import {
  cursorProblem,
  json,
  jsonBody,
  ownBodyErrors,
  ownConflictError,
  ownKeyErrors,
  ownNotFoundError,
} from "./responses.ts";

const tags = ["API keys"];
const path = "/v1/api-keys";
const params = z.object({ api_key_id: z.string() });

const create = createRoute({
  method: "post",
  path,
  operationId: "createApiKey",
  tags,
  request: { ...idempotencyRequest, body: jsonBody(createApiKeyRequestSchema) },
  responses: {
    201: createdOnce(apiKeyCreatedSchema, "Made; the key is shown here and never again."),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownConflictError,
  },
});

const page = createRoute({
  method: "get",
  path,
  operationId: "listApiKeys",
  tags,
  request: { query: apiKeyListQuerySchema },
  responses: {
    200: json(apiKeyPageSchema, "Newest first, revoked ones too."),
    ...ownKeyErrors,
    ...cursorProblem,
  },
});

const self = createRoute({
  method: "get",
  path: `${path}/self`,
  operationId: "getOwnApiKey",
  tags,
  responses: { 200: json(apiKeyViewSchema, "The key of this request."), ...ownKeyErrors },
});

const get = createRoute({
  method: "get",
  path: `${path}/{api_key_id}`,
  operationId: "getApiKey",
  tags,
  request: { params },
  responses: { 200: json(apiKeyViewSchema, "The key."), ...ownKeyErrors, ...ownNotFoundError },
});

const update = createRoute({
  method: "patch",
  path: `${path}/{api_key_id}`,
  operationId: "updateApiKey",
  tags,
  request: { params, body: jsonBody(updateApiKeyRequestSchema) },
  responses: {
    200: json(apiKeyViewSchema, "The key as it stands now."),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownNotFoundError,
    ...ownConflictError,
  },
});

const revoke = createRoute({
  method: "delete",
  path: `${path}/{api_key_id}`,
  operationId: "revokeApiKey",
  tags,
  request: { params },
  responses: {
    204: { description: "Revoked: the next request with it is 401." },
    ...ownKeyErrors,
    ...ownNotFoundError,
    ...ownConflictError,
  },
});

const rotate = createRoute({
  method: "post",
  path: `${path}/{api_key_id}/rotate`,
  operationId: "rotateApiKey",
  tags,
  request: { ...idempotencyRequest, params, body: jsonBody(rotateApiKeyRequestSchema) },
  responses: {
    201: createdOnce(apiKeyRotatedSchema, "Made; the old key works until the overlap is over."),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownNotFoundError,
    ...ownConflictError,
  },
});

/** Keys of the workspace: `/v1/api-keys`. */
export function registerApiKeyRoutes(app: App, deps: AppDeps): void {
  app.openapi(create, async (c) => {
    const { "idempotency-key": key } = c.req.valid("header");
    const value = await answerOnce(deps, c, key, apiKeyCreatedSchema, (keep) =>
      createApiKey(deps, c.get("principal"), c.req.valid("json"), keep),
    );
    return c.json(value, 201);
  });

  app.openapi(page, async (c) =>
    c.json(
      linked(c, unwrap(await pageApiKeys(deps, c.get("principal"), c.req.valid("query")))),
      200,
    ),
  );

  // Before the one with an identifier.
  app.openapi(self, async (c) => {
    const principal = c.get("principal");
    return c.json(unwrap(await readApiKey(deps, principal, principal.apiKeyId)), 200);
  });

  app.openapi(get, async (c) => {
    const { api_key_id: id } = c.req.valid("param");
    return c.json(unwrap(await readApiKey(deps, c.get("principal"), id)), 200);
  });

  app.openapi(update, async (c) => {
    const { api_key_id: id } = c.req.valid("param");
    const request = c.req.valid("json");
    return c.json(unwrap(await changeApiKey(deps, c.get("principal"), id, request)), 200);
  });

  app.openapi(revoke, async (c) => {
    const { api_key_id: id } = c.req.valid("param");
    unwrap(await revokeApiKey(deps, c.get("principal"), id));
    return c.body(null, 204);
  });

  app.openapi(rotate, async (c) => {
    const { api_key_id: id } = c.req.valid("param");
    const { "idempotency-key": key } = c.req.valid("header");
    const value = await answerOnce(deps, c, key, apiKeyRotatedSchema, (keep) =>
      rotateApiKey(deps, c.get("principal"), id, c.req.valid("json"), keep),
    );
    return c.json(value, 201);
  });
}
