import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { conversationQualitySchema } from "../../schema/contracts/call-quality.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { readConversationQuality } from "../services/call-quality.ts";
import { json, noConversationError, ownKeyErrors } from "./responses.ts";

const get = createRoute({
  method: "get",
  path: "/v1/conversations/{conversation_id}/quality",
  operationId: "getConversationQuality",
  tags: ["conversations"],
  request: { params: z.object({ conversation_id: z.string() }) },
  responses: {
    200: json(conversationQualitySchema, "How well the call was heard, both ways, over time."),
    ...ownKeyErrors,
    ...noConversationError,
  },
});

/** The series is kept for thirty days, the summary as long as the conversation. */
export function registerCallQualityRoutes(app: App, deps: AppDeps): void {
  app.openapi(get, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    return c.json(unwrap(await readConversationQuality(deps, c.get("principal"), id)), 200);
  });
}
