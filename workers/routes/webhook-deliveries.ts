import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import {
  deliveryPageSchema,
  deliveryQuerySchema,
  deliverySummarySchema,
  deliveryViewSchema,
  replayedSchema,
  replayRangeRequestSchema,
} from "../../schema/contracts/webhook-endpoint.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { pokeEndpoints } from "../hub/objects.ts";
import {
  pageDeliveries,
  readDelivery,
  replayOne,
  replayRange,
} from "../services/webhook-deliveries.ts";
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

const tags = ["webhook deliveries"];
const path = "/v1/webhook-deliveries";
const params = z.object({ webhook_delivery_id: z.string() });

const page = createRoute({
  method: "get",
  path,
  operationId: "listWebhookDeliveries",
  tags,
  request: { query: deliveryQuerySchema },
  responses: {
    200: json(deliveryPageSchema, "Newest first."),
    ...ownKeyErrors,
    ...cursorProblem,
  },
});

const get = createRoute({
  method: "get",
  path: `${path}/{webhook_delivery_id}`,
  operationId: "getWebhookDelivery",
  tags,
  request: { params },
  responses: {
    200: json(deliveryViewSchema, "The delivery, what is posted and what was answered."),
    ...ownKeyErrors,
    ...ownNotFoundError,
  },
});

const replay = createRoute({
  method: "post",
  path: `${path}/{webhook_delivery_id}/replay`,
  operationId: "replayWebhookDelivery",
  tags,
  request: { ...idempotencyRequest, params },
  responses: {
    202: createdOnce(deliverySummarySchema, "Pending again, under the same identifier."),
    ...ownKeyErrors,
    ...ownNotFoundError,
    ...ownConflictError,
  },
});

const replayAll = createRoute({
  method: "post",
  path: `${path}/replay`,
  operationId: "replayWebhookDeliveries",
  tags,
  request: { body: jsonBody(replayRangeRequestSchema) },
  responses: {
    202: json(replayedSchema, "Pending again, each under its identifier of before."),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownNotFoundError,
    ...ownConflictError,
  },
});

/** What was posted to webhook endpoints: `/v1/webhook-deliveries`. */
export function registerWebhookDeliveryRoutes(app: App, deps: AppDeps): void {
  const pokeOf = (c: Context<AppEnv>) => (id: string) =>
    pokeEndpoints(c.env, deps.config.residency, [id]);

  app.openapi(page, async (c) =>
    c.json(
      linked(c, unwrap(await pageDeliveries(deps, c.get("principal"), c.req.valid("query")))),
      200,
    ),
  );

  app.openapi(get, async (c) => {
    const { webhook_delivery_id: id } = c.req.valid("param");
    return c.json(unwrap(await readDelivery(deps, c.get("principal"), id)), 200);
  });

  app.openapi(replay, async (c) => {
    const { webhook_delivery_id: id } = c.req.valid("param");
    const { "idempotency-key": key } = c.req.valid("header");
    const value = await answerOnce(deps, c, key, deliverySummarySchema, (keep) =>
      replayOne(deps, c.get("principal"), id, keep, pokeOf(c)),
    );
    return c.json(value, 202);
  });

  app.openapi(replayAll, async (c) => {
    const request = c.req.valid("json");
    const done = await replayRange(deps, c.get("principal"), request, pokeOf(c));
    return c.json(unwrap(done), 202);
  });
}
