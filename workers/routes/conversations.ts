import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  conversationPageSchema,
  conversationQuerySchema,
  conversationViewSchema,
} from "../../schema/contracts/conversation.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { deleteConversation } from "../services/delete-conversation.ts";
import { pageConversations, readConversation } from "../services/read-conversations.ts";
import { cursorError, json, keyErrors, notFoundError } from "./responses.ts";

const tags = ["conversations"];

const page = createRoute({
  method: "get",
  path: "/v1/convai/conversations",
  operationId: "listConversations",
  tags,
  request: { query: conversationQuerySchema },
  responses: { 200: json(conversationPageSchema, "One page."), ...keyErrors, ...cursorError },
});

const get = createRoute({
  method: "get",
  path: "/v1/convai/conversations/{conversation_id}",
  operationId: "getConversation",
  tags,
  request: { params: z.object({ conversation_id: z.string() }) },
  responses: {
    200: json(conversationViewSchema, "The conversation."),
    ...keyErrors,
    ...notFoundError,
  },
});

const erase = createRoute({
  method: "delete",
  path: "/v1/convai/conversations/{conversation_id}",
  operationId: "deleteConversation",
  tags,
  request: { params: z.object({ conversation_id: z.string() }) },
  responses: {
    200: json(
      z.object({}),
      "Erased, with all that is kept of the call and what webhooks were yet to be told.",
    ),
    ...keyErrors,
    ...notFoundError,
  },
});

export function registerConversationRoutes(app: App, deps: AppDeps): void {
  app.openapi(page, async (c) =>
    c.json(unwrap(await pageConversations(deps, c.get("principal"), c.req.valid("query"))), 200),
  );

  app.openapi(get, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    return c.json(unwrap(await readConversation(deps, c.get("principal"), id)), 200);
  });

  app.openapi(erase, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    unwrap(await deleteConversation(deps, c.get("principal"), id));
    return c.json({}, 200);
  });
}
