import { createRoute, z } from "@hono/zod-openapi";
import {
  answeringMachineDetectionSchema,
  callInitiationFailureSchema,
  createWebhookRequestSchema,
  createWebhookResponseSchema,
  postCallTranscriptionSchema,
  updateWebhookRequestSchema,
  WEBHOOK_ID_HEADER,
  WEBHOOK_SIGNATURE_HEADER,
  webhookListSchema,
  webhookStatusSchema,
} from "../../schema/contracts/webhook.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { pokeEndpoints } from "../hub/objects.ts";
import {
  createWebhook,
  listWebhooks,
  removeWebhook,
  updateWebhook,
} from "../services/webhook-endpoints.ts";
import { answerOnce, createdOnce, idempotencyRequest, inProgressError } from "./idempotency.ts";
import { bodyErrors, json, keyErrors, notFoundError } from "./responses.ts";

const webhookPathSchema = z.object({ webhook_id: z.string() });

/** Webhook endpoints of a workspace, in the vendor's paths and shapes. */
export function registerWebhookRoutes(app: App, deps: AppDeps): void {
  app.openAPIRegistry.registerWebhook({
    method: "post",
    path: "post_call_transcription",
    operationId: "postCallTranscription",
    tags: ["webhooks"],
    security: [],
    description: `After every call, but outbound calls that never were answered, to each enabled webhook. \`${WEBHOOK_SIGNATURE_HEADER}\` holds \`t=<unix seconds>,v0=<hex HMAC-SHA-256 of "<t>.<body>">\`; \`${WEBHOOK_ID_HEADER}\` is the same over all attempts.`,
    request: { body: jsonBody(postCallTranscriptionSchema) },
    responses: { 200: { description: "Received. Any other 2xx will do; all else is retried." } },
  });

  app.openAPIRegistry.registerWebhook({
    method: "post",
    path: "call_initiation_failure",
    operationId: "callInitiationFailure",
    tags: ["webhooks"],
    security: [],
    description:
      "After an outbound call that never was answered, instead of `post_call_transcription`; signed alike.",
    request: { body: jsonBody(callInitiationFailureSchema) },
    responses: { 200: { description: "Received. Any other 2xx will do; all else is retried." } },
  });

  app.openAPIRegistry.registerWebhook({
    method: "post",
    path: "answering_machine_detection",
    operationId: "answeringMachineDetection",
    tags: ["webhooks"],
    security: [],
    description:
      "Once in an outbound call whose agent has voicemail detection, when it is known who has answered, while the call lasts; signed alike. A beep that comes later is in the conversation.",
    request: { body: jsonBody(answeringMachineDetectionSchema) },
    responses: { 200: { description: "Received. Any other 2xx will do; all else is retried." } },
  });

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/workspace/webhooks",
      operationId: "createWebhook",
      tags: ["webhooks"],
      request: { ...idempotencyRequest, body: jsonBody(createWebhookRequestSchema) },
      responses: {
        200: createdOnce(createWebhookResponseSchema, "Made, with its secret"),
        ...keyErrors,
        ...bodyErrors,
        ...inProgressError,
      },
    }),
    async (c) => {
      const { workspaceId } = c.get("principal");
      const { "idempotency-key": key } = c.req.valid("header");
      const value = await answerOnce(deps, c, key, createWebhookResponseSchema, (keep) =>
        createWebhook(deps, workspaceId, c.req.valid("json"), keep),
      );
      return c.json(value, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/workspace/webhooks",
      operationId: "listWebhooks",
      tags: ["webhooks"],
      request: { query: z.object({ include_usages: z.stringbool().default(false) }) },
      responses: { 200: json(webhookListSchema, "All of them"), ...keyErrors },
    }),
    async (c) => {
      const { workspaceId } = c.get("principal");
      const { include_usages } = c.req.valid("query");
      return c.json(await listWebhooks(deps, workspaceId, include_usages), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/v1/workspace/webhooks/{webhook_id}",
      operationId: "updateWebhook",
      tags: ["webhooks"],
      request: { params: webhookPathSchema, body: jsonBody(updateWebhookRequestSchema) },
      responses: {
        200: json(webhookStatusSchema, "Changed"),
        ...keyErrors,
        ...bodyErrors,
        ...notFoundError,
      },
    }),
    async (c) => {
      const { workspaceId } = c.get("principal");
      const { webhook_id } = c.req.valid("param");
      const poke = (id: string) => pokeEndpoints(c.env, deps.config.residency, [id]);
      unwrap(await updateWebhook(deps, workspaceId, webhook_id, c.req.valid("json"), poke));
      return c.json({ status: "ok" } as const, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/v1/workspace/webhooks/{webhook_id}",
      operationId: "deleteWebhook",
      tags: ["webhooks"],
      request: { params: webhookPathSchema },
      responses: { 200: json(webhookStatusSchema, "Gone"), ...keyErrors, ...notFoundError },
    }),
    async (c) => {
      const { workspaceId } = c.get("principal");
      unwrap(await removeWebhook(deps, workspaceId, c.req.valid("param").webhook_id));
      return c.json({ status: "ok" } as const, 200);
    },
  );
}

function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } } as const;
}
