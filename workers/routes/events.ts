import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  eventPageSchema,
  eventQuerySchema,
  eventViewSchema,
} from "../../schema/contracts/event.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { pageEvents, readEvent } from "../services/events.ts";
import { linked } from "./linked.ts";
import { cursorProblem, json, ownKeyErrors, ownNotFoundError } from "./responses.ts";

const tags = ["events"];
const params = z.object({ event_id: z.string() });

const page = createRoute({
  method: "get",
  path: "/v1/events",
  operationId: "listEvents",
  tags,
  description:
    "What webhooks tell of, whether there is an endpoint or not, for 30 days. With `order=asc` the cursor of the last page stays good: asked again with it, the list goes on with what has happened since, and leaves nothing out.",
  request: { query: eventQuerySchema },
  responses: {
    200: json(eventPageSchema, "Newest first, unless `order` says otherwise."),
    ...ownKeyErrors,
    ...cursorProblem,
  },
});

const get = createRoute({
  method: "get",
  path: "/v1/events/{event_id}",
  operationId: "getEvent",
  tags,
  request: { params },
  responses: {
    200: json(eventViewSchema, "The event, with what is posted of it."),
    ...ownKeyErrors,
    ...ownNotFoundError,
  },
});

/** What has happened: `/v1/events`. */
export function registerEventRoutes(app: App, deps: AppDeps): void {
  app.openapi(page, async (c) =>
    c.json(
      linked(c, unwrap(await pageEvents(deps, c.get("principal"), c.req.valid("query")))),
      200,
    ),
  );

  app.openapi(get, async (c) => {
    const { event_id: id } = c.req.valid("param");
    return c.json(unwrap(await readEvent(deps, c.get("principal"), id)), 200);
  });
}
