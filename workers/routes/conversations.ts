import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  conversationPageSchema,
  conversationViewSchema,
} from "../../schema/contracts/conversation.ts";
import {
  conversationDigestSchema,
  conversationFormatSchema,
  conversationQuerySchema,
  conversationSummaryQuerySchema,
  liveCountQuerySchema,
  liveCountSchema,
} from "../../schema/contracts/conversation-query.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { deleteConversation } from "../services/delete-conversation.ts";
import {
  countLive,
  pageConversations,
  readConversation,
  readConversationDigest,
} from "../services/read-conversations.ts";
import { cursorError, json, keyErrors, notFoundError } from "./responses.ts";

const tags = ["conversations"];
const params = z.object({ conversation_id: z.string() });

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
  request: { params, query: conversationFormatSchema },
  responses: {
    200: json(conversationViewSchema, "The conversation."),
    ...keyErrors,
    ...notFoundError,
  },
});

const digest = createRoute({
  method: "get",
  path: "/v1/convai/conversations/{conversation_id}/summary",
  operationId: "getConversationSummary",
  tags,
  request: { params, query: conversationSummaryQuerySchema },
  responses: {
    200: json(conversationDigestSchema, "What was said, where it is short enough."),
    ...keyErrors,
    ...notFoundError,
  },
});

const liveCount = createRoute({
  method: "get",
  path: "/v1/convai/analytics/live-count",
  operationId: "getLiveCount",
  tags,
  request: { query: liveCountQuerySchema },
  responses: { 200: json(liveCountSchema, "Calls that have not ended."), ...keyErrors },
});

const erase = createRoute({
  method: "delete",
  path: "/v1/convai/conversations/{conversation_id}",
  operationId: "deleteConversation",
  tags,
  request: { params },
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

  app.openapi(digest, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    const { max_messages: most } = c.req.valid("query");
    return c.json(unwrap(await readConversationDigest(deps, c.get("principal"), id, most)), 200);
  });

  app.openapi(liveCount, async (c) =>
    c.json(await countLive(deps, c.get("principal"), c.req.valid("query")), 200),
  );

  app.openapi(erase, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    unwrap(await deleteConversation(deps, c.get("principal"), id));
    return c.json({}, 200);
  });
}
