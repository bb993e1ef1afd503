import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  assignTagsSchema,
  createTagSchema,
  feedbackRequestSchema,
  tagPageQuerySchema,
  tagPageSchema,
  tagViewSchema,
  updateTagSchema,
} from "../../schema/contracts/conversation-marks.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import {
  changeTag,
  createTag,
  pageTags,
  readTag,
  removeTag,
  setFeedback,
  tagConversation,
  untagConversation,
} from "../services/conversation-marks.ts";
import { answerOnce, createdOnce, idempotencyRequest, inProgressError } from "./idempotency.ts";
import { bodyErrors, cursorError, json, keyErrors, notFoundError } from "./responses.ts";

const tags = ["conversations"];
const conversation = "/v1/convai/conversations/{conversation_id}";
const ofConversation = z.object({ conversation_id: z.string() });
const ofTag = z.object({ tag_id: z.string() });
const body = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;

const feedback = createRoute({
  method: "post",
  path: `${conversation}/feedback`,
  operationId: "sendConversationFeedback",
  tags,
  request: { params: ofConversation, body: body(feedbackRequestSchema) },
  responses: {
    200: json(z.object({}), "Kept; null takes it back."),
    ...keyErrors,
    ...bodyErrors,
    ...notFoundError,
  },
});

const assign = createRoute({
  method: "post",
  path: `${conversation}/tags`,
  operationId: "assignConversationTags",
  tags,
  request: { params: ofConversation, body: body(assignTagsSchema) },
  responses: {
    204: { description: "It has all of them." },
    ...keyErrors,
    ...bodyErrors,
    ...notFoundError,
  },
});

const unassign = createRoute({
  method: "delete",
  path: `${conversation}/tags/{tag_id}`,
  operationId: "unassignConversationTag",
  tags,
  request: { params: ofConversation.extend(ofTag.shape) },
  responses: { 204: { description: "Gone." }, ...keyErrors, ...notFoundError },
});

const create = createRoute({
  method: "post",
  path: "/v1/convai/tags",
  operationId: "createConversationTag",
  tags,
  request: { ...idempotencyRequest, body: body(createTagSchema) },
  responses: {
    200: createdOnce(tagViewSchema, "Made."),
    ...keyErrors,
    ...bodyErrors,
    ...inProgressError,
  },
});

const page = createRoute({
  method: "get",
  path: "/v1/convai/tags",
  operationId: "listConversationTags",
  tags,
  request: { query: tagPageQuerySchema },
  responses: { 200: json(tagPageSchema, "Newest first."), ...keyErrors, ...cursorError },
});

const get = createRoute({
  method: "get",
  path: "/v1/convai/tags/{tag_id}",
  operationId: "getConversationTag",
  tags,
  request: { params: ofTag },
  responses: { 200: json(tagViewSchema, "The tag."), ...keyErrors, ...notFoundError },
});

const update = createRoute({
  method: "patch",
  path: "/v1/convai/tags/{tag_id}",
  operationId: "updateConversationTag",
  tags,
  request: { params: ofTag, body: body(updateTagSchema) },
  responses: {
    200: json(tagViewSchema, "The tag as it stands now."),
    ...keyErrors,
    ...bodyErrors,
    ...notFoundError,
  },
});

const remove = createRoute({
  method: "delete",
  path: "/v1/convai/tags/{tag_id}",
  operationId: "deleteConversationTag",
  tags,
  request: { params: ofTag },
  responses: {
    204: { description: "Gone, from every conversation." },
    ...keyErrors,
    ...notFoundError,
  },
});

/** Feedback and tags of conversations, in the vendor's paths and shapes. */
export function registerConversationMarkRoutes(app: App, deps: AppDeps): void {
  app.openapi(feedback, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    const { feedback: said = null } = c.req.valid("json");
    unwrap(await setFeedback(deps, c.get("principal"), id, said));
    return c.json({}, 200);
  });

  app.openapi(assign, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    const { tag_ids: tagIds } = c.req.valid("json");
    unwrap(await tagConversation(deps, c.get("principal"), id, tagIds));
    return c.body(null, 204);
  });

  app.openapi(unassign, async (c) => {
    const { conversation_id: id, tag_id: tagId } = c.req.valid("param");
    unwrap(await untagConversation(deps, c.get("principal"), id, tagId));
    return c.body(null, 204);
  });

  app.openapi(create, async (c) => {
    const { "idempotency-key": key } = c.req.valid("header");
    const value = await answerOnce(deps, c, key, tagViewSchema, (keep) =>
      createTag(deps, c.get("principal"), c.req.valid("json"), keep),
    );
    return c.json(value, 200);
  });

  app.openapi(page, async (c) =>
    c.json(unwrap(await pageTags(deps, c.get("principal"), c.req.valid("query"))), 200),
  );

  app.openapi(get, async (c) => {
    const { tag_id: id } = c.req.valid("param");
    return c.json(unwrap(await readTag(deps, c.get("principal"), id)), 200);
  });

  app.openapi(update, async (c) => {
    const { tag_id: id } = c.req.valid("param");
    return c.json(unwrap(await changeTag(deps, c.get("principal"), id, c.req.valid("json"))), 200);
  });

  app.openapi(remove, async (c) => {
    const { tag_id: id } = c.req.valid("param");
    unwrap(await removeTag(deps, c.get("principal"), id));
    return c.body(null, 204);
  });
}
