import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import { OPERATOR_EVENT_BODIES, OPERATOR_EVENTS } from "../../schema/contracts/operator-events.ts";
import {
  createEndpointRequestSchema,
  endpointCreatedSchema,
  endpointListSchema,
  endpointTestedSchema,
  endpointViewSchema,
  rotateSecretRequestSchema,
  testEndpointRequestSchema,
  updateEndpointRequestSchema,
} from "../../schema/contracts/webhook-endpoint.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { askHub, pokeEndpoints, regionHub } from "../hub/objects.ts";
import type { WebhookPosted } from "../hub/webhook-jobs.ts";
import {
  changeEndpoint,
  createEndpoint,
  listEndpointViews,
  readEndpoint,
  removeEndpoint,
  rotateEndpointSecret,
  testEndpoint,
} from "../services/endpoints.ts";
import { answerOnce, createdOnce, idempotencyRequest } from "./idempotency.ts";
import {
  json,
  jsonBody,
  ownBodyErrors,
  ownConflictError,
  ownKeyErrors,
  ownNotFoundError,
  ownStaleError,
} from "./responses.ts";

const tags = ["webhook endpoints"];
const path = "/v1/webhook-endpoints";
const onePath = `${path}/{webhook_endpoint_id}`;
const params = z.object({ webhook_endpoint_id: z.string() });

const create = createRoute({
  method: "post",
  path,
  operationId: "createWebhookEndpoint",
  tags,
  request: { ...idempotencyRequest, body: jsonBody(createEndpointRequestSchema) },
  responses: {
    201: createdOnce(endpointCreatedSchema, "Made, with its secret."),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownConflictError,
  },
});

const list = createRoute({
  method: "get",
  path,
  operationId: "listWebhookEndpoints",
  tags,
  responses: { 200: json(endpointListSchema, "All of them."), ...ownKeyErrors },
});

const get = createRoute({
  method: "get",
  path: onePath,
  operationId: "getWebhookEndpoint",
  tags,
  request: { params },
  responses: {
    200: json(endpointViewSchema, "The endpoint."),
    ...ownKeyErrors,
    ...ownNotFoundError,
  },
});

const update = createRoute({
  method: "patch",
  path: onePath,
  operationId: "updateWebhookEndpoint",
  tags,
  request: { params, body: jsonBody(updateEndpointRequestSchema) },
  responses: {
    200: json(endpointViewSchema, "The endpoint as it stands now."),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownNotFoundError,
    ...ownStaleError,
  },
});

const remove = createRoute({
  method: "delete",
  path: onePath,
  operationId: "deleteWebhookEndpoint",
  tags,
  request: { params },
  responses: {
    204: { description: "Deleted, with what it had not received." },
    ...ownKeyErrors,
    ...ownNotFoundError,
    ...ownStaleError,
  },
});

const rotate = createRoute({
  method: "post",
  path: `${onePath}/rotate-secret`,
  operationId: "rotateWebhookEndpointSecret",
  tags,
  request: { ...idempotencyRequest, params, body: jsonBody(rotateSecretRequestSchema) },
  responses: {
    201: createdOnce(
      endpointCreatedSchema,
      "Rotated; both secrets sign until the overlap is over.",
    ),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownNotFoundError,
    ...ownConflictError,
  },
});

const test = createRoute({
  method: "post",
  path: `${onePath}/test`,
  operationId: "testWebhookEndpoint",
  tags,
  request: { params, body: jsonBody(testEndpointRequestSchema) },
  responses: {
    200: json(endpointTestedSchema, "What became of a signed sample."),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownNotFoundError,
  },
});

/** What is posted of the deployment and of endpoints, beside the events of calls. */
const EVENTS = [
  {
    type: OPERATOR_EVENTS.rangesScheduled,
    operationId: "networkRangesScheduled",
    description:
      "A version of the published block announces what takes effect later: allow it until then. To the endpoints of every workspace that name the type, or want everything in the style `standard`.",
  },
  {
    type: OPERATOR_EVENTS.rangesChanged,
    operationId: "networkRangesChanged",
    description: "A version of the published block has changed what is in use; posted alike.",
  },
  {
    type: OPERATOR_EVENTS.endpointDisabled,
    operationId: "webhookEndpointDisabled",
    description:
      "Another endpoint of the workspace was disabled, because it answered 410 or nothing got through for days.",
  },
] as const;

/** Webhook endpoints of the workspace: `/v1/webhook-endpoints`. */
export function registerWebhookEndpointRoutes(app: App, deps: AppDeps): void {
  for (const { type, ...event } of EVENTS) {
    app.openAPIRegistry.registerWebhook({
      ...event,
      method: "post",
      path: type,
      tags,
      security: [],
      request: { body: jsonBody(OPERATOR_EVENT_BODIES[type]) },
      responses: { 200: { description: "Received. Any other 2xx will do; all else is retried." } },
    });
  }
  const pokeOf = (c: Context<AppEnv>) => (id: string) =>
    pokeEndpoints(c.env, deps.config.residency, [id]);

  app.openapi(create, async (c) => {
    const { "idempotency-key": key } = c.req.valid("header");
    const value = await answerOnce(deps, c, key, endpointCreatedSchema, (keep) =>
      createEndpoint(deps, c.get("principal"), c.req.valid("json"), keep),
    );
    return c.json(value, 201);
  });

  app.openapi(list, async (c) => c.json(await listEndpointViews(deps, c.get("principal")), 200));

  app.openapi(get, async (c) => {
    const { webhook_endpoint_id: id } = c.req.valid("param");
    return c.json(unwrap(await readEndpoint(deps, c.get("principal"), id)), 200);
  });

  app.openapi(update, async (c) => {
    const { webhook_endpoint_id: id } = c.req.valid("param");
    const request = c.req.valid("json");
    const changed = await changeEndpoint(deps, c.get("principal"), id, request, pokeOf(c));
    return c.json(unwrap(changed), 200);
  });

  app.openapi(remove, async (c) => {
    const { webhook_endpoint_id: id } = c.req.valid("param");
    unwrap(await removeEndpoint(deps, c.get("principal"), id));
    return c.body(null, 204);
  });

  app.openapi(rotate, async (c) => {
    const { webhook_endpoint_id: id } = c.req.valid("param");
    const { "idempotency-key": key } = c.req.valid("header");
    const value = await answerOnce(deps, c, key, endpointCreatedSchema, (keep) =>
      rotateEndpointSecret(deps, c.get("principal"), id, c.req.valid("json"), keep),
    );
    return c.json(value, 201);
  });

  app.openapi(test, async (c) => {
    const { webhook_endpoint_id: id } = c.req.valid("param");
    const tested = await testEndpoint(
      deps,
      c.get("principal"),
      id,
      c.req.valid("json"),
      (region, job) =>
        askHub<WebhookPosted>(regionHub(c.env, deps.config.residency, region).postWebhook(job)),
    );
    return c.json(unwrap(tested), 200);
  });
}
